"""What an experiment is before it starts, and which arm a lead has."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from domain.alerts.motives import Motive
from domain.lots import drawn, lot
from domain.partners.places import UFS


class Unit(StrEnum):
    """What is given an arm: a lead, or all leads of a partner or a UF together."""

    LEAD = "lead"
    PARTNER = "partner"
    UF = "uf"


class Kind(StrEnum):
    """Who serves the arms."""

    ASKED = "asked"
    """Whoever asks for them, lead by lead: of the team's product, such as its prices."""
    ACTIONS = "actions"
    """Galope: the rules choose a lead's next action, or what was learned of actions does."""
    ALERTS = "alerts"
    """Galope: an alert of some motive is opened, or held back."""
    MODELS = "models"
    """Galope: the model that scores goes on scoring a lead, or another one does."""


class BuiltInArm(StrEnum):
    """An arm that Galope serves; catalogues have a word for it."""

    RULES = "rules"
    LEARNED = "learned"
    HELD_BACK = "none"
    ALERT = "alert"
    CHAMPION = "champion"
    CHALLENGER = "challenger"


BUILT_IN_ARMS = {
    Kind.ACTIONS: (BuiltInArm.RULES, BuiltInArm.LEARNED),
    Kind.ALERTS: (BuiltInArm.HELD_BACK, BuiltInArm.ALERT),
    Kind.MODELS: (BuiltInArm.CHAMPION, BuiltInArm.CHALLENGER),
}
"""What Galope compares, the control first."""


class Arm(NamedTuple):
    """One of the things that are compared, and how many units are to have it beside the others."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Metric:
    """What an experiment is judged by: whether one of some events comes in time, or money.

    Parameters
    ----------
    events
        Event types, any of which is a yes; none where money is counted.
    days
        Within which they count, from when a lead was served.
    head
        The head whose yes-events and horizon these are, or None where the events were named.
    revenue
        Whether the amounts of all events are added up, those that came back taken off.
    """

    events: frozenset[str]
    days: float
    head: str | None = None
    revenue: bool = False

    @property
    def measure(self) -> str:
        """What its changes are said in: points of a rate, or money."""
        return "money" if self.revenue else "points"


MARGIN = 0.02
"""How much more frequent a guardrail's event may become, where nothing else is declared.

Two points are one lead more in fifty: most effects worth having are larger, and a much smaller
margin would not be told from none by as many units as those take.
"""

MOST_GUARDRAILS = 3
"""Guardrails of one experiment at the most: they share the chance of a false alarm."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """An event that must not become more frequent in any arm than in the control.

    Parameters
    ----------
    event
        Its type.
    days
        Within which it counts, from when a lead was served.
    margin
        How much more frequent it may become, as a share of leads: 0.02 for two points.
    """

    event: str
    days: float
    margin: float = MARGIN

    @property
    def metric(self) -> Metric:
        """What it is judged by."""
        return Metric(frozenset({self.event}), self.days)


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
        The smallest change of the metric worth having: of a rate, such as 0.05 for five points; of
        revenue, money a lead. A negative one says that less is better.
    unit
        What is given an arm. A partner's or a UF's metric is the mean of its leads' metrics.
    guardrails
        What must not get worse, whatever the metric does.
    kind
        Who serves the arms.
    motive
        Of the alerts that are opened or held back; None for other kinds.
    version
        Of the primary head's model that scores in the champion's place; None for other kinds.
    """

    name: str
    hypothesis: str
    arms: Sequence[Arm]
    salt: str
    metric: Metric
    minimum_effect: float
    unit: Unit = Unit.LEAD
    guardrails: Sequence[Guardrail] = ()
    kind: Kind = Kind.ASKED
    motive: Motive | None = None
    version: int | None = None

    @property
    def control(self) -> Arm:
        """What the other arms are compared with."""
        return self.arms[0]

    @property
    def shares(self) -> dict[str, float]:
        """The share of units that each arm is to have."""
        total = sum(arm.weight for arm in self.arms)
        return {arm.name: arm.weight / total for arm in self.arms}

    @property
    def known_after(self) -> float:
        """Days from a unit's first serving until its metric is known.

        The leads of a partner or a UF are those served in the metric's days after its first.
        """
        return self.metric.days * (1.0 if self.unit is Unit.LEAD else 2.0)

    def has_unit(self, name: str | None) -> bool:
        """Tell whether a lead that stands under a name has a unit: a UF is one of the 27."""
        return name is not None and (self.unit is not Unit.UF or name in UFS)

    def arm_of(self, unit: str) -> str:
        """Return the arm of a unit: the same at every call, whatever arms others have.

        Examples
        --------
        >>> metric = Metric(frozenset({"handoff"}), 14.0)
        >>> arms = [Arm("rules", 1.0), Arm("learned", 1.0)]
        >>> experiment = Experiment("next-action", "It helps", arms, "s", metric, 0.05)
        >>> [experiment.arm_of(unit) for unit in "efg"]
        ['learned', 'rules', 'rules']
        """
        return drawn(self.shares, lot(f"{self.salt}:{unit}"))

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
                "revenue": self.metric.revenue,
            },
            "minimum_effect": self.minimum_effect,
            "unit": self.unit.value,
            "guardrails": [asdict(guardrail) for guardrail in self.guardrails],
            "kind": self.kind.value,
            "motive": self.motive,
            "version": self.version,
        }

    @classmethod
    def from_json(cls, name: str, values: Mapping[str, Any]) -> "Experiment":
        """Return the experiment that `to_json` wrote; the first ones named fewer things."""
        metric, kind = values["metric"], Kind(values.get("kind", Kind.ASKED))
        called = str if kind is Kind.ASKED else BuiltInArm
        return cls(
            name,
            values["hypothesis"],
            [Arm(called(arm["name"]), arm["weight"]) for arm in values["arms"]],
            values["salt"],
            Metric(
                frozenset(metric["events"]),
                metric["days"],
                metric["head"],
                metric.get("revenue", False),
            ),
            values["minimum_effect"],
            Unit(values.get("unit", Unit.LEAD)),
            tuple(Guardrail(**guardrail) for guardrail in values.get("guardrails", ())),
            kind,
            Motive(values["motive"]) if values.get("motive") else None,
            values.get("version"),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be said of an experiment: a code of the catalogues, and what goes into it."""

    code: str
    facts: dict[str, Any]
