"""The partner index, kept in step with the partners table."""

import asyncio
import time
from collections.abc import Callable
from itertools import groupby
from uuid import UUID

import asyncpg
import structlog

from api.errors import UNAVAILABLE
from api.services.database import STATEMENTS, Database
from domain.partners.matching import Partner
from online_models.partners.index import PartnerIndex

log = structlog.get_logger()

QUICK = 0.015
"""Seconds. While a look takes no longer, every call waits for one and sees every change: with some
tens of thousands of partners. With more, calls are answered beside it."""

SHARE = 20
"""After a look that was not quick, the next is due when so many times as long have passed: looking
takes a twentieth of a processor at the most."""

AT_ONCE = 32
"""Blocks read before they are put to use: a 32nd of all partners in memory as rows at a time."""


class PartnerWatch:
    """Looks at the partners whenever they are asked for, and reads again only what changed.

    A look is one statement that counts the partners of each of 256 blocks and sums up which
    transactions wrote them: 40 ms at 100,000. The alternatives were a trigger on the team's table,
    or trusting their ``updated_at``.

    Parameters
    ----------
    database
        Where the partners are.
    clock
        Seconds that only go forward.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._index = PartnerIndex()
        self._seen: dict[int, tuple[int, int]] | None = None
        self._took, self._due = 0.0, clock()
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin to look, without waiting for what is seen."""
        self._looking = asyncio.create_task(self._look())
        # Whoever asks next hears what went wrong; if nobody does, it matters to nobody.
        self._looking.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._looking

    async def index(self, *, in_step: bool = False) -> PartnerIndex:
        """Return the index.

        Parameters
        ----------
        in_step
            Wait for a look, however long it takes. So does the first call, and every call while
            looks are quick.

        Raises
        ------
        OSError, asyncpg.PostgresError
            When nothing was ever read, and can't be.
        """
        looking = self._looking
        if looking is None or (looking.done() and (in_step or self._clock() >= self._due)):
            looking = self.start()
        if in_step or self._seen is None or self._took <= QUICK:
            await asyncio.wait({looking})
        if looking.done():
            looking.result()
        return self._index

    def close(self) -> None:
        """Give up a look under way."""
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        try:
            await self._catch_up()
        except (asyncpg.PostgresError, *UNAVAILABLE) as error:
            if self._seen is None:
                raise
            log.warning("partners can't be looked at", error=type(error).__name__)

    async def _catch_up(self) -> None:
        async with self._database.connection() as connection:
            began = self._clock()
            rows = await connection.fetch(STATEMENTS["partner_blocks"])
            self._took = self._clock() - began
        self._due = self._clock() + (SHARE * self._took if self._took > QUICK else 0.0)
        there = {row["block"]: (row["rows"], int(row["written"])) for row in rows}
        seen = self._seen or {}
        changed = sorted(
            block for block in there.keys() | seen.keys() if there.get(block) != seen.get(block)
        )
        for at in range(0, len(changed), AT_ONCE):
            some = changed[at : at + AT_ONCE]
            read = await self._read(some)
            now = {block: read.get(block, []) for block in some}
            await asyncio.to_thread(self._index.update, now)
        self._seen = there
        if changed:
            log.info("partners read", partners=len(self._index), blocks=len(changed))

    async def _read(self, blocks: list[int]) -> dict[int, list[Partner]]:
        first, last = (
            [UUID(bytes=bytes([block]) + 15 * filler) for block in blocks]
            for filler in (b"\x00", b"\xff")
        )
        rows = await self._database.fetch("partners_between", first, last)

        def sorted_out() -> dict[int, list[Partner]]:
            partners = [Partner.of(dict(row)) for row in rows]
            by_block = groupby(partners, lambda partner: partner.partner_id.bytes[0])
            return {block: list(some) for block, some in by_block}

        return await asyncio.to_thread(sorted_out)
