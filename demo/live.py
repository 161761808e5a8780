"""Events out, scores back: what `demo.fire` does between two frames."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener
from uuid import UUID, uuid4

import asyncpg

from demo.ids import QUERIES, demo_id
from postgres.connect import LOST
from postgres.errors import GalopeError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from demo.population import Profile
    from demo.screen import Screen
    from postgres.connect import Connection

CHANNEL = "galope_scored"

MAX_HEARTBEAT_AGE_S = 5.0
"""Seconds after which the stream counts as not running."""

SCORE_TIMEOUT_S = 15.0
"""Seconds to wait for a score before something must be wrong."""

CLOSED = "closed by the server"

METADATA = {"source": "demo.fire"}

START_IT = "Start it in another terminal: python -m stream"


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason as it is stored."""

    points: int
    text: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class ScoredEvent:
    """One event and the score that followed.

    Parameters
    ----------
    lead_id, name
        Whose.
    event_type
        What was fired.
    before, after
        The scores; before is None where there was none.
    probability
        Of converting, 0 to 1.
    status, stage
        As on the board.
    reasons
        Their points add up to `after`.
    action, why
        What to do next, as stored; empty where there is nothing.
    freshness_ms
        From the event sent to the new score read, in milliseconds; 0 where none was sent.
    """

    lead_id: UUID
    name: str
    event_type: str
    before: int | None
    after: int
    probability: float
    status: str
    stage: str
    reasons: tuple[ReasonLine, ...]
    action: str
    why: str
    freshness_ms: float


class Sender(Protocol):
    """How an event gets into the database."""

    async def send(self, lead_id: UUID, event_type: str) -> float:
        """Record an event; return when it was sent.

        Freshness counts from there: the commit is acknowledged after the stream was woken, so that
        on a busy machine a score can be there before the acknowledgement is.
        """


class SqlSender:
    """Inserts events itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._use = asyncio.Lock()

    async def send(self, lead_id: UUID, event_type: str) -> float:
        """Insert an event; return when it was sent."""
        async with self._use:
            began = time.perf_counter()
            await self._connection.execute(
                QUERIES["fire"], lead_id, event_type, json.dumps(METADATA)
            )
        return began


class HttpSender:
    """Has an API insert them.

    Parameters
    ----------
    url
        Of the API, without ``/events``.
    """

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/events"
        self._opener = build_opener(ProxyHandler({}))  # what is demonstrated is near

    async def send(self, lead_id: UUID, event_type: str) -> float:
        """Post an event; return when the request was sent.

        Raises
        ------
        GalopeError
            When the API refuses it or does not answer.
        """
        body = {"lead_id": str(lead_id), "event_type": event_type, "metadata": METADATA}
        began = time.perf_counter()
        await asyncio.to_thread(self._post, json.dumps(body).encode())
        return began

    def _post(self, body: bytes) -> None:
        # The scheme is checked where the address is read.
        request = Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310
        try:
            with self._opener.open(request, timeout=SCORE_TIMEOUT_S) as answer:
                answer.read()
        except HTTPError as error:
            with error:
                answer_text = error.read(500).decode(errors="replace").strip()
            message = (
                f"POST {self._url} was refused with {error.code}: {answer_text or error.reason}."
            )
            raise GalopeError(message) from error
        except (URLError, TimeoutError, ConnectionError) as error:
            reason = getattr(error, "reason", error)
            message = f"No API answers at {self._url} ({reason}). Start it, or leave out --url."
            raise GalopeError(message) from error


@dataclass(slots=True)
class _PendingScore:
    """A score that somebody waits for."""

    after: int
    cause: str | None
    read: asyncio.Future[tuple[asyncpg.Record, float]]


@dataclass(slots=True)
class ScoreWatcher:
    """Hears that scores were committed, and reads those that are waited for.

    Parameters
    ----------
    connection
        Its own: it listens.
    """

    connection: Connection
    _pending: dict[UUID, _PendingScore] = field(default_factory=dict)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)
    _use: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self, sender: Sender, lead_id: UUID, event_type: str) -> ScoredEvent:
        """Fire an event and wait for its score; one at a time for each lead."""
        await self._expect(lead_id, event_type)
        try:
            since = await sender.send(lead_id, event_type)
        except BaseException:
            del self._pending[lead_id]
            raise
        row, seen_at = await self._answer(lead_id, f"{event_type} of")
        return _scored_event(row, event_type, (seen_at - since) * 1000)

    async def change(self, lead_id: UUID, statement: str) -> None:
        """Change a lead's rows by a statement and wait until they are read whole and scored.

        An event that comes before that may be read with them, and would have no score of its own.
        """
        await self._expect(lead_id, None)
        async with self._use:
            await self.connection.execute(statement, lead_id)
        await self._answer(lead_id, "changed")

    async def first_score(self, lead_id: UUID) -> ScoredEvent:
        """Wait for the first score of a lead that was just created."""
        self._pending[lead_id] = _PendingScore(0, None, asyncio.get_running_loop().create_future())
        self._heard.set()
        row, _ = await self._answer(lead_id, "new")
        return _scored_event(row, "lead created", 0.0)

    async def listen(self) -> None:
        """Hear of scores from now on, and of the connection's end."""
        self.connection.add_termination_listener(lambda _: self._heard.set())
        await self.connection.add_listener(CHANNEL, lambda *_: self._heard.set())

    async def run(self) -> None:
        """Read what was heard of until cancelled; when that fails, so does every wait."""
        try:
            while True:
                await self._heard.wait()
                self._heard.clear()
                if self._pending:
                    await self._read()
        except LOST as error:
            for pending in self._pending.values():
                if not pending.read.done():
                    pending.read.set_exception(error)

    async def _expect(self, lead_id: UUID, cause: str | None) -> None:
        async with self._use:
            after = await self.connection.fetchval(QUERIES["last_rescore"], lead_id)
        self._pending[lead_id] = _PendingScore(
            after, cause, asyncio.get_running_loop().create_future()
        )

    async def _answer(self, lead_id: UUID, what: str) -> tuple[asyncpg.Record, float]:
        try:
            if self.connection.is_closed():
                raise ConnectionError(CLOSED)
            async with asyncio.timeout(SCORE_TIMEOUT_S):
                return await self._pending[lead_id].read
        except TimeoutError as error:
            message = (
                f"No score for {what} lead {lead_id} within {SCORE_TIMEOUT_S:g} s:"
                " the stream is far behind or stuck. Look at its log."
            )
            raise GalopeError(message) from error
        finally:
            del self._pending[lead_id]

    async def _read(self) -> None:
        pending_scores = dict(self._pending)
        columns = [
            (lead_id, pending.after, pending.cause) for lead_id, pending in pending_scores.items()
        ]
        async with self._use:
            rows = await self.connection.fetch(
                QUERIES["rescores"], *map(list, zip(*columns, strict=True))
            )
        seen_at = time.perf_counter()
        for row in rows:
            read = pending_scores[row["lead_id"]].read
            if not read.done():
                read.set_result((row, seen_at))


