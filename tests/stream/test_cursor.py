"""Overlapping writers with late commits: nothing lost, nothing repeated, from any restart."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stream.batch import Batch
from tests.stream.replay import new_event, new_lead, streaming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from asyncpg.transaction import Transaction

    from postgres.connect import Connection
    from stream.cursor import Position
    from tests.stream.replay import Stream


@dataclass(slots=True)
class Writer:
    """A connection that inserts events in transactions, some of which come to nothing."""

    connection: Connection
    lead: UUID
    chance: random.Random
    committed: set[UUID]
    transaction: Transaction | None = None
    pending: list[UUID] = field(default_factory=list)

    async def begin(self) -> None:
        """Begin a transaction that has an id."""
        self.transaction = self.connection.transaction()
        await self.transaction.start()
        self.pending.append(await new_event(self.connection, self.lead))

    async def write(self) -> None:
        """Begin, insert, insert beneath a savepoint, commit or roll back, as chance has it."""
        if self.transaction is None:
            await self.begin()
        action = self.chance.choice(["insert", "insert", "savepoint", "commit", "roll back"])
        if action == "insert":
            self.pending.append(await new_event(self.connection, self.lead))
        elif action == "savepoint":
            await self.beneath_a_savepoint(kept=self.chance.random() < 0.5)
        else:
            await self.end(kept=action == "commit")

    async def beneath_a_savepoint(self, *, kept: bool) -> None:
        """Insert in a subtransaction, which has a transaction id of its own."""
        nested = self.connection.transaction()
        await nested.start()
        event = await new_event(self.connection, self.lead)
        if kept:
            await nested.commit()
            self.pending.append(event)
        else:
            await nested.rollback()

    async def end(self, *, kept: bool) -> None:
        """End the transaction under way."""
        if self.transaction is None:
            return
        if kept:
            await self.transaction.commit()
            self.committed.update(self.pending)
        else:
            await self.transaction.rollback()
        self.transaction, self.pending = None, []


@asynccontextmanager
async def writers(
    dsn: str, lead: UUID, chance: random.Random, committed: set[UUID]
) -> AsyncIterator[list[Writer]]:
    """Open eight writers."""
    connections = [await asyncpg.connect(dsn) for _ in range(8)]
    try:
        yield [Writer(one, lead, chance, committed) for one in connections]
    finally:
        for one in connections:
            await one.close()


async def take(stream: Stream, position: Position, limit: int, taken: Counter[UUID]) -> Position:
    """Take a page, commit the position, and return it as a restart would read it."""
    changes, upto = await stream.reads.changes(position, limit)
    taken.update(row["event_id"] for row in changes if row["kind"] == "event")
    after = position.advance(upto, changes, more=len(changes) == limit)
    await stream.commit(Batch(after))
    return (await stream.committer.position())[0]


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.no_cover
async def test_overlapping_writers_lose_nothing_and_repeat_nothing(
    database: str, connection: Connection, limit: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable
    lead = await new_lead(connection)
    committed: set[UUID] = set()
    taken: Counter[UUID] = Counter()
    async with (
        streaming(database) as stream,
        writers(database, lead, chance, committed) as (slowest, *others),
    ):
        position, _ = await stream.committer.position()
        await slowest.begin()
        await slowest.beneath_a_savepoint(kept=True)
        for _ in range(250):
            await chance.choice(others).write()
            if chance.random() < 0.5:
                position = await take(stream, position, limit, taken)
        for writer in others:
            await writer.end(kept=True)
        for _ in range(len(committed) + 2):
            position = await take(stream, position, limit, taken)
        assert taken == Counter(committed)
        await slowest.end(kept=True)
        for _ in range(len(committed) + 2):
            position = await take(stream, position, limit, taken)
    assert taken == Counter(committed)
    assert len(taken) == await connection.fetchval("SELECT count(*) FROM events") > 20


async def test_a_page_in_a_window_takes_nothing_newer(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        position, _ = await stream.committer.position()
        first = [await new_event(connection, lead) for _ in range(3)]
        taken: Counter[UUID] = Counter()
        position = await take(stream, position, 2, taken)
        assert position.window is not None
        late = await new_event(connection, lead)
        position = await take(stream, position, 2, taken)
        assert (set(taken), position.window) == (set(first), None)
        await take(stream, position, 2, taken)
    assert taken == Counter([*first, late])


async def test_an_old_transaction_elsewhere_holds_up_nobody(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    old = await asyncpg.connect(database)
    async with streaming(database) as stream, old.transaction():
        await old.fetchval("SELECT pg_current_xact_id()")
        position, _ = await stream.committer.position()
        event = await new_event(connection, lead)
        taken: Counter[UUID] = Counter()
        await take(stream, position, 10, taken)
        assert taken == Counter([event])
    await old.close()
