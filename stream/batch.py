"""What one transaction commits, handed over while it is still being scored."""

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from domain.events import FunnelEvent
from domain.grouping import Grouping
from domain.scorecard import Scorecard
from domain.scoring import NO_HEADS
from domain.state import LeadState
from online_models.action_choice import ActionChoice
from stream.cursor import LoggedChange, Position, TransactionSnapshot
from stream.experiments import NO_EXPERIMENTS, Experiments, Exposure, Running
from stream.observations import HeadSnapshot, Observation
from stream.work import Work
from stream.writeback import AlertRow, HeadRow, Row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A change that can't be used, and why."""

    event: FunnelEvent
    reason: str


@dataclass(slots=True)
class Batch:
    """What one transaction commits. The scorer adds to it while the commit takes from it.

    Parameters
    ----------
    position
        The cursor after it.
    rows
        Leads scored anew, written out.
    heads
        What the heads beside the primary one say of them, by lead; empty where there are none.
    alerts
        What is said of alerts, by lead; of most there is nothing to say.
    groups
        The group that each of them is in; empty where there are none.
    decisions
        Which action was drawn for each, as JSON; empty where the rules decide.
    challenged
        Leads that another model scored in the champion's place, each with that.
    exposures
        Of which experiments each is served its arm, where an alert is opened or an action drawn.
    folded
        Leads, with their states written out and since when those were built, that are not scored.
    gone
        Leads to erase.
    failed
        Leads whose state is dropped, because it can't be scored or is to be read anew later.
    put_off
        Leads whose rows changed, to be read later.
    reread
        Leads that were read whole because their rows changed: what was set aside of them before is
        told anew, or is mended.
    dead_letters
        Changes that can't be used.
    observations
        What there is to learn from.
    asked
        Moments at which the heads beside the primary one are asked.
    """

    position: Position
    rows: list[Row] = field(default_factory=list)
    heads: dict[UUID, list[HeadRow]] = field(default_factory=dict)
    alerts: dict[UUID, list[AlertRow]] = field(default_factory=dict)
    groups: dict[UUID, int] = field(default_factory=dict)
    decisions: dict[UUID, str] = field(default_factory=dict)
    challenged: dict[UUID, Scorecard] = field(default_factory=dict)
    exposures: dict[UUID, list[Exposure]] = field(default_factory=dict)
    folded: list[tuple[UUID, str, TransactionSnapshot | None]] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    failed: list[UUID] = field(default_factory=list)
    put_off: list[UUID] = field(default_factory=list)
    reread: list[UUID] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    asked: list[HeadSnapshot] = field(default_factory=list)
    _scored: bool = False
    _grew: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, *, scored: bool = False) -> None:
        """Say that there are more rows, or that no more will come because all is scored."""
        self._scored = scored
        self._grew.set()

    async def has(self, rows: int) -> bool:
        """Wait until there are so many rows or all is scored; tell whether there are."""
        while len(self.rows) < rows and not self._scored:
            self._grew.clear()
            await self._grew.wait()
        return len(self.rows) >= rows

    def said_of(self, rows: Sequence[Row]) -> tuple[Any, ...]:
        """Return what is written of leads beside their rows: heads, alerts, groups, decisions."""
        groups = _of(rows, self.groups)
        return self.heads_of(rows), self.alerts_of(rows), *groups, *_of(rows, self.decisions)

    def heads_of(self, rows: Iterable[Row]) -> list[HeadRow] | None:
        """Return what the heads beside the primary one say of some leads; None where none does."""
        return [said for row in rows for said in self.heads[row.lead_id]] if self.heads else None

    def alerts_of(self, rows: Iterable[Row]) -> list[AlertRow] | None:
        """Return what is said of the alerts of some leads; None where there is nothing to say."""
        if not self.alerts:
            return None
        return [said for row in rows for said in self.alerts.get(row.lead_id, ())] or None

    def challenged_of(self, rows: Iterable[Row]) -> tuple[list[UUID], Scorecard] | None:
        """Return those of some leads that another model scored, and that; None for none."""
        ids = [row.lead_id for row in rows if row.lead_id in self.challenged]
        return (ids, self.challenged[ids[0]]) if ids else None

    def exposures_of(self, rows: Iterable[Row]) -> list[list[Any] | None]:
        """Return the columns of which leads are served which arms; None where none is."""
        served = [one for row in rows for one in self.exposures.get(row.lead_id, ())]
        return [list(column) for column in zip(*served, strict=True)] or [None] * 4

    async def scored(self) -> None:
        """Wait until all is scored."""
        await self.has(sys.maxsize)


class Models(NamedTuple):
    """What one batch is scored with.

    Parameters
    ----------
    card
        The primary head's scorecard.
    others
        By name, the scorecards of the heads beside it.
    grouping
        What puts leads into groups, where there are any.
    choice
        What draws actions, where the team has them learned.
    experiments
        Those whose arms are served here.
    """

    card: Scorecard
    others: Mapping[str, Scorecard] = NO_HEADS
    grouping: Grouping | None = None
    choice: ActionChoice | None = None
    experiments: Experiments = NO_EXPERIMENTS


@dataclass(frozen=True, slots=True)
class BatchBuilder:
    """One batch being built.

    Parameters
    ----------
    work
        What it is about.
    batch
        What is built.
    now
        When it began, in seconds since 1970.
    card, others, grouping, choice, experiments
        As of `Models`.
    """

    work: Work
    batch: Batch
    now: float
    card: Scorecard
    others: Mapping[str, Scorecard]
    grouping: Grouping | None
    choice: ActionChoice | None
    experiments: Experiments

    def card_of(self, lead_id: UUID, state: LeadState) -> Scorecard:
        """Return what a lead is scored with: where models are compared, its arm's."""
        challenger = self.experiments.models
        if challenger is None or not challenger.compares(state):
            return self.card
        # Its score is what the arm makes of it: nothing is known before.
        card = challenger.card_by(self.serve(challenger.running, lead_id, None), self.card)
        if card is not self.card:
            self.batch.challenged[lead_id] = card
        return card

    def serve(self, running: Running, lead_id: UUID, score: int | None) -> str:
        """Have a lead be served its arm of an experiment, and return which that is."""
        exposure = running.serve(lead_id, score)
        self.batch.exposures.setdefault(lead_id, []).append(exposure)
        return exposure.arm

    def dead_letter(self, event: FunnelEvent, reason: str) -> None:
        """Keep a change that can't be used."""
        self.batch.dead_letters.append(DeadLetter(event, reason))

    def set_aside(self, change: LoggedChange, reason: str) -> None:
        """Keep an event of the log that can't be used."""
        event = FunnelEvent(
            change["event_id"], change["lead_id"], change["event_type"], change["occurred_at"]
        )
        self.dead_letter(event, reason)


def _of(
    rows: Iterable[Row], said: Mapping[UUID, T]
) -> tuple[list[UUID], list[T]] | tuple[None, None]:
    """Return those of some leads of whom something is said, and what; None if it is of nobody."""
    if not said:
        return None, None
    ids = [row.lead_id for row in rows if row.lead_id in said]
    return ids, [said[lead_id] for lead_id in ids]
