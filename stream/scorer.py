"""A page of changes to a batch of scores: fold, score, and keep apart what can't be used."""

import asyncio
import traceback
from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from uuid import UUID

import orjson
import structlog

from domain.attributes import NOTHING
from domain.building import LeadRows, build, outcome_from_rows, refresh
from domain.events import FunnelEvent, why_unusable
from domain.features import features
from domain.outcomes import (
    HORIZON,
    SAMPLED_EVENTS,
    Outcome,
    from_columns,
    is_imported,
    revise,
    with_columns,
)
from domain.policy import Policy
from domain.rules import is_team_event
from domain.scoring import score_lead
from domain.state import HOUR, LeadState
from stream.alerts import NOBODY
from stream.batch import Batch, BatchBuilder, Models
from stream.cache import Cache, CachedLead
from stream.cursor import LoggedChange, is_visible
from stream.drawn_actions import drawn, read_decisions
from stream.experiments import NO_EXPERIMENTS
from stream.observations import BY_TIME, Order, OutcomeUpdate, Snapshot
from stream.questions import snapshots
from stream.reads import LeadReading, Leads, attributes_of
from stream.work import Work
from stream.writeback import Rescore, Row, Writeback

log = structlog.get_logger()

YIELD_EVERY = 100
"""Leads scored between turns of the event loop, so that a commit under way goes on being sent."""


