"""The consumer: pages of changes in, committed batches out, for as long as it runs."""

import asyncio
import gc
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Protocol

import structlog

from stream.adaptive_notify import AdaptiveNotify
from stream.alerts import Alerting, looked_for
from stream.announcer import Announcer
from stream.batch import Batch
from stream.batch_writer import BatchWriter
from stream.commit import Committer
from stream.cursor import LoggedChange, Position
from stream.due import DueWork
from stream.model_in_use import ModelInUse
from stream.reads import Reads
from stream.scorer import Scorer
from stream.work import Work

if TYPE_CHECKING:
    from uuid import UUID

log = structlog.get_logger()

GARBAGE = 20_000
"""New objects between looks for garbage: nothing here makes cycles, and looking every 700, Python's
default, was a tenth of the time a rebuild took."""

FIRST_WAIT = 0.001
"""Seconds between looks while writers do not notify, and until the first look after they were told
to; then doubled up to the poll. A writer that was not told yet may commit just after the last
look."""


URGENT_LEADS = 500
"""Leads of one page whose changed rows are read at once; more are put off, and what happens to
leads meanwhile goes first."""


class Wake(Protocol):
    """How the consumer learns that there may be changes."""

    def notify(self) -> None:
        """Make the current or next `wait` return at once."""

    async def enable_notify(self) -> None:
        """Have writers notify of changes."""

    async def disable_notify(self) -> None:
        """Have writers not notify of changes."""

    async def wait(self, seconds: float) -> None:
        """Return on a notification, on a stop, or after so many seconds."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is taken at once, and how often it is looked for.

    Parameters
    ----------
    batch_events, batch_leads
        Changes, and leads, in one transaction at the most. The more changes are taken at once,
        the fewer times a lead is scored while catching up; the leads bound the memory.
    poll
        Seconds between looks when nothing is notified.
    rotate_bytes
        Size from which a change log that is consumed whole is emptied.
    """

    batch_events: int = 100_000
    batch_leads: int = 25_000
    poll: float = 0.025
    rotate_bytes: int = 256 * 2**20


class Consumer:
    """Folds committed changes into lead states and writes scores back, one transaction a batch.

    Parameters
    ----------
    reads
        Where changes come from.
    committer
        Where scores go.
    scorer
        Turns changes into batches.
    model
        What leads are scored with.
    wake
        What to wait on when there is nothing to do.
    announcer
        Tells whoever shows scores.
    pace
        How much at once, and how often.
    """

    def __init__(
        self,
        reads: Reads,
        committer: Committer,
        scorer: Scorer,
        model: ModelInUse,
        wake: Wake,
        *,
        announcer: Announcer,
        pace: Pace,
    ) -> None:
        self._reads = reads
        self._committer = committer
        self._scorer = scorer
        self._model = model
        self._wake = wake
        self._pace = pace
        self._writer = BatchWriter(committer, model, announcer)
        self._due = DueWork(reads, committer, model, self._writer, pace.rotate_bytes)
        self._adaptive = AdaptiveNotify()
        self._position = Position((0, 0, ()))
        self._page = pace.batch_events
        self._stopping = False
        self.behind = True
        """Whether more is known to be waiting than was taken; at first, leads without states."""

    async def start(self) -> None:
        """Read the committed position and the models that score."""
        self._position, scored_with = await self._committer.position()
        await self._model.load()
        policy = self._model.policy
        alerted = await self._reads.alerting(looked_for(policy))
        self._scorer.alerting = Alerting(policy, alerted)
        await self._due.start(self._scorer.now(), scored_with)

    @property
    def committed(self) -> int:
        """Batches committed so far."""
        return self._writer.committed

    def stop(self) -> None:
        """Ask `run` to return after the batch under way."""
        self._stopping = True
        self._wake.notify()

    async def run(self) -> None:
        """Consume until `stop`; what is under way then is committed."""
        gc.set_threshold(GARBAGE)
        await self._wake.enable_notify()
        notified, wait = True, self._pace.poll
        try:
            while not self._stopping:
                worked = await self.step()
                if notified != (self._adaptive.enabled and not self.behind):
                    notified, wait = not notified, FIRST_WAIT
                    await (self._wake.enable_notify() if notified else self._wake.disable_notify())
                elif notified and not self.behind:
                    # Whatever is committed after this look is notified.
                    await self._wake.wait(wait)
                    wait = min(2 * wait, self._pace.poll)
                elif not worked:
                    await self._wake.wait(FIRST_WAIT)
        finally:
            await self._wake.disable_notify()
            await self._writer.close()

    async def step(self) -> bool:
        """Take a page of changes, score the leads they touch, and write; tell if there was work.

        Writing begins when the batch before is committed, with the leads scored by then. While
        more is waiting it goes on in the background, and the next page is scored meanwhile.
        """
        await self._compare_customers()
        due, more = await self._due.take(self._scorer.now(), self._position, behind=self.behind)
        changes = await self._take()
        if not changes and not due:
            await self.finish()
            self.behind = False
            return False
        work = Work.of(changes, due, self._model.declaration)
        if work.reset:
            await self._start_over()
            self.behind = True
            return True
        batch, models = Batch(self._position), self._model.models
        batch.put_off, batch.failed = work.put_off(URGENT_LEADS)
        self._scorer.put_off(batch.put_off, batch.failed)
        self._due.add(batch.put_off, batch.failed)
        async with self._writer.writing(batch, models.card):
            await self._scorer.fill(batch, work, models)
        # What these leads have come to is not committed yet, all others' is.
        self._scorer.trim(len(work.causes))
        # What was dropped, erased or put off must not be read back before that is committed.
        if batch.gone or batch.failed or batch.put_off:
            await self.finish()
        self.behind = more or self._due.more or self._position.window is not None
        # Written before anything else is looked at.
        await asyncio.sleep(0)
        return True

    async def _compare_customers(self) -> None:
        """Look now and then at what customers buy, where alerts compare them."""
        alerting, now = self._scorer.alerting, self._scorer.now()
        if alerting.lacks_peers(now):
            alerting.compare_with(await self._reads.peers(), now)

    async def finish(self) -> None:
        """Wait until the batch being written is committed."""
        await self._writer.finish()

    async def _take(self) -> Sequence[LoggedChange]:
        """Take the next page: as many changes as the last ones say make a batch of bounded size."""
        limit = self._page
        # One more than is taken tells whether there is more: a window left open after a page that
        # happens to be its last would hold up whoever waits for it to be taken.
        changes, upto = await self._reads.changes(self._position, limit + 1)
        taken = _of_leads(changes[:limit], self._pace.batch_leads)
        self._adaptive.count(len(taken), monotonic())
        more = len(taken) < len(changes)
        self._position = self._position.advance(upto, taken, more=more)
        if len(taken) < min(limit, len(changes)):
            self._page = len(taken)
        elif more:
            self._page = min(2 * limit, self._pace.batch_events)
        return taken

    async def _start_over(self) -> None:
        log.info("starting over from the rows")
        await self.finish()
        await self._committer.start_over()
        # After the cursor began: a later decision comes with a change, and is met.
        await self._model.load_policy()
        self._scorer.begin(self._model.policy)
        await self.start()


def _of_leads(changes: Sequence[LoggedChange], most: int) -> Sequence[LoggedChange]:
    """Return the first changes, of no more leads than `most`."""
    if len(changes) <= most:
        return changes
    leads: set[UUID] = set()
    for taken, change in enumerate(changes):
        leads.add(change["lead_id"])
        if len(leads) > most:
            return changes[:taken]
    return changes
