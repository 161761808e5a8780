"""A page of changes to a batch of scores: fold, score, and set aside what can't be used."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Protocol
from uuid import UUID

import orjson
import structlog

from domain.events import EARLIEST, FunnelEvent, why_unusable
from domain.features import features
from domain.outcomes import HORIZON, SAMPLED_EVENTS, Head, Outcome, is_imported, resolve, revise
from domain.profile import PERSONAL, profile_of, stage_of
from domain.scorecard import Scorecard
from domain.scoring import score_lead
from domain.state import LeadState
from stream.batch import Batch, SetAside
from stream.cache import Cache, Entry
from stream.cursor import Change, is_visible
from stream.lessons import BY_TIME, Moment, Order, Verdict
from stream.store import Rows
from stream.writeback import Rescore, Row, Writeback

log = structlog.get_logger()

YIELD_EVERY = 100
"""Leads scored between turns of the event loop, so that a commit under way goes on being sent."""


class Leads(Protocol):
    """Where leads are read from; the store is one."""

    async def first_states(self, limit: int) -> dict[UUID, Entry]:
        """Return the stored states that are due first."""

    async def states(self, lead_ids: Sequence[UUID]) -> dict[UUID, Entry]:
        """Return stored states."""

    async def rows(self, lead_ids: Sequence[UUID]) -> dict[UUID, Rows]:
        """Return what the team's tables say."""

    async def profiles(
        self, lead_ids: Sequence[UUID]
    ) -> dict[UUID, tuple[Mapping[str, Any], float | None]]:
        """Return profiles and creation times."""

    async def events_of(self, lead_id: UUID) -> list[FunnelEvent]:
        """Return one lead's events."""


@dataclass(slots=True)
class Work:
    """What one batch is about, by lead.

    Parameters
    ----------
    causes
        Every lead to look at, and why.
    events
        New events to fold.
    reread
        Leads to read whole from their rows.
    refreshed
        Leads whose profile changed.
    removed
        Leads said to be deleted.
    reset
        Whether nothing remembered holds: a table was emptied, or the team decided otherwise.
    """

    causes: dict[UUID, str]
    events: dict[UUID, list[Change]] = field(default_factory=dict)
    reread: set[UUID] = field(default_factory=set)
    refreshed: set[UUID] = field(default_factory=set)
    removed: set[UUID] = field(default_factory=set)
    reset: bool = False

    @classmethod
    def of(cls, changes: Iterable[Change], due: Mapping[UUID, str]) -> "Work":
        """Sort changes by lead; `due` are leads to score for another reason, with that reason."""
        work = cls(dict(due))
        for change in changes:
            lead_id, kind = change["lead_id"], change["kind"]
            if kind == "event":
                work.events.setdefault(lead_id, []).append(change)
                work.causes[lead_id] = change["event_type"]
            elif kind == "reset":
                work.reset = True
            else:
                work.causes.setdefault(lead_id, kind)
                if kind == "lead":
                    work.refreshed.add(lead_id)
                else:
                    work.reread.add(lead_id)
                if kind == "gone":
                    work.removed.add(lead_id)
        return work


@dataclass(frozen=True, slots=True)
class Round:
    """One batch in the making.

    Parameters
    ----------
    work
        What it is about.
    card
        The scorecard it is scored with.
    batch
        What it has come to so far.
    now
        When it began, in seconds since 1970.
    """

    work: Work
    card: Scorecard
    batch: Batch
    now: float

    def set_aside(self, event: FunnelEvent, reason: str) -> None:
        """Keep a change that can't be used."""
        self.batch.aside.append(SetAside(event, reason))


