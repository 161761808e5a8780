"""The partner index, kept in step with the partners table."""

import asyncio
import time
from collections.abc import Callable
from uuid import UUID

import asyncpg
import structlog

from api.database import Database
from api.errors import UNAVAILABLE
from leads.partners import Partner
from online_models.partner_index import PartnerIndex

log = structlog.get_logger()

PATIENCE = 0.005
"""Seconds that a query waits for a look at the table; then it is answered from what was there. With
a few thousand partners that is enough to see every change at once."""

SHARE = 20
"""After a look that took longer than `PATIENCE`, the next is due when so many times as long have
passed: looking takes a twentieth of a processor at the most. Shorter ones are always due."""

AT_ONCE = 32
"""Blocks read before they are put to use: a 32nd of all partners in memory as rows at a time."""


class PartnerWatch:
    """Looks at the partners whenever they are asked for, and reads again only what changed.

    A look is one statement that counts the partners of each of 256 blocks and sums up which
    transactions wrote them: 30 ms at 100,000. The alternatives were a trigger on the team's table,
    or trusting their ``updated_at``.

    Parameters
    ----------
    database
        Where the partners are.
    patience
        Seconds that `index` waits for a look; None waits for its end.
    clock
        Seconds that only go forward.
    """

    def __init__(
        self,
        database: Database,
        patience: float | None = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._patience, self._clock = database, patience, clock
        self._index = PartnerIndex()
        self._seen: dict[int, tuple[int, int]] | None = None
        self._due = clock()
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin to look, without waiting for what is seen."""
        self._looking = asyncio.create_task(self._look())
        # Whoever asks next hears what went wrong; if nobody does, it matters to nobody.
        self._looking.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._looking

    async def index(self) -> PartnerIndex:
        """Return the index; the first time it is waited for however long reading everybody takes.

        Raises
        ------
        OSError, asyncpg.PostgresError
            When nothing was ever read, and can't be.
        """
        looking = self._looking
        if looking is None or (looking.done() and self._clock() >= self._due):
            looking = self.start()
        await asyncio.wait({looking}, timeout=None if self._seen is None else self._patience)
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
        began = self._clock()
        rows = await self._database.fetch("partner_blocks")
        now = self._clock()
        self._due = now + SHARE * max(now - began - PATIENCE, 0.0)
        there = {row["block"]: (row["rows"], int(row["written"])) for row in rows}
        seen = self._seen or {}
        changed = sorted(
            block for block in there.keys() | seen.keys() if there.get(block) != seen.get(block)
        )
        for at in range(0, len(changed), AT_ONCE):
            blocks = {block: await self._read(block) for block in changed[at : at + AT_ONCE]}
            await asyncio.to_thread(self._index.update, blocks)
        self._seen = there
        if changed:
            log.info("partners read", partners=len(self._index), blocks=len(changed))

    async def _read(self, block: int) -> list[Partner]:
        first, last = (UUID(bytes=bytes([block]) + 15 * filler) for filler in (b"\x00", b"\xff"))
        rows = await self._database.fetch("partners_between", first, last)
        return await asyncio.to_thread(lambda: [Partner.of(dict(row)) for row in rows])
