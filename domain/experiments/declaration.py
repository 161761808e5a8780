"""What an experiment is before it starts, and which arm a lead has."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from math import isfinite
from typing import Any, NamedTuple


class Arm(NamedTuple):
    """One of the things that are compared, and how many leads are to have it beside the others."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Metric:
    """What an experiment is judged by: whether one of these events comes in time.

    Parameters
    ----------
    events
        Event types, any of which is a yes.
    days
        Within which they count.
    head
        The head whose yes-events and horizon these are, or None where the events were named.
    """

    events: frozenset[str]
    days: float
    head: str | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """A declared experiment.

    Parameters
    ----------
    name
        What it is called by whoever asks for an arm.
    hypothesis
        What is believed, in the team's words.
    arms
        What is compared; the first is the control.
    salt
        Text that makes this experiment's allocation independent of any other's.
    metric
        What it is judged by.
    minimum_effect
        The smallest change of the metric's rate worth having, such as 0.05 for five points. A
        negative one says that less is better.
    """

    name: str
    hypothesis: str
    arms: Sequence[Arm]
    salt: str
    metric: Metric
    minimum_effect: float

    @property
    def control(self) -> Arm:
        """What the other arms are compared with."""
        return self.arms[0]

    @property
    def shares(self) -> dict[str, float]:
        """The share of leads that each arm is to have."""
        total = sum(arm.weight for arm in self.arms)
        return {arm.name: arm.weight / total for arm in self.arms}

    def arm_of(self, lead_id: str) -> str:
        """Return the arm of a lead: the same at every call, whatever arms others have.

        Examples
        --------
        >>> metric = Metric(frozenset({"handoff"}), 14.0)
        >>> arms = [Arm("rules", 1.0), Arm("learned", 1.0)]
        >>> experiment = Experiment("next-action", "It helps", arms, "s", metric, 0.05)
        >>> [experiment.arm_of(lead_id) for lead_id in "efg"]
        ['learned', 'rules', 'rules']
        """
        digest = sha256(f"{self.salt}:{lead_id}".encode()).digest()
        # 53 bits, so that the place is below 1 whatever the digest.
        place = (int.from_bytes(digest[:8]) >> 11) / 2**53
        ends = accumulate(self.shares.values())
        for arm, end in zip(self.arms, ends, strict=True):
            if place < end:
                return arm.name
        return self.arms[-1].name

    def to_json(self) -> dict[str, Any]:
        """Return what was declared beside the name as JSON values; `from_json` reads it back."""
        return {
            "hypothesis": self.hypothesis,
            "arms": [arm._asdict() for arm in self.arms],
            "salt": self.salt,
            "metric": {
                "events": sorted(self.metric.events),
                "days": self.metric.days,
                "head": self.metric.head,
            },
            "minimum_effect": self.minimum_effect,
        }

    @classmethod
    def from_json(cls, name: str, values: Mapping[str, Any]) -> "Experiment":
        """Return the experiment that `to_json` wrote."""
        metric = values["metric"]
        return cls(
            name,
            values["hypothesis"],
            [Arm(**arm) for arm in values["arms"]],
            values["salt"],
            Metric(frozenset(metric["events"]), metric["days"], metric["head"]),
            values["minimum_effect"],
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be said of an experiment: a code of the catalogues, and what goes into it."""

    code: str
    facts: dict[str, Any]


def why_unusable(experiment: Experiment, event_types: Collection[str]) -> Finding | None:
    """Return why an experiment can't be declared, or None where it can.

    Parameters
    ----------
    experiment
        What is to be declared.
    event_types
        Types of the events that there are.
    """
    names = [arm.name for arm in experiment.arms]
    if len(names) < 2:  # noqa: PLR2004 - fewer can't be compared
        return Finding("one_arm", {})
    for arm in experiment.arms:
        if names.count(arm.name) > 1:
            return Finding("arm_twice", {"arm": arm.name})
        if not (isfinite(arm.weight) and arm.weight > 0.0):
            return Finding("arm_empty", {"arm": arm.name})
    if not 0.0 < abs(experiment.minimum_effect) < 1.0:
        return Finding("no_effect", {})
    metric = experiment.metric
    if not metric.events & set(event_types):
        return Finding("metric_unfed", {"events": ", ".join(sorted(metric.events)) or "–"})
    return None
