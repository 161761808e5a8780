"""Telling whoever shows scores that there are new ones."""

import asyncio

from postgres.connect import Connection
from postgres.statements import QUERIES


class Announcer:
    """Sends NOTIFY ``galope_scored`` after batches, beside them.

    In the batch's own transaction it would queue for the database-wide lock of NOTIFY behind every
    producer's commit: at 2,000 events a second that was most of the time a batch took. Batches
    committed while one announcement is under way share the next.

    Parameters
    ----------
    connection
        Its own.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._wanted = False
        self._sending: asyncio.Task[None] | None = None

    def announce(self) -> None:
        """Have an announcement sent soon.

        Raises
        ------
        Exception
            What ended the one before, such as a lost connection.
        """
        self._wanted = True
        if self._sending is not None and self._sending.done():
            self._sending.result()
            self._sending = None
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())

    async def finish(self) -> None:
        """Wait until everything is announced."""
        if self._sending is not None:
            await self._sending

    async def _send(self) -> None:
        while self._wanted:
            self._wanted = False
            await self._connection.execute(QUERIES["announce"])
