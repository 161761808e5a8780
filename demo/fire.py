"""``python -m demo.fire``: fire funnel events, and watch the scores move."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import numpy as np
from rich.console import Console

from demo import names
from demo.horses import DAY, Profile, World, population
from demo.live import HttpTrigger, SqlTrigger, make_sure_it_streams, watching
from demo.mark import QUERIES, RANGE, demo_id
from demo.screen import LiveScreen, PlainScreen, TourScreen
from postgres.connect import LOST, connect
from postgres.errors import GalopeError
from postgres.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from demo.live import Shot, Trigger, Watch
    from demo.screen import Screen
    from postgres.connect import Connection

CAST = 5
"""Leads on the screen when none is named: what fits in 24 lines."""

LONGEST_BLIND = 0.25
"""Seconds between frames at the most while there is always something being timed."""

LATER_THAN_ANY = 2_000_000_000.0

TOUR_LEAD = Profile(
    nome="Helena Prado Neves",
    whatsapp="+55 00 900000000",
    email="helena.neves@example.com",
    uf="MG",
    cidade="Uberaba",
    segmento_interesse="CAVALOS",
    orcamento_faixa="5k-20k",
    prazo_compra="90d",
)

TOUR = (
    "page_view", "page_view", "page_view", "hook_complete", "cta_click", "whatsapp_reply",
    "budget_confirmed", "timeline_confirmed", "need_confirmed",
)  # fmt: skip

PACE = {"page_view": 0.5}
"""Seconds a person takes for it in the tour."""

USUAL_PACE = 1.3

LIKELY = {
    "page_view": 6.0, "hook_complete": 2.0, "cta_click": 2.0, "whatsapp_click": 1.5,
    "whatsapp_reply": 3.0, "asked_price": 1.5, "proposal_click": 1.5, "meeting_scheduled": 1.0,
    "meeting_attended": 1.5, "need_confirmed": 1.0, "budget_confirmed": 1.0,
    "timeline_confirmed": 1.0, "no_reply_3d": 0.7, "postponed_no_date": 0.5,
}  # fmt: skip
"""What leads do next, and how often."""

OFTEN = frozenset({"page_view", "cta_click", "whatsapp_click", "whatsapp_reply"})
"""What happens more than once."""

ONLY_AFTER = {
    "proposal_click": "asked_price",
    "meeting_scheduled": "whatsapp_reply",
    "meeting_attended": "meeting_scheduled",
    "need_confirmed": "whatsapp_reply",
    "budget_confirmed": "whatsapp_reply",
    "timeline_confirmed": "whatsapp_reply",
}


@dataclass(slots=True)
class Player:
    """A lead that does things.

    Parameters
    ----------
    lead_id
        Its id.
    done
        The types of event it has already.
    """

    lead_id: UUID
    done: set[str]

    def next_event(self, rng: Generator) -> str:
        """Return what it does next."""
        likely = {
            kind: weight
            for kind, weight in LIKELY.items()
            if (kind in OFTEN or kind not in self.done)
            and ONLY_AFTER.get(kind, kind) in self.done | {kind}
        }
        kind = names.pick(rng, likely)
        self.done.add(kind)
        return kind


@dataclass(slots=True)
class Stage:
    """What a show is played with.

    Parameters
    ----------
    connection
        For reading and creating leads.
    watch, trigger, screen
        Where scores come from, where events go, and where both are seen.
    stopping
        Set when the show is to end early.
    """

    connection: Connection
    watch: Watch
    trigger: Trigger
    screen: Screen
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def pause(self, seconds: float) -> None:
        """Wait, unless the show is to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()


async def tour(stage: Stage, pace: float = 1.0) -> list[Shot]:
    """Lead one fresh lead through the funnel; return its shots.

    Parameters
    ----------
    stage
        What to play with.
    pace
        1 is a person's; 0 does not wait.
    """
    shots = []
    lead_id = await create(stage.connection, TOUR_LEAD)
    with stage.screen as screen:
        await screen.show(await stage.watch.first_score(lead_id))
        for kind in TOUR:
            await stage.pause(PACE.get(kind, USUAL_PACE) * pace)
            if stage.stopping.is_set():
                break
            shots.append(await stage.watch.shoot(stage.trigger, lead_id, kind))
            await screen.show(shots[-1])
        await stage.pause(USUAL_PACE * pace)
    return shots


