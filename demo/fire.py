"""``python -m demo.fire``: fire funnel events, and watch the scores move."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

import numpy as np
from rich.console import Console

from demo import names
from demo.frames import LiveScreen, TourScreen
from demo.ids import ID_RANGE, QUERIES
from demo.live import DemoSession, HttpSender, SqlSender, create, ensure_streaming, watching
from demo.population import DAY, World, population
from demo.screen import PlainScreen
from demo.tour import HOW_TIME_PASSES, TOUR_LEAD, tour
from postgres.command import command
from postgres.connect import connect
from postgres.errors import GalopeError
from postgres.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from demo.live import ScoredEvent
    from demo.screen import Screen

LEADS_SHOWN = 5
"""Leads on the screen when none is named: what fits in 24 lines."""

MAX_FRAME_GAP_S = 0.25
"""Seconds between frames at the most while there is always something being timed."""

NEWEST = 2_000_000_000.0

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
class DemoLead:
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
class EventLoad:
    """Many events at a rate, no two of one lead at once.

    Parameters
    ----------
    session
        What to play with.
    demo_leads
        The leads.
    rng
        Who does what.
    """

    session: DemoSession
    demo_leads: list[DemoLead]
    rng: Generator
    scored: list[ScoredEvent] = field(default_factory=list)
    _busy: dict[asyncio.Task[None], DemoLead] = field(default_factory=dict)
    _drawn_at: float = 0.0

    async def play(self, rate: float, seconds: float) -> list[ScoredEvent]:
        """Fire `rate` events a second for so many seconds; return what was scored.

        Where the scores come slower than that, fewer are fired.
        """
        began = time.perf_counter()
        with self.session.screen as screen:
            screen.refresh()
            ticks = int(rate * seconds)
            for tick in range(ticks):
                await self._until(began + tick / rate)
                if self.session.stopping.is_set() or time.perf_counter() > began + seconds:
                    break
                self._fire()
            while self._busy:
                await self._settle(None)
            screen.refresh()
        return self.scored

    def _fire(self) -> None:
        busy = {lead.lead_id for lead in self._busy.values()}
        idle = tuple(lead for lead in self.demo_leads if lead.lead_id not in busy)
        if idle:
            lead = names.one_of(self.rng, idle)
            self._busy[asyncio.create_task(self._send_event(lead))] = lead

    async def _send_event(self, lead: DemoLead) -> None:
        session = self.session
        kind = lead.next_event(self.rng)
        event = await session.watcher.send(session.sender, lead.lead_id, kind)
        self.scored.append(event)
        await session.screen.show(event)

    async def _until(self, moment: float) -> None:
        """Wait for a moment, and meanwhile for what is under way."""
        while self._busy and (remaining := moment - time.perf_counter()) > 0:
            await self._settle(remaining)
        self._draw()
        remaining = moment - time.perf_counter()
        # Every tick gives the scores a chance to come in, however late it is.
        await (self.session.pause(remaining) if remaining > 0 else asyncio.sleep(0))

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
        if since > MAX_FRAME_GAP_S or (not self._busy and since > MAX_FRAME_GAP_S / 4):
            self.session.screen.refresh()
            self._drawn_at = now


async def demo_leads(session: DemoSession, lead_id: UUID | None, seed: int) -> list[DemoLead]:
    """Return the leads to fire at: the one named, or the newest open demo leads.

    Raises
    ------
    GalopeError
        When the one named does not exist.
    """
    connection = session.connection
    if lead_id is not None:
        row = await connection.fetchrow(QUERIES["lead"], lead_id)
        if row is None:
            message = f"There is no lead {lead_id}. Leave out --lead to use demo leads."
            raise GalopeError(message)
        return [DemoLead(lead_id, set(row["event_types"]))]
    rows = await connection.fetch(QUERIES["open_leads"], *ID_RANGE, LEADS_SHOWN)
    leads = [DemoLead(row["id"], set(row["event_types"])) for row in rows]
    for journey in population(World(), seed, LEADS_SHOWN - len(leads), NEWEST, NEWEST + DAY):
        leads.append(DemoLead(await create(connection, journey.profile), set()))
        await session.watcher.first_score(leads[-1].lead_id)
    return leads


async def run(options: argparse.Namespace, console: Console) -> None:
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
        await ensure_streaming(writer)
        listening = await connect(settings.direct_url, "galope demo watch")
        stack.callback(listening.terminate)
        watcher = await stack.enter_async_context(watching(listening))
        session = DemoSession(
            writer,
            watcher,
            HttpSender(options.url) if options.url else SqlSender(writer),
            _screen(options, console),
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, session.stopping.set)
        session.screen.summary(await _send(session, options))
        if options.tour:
            console.print(HOW_TIME_PASSES, style="dim", highlight=False)


async def _send(session: DemoSession, options: argparse.Namespace) -> list[ScoredEvent]:
    if options.tour:
        return await tour(session)
    leads = await demo_leads(session, options.lead, options.seed)
    load = EventLoad(session, leads, np.random.default_rng(options.seed))
    return await load.play(options.rate, options.seconds)


def _screen(options: argparse.Namespace, console: Console) -> Screen:
    if not console.is_terminal:
        return PlainScreen(console)
    if not options.tour:
        return LiveScreen(console, options.rate)
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
    address = urlsplit(text)
    if address.scheme not in {"http", "https"} or not address.hostname:
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
        "--tour", action="store_true", help="lead one fresh lead through the funnel, in 20 seconds"
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


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = arguments(argv)
    asyncio.run(run(options, Console()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
