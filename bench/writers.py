"""Writers whose transactions overlap, run long, fail and are rolled back, as chance has it."""

import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
from asyncpg.transaction import Transaction

from bench.testbed import QUERIES
from postgres.connect import Connection, connect

LEADS = 60
"""Leads that are written to, the first ones: few, so that every transaction meets the others'."""

LOCK_WAIT = {"lock_timeout": "200ms"}
"""Two writers wait for each other in one thread: whoever waits longer is rolled back."""

STATEMENTS = {
    "chaos_events": 12,
    "chaos_many_events": 1,
    "chaos_unusable_event": 1,
    "chaos_backdate": 2,
    "chaos_merge": 3,
    "chaos_delete_events": 1,
    "chaos_delete_lead": 1,
    "chaos_add_lead": 4,
    "chaos_profile": 3,
}
"""How often each statement is made, among all."""

GONE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a writer meets when it waited too long, broke a rule, or lost its connection."""


@dataclass(slots=True)
class Writer:
    """A connection with at most one transaction open.

    Parameters
    ----------
    dsn
        The database.
    chance
        Decides what is written.
    """

    dsn: str
    chance: random.Random
    _connection: Connection | None = None
    _transaction: Transaction | None = None

    async def step(self) -> None:
        """Do one thing: begin and write, write on, write beneath a savepoint, or end."""
        try:
            if self._transaction is None:
                await self._begin()
            action = self.chance.choices(("write", "savepoint", "commit", "undo"), (6, 1, 3, 1))[0]
            if action == "write":
                await self._write()
            elif action == "savepoint":
                await self._write_beneath_a_savepoint()
            else:
                await self.end(commit=action == "commit")
        except GONE:
            await self.end(commit=False)

    async def end(self, *, commit: bool) -> None:
        """End the transaction that is open, if one is."""
        transaction, self._transaction = self._transaction, None
        if transaction is None:
            return
        try:
            await (transaction.commit() if commit else transaction.rollback())
        except GONE:
            await self.close()

    async def close(self) -> None:
        """Give the connection up, and with it what was not committed."""
        connection, self._connection, self._transaction = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(*GONE):
                connection.terminate()

    async def _begin(self) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self.dsn, "chaos writer", LOCK_WAIT)
        self._transaction = self._connection.transaction()
        await self._transaction.start()

    async def _write(self) -> None:
        if self._connection is None:
            return
        name = self.chance.choices(list(STATEMENTS), list(STATEMENTS.values()))[0]
        first, second = self.chance.sample(range(1, LEADS + 1), 2)
        await self._connection.execute(QUERIES[name], first, second, self.chance.randint(1, 10**6))

    async def _write_beneath_a_savepoint(self) -> None:
        if self._connection is None:
            return
        nested = self._connection.transaction()
        await nested.start()
        await self._write()
        await self.chance.choice((nested.commit, nested.rollback))()


@dataclass(slots=True)
class Writers:
    """A few writers, each with a transaction of its own.

    Parameters
    ----------
    writers
        All of them.
    chance
        Says whose turn it is.
    """

    writers: Sequence[Writer]
    chance: random.Random = field(repr=False)

    @classmethod
    def of(cls, dsn: str, chance: random.Random, count: int) -> "Writers":
        """Return so many writers to a database."""
        return cls([Writer(dsn, chance) for _ in range(count)], chance)

    async def steps(self, most: int) -> None:
        """Have them do up to so many things."""
        for _ in range(self.chance.randint(1, most)):
            await self.chance.choice(self.writers).step()

    async def end(self) -> None:
        """Have every transaction end; most are committed."""
        for writer in self.writers:
            await writer.end(commit=self.chance.choice((True, True, True, False)))

    async def close(self) -> None:
        """Give every connection up."""
        for writer in self.writers:
            await writer.close()
