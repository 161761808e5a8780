"""Waiting for notifications: a LISTEN that proves it receives, and reconnects."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from postgres.connect import LOST, Connection
from postgres.errors import GalopeError
from postgres.statements import QUERIES

log = structlog.get_logger()

CHANNEL = "galope_wake"

LONGEST_RETRY = 5.0
"""Seconds between tries to reconnect at the most."""

Connect = Callable[[], Awaitable[Connection]]


class Poller:
    """What to wait on where LISTEN is not to be had: only the clock, and `notify`."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()

    def notify(self) -> None:
        """Make the current or next `wait` return at once."""
        self._wake.set()

    async def enable_notify(self) -> None:
        """Do nothing: nobody listens."""

    async def disable_notify(self) -> None:
        """Do nothing: nobody listens."""

    async def wait(self, seconds: float) -> None:
        """Return on `notify` or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()


class NotifyListener(Poller):
    """A LISTEN that survives its connection.

    A lost notification costs nothing but time: whoever waits looks again after its poll. So does a
    lost connection; it is noticed by a NOTIFY to itself that does not come back, because TCP alone
    may take hours to tell.

    Parameters
    ----------
    connect
        Opens a direct connection; not through a pooler, which would drop LISTEN and locks.
    channel
        What to listen on.
    probe
        Seconds between checks, and how long one may take.
    """

    def __init__(self, connect: Connect, channel: str, probe: float) -> None:
        super().__init__()
        self._connect = connect
        self._channel = channel
        self._probe = probe
        self._connection: Connection | None = None
        self._received = asyncio.Event()
        self._lost = asyncio.Event()
        self._use = asyncio.Lock()

    def _on_notify(self, *_: Any) -> None:
        self._received.set()
        self._wake.set()

    async def settle(self) -> None:
        """Do what a new connection, or a probe, is a good moment for: nothing here."""

    async def run(self) -> None:
        """Listen until cancelled, over as many connections as it takes."""
        retry = 0.1
        while True:
            try:
                await self._listen()
                retry = 0.1
            except (GalopeError, *LOST) as error:
                log.warning(
                    "listener lost; polling until it is back", error=str(error), retry_in_s=retry
                )
            finally:
                await self._close()
            await asyncio.sleep(retry)
            retry = min(2 * retry, LONGEST_RETRY)

    async def _listen(self) -> None:
        connection = await self._connect()
        self._lost.clear()
        connection.add_termination_listener(lambda _: self._lost.set())
        self._connection = connection
        await connection.add_listener(self._channel, self._on_notify)
        await self.settle()
        # What was notified while nobody listened is only found by looking.
        self._wake.set()
        while not await self._is_lost():
            await self.settle()
            await self._prove()

    async def _is_lost(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._probe):
                await self._lost.wait()
        return self._lost.is_set()

    async def _prove(self) -> None:
        """Send a NOTIFY to itself and wait until it arrives."""
        self._received.clear()
        async with asyncio.timeout(self._probe):
            async with self._use:
                if self._connection is not None:
                    await self._connection.execute(f"NOTIFY {self._channel}")
            await self._received.wait()

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


class ChangeListener(NotifyListener):
    """The stream's listener, which has writers notify of changes only while it says so.

    Parameters
    ----------
    connect, probe
        As of `NotifyListener`.
    """

    def __init__(self, connect: Connect, probe: float) -> None:
        super().__init__(connect, CHANNEL, probe)
        self._wanted = False
        self._told: bool | None = None

    async def enable_notify(self) -> None:
        """Have writers notify of changes."""
        self._wanted = True
        await self.settle()

    async def disable_notify(self) -> None:
        """Have writers not notify of changes."""
        self._wanted = False
        await self.settle()

    async def settle(self) -> None:
        """Tell writers what is wanted; without a connection polling goes on without."""
        async with self._use:
            # What was told is what was sent: something else may be wanted meanwhile.
            wanted = self._wanted
            if self._connection is None or self._told == wanted:
                return
            try:
                await self._connection.execute(QUERIES["set_notify"], int(wanted))
                self._told = wanted
            except LOST:
                self._lost.set()

    async def _close(self) -> None:
        self._told = None
        await super()._close()
