"""Taking events in: those that come while a commit is under way share the next one.

A commit takes a flush of the disk whether it holds one event or a hundred. Sixteen connections that
each waited for their own had a third of the throughput.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from api.errors import REFUSED, ApiError
from api.services.database import STATEMENTS, Database
from api.texts import Text
from postgres.connect import Connection

MOST = 500
"""Events in one statement at the most."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event to store; the metadata are JSON."""

    event_id: UUID
    lead_id: UUID
    event_type: str
    ts: datetime | None
    metadata: str | None


EventResult = str | ApiError
"""An event as it is stored, in JSON, or why it isn't."""


async def store_events(connection: Connection, events: Sequence[EventRow]) -> list[EventResult]:
    """Store events, and return what became of each.

    One whose id is taken by the same event is answered with that: sending twice stores once.
    """
    columns = zip(
        *((e.event_id, e.lead_id, e.event_type, e.ts, e.metadata) for e in events), strict=True
    )
    rows = await connection.fetch(STATEMENTS["add_events"], *columns)
    stored: dict[UUID, str] = {row["id"]: row["event"] for row in rows}
    missing = [event.event_id for event in events if event.event_id not in stored]
    known = await connection.fetch(STATEMENTS["events_by_id"], missing) if missing else []
    taken = {row["id"]: row for row in known}
    return [
        stored.get(event.event_id) or _unstored(event, taken.get(event.event_id))
        for event in events
    ]


def _unstored(event: EventRow, taken: asyncpg.Record | None) -> EventResult:
    if taken is None:
        return ApiError(404, Text.LEAD_NOT_FOUND)
    if (taken["lead_id"], taken["event_type"]) != (event.lead_id, event.event_type):
        return ApiError(409, Text.CONFLICT)
    stored: str = taken["event"]
    return stored


class EventStore:
    """Stores single events, many at once.

    Parameters
    ----------
    database
        Where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[EventRow, asyncio.Future[str]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def add(self, event: EventRow) -> str:
        """Store an event and return it as JSON, once it is committed.

        Raises
        ------
        ApiError
            When its lead is unknown, or its id belongs to another event.
        """
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, answer))
        if self._storing is None:
            self._storing = asyncio.create_task(self._store())
        return await answer

    async def _store(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._store_batch(batch)
        finally:
            self._storing = None

    async def _store_batch(self, batch: Sequence[tuple[EventRow, asyncio.Future[str]]]) -> None:
        try:
            async with self._database.connection() as connection:
                answers = await store_events(connection, [event for event, _ in batch])
        except REFUSED as error:
            if len(batch) > 1:
                # One of them can't be stored: each is tried by itself.
                for waiting in batch:
                    await self._store_batch([waiting])
                return
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 - it is raised in every request that waits for it
            _fail(batch, error)
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if future.done():
                    continue
                if isinstance(answer, ApiError):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)


def _fail(batch: Sequence[tuple[EventRow, asyncio.Future[str]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