class Scorer:
    """Makes batches.

    Parameters
    ----------
    leads
        Where leads are read from.
    cache
        Lead states kept between batches.
    head
        The question whose outcomes are looked for.
    writeback
        Turns rescorings into columns.
    clock
        Returns the wall time, in seconds since 1970.
    by_event_time
        Score each lead as of its latest event, and let no score fall due by time: for replays.
    personal
        Columns of leads, beyond the usual, of which only being filled in is kept.
    """

    def __init__(
        self,
        leads: Leads,
        cache: Cache,
        head: Head,
        writeback: Writeback,
        clock: Callable[[], float],
        *,
        by_event_time: bool = False,
        personal: frozenset[str] = frozenset(),
    ) -> None:
        self._leads = leads
        self._cache = cache
        self._writeback = writeback
        self._clock = clock
        self._by_event_time = by_event_time
        self._personal = PERSONAL | personal
        self.begin(head)

    async def warm(self, leads: int) -> None:
        """Take up the states that will be wanted first, of so many leads at the most."""
        for lead_id, entry in (await self._leads.first_states(leads)).items():
            self._cache.put(lead_id, entry)

    def trim(self, keep: int) -> None:
        """Let go of the leads used longest ago, but not of the last so many."""
        self._cache.trim(keep)

    def begin(self, head: Head) -> None:
        """Let go of every lead, and look for the outcomes of this question from now on."""
        self._cache.clear()
        self._head = head
        self._decisive = head.converts | head.loses

    async def fill(self, batch: Batch, work: Work, card: Scorecard) -> None:
        """Put into a batch what is to be committed for `work`, scored with `card`."""
        making = Round(work, card, batch, self._clock())
        reread = await self._bring_in(making)
        touched = reread | work.refreshed
        for done, (lead_id, cause) in enumerate(work.causes.items(), 1):
            entry = self._cache.get(lead_id)
            if entry is None:
                continue
            fresh: list[Change] = []
            if lead_id not in reread and lead_id in work.events:
                fresh = self._usable(entry, work.events[lead_id], making)
            if fresh or lead_id in touched or lead_id not in work.events:
                self._rescore(lead_id, entry, fresh, cause, making)
            if done % YIELD_EVERY == 0:
                batch.grew()
                await asyncio.sleep(0)
        batch.grew(whole=True)

    async def _bring_in(self, making: Round) -> set[UUID]:
        """Put every lead of the work into the cache; return those read whole from their rows."""
        work = making.work
        stored = [one for one in work.causes if one not in work.reread and one not in self._cache]
        if stored:
            for lead_id, entry in (await self._leads.states(stored)).items():
                self._cache.put(lead_id, entry)
        unread = work.reread.union(one for one in stored if one not in self._cache)
        rows = await self._leads.rows(list(unread)) if unread else {}
        for lead_id in unread:
            if lead_id in rows:
                self._cache.put(lead_id, await self._built(rows[lead_id], lead_id, making))
            else:
                self._forget(lead_id, making)
        refreshed = list(work.refreshed - unread)
        if refreshed:
            for lead_id, (row, created_at) in (await self._leads.profiles(refreshed)).items():
                known = self._cache.get(lead_id)
                if known is not None:
                    self._answer(known.state, row, created_at, making.now)
        return set(rows)

    def _answer(
        self, state: LeadState, row: Mapping[str, Any], created_at: float | None, now: float
    ) -> None:
        state.profile = profile_of(row, self._personal)
        state.stage = stage_of(row)
        state.created_at = min(max(now if created_at is None else created_at, EARLIEST), now)

    async def _built(self, rows: Rows, lead_id: UUID, making: Round) -> Entry:
        state = LeadState(making.now)
        self._answer(state, rows.profile, rows.created_at, making.now)
        unusable = False
        for event_type, at in rows.events:
            if at is None or why_unusable(at, making.now):
                unusable = True
            else:
                state.fold(event_type, at)
        if unusable:
            for event in await self._leads.events_of(lead_id):
                reason = why_unusable(event.occurred_at, making.now)
                if reason:
                    making.set_aside(event, reason)
        # What is cached may be newer than what is stored, whose batch is still being written.
        known = self._cache.get(lead_id) or rows.known
        entry = Entry(state, rows.snapshot, known.score, known.outcome, known.judged)
        self._resolve_anew(lead_id, entry, rows.events, making)
        return entry

    def _resolve_anew(
        self, lead_id: UUID, entry: Entry, events: Sequence[tuple[str, float | None]], making: Round
    ) -> None:
        """Find a lead's outcome in its rows: events may be gone, or no longer say what they did.

        One that was imported, and so has no event, stays.
        """
        known, head = entry.outcome, self._head
        if known is not None and is_imported(head, known, [kind for kind, _ in events]):
            return
        usable = [
            (kind, at)
            for kind, at in events
            if kind in self._decisive and at is not None and not why_unusable(at, making.now)
        ]
        as_of = self._as_of(entry.state, making)
        found = resolve(head, entry.state.created_at, usable, as_of)
        if _answer_of(found) != _answer_of(known):
            self._conclude(lead_id, entry, found, BY_TIME, making)

    def _conclude(
        self,
        lead_id: UUID,
        entry: Entry,
        outcome: Outcome | None,
        order: Order,
        making: Round,
        *,
        ripe: bool = False,
    ) -> None:
        """Take in what became of a lead; if it is `ripe`, its age speaks with it."""
        known = entry.outcome
        changed = outcome is not None and (known is None or known.converted != outcome.converted)
        entry.outcome, entry.judged = outcome, entry.judged or ripe
        making.batch.lessons.append(Verdict(order, lead_id, outcome, changed, ripe, entry.judged))

    def _look_back(self, lead_id: UUID, entry: Entry, making: Round) -> None:
        """Have a lead whose horizon has passed speak: silence is an answer, and its age is ripe."""
        end = entry.state.created_at + self._head.horizon
        outcome = entry.outcome or Outcome(False, end, HORIZON)
        self._conclude(lead_id, entry, outcome, BY_TIME, making, ripe=True)

    def _forget(self, lead_id: UUID, making: Round) -> None:
        self._cache.drop(lead_id)
        making.batch.gone.append(lead_id)
        if lead_id not in making.work.removed:
            for change in making.work.events.get(lead_id, ()):
                making.set_aside(_funnel_event(change), "the event's lead does not exist")

    def _usable(self, entry: Entry, changes: list[Change], making: Round) -> list[Change]:
        """Return the changes that the state does not hold yet and can hold."""
        built = entry.built
        if built is not None:
            changes = [change for change in changes if not is_visible(change["xid"], built)]
            if making.batch.position.done[0] >= built[1]:
                entry.built = None
        usable = []
        for change in changes:
            reason = why_unusable(change["occurred_at"], making.now)
            if reason is None:
                usable.append(change)
            else:
                making.set_aside(_funnel_event(change), reason)
        return usable

    def _rescore(
        self, lead_id: UUID, entry: Entry, fresh: list[Change], cause: str, making: Round
    ) -> None:
        try:
            row = self._row(lead_id, entry, fresh, cause, making)
        except Exception as error:  # one lead's defect must not stop the others' scores
            log.exception("a lead could not be scored", lead_id=str(lead_id))
            self._cache.drop(lead_id)
            making.batch.failed.append(lead_id)
            making.set_aside(FunnelEvent(None, lead_id, cause, None), f"not scored: {error!r}")
        else:
            making.batch.rows.append(row)

    def _row(
        self, lead_id: UUID, entry: Entry, fresh: list[Change], cause: str, making: Round
    ) -> Row:
        """Fold a lead's events and score it.

        It is written out at once: the next batch folds the same state while this is committed.
        """
        state, before = entry.state, entry.score
        for change in fresh:
            self._fold(lead_id, entry, change, making)
        as_of = self._as_of(state, making)
        scored = score_lead(state, making.card, as_of)
        entry.score = scored.score
        due_at = inf if self._by_event_time else scored.stale_at
        if not (self._by_event_time or entry.judged):
            ripe_at = state.created_at + self._head.horizon
            if ripe_at <= making.now:
                self._look_back(lead_id, entry, making)
            else:
                due_at = min(due_at, ripe_at)
        return self._writeback.row(Rescore(lead_id, entry, before, scored, cause, as_of, due_at))

    def _as_of(self, state: LeadState, making: Round) -> float:
        if not self._by_event_time:
            return making.now
        return state.created_at if state.last is None else state.last

    def _fold(self, lead_id: UUID, entry: Entry, change: Change, making: Round) -> None:
        """Fold one event; keep the moment if it is a sampled one, and the outcome if it is one."""
        state, event_type, at = entry.state, change["event_type"], change["occurred_at"]
        if event_type in self._decisive:
            outcome = revise(self._head, state.created_at, entry.outcome, event_type, at)
            if outcome != entry.outcome:
                self._conclude(lead_id, entry, outcome, _order(change), making)
        state.fold(event_type, at)
        if entry.outcome is None and state.count in SAMPLED_EVENTS:
            last = at if state.last is None else state.last
            found = orjson.dumps(features(state, last)).decode()
            making.batch.lessons.append(Moment(_order(change), lead_id, state.count, last, found))


def _funnel_event(change: Change) -> FunnelEvent:
    return FunnelEvent(
        change["event_id"], change["lead_id"], change["event_type"], change["occurred_at"]
    )


def _order(change: Change) -> Order:
    return change["xid"], change["id"]


def _answer_of(outcome: Outcome | None) -> tuple[bool, str] | None:
    return None if outcome is None else (outcome.converted, outcome.source)
