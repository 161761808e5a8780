"""The consumer: pages of changes in, committed batches out, for as long as it runs."""

import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol
from uuid import UUID

import asyncpg
import structlog

from domain.scorecard import Scorecard
from online_models.day_zero import day_zero
from online_models.learner import Learner
from stream.announcer import Announcer
from stream.batch import Batch
from stream.crowd import Crowd
from stream.cursor import Change, Position
from stream.scorer import Scorer, Work
from stream.store import Store, UnreadableModelError
from stream.teacher import Teacher

log = structlog.get_logger()

TICK = 1.0
"""Seconds between looks at what no change brings: due scores, a new champion, the heartbeat, the
log's size."""

SPREAD_EVERY = 600.0
"""Seconds between looks whether learning has moved the scores of leads that nothing happened to."""

DUE_LEADS = 200
"""Leads due by time in one batch at the most: a model change must not hold up live events."""

UNBUILT_LEADS = 500
"""Leads first read from their rows in one batch at the most."""

GARBAGE = 20_000
"""New objects between looks for garbage: nothing here makes cycles, and looking every 700, Python's
default, was a tenth of the time a rebuild took."""

FIRST_WAIT = 0.001
"""Seconds between looks while the hand is down, and until the first look after it went up; then
doubled up to the poll. A writer that saw it down may commit just after the last look."""


