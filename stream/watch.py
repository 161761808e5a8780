"""Looking, while the stream runs, whether it is told of every change and may write every score."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from postgres.checks import check
from postgres.connect import LOST, Connection
from postgres.errors import GalopeError, first_line
from postgres.watched import WATCH, make_up

log = structlog.get_logger()

EVERY = 60.0
"""Seconds between looks."""

COUNTING = 1.0
"""Seconds of a look in which events are counted: a sixtieth of the time."""

COUNTED = 1_000
"""Leads whose events are counted in one statement."""

FIRST = UUID(int=0)
"""Before every lead's id."""


class Watch:
    """Says what is in the stream's way, and makes up for what it was not told, or set aside.

    Triggers may be disabled or dropped, a table may take another's place, partitions come and go,
    policies and columns change: no change log tells of it, the catalogue does. What neither tells
    is found by counting: each look goes on with the next leads, in the order of their ids.

    Parameters
    ----------
    connect
        Opens a connection for one look.
    is_behind
        Whether more is known to be waiting: then leads without states are only not read yet.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], is_behind: Callable[[], bool]
    ) -> None:
        self._connect = connect
        self._is_behind = is_behind
        self._unseen: str | None = None
        self._counted = FIRST
        """The last lead whose events were counted."""

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
                await self._count(connection)
            if await connection.fetchval(WATCH["set_problem"], problem):
                if problem is None:
                    log.info("nothing is in the stream's way any more")
                else:
                    log.error("the stream can't work on everything", problem=problem)
        finally:
            connection.terminate()

    async def _count(self, connection: Connection) -> None:
        """Have leads read anew whose events are not as many as were counted."""
        until, missed = time.monotonic() + COUNTING, 0
        while time.monotonic() < until and not self._is_behind():
            [counted] = await connection.fetch(WATCH["count_events"], self._counted, COUNTED)
            missed += counted["missed"]
            self._counted = counted["last"] or FIRST
            if self._counted == FIRST:
                break
        if missed:
            log.warning("leads changed without a trace; reading them anew", leads=missed)

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
