"""What is remembered of a lead: folded from its events in any order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp2
from typing import Any

from domain.attributes import NOTHING, Amounts, Attributes, Labels, LabelTally
from domain.machines import Machines
from domain.rules import is_team_event

HOUR = 3_600.0
DAY = 86_400.0

BURST = HOUR
"""Half-life of each event type's decayed count, in seconds: is it happening right now?"""

Profile = dict[str, float | str]
"""A lead's answers by column: numbers as they are, text normalised, personal data only as present
(1.0)."""


@dataclass(slots=True)
class Tally:
    """One event type's count, first and last time, decayed count as of the last, time before it."""

    count: int
    first: float
    last: float
    decayed: float
    previous: float | None

    def add(self, at: float) -> None:
        """Count one more event at time `at`, later or earlier than those already here."""
        gap = at - self.last
        if gap >= 0:
            self.decayed = self.decayed * exp2(-gap / BURST) + 1.0
            self.previous, self.last = self.last, at
        else:
            self.decayed += exp2(gap / BURST)
            self.first = min(self.first, at)
            if self.previous is None or at > self.previous:
                self.previous = at
        self.count += 1


@dataclass(slots=True)
class LeadState:
    """A lead as the model sees it.

    Every field is a sum, a minimum or a maximum over what was folded, so the order of arrival does
    not matter: late and out-of-order events leave the same state as a replay in order (sums to
    rounding, about 1e-15). It is mutable because it is folded in place tens of thousands of times a
    second; the store drops every state that a failed batch touched.

    Parameters
    ----------
    created_at
        When the lead came, in seconds since 1970.
    profile
        See `Profile`.
    sent
        Whether the lead was sent to a partner: its status is ``ENVIADO``.
    """

    created_at: float
    profile: Profile = field(default_factory=dict)
    sent: bool = False
    tallies: dict[str, Tally] = field(default_factory=dict)
    count: int = 0
    last: float | None = None
    """Time of the latest event."""
    moved: float | None = None
    """Time of the latest event that the lead itself, and not the team, made."""
    labels: Labels = field(default_factory=Labels)
    amounts: Amounts = field(default_factory=Amounts)
    machines: Machines | None = None
    """None where a machine's events are not left out."""

    def fold(self, event_type: str, at: float, attributes: Attributes = NOTHING) -> None:
        """Take in one event: `event_type` happened at `at`, in seconds since 1970."""
        tally = self.tallies.get(event_type)
        if tally is None:
            self.tallies[event_type] = Tally(1, at, at, 1.0, None)
        else:
            tally.add(at)
        if (self.moved is None or at > self.moved) and not is_team_event(event_type):
            self.moved = at
        self.count += 1
        if self.last is None or at > self.last:
            self.last = at
        if attributes is not NOTHING:
            for label in attributes.labels:
                self.labels.add(label, at)
            if attributes.amount is not None:
                self.amounts.add(attributes.amount, at)

    def last_of(self, event_types: frozenset[str]) -> float | None:
        """Return when the latest event of these types happened, or None."""
        tallies = self.tallies
        return max((tallies[kind].last for kind in event_types & tallies.keys()), default=None)

    def as_json(self) -> dict[str, Any]:
        """Return the state as JSON values; `from_json` reads them back to the bit."""
        values: dict[str, Any] = {
            "created_at": self.created_at,
            "profile": self.profile,
            "sent": self.sent,
            "count": self.count,
            "last": self.last,
            "moved": self.moved,
            "tallies": {
                kind: (tally.count, tally.first, tally.last, tally.decayed, tally.previous)
                for kind, tally in self.tallies.items()
            },
        }
        if self.labels:
            values["labels"] = {
                label: (tally.count, tally.last) for label, tally in self.labels.items()
            }
        if self.amounts.count:
            values["amounts"] = self.amounts.to_json()
        if self.machines is not None:
            values["machines"] = self.machines.as_json()
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "LeadState":
        """Return the state that `as_json` wrote."""
        state = cls(
            created_at=values["created_at"],
            profile=values["profile"],
            sent=values["sent"],
            tallies={kind: Tally(*numbers) for kind, numbers in values["tallies"].items()},
            count=values["count"],
            last=values["last"],
            moved=values["moved"],
        )
        if "labels" in values:
            state.labels = Labels(
                (label, LabelTally(*numbers)) for label, numbers in values["labels"].items()
            )
        if "amounts" in values:
            state.amounts = Amounts.from_json(values["amounts"])
        if "machines" in values:
            state.machines = Machines.from_json(values["machines"])
        return state
