"""Hearing of changes: only while the hand is raised, over any loss, and never in the way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import asyncpg

from stream.listener import CHANNEL, ChangeListener, Poller
from tests.stream.child import scores
from tests.stream.replay import (
    ALL_COUNTED,
    How,
    assert_equals_replay,
    new_event,
    new_lead,
    streaming,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from postgres.connect import Connection
    from stream.consumer import Consumer

FOREVER = 3600.0


@asynccontextmanager
async def listening(dsn: str, probe: float = FOREVER) -> AsyncIterator[ChangeListener]:
    """Run a listener that is heard to have connected."""
    listener = ChangeListener(lambda: asyncpg.connect(dsn), probe)
    task = asyncio.create_task(listener.run())
    try:
        await listener.wait(FOREVER)
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def consuming(consumer: Consumer) -> AsyncIterator[None]:
    """Run a consumer as the process does."""
    task = asyncio.create_task(consumer.run())
    try:
        yield
    finally:
        consumer.stop()
        await task


async def is_enabled(connection: Connection) -> bool:
    """Tell whether a writer would see the hand up."""
    up: bool = await connection.fetchval("SELECT last_value = 1 FROM galope.notify_enabled")
    return up


async def test_the_hand_goes_up_and_down(database: str, connection: Connection) -> None:
    async with listening(database) as listener:
        assert not await is_enabled(connection)
        await listener.enable_notify()
        assert await is_enabled(connection)
        await listener.enable_notify()
        await listener.disable_notify()
        assert not await is_enabled(connection)


class Slow:
    """A connection on which something else happens while it executes."""

    def __init__(self, connection: Connection, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._connection = connection
        self._meanwhile = meanwhile

    async def execute(self, *arguments: Any) -> None:
        await self._connection.execute(*arguments)
        await self._meanwhile()

    def terminate(self) -> None:
        self._connection.terminate()


async def test_what_is_enabled_while_being_disabled_is_enabled(
    database: str, connection: Connection
) -> None:
    async with listening(database) as listener:
        raising: list[asyncio.Task[None]] = []

        async def raise_it() -> None:
            if not raising:
                raising.append(asyncio.create_task(listener.enable_notify()))
                await asyncio.sleep(0)

        await listener.enable_notify()
        assert listener._connection is not None
        listener._connection = Slow(listener._connection, raise_it)  # type: ignore[assignment]
        await listener.disable_notify()
        await raising[0]
        assert await is_enabled(connection)


async def test_a_change_is_noticed_while_notify_is_enabled(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    async with listening(database) as listener:
        await listener.enable_notify()
        await new_event(connection, lead)
        await listener.wait(FOREVER)


async def test_a_lost_connection_is_replaced_and_notify_enabled_again(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    async with listening(database) as listener:
        await listener.enable_notify()
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE '%galope.notify_enabled%' AND pid <> pg_backend_pid()"
        )
        await listener.wait(FOREVER)
        assert await is_enabled(connection)
        await new_event(connection, lead)
        await listener.wait(FOREVER)


async def test_a_connection_that_hears_nothing_is_replaced(database: str) -> None:
    async with listening(database, probe=0.05) as listener:
        await listener.enable_notify()
        deaf = listener._connection
        assert deaf is not None
        await deaf.remove_listener(CHANNEL, listener._on_notify)
        while listener._connection in (deaf, None):
            await listener.wait(0.01)


async def test_a_wait_ends_when_told(database: str) -> None:
    async with listening(database) as listener:
        listener.notify()
        await listener.wait(FOREVER)
    poller = Poller()
    poller.notify()
    await poller.wait(FOREVER)


async def test_what_nobody_announced_is_found(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    async with scores(database) as heard, listening(database) as listener:
        listener._on_notify = lambda *_: None  # type: ignore[method-assign]
        async with streaming(database, How(wake=listener)) as stream, consuming(stream.consumer):
            await new_event(connection, lead)
            await heard.until(lambda: connection.fetchval(ALL_COUNTED))
    await assert_equals_replay(connection)


async def test_a_hand_left_up_goes_down_with_the_next_stream(
    database: str, connection: Connection
) -> None:
    await connection.execute("SELECT setval('galope.notify_enabled', 1)")
    async with streaming(database, How(wake=Poller())):
        assert not await is_enabled(connection)


class Hand(Poller):
    """A hand that remembers how it moved, and tells when it is up for the second time."""

    def __init__(self) -> None:
        super().__init__()
        self.moves: list[str] = []
        self.up_again = asyncio.Event()

    async def enable_notify(self) -> None:
        self.moves.append("up")
        if self.moves.count("up") == 2:
            self.up_again.set()

    async def disable_notify(self) -> None:
        self.moves.append("down")


async def test_nothing_is_announced_while_there_is_a_backlog(
    database: str, connection: Connection
) -> None:
    hand = Hand()
    await new_lead(connection)
    async with streaming(database, How(batch=1_000, wake=hand)) as stream:
        await stream.drain()
        await connection.execute(
            "INSERT INTO events (lead_id, event_type) "
            "SELECT id, 'page_view' FROM leads, generate_series(1, 10000)"
        )
        async with consuming(stream.consumer), asyncio.timeout(FOREVER):
            await hand.up_again.wait()
    assert hand.moves[:3] == ["up", "down", "up"]
    assert hand.moves[-1] == "down"
    await assert_equals_replay(connection)
