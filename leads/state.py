"""What is remembered of a lead: folded from its events in any order, a fixed amount of work each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp2
from typing import Any

DAY = 86_400.0
HALF_LIVES: tuple[float, ...] = (DAY, 7 * DAY)
"""Half-lives of the decayed counts, in seconds."""

Profile = dict[str, float | str]
"""A lead's answers by column: numbers as they are, text normalised, personal data only as present (1.0)."""


@dataclass(slots=True)
class Tally:
    """One event type's count, first and last time, and its decayed counts as of that last time."""

    count: int
    first: float
    last: float
    fast: float
    slow: float

    def add(self, at: float) -> None:
        """Count one more event at time `at`, later or earlier than those already here."""
        gap = at - self.last
        if gap >= 0:
            self.fast = self.fast * exp2(-gap / HALF_LIVES[0]) + 1.0
            self.slow = self.slow * exp2(-gap / HALF_LIVES[1]) + 1.0
            self.last = at
        else:
            self.fast += exp2(gap / HALF_LIVES[0])
            self.slow += exp2(gap / HALF_LIVES[1])
            if at < self.first:
                self.first = at
        self.count += 1


@dataclass(slots=True)
class LeadState:
    """A lead as the model sees it.

    Every field is a sum, a minimum, a maximum or a set of what was folded, so the order of arrival does not matter:
    late and out-of-order events leave the same state as a replay in order (sums to rounding, about 1e-15).
    It is mutable because it is folded in place tens of thousands of times a second; the store drops every state that
    a failed batch touched.

    Parameters
    ----------
    created_at
        When the lead came, in seconds since 1970.
    profile
        See `Profile`.
    stage
        The Kanban stage a person put the lead in, or ``ENVIADO``; None while nobody has.
    """

    created_at: float
    profile: Profile = field(default_factory=dict)
    stage: str | None = None
    tallies: dict[str, Tally] = field(default_factory=dict)
    last: float | None = None
    previous: float | None = None
    days: set[int] = field(default_factory=set)

    def fold(self, event_type: str, at: float) -> None:
        """Take in one event: `event_type` happened at `at`, in seconds since 1970."""
        tally = self.tallies.get(event_type)
        if tally is None:
            self.tallies[event_type] = Tally(1, at, at, 1.0, 1.0)
        else:
            tally.add(at)
        if self.last is None or at >= self.last:
            self.previous, self.last = self.last, at
        elif self.previous is None or at > self.previous:
            self.previous = at
        self.days.add(int(at // DAY))

    def last_of(self, event_types: Iterable[str]) -> float | None:
        """Return when the latest event of these types happened, or None."""
        return max((self.tallies[t].last for t in event_types if t in self.tallies), default=None)

    def as_json(self) -> dict[str, Any]:
        """Return the state as JSON values; `from_json` reads them back to the bit."""
        return {
            "created_at": self.created_at,
            "profile": self.profile,
            "stage": self.stage,
            "last": self.last,
            "previous": self.previous,
            "days": sorted(self.days),
            "tallies": {kind: (t.count, t.first, t.last, t.fast, t.slow) for kind, t in self.tallies.items()},
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "LeadState":
        """Return the state that `as_json` wrote."""
        return cls(
            created_at=values["created_at"],
            profile=values["profile"],
            stage=values["stage"],
            tallies={kind: Tally(*numbers) for kind, numbers in values["tallies"].items()},
            last=values["last"],
            previous=values["previous"],
            days=set(values["days"]),
        )
