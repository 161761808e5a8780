"""What one transaction commits, in the making."""

import asyncio
import sys
from dataclasses import dataclass, field
from uuid import UUID

from domain.events import FunnelEvent
from stream.cursor import Position
from stream.lessons import Lesson
from stream.teacher import Taught, Teacher
from stream.writeback import Row


@dataclass(frozen=True, slots=True)
class SetAside:
    """A change that can't be used, and why."""

    event: FunnelEvent
    reason: str


@dataclass(slots=True)
class Batch:
    """What one transaction commits; a large one is sent while it is still being scored.

    Parameters
    ----------
    position
        The cursor after it.
    rows
        Leads scored anew, written out.
    gone
        Leads to erase.
    failed
        Leads whose state is dropped, because it can't be scored.
    aside
        Changes set aside.
    lessons
        What it teaches.
    taught
        What the lessons came to; None until they were taught.
    """

    position: Position
    rows: list[Row] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    failed: list[UUID] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    taught: Taught | None = None
    _whole: bool = False
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    def grew(self, *, whole: bool = False) -> None:
        """Say that there are more rows, or that no more will come."""
        self._whole = whole
        self._grown.set()

    async def has(self, rows: int) -> bool:
        """Wait until there are so many rows or no more will come; tell whether there are."""
        while len(self.rows) < rows and not self._whole:
            self._grown.clear()
            await self._grown.wait()
        return len(self.rows) >= rows

    async def ended(self) -> None:
        """Wait until no more rows will come."""
        await self.has(sys.maxsize)

    async def teach(self, teacher: Teacher) -> Taught:
        """Teach its lessons, once, and return what they came to."""
        if self.taught is None:
            self.taught = await teacher.teach(self.lessons)
        return self.taught