@asynccontextmanager
async def watching(connection: Connection) -> AsyncIterator[ScoreWatcher]:
    """Yield a watch that listens."""
    watcher = ScoreWatcher(connection)
    await watcher.listen()
    listening = asyncio.create_task(watcher.run())
    try:
        yield watcher
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@dataclass(slots=True)
class DemoSession:
    """What a show is played with.

    Parameters
    ----------
    connection
        For reading and creating leads.
    watcher, sender, screen
        Where scores come from, where events go, and where both are seen.
    stopping
        Set when the show is to end early.
    """

    connection: Connection
    watcher: ScoreWatcher
    sender: Sender
    screen: Screen
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def pause(self, seconds: float) -> None:
        """Wait, unless the show is to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()


async def create(connection: Connection, profile: Profile) -> UUID:
    """Create a demo lead; return its id."""
    lead_id = demo_id(uuid4())
    await connection.execute(QUERIES["create_lead"], lead_id, *astuple(profile))
    return lead_id


async def ensure_streaming(connection: Connection) -> None:
    """Return if the stream is alive.

    Raises
    ------
    GalopeError
        When it is not; the message says how to start it.
    """
    try:
        age = await connection.fetchval(QUERIES["heartbeat"])
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
        name = await connection.fetchval("SELECT current_database()")
        message = f"Galope is not installed in database {name}. Run: python -m stream --install"
        raise GalopeError(message) from error
    if age is None:
        message = f"The stream has never run on this database. {START_IT}"
        raise GalopeError(message)
    if age > MAX_HEARTBEAT_AGE_S:
        message = (
            f"The stream is not running: its last sign of life was {_ago(age)} ago. {START_IT}"
        )
        raise GalopeError(message)


def _ago(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' * (count > 1)}"
    return f"{seconds:.0f} seconds"


def _scored_event(row: asyncpg.Record, event_type: str, freshness_ms: float) -> ScoredEvent:
    reasons = json.loads(row["score_motivos"] or "[]")
    action: Mapping[str, Any] = json.loads(row["next_best_action"] or "{}")
    return ScoredEvent(
        lead_id=row["lead_id"],
        name=row["nome"],
        event_type=event_type,
        before=row["score_before"],
        after=row["score_after"],
        probability=row["probability"],
        status=row["status"],
        stage=_stage(row["status"], row["crm_stage"]),
        reasons=tuple(
            ReasonLine(reason["impacto"], reason["fator"], reason["detalhe"]) for reason in reasons
        ),
        action=action.get("text", ""),
        why=action.get("why", ""),
        freshness_ms=freshness_ms,
    )


def _stage(status: str, crm_stage: str | None) -> str:
    """Return the board's column: CURIOSO's is INBOX."""
    if status == "ENVIADO":
        return status
    if crm_stage and crm_stage != "INBOX":
        return crm_stage
    return "INBOX" if status == "CURIOSO" else status
