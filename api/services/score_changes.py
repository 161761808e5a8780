"""Score changes as they commit: one LISTEN, one read, any number of readers."""

import asyncio
import contextlib
import itertools
import time
from collections import deque
from dataclasses import dataclass

import structlog

from api.errors import UNAVAILABLE
from api.services.database import Database
from stream.listener import NotifyListener

log = structlog.get_logger()

CHANNEL = "galope_scored"

KEPT = 10_000
"""Changes held in memory at the most; who is further behind reads them from the database."""

KEPT_S = 10.0
"""Seconds for which a change is held: as long as a reader may lag. A lead that is erased since is
still named there, and no longer in the database."""

PAGE = 1_000
"""Changes read at once."""

POLL = 1.0
"""Seconds between looks when nothing is announced."""


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """One rescore, ready to be sent."""

    id: int
    lead_id: str
    score: int
    status: str
    uf: str | None
    segment: str | None
    frame: bytes


async def changes_after(database: Database, after: int) -> list[ScoreChange]:
    """Return the next page of changes after a row of the score history."""
    return [
        ScoreChange(
            row["id"],
            str(row["lead_id"]),
            row["score_after"],
            row["status"],
            row["uf"],
            row["segment"],
            f"id: {row['id']}\nevent: score\ndata: {row['change']}\n\n".encode(),
        )
        for row in await database.fetch("score_history_after", after, PAGE)
    ]


class ScoreChanges:
    """The newest changes, and a way to wait for the next.

    Parameters
    ----------
    database
        Where they are read.
    listener
        What says that there may be some; it listens on `CHANNEL`.
    """

    def __init__(self, database: Database, listener: NotifyListener) -> None:
        self._database = database
        self._listener = listener
        self._kept: deque[tuple[float, ScoreChange]] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._last: int | None = None
        self.readers = 0

    @property
    def last(self) -> int:
        """The newest row of the history that was seen."""
        return self._last or 0

    async def run(self) -> None:
        """Follow the score history until cancelled."""
        listening = asyncio.create_task(self._listener.run())
        try:
            while True:
                try:
                    await self._look()
                except UNAVAILABLE as error:
                    log.warning("can't follow the scores", error=type(error).__name__)
                await self._listener.wait(POLL)
        finally:
            listening.cancel()

    async def _look(self) -> None:
        if self._last is None:
            self._last = await self._database.fetchval("last_score")
        while page := await changes_after(self._database, self.last):
            now = time.monotonic()
            self._kept.extend((now, change) for change in page)
            self._last = page[-1].id
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def wait(self, seconds: float) -> None:
        """Return after the next look at the history, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def after(self, last: int) -> list[ScoreChange]:
        """Return the changes after a row, or the first page of them where there are many."""
        if last >= self.last:
            return []
        while self._kept and self._kept[0][0] < time.monotonic() - KEPT_S:
            self._kept.popleft()
        if self._kept and self._kept[0][1].id <= last + 1:
            newer = itertools.takewhile(lambda kept: kept[1].id > last, reversed(self._kept))
            return [change for _, change in newer][::-1]
        return await changes_after(self._database, last)

    async def stored_after(self, last: int) -> list[ScoreChange]:
        """Return the next page of changes after a row as the database has them now."""
        return await changes_after(self._database, last)