class Scorer:
    """Makes batches.

    Parameters
    ----------
    leads
        Where leads are read from.
    cache
        Lead states kept between batches.
    policy
        The team's: whose outcomes are looked for, and when nothing is due.
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
        policy: Policy,
        writeback: Writeback,
        clock: Callable[[], float],
        *,
        by_event_time: bool = False,
        personal: frozenset[str] = frozenset(),
    ) -> None:
        self._leads = leads
        self._cache = cache
        self._writeback = writeback
        self.now = clock
        self._by_event_time = by_event_time
        self._personal = personal
        self.alerting = NOBODY
        self._echoed: set[str] = set()
        """Event types of which it was said that writing scores brings them about."""
        self.begin(policy)

    async def warm(self, leads: int) -> None:
        """Take up the states that will be wanted first, of so many leads at the most."""
        for lead_id, lead in (await self._leads.first_states(leads, self._head.name)).items():
            self._cache.put(lead_id, lead)

    def trim(self, keep: int) -> None:
        """Let go of the leads used longest ago, but not of the last so many."""
        self._cache.trim(keep)

    def begin(self, policy: Policy) -> None:
        """Let go of every lead, and go by this policy from now on."""
        self._cache.clear()
        self._head, self._decisive = policy.head, policy.head.decisive
        self._between = policy.hours_between_contacts * HOUR
        self._writeback.follow(policy)

    def put_off(self, refreshed: Sequence[UUID], reread: Sequence[UUID]) -> None:
        """Note that leads' rows changed, or are to be read whole, which is done later."""
        self._cache.mark_outdated(refreshed)
        for lead_id in reread:
            self._cache.drop(lead_id)

    async def fill(self, batch: Batch, work: Work, models: Models) -> None:
        """Put into a batch what is to be committed for `work`, scored with some models."""
        if self._by_event_time:
            models = models._replace(choice=None, experiments=NO_EXPERIMENTS)
        builder = BatchBuilder(work, batch, self.now(), *models)
        reread = await self._bring_in(builder)
        await read_decisions(self._leads, self._cache, builder)
        touched = reread | work.refreshed
        for done, (lead_id, cause) in enumerate(work.causes.items(), 1):
            lead = self._cache.get(lead_id)
            if lead is None:
                continue
            fresh: list[LoggedChange] = []
            if lead_id not in reread and lead_id in work.events:
                fresh = self._usable(lead, work.events[lead_id], builder)
            if fresh and lead_id in work.echoes and lead_id not in touched:
                self._fold_only(lead_id, lead, fresh, builder)
            elif fresh or lead_id in touched or lead_id not in work.events:
                self._rescore(lead_id, lead, fresh, cause, builder)
            if done % YIELD_EVERY == 0:
                batch.publish()
                await asyncio.sleep(0)
        batch.publish(scored=True)

    async def _bring_in(self, builder: BatchBuilder) -> set[UUID]:
        """Put every lead of the work into the cache; return those read whole from their rows."""
        work, head = builder.work, self._head.name
        missing = [
            lead_id
            for lead_id in work.causes
            if lead_id not in work.reread and lead_id not in self._cache
        ]
        if missing:
            for lead_id, lead in (await self._leads.states(missing, head)).items():
                self._cache.put(lead_id, lead)
        work.reread |= self._perhaps_machines(builder)
        unread = work.reread.union(lead_id for lead_id in missing if lead_id not in self._cache)
        readings = await self._leads.leads(list(unread), head) if unread else {}
        builder.batch.reread.extend(work.reread & readings.keys())
        for lead_id in unread:
            if lead_id not in readings:
                self._forget(lead_id, builder)
            elif (reading := readings[lead_id]) is None:
                self._set_aside(lead_id, builder)
            else:
                self._cache.put(lead_id, await self._build(reading, lead_id, builder))
        work.refreshed |= self._cache.outdated(work.causes)
        refreshed = list(work.refreshed - unread)
        if refreshed:
            profiles = await self._leads.profiles(refreshed)
            for lead_id, rows in profiles.items():
                cached = self._cache.get(lead_id)
                if rows is None:
                    self._set_aside(lead_id, builder)
                elif cached is not None:
                    refresh(cached.state, rows, builder.now, self._personal)
                    cached.outdated = False
                    self._heed_columns(lead_id, cached, rows, builder)
        return set(readings)

    def _perhaps_machines(self, builder: BatchBuilder) -> set[UUID]:
        """Return the leads of which only the rows say which events are a machine's."""
        found = set()
        for lead_id, changes in builder.work.events.items():
            lead = self._cache.get(lead_id)
            if lead is None or lead.state.machines is None:
                continue
            own = (c["occurred_at"] for c in changes if not is_team_event(c["event_type"]))
            if lead.state.machines.need_rows(at for at in own if not why_unusable(at, builder.now)):
                found.add(lead_id)
        return found

    def _set_aside(self, lead_id: UUID, builder: BatchBuilder) -> None:
        """Leave out a lead whose rows can't be read, until they change."""
        self._cache.drop(lead_id)
        builder.batch.failed.append(lead_id)
        cause = builder.work.causes[lead_id]
        builder.dead_letter(FunnelEvent(None, lead_id, cause, None), "its rows can't be read")

    def _heed_columns(
        self, lead_id: UUID, lead: CachedLead, rows: LeadRows, builder: BatchBuilder
    ) -> None:
        """Conclude what a changed row says of the lead's outcome, or says no longer."""
        as_of = self._as_of(lead.state, builder)
        column_outcome, known = from_columns(self._head, rows.profile, as_of), lead.outcome
        if known is not None and is_imported(self._head, known, lead.state.tallies):
            return
        if (
            column_outcome is None
            and known is not None
            and known.source in self._head.columns
            # A column that is tracked is not in the row: its changes are events, and stay.
            and known.source.partition(":")[0] in rows.profile
        ):
            self._conclude(lead_id, lead, None, BY_TIME, builder)
        else:
            outcome = with_columns(self._head, lead.state.created_at, known, column_outcome)
            if _answer_of(outcome) != _answer_of(known):
                self._conclude(lead_id, lead, outcome, BY_TIME, builder)

    async def _build(
        self, reading: LeadReading, lead_id: UUID, builder: BatchBuilder
    ) -> CachedLead:
        """Return a lead as its rows say it, and conclude what they say of its outcome."""
        built = build(reading.rows, builder.now, self._personal)
        if not built.complete:
            for event in await self._leads.events_of(lead_id):
                reason = why_unusable(event.occurred_at, builder.now)
                if reason:
                    builder.dead_letter(event, reason)
        # What is cached may be newer than what is stored, whose batch is still being written.
        known = self._cache.get(lead_id) or reading
        lead = CachedLead(
            built.state, reading.snapshot, known.score, known.outcome, known.evaluated
        )
        as_of = self._as_of(lead.state, builder)
        outcome = outcome_from_rows(self._head, lead.outcome, reading.rows, built, as_of)
        if _answer_of(outcome) != _answer_of(lead.outcome):
            self._conclude(lead_id, lead, outcome, BY_TIME, builder)
        return lead

    def _conclude(
        self,
        lead_id: UUID,
        lead: CachedLead,
        outcome: Outcome | None,
        order: Order,
        builder: BatchBuilder,
        *,
        matured: bool = False,
    ) -> None:
        """Take in what became of a lead; if it has `matured`, models are evaluated on it too."""
        known = lead.outcome
        changed = outcome is not None and (known is None or known.converted != outcome.converted)
        lead.outcome, lead.evaluated = outcome, lead.evaluated or matured
        builder.batch.observations.append(
            OutcomeUpdate(order, lead_id, outcome, changed, matured, lead.evaluated)
        )

    def _mature(self, lead_id: UUID, lead: CachedLead, builder: BatchBuilder) -> None:
        """Take in that a lead's horizon has passed: silence is an answer now."""
        end = lead.state.created_at + self._head.horizon
        outcome = lead.outcome or Outcome(False, end, HORIZON)
        self._conclude(lead_id, lead, outcome, BY_TIME, builder, matured=True)

    def _forget(self, lead_id: UUID, builder: BatchBuilder) -> None:
        self._cache.drop(lead_id)
        builder.batch.gone.append(lead_id)
        if lead_id not in builder.work.removed:
            for change in builder.work.events.get(lead_id, ()):
                builder.set_aside(change, "the event's lead does not exist")

    def _usable(
        self, lead: CachedLead, changes: list[LoggedChange], builder: BatchBuilder
    ) -> list[LoggedChange]:
        """Return the changes that the state does not hold yet and can hold."""
        built = lead.built
        if built is not None:
            changes = [change for change in changes if not is_visible(change["xid"], built)]
            if builder.batch.position.done[0] >= built[1]:
                lead.built = None
        usable = []
        for change in changes:
            reason = why_unusable(change["occurred_at"], builder.now)
            if reason is None:
                usable.append(change)
            else:
                builder.set_aside(change, reason)
        return usable

    def _rescore(
        self,
        lead_id: UUID,
        lead: CachedLead,
        fresh: list[LoggedChange],
        cause: str,
        builder: BatchBuilder,
    ) -> None:
        try:
            row = self._row(lead_id, lead, fresh, cause, builder)
        except Exception as error:  # noqa: BLE001 - one lead's defect must not stop the others' scores
            # What it says may quote the lead's answers: its kind and place are enough.
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error(  # noqa: TRY400 - a traceback quotes it too
                "a lead could not be scored",
                lead_id=str(lead_id),
                error=type(error).__name__,
                place=f"{Path(place.filename).name}:{place.lineno}",
            )
            self._cache.drop(lead_id)
            builder.batch.failed.append(lead_id)
            builder.dead_letter(
                FunnelEvent(None, lead_id, cause, None), f"not scored: {type(error).__name__}"
            )
        else:
            builder.batch.rows.append(row)

    def _fold_only(
        self, lead_id: UUID, lead: CachedLead, fresh: list[LoggedChange], builder: BatchBuilder
    ) -> None:
        """Fold events that writing a score brought about: another would bring about the next."""
        for change in fresh:
            self._fold(lead_id, lead, change, builder)
        builder.batch.folded.append((lead_id, self._writeback.state(lead), lead.built))
        for event_type in {change["event_type"] for change in fresh} - self._echoed:
            self._echoed.add(event_type)
            log.warning(
                "a trigger answers each score with an event, which counts and rescores nothing",
                event_type=event_type,
            )

    def _row(
        self,
        lead_id: UUID,
        lead: CachedLead,
        fresh: list[LoggedChange],
        cause: str,
        builder: BatchBuilder,
    ) -> Row:
        """Fold a lead's events and score it.

        It is written out at once: the next batch folds the same state while this is committed.
        """
        state, before = lead.state, lead.score
        for change in fresh:
            self._fold(lead_id, lead, change, builder)
        as_of = self._as_of(state, builder)
        scored = score_lead(state, builder.card_of(lead_id, state), as_of, builder.others)
        lead.score = scored.score
        scored = drawn(lead_id, lead, scored, builder, as_of, self._between)
        due_at = inf if self._by_event_time else scored.stale_at
        if not (self._by_event_time or lead.evaluated):
            matures_at = state.created_at + self._head.horizon
            if matures_at <= builder.now:
                self._mature(lead_id, lead, builder)
            else:
                due_at = min(due_at, matures_at)
        rescore = Rescore(lead_id, lead, before, scored, cause, as_of, due_at)
        if self.alerting.thresholds:
            rescore = self.alerting.note(rescore, builder)
        if scored.heads:
            builder.batch.heads[lead_id] = self._writeback.heads(rescore)
        if builder.grouping is not None:
            builder.batch.groups[lead_id] = builder.grouping.group_of(state, as_of)
        return self._writeback.row(rescore)

    def _as_of(self, state: LeadState, builder: BatchBuilder) -> float:
        if not self._by_event_time:
            return builder.now
        return state.created_at if state.last is None else state.last

    def _fold(
        self, lead_id: UUID, lead: CachedLead, change: LoggedChange, builder: BatchBuilder
    ) -> None:
        """Fold one event; observe features if it is a sampled one, and an outcome if it is one."""
        state, event_type, at = lead.state, change["event_type"], change["occurred_at"]
        machines = state.machines
        if machines is not None and not is_team_event(event_type) and machines.take(at):
            return
        if event_type in self._decisive:
            outcome = revise(self._head, state.created_at, lead.outcome, event_type, at)
            if outcome != lead.outcome:
                self._conclude(lead_id, lead, outcome, _order(change), builder)
        carried = change["attributes"]
        state.fold(event_type, at, NOTHING if carried is None else attributes_of(carried))
        if state.count in SAMPLED_EVENTS:
            last, order = at if state.last is None else state.last, _order(change)
            builder.batch.asked.extend(snapshots(state, lead_id, last, order, builder.others))
            if lead.outcome is None:
                encoded = orjson.dumps(features(state, last, builder.card.directions)).decode()
                snapshot = Snapshot(order, lead_id, state.count, last, encoded)
                builder.batch.observations.append(snapshot)


def _order(change: LoggedChange) -> Order:
    return change["xid"], change["id"]


def _answer_of(outcome: Outcome | None) -> tuple[bool, str] | None:
    return None if outcome is None else (outcome.converted, outcome.source)
