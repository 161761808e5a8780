"""A page of changes to a batch of scores: fold, score, and set aside what can't be used."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import structlog

from leads.events import EARLIEST, FunnelEvent, why_unusable
from leads.profile import PERSONAL, profile_of, stage_of
from leads.scorecard import Scorecard
from leads.scoring import score_lead
from leads.state import LeadState
from stream.cache import Cache, Entry
from stream.cursor import Position, is_visible
from stream.store import Batch, Rows, SetAside
from stream.writeback import Rescore

log = structlog.get_logger()

YIELD_EVERY = 100
"""Leads scored between turns of the event loop, so that a commit under way goes on being sent."""


class Change(Protocol):
    """A row of the change log."""

    def __getitem__(self, column: str) -> Any: ...


class Leads(Protocol):
    """Where leads are read from; the store is one."""

    async def states(self, lead_ids: Sequence[UUID]) -> dict[UUID, Entry]: ...

    async def rows(self, lead_ids: Sequence[UUID]) -> dict[UUID, Rows]: ...

    async def profiles(self, lead_ids: Sequence[UUID]) -> dict[UUID, tuple[Mapping[str, Any], float | None]]: ...

    async def events_of(self, lead_id: UUID) -> list[FunnelEvent]: ...


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
        Whether a table was emptied, so that nothing remembered holds.
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


class Scorer:
    """Makes batches.

    Parameters
    ----------
    leads
        Where leads are read from.
    cache
        Lead states kept between batches.
    clock
        Returns the wall time, in seconds since 1970.
    by_event_time
        Score each lead as of its latest event, and let no score fall due by time: for replays of history.
    personal
        Columns of leads, beyond the usual, of which only being filled in is kept.
    """

    def __init__(
        self,
        leads: Leads,
        cache: Cache,
        clock: Callable[[], float],
        *,
        by_event_time: bool = False,
        personal: frozenset[str] = frozenset(),
    ) -> None:
        self._leads = leads
        self._cache = cache
        self._clock = clock
        self._by_event_time = by_event_time
        self._personal = PERSONAL | personal

    async def batch(self, work: Work, card: Scorecard, position: Position) -> Batch:
        """Return what to commit for `work`, scored with `card`, up to `position`."""
        now = self._clock()
        batch = Batch(position)
        reread = await self._bring_in(work, batch, now)
        for done, (lead_id, cause) in enumerate(work.causes.items(), 1):
            entry = self._cache.get(lead_id)
            if entry is None:
                continue
            fresh: list[Change] = []
            if lead_id not in reread and lead_id in work.events:
                fresh = self._usable(entry, work.events[lead_id], batch, now)
            if fresh or lead_id in reread or lead_id in work.refreshed or lead_id not in work.events:
                self._rescore(lead_id, entry, fresh, cause, card, batch, now)
            if done % YIELD_EVERY == 0:
                await asyncio.sleep(0)
        return batch

    async def _bring_in(self, work: Work, batch: Batch, now: float) -> set[UUID]:
        """Put every lead of the work into the cache; return those read whole from their rows."""
        stored = [lead_id for lead_id in work.causes if lead_id not in work.reread and lead_id not in self._cache]
        if stored:
            for lead_id, entry in (await self._leads.states(stored)).items():
                self._cache.put(lead_id, entry)
        unread = work.reread.union(lead_id for lead_id in stored if lead_id not in self._cache)
        rows = await self._leads.rows(list(unread)) if unread else {}
        for lead_id in unread:
            if lead_id in rows:
                self._cache.put(lead_id, await self._built(lead_id, rows[lead_id], batch, now))
            else:
                self._forget(lead_id, work, batch)
        refreshed = list(work.refreshed - unread)
        if refreshed:
            for lead_id, (row, created_at) in (await self._leads.profiles(refreshed)).items():
                entry = self._cache.get(lead_id)
                if entry is not None:
                    self._answer(entry.state, row, created_at, now)
        return set(rows)

    def _answer(self, state: LeadState, row: Mapping[str, Any], created_at: float | None, now: float) -> None:
        state.profile = profile_of(row, self._personal)
        state.stage = stage_of(row)
        state.created_at = min(max(now if created_at is None else created_at, EARLIEST), now)

    async def _built(self, lead_id: UUID, rows: Rows, batch: Batch, now: float) -> Entry:
        state = LeadState(now)
        self._answer(state, rows.profile, rows.created_at, now)
        unusable = False
        for event_type, at in rows.events:
            if at is None or why_unusable(at, now):
                unusable = True
            else:
                state.fold(event_type, at)
        if unusable:
            for event in await self._leads.events_of(lead_id):
                reason = why_unusable(event.occurred_at, now)
                if reason:
                    batch.aside.append(SetAside(event, reason))
        return Entry(state, rows.snapshot, rows.score)

    def _forget(self, lead_id: UUID, work: Work, batch: Batch) -> None:
        self._cache.drop(lead_id)
        batch.gone.append(lead_id)
        if lead_id not in work.removed:
            events = (_funnel_event(change) for change in work.events.get(lead_id, ()))
            batch.aside += [SetAside(event, "the event's lead does not exist") for event in events]

    def _usable(self, entry: Entry, changes: list[Change], batch: Batch, now: float) -> list[Change]:
        """Return the changes that the state does not hold yet and can hold."""
        if entry.built is not None:
            if batch.position.done[0] >= entry.built[1]:
                entry.built = None
            else:
                built = entry.built
                changes = [change for change in changes if not is_visible(change["xid"], built)]
        usable = []
        for change in changes:
            reason = why_unusable(change["occurred_at"], now)
            if reason is None:
                usable.append(change)
            else:
                batch.aside.append(SetAside(_funnel_event(change), reason))
        return usable

    def _rescore(
        self,
        lead_id: UUID,
        entry: Entry,
        fresh: list[Change],
        cause: str,
        card: Scorecard,
        batch: Batch,
        now: float,
    ) -> None:
        state, before = entry.state, entry.score
        try:
            for change in fresh:
                state.fold(change["event_type"], change["occurred_at"])
            as_of = now
            if self._by_event_time:
                as_of = state.created_at if state.last is None else state.last
            scored = score_lead(state, card, as_of)
        except Exception as error:  # one lead's defect must not stop the others' scores
            log.exception("a lead could not be scored", lead_id=str(lead_id))
            self._cache.drop(lead_id)
            batch.failed.append(lead_id)
            batch.aside.append(SetAside(FunnelEvent(None, lead_id, cause, None), f"not scored: {error!r}"))
            return
        entry.score = scored.score
        due_at = float("inf") if self._by_event_time else scored.stale_at
        batch.rescores.append(Rescore(lead_id, entry, before, scored, cause, as_of, due_at))


def _funnel_event(change: Change) -> FunnelEvent:
    return FunnelEvent(change["event_id"], change["lead_id"], change["event_type"], change["occurred_at"])
