"""Score changes as they commit: one LISTEN, one read, any number of readers."""

import asyncio
import contextlib
import itertools
import time
from collections import deque
from dataclasses import dataclass
from math import inf

import structlog

from api.services.database import Database
from postgres.connect import LOST
from postgres.errors import GalopeError
from stream.listener import Poller

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
    """One rescore, ready to be sent; the name of the head is empty for the primary one."""

    id: int
    lead_id: str
    head: str
    score: int
    status: str | None
    uf: str | None
    segment: str | None
    scored_at: float
    frame: bytes


@dataclass(frozen=True, slots=True)
class History:
    """A score history: one that was installed anew, or restored, numbers its rows anew.

    Parameters
    ----------
    relation
        Its table's oid; 0 before the first look.
    told_after
        The row after which everybody is told of it.
    """

    relation: int
    told_after: int


async def changes_after(database: Database, after: int) -> list[ScoreChange]:
    """Return the next page of changes after a row of the score history.

    A lead that was erased since is told of with an empty frame: nothing is sent, and who reads on
    gets past it.
    """
    return [
        ScoreChange(
            row["id"],
            str(row["lead_id"]),
            row["head"],
            row["score_after"],
            row["status"],
            row["uf"],
            row["segment"],
            row["scored_at"],
            _frame(row["id"], "head" if row["head"] else "score", row["change"]),
        )
        for row in await database.fetch("score_history_after", after, PAGE)
    ]


def _frame(number: int, event: str, change: str | None) -> bytes:
    return b"" if change is None else f"id: {number}\nevent: {event}\ndata: {change}\n\n".encode()


class ScoreChanges:
    """The newest changes, and a way to wait for the next.

    Parameters
    ----------
    database
        Where they are read.
    wake
        What says that there may be some; where it listens, on `CHANNEL`.
    """

    def __init__(self, database: Database, wake: Poller) -> None:
        self._database = database
        self._wake = wake
        self._kept: deque[tuple[float, ScoreChange]] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._last = 0
        self._last_at = inf
        self.history = History(0, 0)
        self.readers = 0

    @property
    def last(self) -> int:
        """The newest row of the history that was seen."""
        return self._last

    async def run(self) -> None:
        """Follow the score history until cancelled."""
        while True:
            try:
                await self._look()
            except (GalopeError, *LOST) as error:
                log.warning("can't follow the scores", error=type(error).__name__)
            await self._wake.wait(POLL)

    async def _look(self) -> None:
        [now] = await self._database.fetch("history_now")
        if self.history.relation != now["relation"] or now["given"] < self._last:
            self._kept.clear()
            last = await self._database.fetchrow("last_score", self._last_at)
            self._last, self._last_at = (last["id"], last["scored_at"]) if last else (0, -inf)
            self.history = History(now["relation"], self._last)
        while page := await changes_after(self._database, self.last):
            self._kept.extend((time.monotonic(), change) for change in page)
            self._last, self._last_at = page[-1].id, page[-1].scored_at
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

    async def resumed(self, last: int) -> int:
        """Return the row to go on after for who comes back from one; 0 where it never was."""
        [now] = await self._database.fetch("history_now")
        return last if last <= now["given"] else 0

    async def stored_after(self, last: int) -> list[ScoreChange]:
        """Return the next page of changes after a row as the database has them now."""
        return await changes_after(self._database, last)