class Wake(Protocol):
    """How the consumer learns that there may be changes."""

    def notify(self) -> None:
        """Make the current or next `wait` return at once."""

    async def raise_hand(self) -> None:
        """Ask writers to announce changes."""

    async def lower_hand(self) -> None:
        """Tell writers not to bother."""

    async def wait(self, seconds: float) -> None:
        """Return on an announcement, on a stop, or after so many seconds."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is taken at once, and how often it is looked for.

    Parameters
    ----------
    batch_events, batch_leads
        Changes, and leads, in one transaction at the most. The more changes are taken at once,
        the fewer times a lead is scored while catching up; the leads bound the memory.
    poll
        Seconds between looks when nothing is announced.
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
    store
        Where changes come from and scores go.
    scorer
        Turns changes into batches.
    wake
        What to wait on when there is nothing to do.
    announcer
        Tells whoever shows scores.
    clock
        Returns the wall time, in seconds since 1970.
    pace
        How much at once, and how often.
    """

    def __init__(
        self,
        store: Store,
        scorer: Scorer,
        wake: Wake,
        *,
        announcer: Announcer,
        clock: Callable[[], float],
        pace: Pace,
    ) -> None:
        self._store = store
        self._scorer = scorer
        self._wake = wake
        self._announcer = announcer
        self._clock = clock
        self._pace = pace
        self._teacher = Teacher(store, Learner(day_zero(store.policy)), 0)
        self._card = self._spread = self._teacher.scorecard()
        self._spread_at = float("-inf")
        self._position = Position((0, 0, ()))
        self._writing: asyncio.Task[None] | None = None
        self._unbuilt_after: UUID | None = UUID(int=0)
        self._unreadable: int | None = None
        self._ticked_at = float("-inf")
        self._page = pace.batch_events
        self._crowd = Crowd()
        self._stopping = False
        self._writes_due = False
        """Whether the last leads that were due may still be being written."""
        self._behind = False
        """Whether more is known to be waiting than was taken."""

    async def start(self) -> None:
        """Read the committed position and the model that scores."""
        self._position, scored_with = await self._store.position()
        await self._load_champion()
        self._spread, self._spread_at = self._card, self._clock()
        if scored_with != self._card.version:
            await self._store.rescore_all(self._card.version)

    def stop(self) -> None:
        """Ask `run` to return after the batch under way."""
        self._stopping = True
        self._wake.notify()

    async def run(self) -> None:
        """Consume until `stop`; what is under way then is committed."""
        gc.set_threshold(GARBAGE)
        await self._wake.raise_hand()
        raised, wait = True, self._pace.poll
        try:
            while not self._stopping:
                worked = await self.step()
                if raised != (self._crowd.hand_up and not self._behind):
                    raised, wait = not raised, FIRST_WAIT
                    await (self._wake.raise_hand() if raised else self._wake.lower_hand())
                elif raised and not self._behind:
                    # Whatever is committed after this look is announced.
                    await self._wake.wait(wait)
                    wait = min(2 * wait, self._pace.poll)
                elif not worked:
                    await self._wake.wait(FIRST_WAIT)
        finally:
            await self._wake.lower_hand()
            await self.finish()
            await self._announcer.finish()

    async def step(self) -> bool:
        """Take a page of changes, score the leads they touch, and write; tell if there was work.

        Writing begins when the batch before is committed, with the leads scored by then. While
        more is waiting it goes on in the background, and the next page is scored meanwhile.
        """
        due, more = await self._due()
        changes = await self._take()
        if not changes and not due:
            await self.finish()
            self._behind = False
            return False
        work = Work.of(changes, due)
        if work.reset:
            await self._start_over()
            self._behind = True
            return True
        batch = Batch(self._position)
        writing = asyncio.create_task(self._write(batch, self._card, self._writing))
        try:
            await self._scorer.fill(batch, work, self._card)
            await self.finish()
        except BaseException:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            raise
        self._writing = writing
        # What these leads have come to is not committed yet, all others' is.
        self._scorer.trim(len(work.causes))
        # What was dropped or erased must not be read back before that is committed.
        if batch.gone or batch.failed:
            await self.finish()
        self._behind = more or self._position.window is not None
        # Written before anything else is looked at.
        await asyncio.sleep(0)
        return True

    async def _take(self) -> Sequence[Change]:
        """Take the next page: as many changes as the last ones say make a batch of bounded size."""
        limit = self._page
        changes, upto = await self._store.changes(self._position, limit)
        taken = _of_leads(changes, self._pace.batch_leads)
        self._crowd.count(len(taken), monotonic())
        more = len(taken) == limit or len(taken) < len(changes)
        self._position = self._position.advance(upto, taken, more=more)
        if len(taken) < len(changes):
            self._page = len(taken)
        elif more:
            self._page = min(2 * limit, self._pace.batch_events)
        return taken

    async def finish(self) -> None:
        """Wait until the batch being written is committed."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    async def _write(
        self, batch: Batch, card: Scorecard, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await asyncio.shield(before)
        teacher = self._teacher
        teacher.version = await self._store.commit(batch, card, teacher)
        if batch.taught and batch.taught.learned:
            self._card = teacher.scorecard()
        self._announcer.announce()
        for aside in batch.aside:
            log.warning("set aside", reason=aside.reason, lead_id=str(aside.event.lead_id))

    async def _start_over(self) -> None:
        log.info("starting over from the rows")
        await self.finish()
        await self._store.start_over()
        self._scorer.begin(self._store.policy.head)
        self._unbuilt_after = UUID(int=0)
        await self.start()

    async def _due(self) -> tuple[dict[UUID, str], bool]:
        """Return leads to score without a change, each with its reason, and if there are more."""
        due: dict[UUID, str] = {}
        more = False
        now = self._clock()
        if now - self._ticked_at >= TICK:
            self._ticked_at = now
            due = await self._tick(now)
            if len(due) == DUE_LEADS:
                more = True
                self._ticked_at = float("-inf")
        if self._unbuilt_after is not None:
            unbuilt = await self._store.leads_without_state(self._unbuilt_after, UNBUILT_LEADS)
            self._unbuilt_after = unbuilt[-1] if unbuilt else None
            due |= dict.fromkeys(unbuilt, "rebuild")
            more = more or bool(unbuilt)
        return due, more

    async def _tick(self, now: float) -> dict[UUID, str]:
        # Cached states live long, and going through them for garbage takes tens of milliseconds.
        gc.freeze()
        if self._writes_due or not self._behind:
            # Leads whose scores are still being written would be found due again.
            await self.finish()
        if self._writing is None:
            await self._store.heartbeat()
            await self._rotate()
        version = await self._store.champion_version()
        if version not in {self._card.version, self._unreadable}:
            await self.finish()
            if version != self._teacher.version:
                await self._load_champion()
            self._card = self._teacher.scorecard()
        if self._card.version != self._spread.version or now - self._spread_at >= SPREAD_EVERY:
            await self._spread_scores(now)
        due = await self._store.due_leads(now, DUE_LEADS)
        self._writes_due = bool(due)
        return due

    async def _spread_scores(self, now: float) -> None:
        """Make every lead due when what was learned has moved scores by a point."""
        self._spread_at = now
        if self._teacher.moved(self._spread, self._card):
            self._spread = self._card
            await self._store.rescore_all(self._card.version)

    async def _rotate(self) -> None:
        if await self._store.log_bytes() < self._pace.rotate_bytes:
            return
        try:
            if await self._store.empty_log(self._position):
                log.info("emptied the consumed change log")
        except asyncpg.LockNotAvailableError:
            log.debug("the change log is in use; trying again later")

    async def _load_champion(self) -> None:
        try:
            version, learner = await self._store.learner()
        except UnreadableModelError as error:
            self._unreadable = error.version
            log.warning("scoring goes on without the champion", error=str(error))
        else:
            self._teacher = Teacher(self._store, learner, version)
            self._card = self._teacher.scorecard()
        log.info("scoring", model_version=self._card.version, learned=self._card.learned)


def _of_leads(changes: Sequence[Change], most: int) -> Sequence[Change]:
    """Return the first changes, of no more leads than `most`."""
    if len(changes) <= most:
        return changes
    leads: set[UUID] = set()
    for taken, change in enumerate(changes):
        leads.add(change["lead_id"])
        if len(leads) > most:
            return changes[:taken]
    return changes
