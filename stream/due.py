"""The work that falls due with time, and no change brings."""

import gc
from collections.abc import Sequence
from itertools import islice
from uuid import UUID

import asyncpg
import structlog

from postgres.statements import QUERIES
from stream.batch_writer import BatchWriter
from stream.commit import Committer
from stream.cursor import Position
from stream.model_in_use import ModelInUse, Versions
from stream.questions import QuestionWork
from stream.reads import Reads

log = structlog.get_logger()

TICK = 1.0
"""Seconds between looks at what no change brings: due scores, a new champion, the heartbeat, the
log's size."""

SPREAD_EVERY = 600.0
"""Seconds between looks whether learning has moved the scores of leads that nothing happened to."""

DUE_LEADS = 200
"""Leads due by time in one batch at the most: a model change must not hold up live events."""

LATEST_DUE = 60.0
"""Seconds for which a score may have been due when that is committed; later ones are found by the
next look at all that is due, after `SPREAD_EVERY` at the latest."""

UNBUILT_LEADS = 500
"""Leads first read from their rows in one batch at the most."""


class DueWork:
    """Finds leads to score without a change, and does the consumer's regular chores.

    Parameters
    ----------
    reads, committer
        What is due, and where chores are done.
    model
        What scores; a new champion is taken up here.
    writer
        Waited for where what it is writing would be found due again.
    rotate_bytes
        Size from which a change log that is consumed whole is emptied.
    """

    def __init__(
        self,
        reads: Reads,
        committer: Committer,
        model: ModelInUse,
        writer: BatchWriter,
        rotate_bytes: int,
    ) -> None:
        self._reads = reads
        self._committer = committer
        self._model = model
        self._writer = writer
        self._rotate_bytes = rotate_bytes
        self._questions = QuestionWork(reads, committer, model)
        self._ticked_at = float("-inf")
        self._unbuilt_after: UUID | None = UUID(int=0)
        self._spread = model.card
        """The scorecard that all leads are scored with, or due to be."""
        self._versions = model.versions
        """The same of models, of all heads."""
        self._spread_at = float("-inf")
        self._put_off: dict[UUID, None] = {}
        """Leads whose changed rows are to be read, in the order in which they were put off."""
        self._due_since = float("-inf")
        """Before when nothing is due that was not taken."""
        self._writes_due = False
        """Whether the last leads that were due may still be being written."""

    async def start(self, now: float, scored_with: Versions) -> None:
        """Begin with the models of now, where all leads were scored with others or not."""
        self._unbuilt_after = UUID(int=0)
        self._put_off.clear()
        self._due_since = float("-inf")
        self._spread, self._spread_at = self._model.card, now
        self._versions = self._model.versions
        if scored_with != self._versions:
            await self._committer.rescore_all(self._versions)
        await self._open_held_back()

    def add(self, *lead_ids: Sequence[UUID]) -> None:
        """Put leads off: they come when they are due, after what changes bring."""
        for ids in lead_ids:
            self._put_off.update(dict.fromkeys(ids))

    @property
    def more(self) -> bool:
        """Whether leads that were put off are waiting."""
        return bool(self._put_off)

    async def take(
        self, now: float, position: Position, *, behind: bool
    ) -> tuple[dict[UUID, str], bool]:
        """Return leads to score without a change, each with its reason, and if there are more.

        Parameters
        ----------
        now
            The wall time, in seconds since 1970.
        position
            What of the change log has been taken.
        behind
            Whether changes are known to be waiting.
        """
        due: dict[UUID, str] = {}
        more = False
        if now - self._ticked_at >= TICK:
            self._ticked_at = now
            due = await self._tick(now, position, behind=behind)
            if len(due) == DUE_LEADS:
                more = True
                self._ticked_at = float("-inf")
        if self._unbuilt_after is not None:
            unbuilt = await self._reads.leads_without_state(self._unbuilt_after, UNBUILT_LEADS)
            self._unbuilt_after = unbuilt[-1] if unbuilt else None
            due |= dict.fromkeys(unbuilt, "rebuild")
            more = more or bool(unbuilt)
        for lead_id in due:
            self._put_off.pop(lead_id, None)
        waiting = list(islice(self._put_off, max(UNBUILT_LEADS - len(due), 0)))
        for lead_id in waiting:
            del self._put_off[lead_id]
        due |= dict.fromkeys(waiting, "lead")
        return due, more

    async def _tick(self, now: float, position: Position, *, behind: bool) -> dict[UUID, str]:
        # Cached states live long, and going through them for garbage takes tens of milliseconds.
        gc.freeze()
        if self._writes_due or not behind:
            # Leads whose scores are still being written would be found due again.
            await self._writer.finish()
        if self._writer.idle:
            await self._committer.heartbeat()
            await self._questions.take(now)
            await self._rotate(position)
        if await self._model.is_superseded():
            await self._writer.finish()
            await self._model.follow()
            await self._open_held_back()
        new = self._model.versions != self._versions
        if new or now - self._spread_at >= SPREAD_EVERY:
            await self._spread_scores(now)
        due = await self._reads.due_leads(self._due_since, now, DUE_LEADS)
        if len(due) < DUE_LEADS:
            self._due_since = now - LATEST_DUE
        self._writes_due = bool(due)
        return due

    async def _open_held_back(self) -> None:
        """Open the alerts that no experiment holds back any more; no batch may be under way."""
        async with self._committer.fenced() as connection:
            await connection.execute(QUERIES["open_held_back"])

    async def _spread_scores(self, now: float) -> None:
        """Make every lead due when another model scores, or learning moved scores by a point."""
        self._spread_at, self._due_since = now, float("-inf")
        await self._writer.finish()
        await self._open_held_back()
        new = self._model.versions != self._versions
        if new or self._model.trainer.moved(self._spread, self._model.card):
            self._spread, self._versions = self._model.card, self._model.versions
            await self._committer.rescore_all(self._versions)

    async def _rotate(self, position: Position) -> None:
        if await self._reads.log_bytes() < self._rotate_bytes:
            return
        try:
            if await self._committer.empty_log(position):
                log.info("emptied the consumed change log")
        except asyncpg.LockNotAvailableError:
            log.debug("the change log is in use; trying again later")
