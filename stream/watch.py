"""Looking, while the stream runs, whether it is told of every change and may write every score."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from postgres.checks import check
from postgres.connect import LOST, Connection
from postgres.errors import GalopeError, first_line
from postgres.watched import WATCH, make_up

log = structlog.get_logger()

EVERY = 60.0
"""Seconds between looks."""


class Watch:
    """Says what is in the stream's way, and makes up for what it was not told, or set aside.

    Triggers may be disabled or dropped, a table may take another's place, partitions come and go,
    policies and columns change: no change log tells of it, the catalogue does.

    Parameters
    ----------
    connect
        Opens a connection for one look.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._unseen: str | None = None

    async def run(self) -> None:
        """Look, again and again, until cancelled."""
        while True:
            try:
                await self.look()
            except (GalopeError, *LOST) as error:
                # Whatever ends connections is told, and mended, by those who work over them.
                log.debug("could not look at the catalogue", error=first_line(error))
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Look once; what was missed is asked for, and what is in the way is said."""
        connection = await self._connect()
        try:
            problem = await _problem(connection)
            if problem is None:
                if missed := await make_up(connection):
                    log.warning("changes may have gone unseen; reading leads anew", tables=missed)
                await self._tell_unseen(connection)
                for name in ("try_again", "forget_orphans"):
                    await connection.execute(WATCH[name])
            if await connection.fetchval(WATCH["set_problem"], problem):
                if problem is None:
                    log.info("nothing is in the stream's way any more")
                else:
                    log.error("the stream can't work on everything", problem=problem)
        finally:
            connection.terminate()

    async def _tell_unseen(self, connection: Connection) -> None:
        """Say once of which partitions writes are seen only when they come by the table itself."""
        unseen: str | None = await connection.fetchval(WATCH["without_triggers"])
        if unseen and unseen != self._unseen:
            log.warning(
                "rows written straight into these partitions are not seen; run --install",
                partitions=unseen,
            )
        self._unseen = unseen


async def _problem(connection: Connection) -> str | None:
    """Return what is in the stream's way, or None."""
    try:
        await check(connection)
    except GalopeError as error:
        return str(error)
    return None