@dataclass(slots=True)
class Volley:
    """Many events at a rate, no two of one lead at once.

    Parameters
    ----------
    stage
        What to play with.
    players
        The leads.
    rng
        Who does what.
    """

    stage: Stage
    players: list[Player]
    rng: Generator
    shots: list[Shot] = field(default_factory=list)
    _busy: dict[asyncio.Task[None], Player] = field(default_factory=dict)
    _drawn_at: float = 0.0

    async def play(self, rate: float, seconds: float) -> list[Shot]:
        """Fire `rate` events a second for so many seconds; return the shots.

        Where the scores come slower than that, fewer are fired.
        """
        began = time.perf_counter()
        with self.stage.screen as screen:
            screen.refresh()
            beats = int(rate * seconds)
            for beat in range(beats):
                await self._until(began + beat / rate)
                if self.stage.stopping.is_set() or time.perf_counter() > began + seconds:
                    break
                self._fire()
            while self._busy:
                await self._settle(None)
            screen.refresh()
        return self.shots

    def _fire(self) -> None:
        busy = {player.lead_id for player in self._busy.values()}
        idle = tuple(player for player in self.players if player.lead_id not in busy)
        if idle:
            player = names.one_of(self.rng, idle)
            self._busy[asyncio.create_task(self._shoot(player))] = player

    async def _shoot(self, player: Player) -> None:
        stage = self.stage
        kind = player.next_event(self.rng)
        shot = await stage.watch.shoot(stage.trigger, player.lead_id, kind)
        self.shots.append(shot)
        await stage.screen.show(shot)

    async def _until(self, moment: float) -> None:
        """Wait for a moment, and meanwhile for what is under way."""
        while self._busy and (left := moment - time.perf_counter()) > 0:
            await self._settle(left)
        self._draw()
        left = moment - time.perf_counter()
        # Every beat gives the scores a chance to come in, however late it is.
        await (self.stage.pause(left) if left > 0 else asyncio.sleep(0))

    async def _settle(self, seconds: float | None) -> None:
        done, _ = await asyncio.wait(
            self._busy, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            del self._busy[task]
            task.result()
        self._draw()

    def _draw(self) -> None:
        """Draw while nothing is being timed: a frame takes longer than a score."""
        now = time.perf_counter()
        since = now - self._drawn_at
        if since > LONGEST_BLIND or (not self._busy and since > LONGEST_BLIND / 4):
            self.stage.screen.refresh()
            self._drawn_at = now


async def create(connection: Connection, profile: Profile) -> UUID:
    """Create a demo lead; return its id."""
    lead_id = demo_id(uuid4())
    await connection.execute(QUERIES["create_lead"], lead_id, *astuple(profile))
    return lead_id


async def players(stage: Stage, lead_id: UUID | None, seed: int) -> list[Player]:
    """Return the leads to fire at: the one named, or the newest open demo leads.

    Raises
    ------
    GalopeError
        When the one named does not exist.
    """
    connection = stage.connection
    if lead_id is not None:
        row = await connection.fetchrow(QUERIES["lead"], lead_id)
        if row is None:
            message = f"There is no lead {lead_id}. Leave out --lead to use demo leads."
            raise GalopeError(message)
        return [Player(lead_id, set(row["event_types"]))]
    rows = await connection.fetch(QUERIES["open_leads"], *RANGE, CAST)
    cast = [Player(row["id"], set(row["event_types"])) for row in rows]
    for life in population(World(), seed, CAST - len(cast), LATER_THAN_ANY, LATER_THAN_ANY + DAY):
        cast.append(Player(await create(connection, life.profile), set()))
        await stage.watch.first_score(cast[-1].lead_id)
    return cast


async def run(chosen: argparse.Namespace, console: Console) -> None:
    """Play what the command line asks for.

    Raises
    ------
    GalopeError
        When the database, the stream or the API is not there.
    """
    settings = Settings()
    async with AsyncExitStack() as stack:
        writer = await connect(settings.database_url, "galope demo")
        stack.push_async_callback(writer.close, timeout=2)
        await make_sure_it_streams(writer)
        ears = await connect(settings.listen_url or settings.database_url, "galope demo watch")
        stack.callback(ears.terminate)
        watch = await stack.enter_async_context(watching(ears))
        stage = Stage(
            writer,
            watch,
            HttpTrigger(chosen.url) if chosen.url else SqlTrigger(writer),
            _screen(chosen, console),
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stage.stopping.set)
        stage.screen.summary(await _shots(stage, chosen))


async def _shots(stage: Stage, chosen: argparse.Namespace) -> list[Shot]:
    if chosen.tour:
        return await tour(stage)
    cast = await players(stage, chosen.lead, chosen.seed)
    volley = Volley(stage, cast, np.random.default_rng(chosen.seed))
    return await volley.play(chosen.rate, chosen.seconds)


def _screen(chosen: argparse.Namespace, console: Console) -> Screen:
    if not console.is_terminal:
        return PlainScreen(console)
    if not chosen.tour:
        return LiveScreen(console, chosen.rate)
    lead = TOUR_LEAD
    town = f"{lead.cidade}/{lead.uf}"
    about = (lead.nome, town, lead.segmento_interesse, lead.orcamento_faixa, lead.prazo_compra)
    return TourScreen(console, " · ".join(word for word in about if word))


def _above_zero(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        message = f"{text} is not a number above 0"
        raise argparse.ArgumentTypeError(message)
    return number


def _http(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = f"{text!r} is not an address such as http://127.0.0.1:3000"
        raise argparse.ArgumentTypeError(message)
    return text


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        message = f"{text} is negative"
        raise argparse.ArgumentTypeError(message)
    return number


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.fire",
        description="Fire funnel events at leads in the database in DATABASE_URL, and watch their"
        " scores, reasons and next actions move. The stream must run: python -m stream.",
    )
    parser.add_argument(
        "--tour", action="store_true", help="lead one fresh lead through the funnel, in 15 seconds"
    )
    parser.add_argument(
        "--lead", type=UUID, metavar="ID", help="fire at this lead (default: five demo leads)"
    )
    parser.add_argument(
        "--rate", type=_above_zero, default=4.0, metavar="N", help="events a second (default: 4)"
    )
    parser.add_argument(
        "--seconds", type=_above_zero, default=15.0, metavar="S", help="how long (default: 15)"
    )
    parser.add_argument(
        "--url",
        type=_http,
        metavar="URL",
        help="post to URL/events, such as http://127.0.0.1:3000 (default: insert by SQL)",
    )
    parser.add_argument("--seed", type=_whole, default=7, help="of who does what (default: 7)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    chosen = arguments(argv)
    try:
        asyncio.run(run(chosen, Console()))
    except GalopeError as error:
        sys.stderr.write(f"{error}\n")
    except LOST as error:
        sys.stderr.write(f"The database connection was lost ({error}). Try again.\n")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
