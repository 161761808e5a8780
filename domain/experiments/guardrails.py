"""Whether what must not get worse does, whenever one looks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from domain.experiments.declaration import Experiment, Finding, Guardrail
from domain.experiments.inference import ALPHA, Difference, Totals, differences


@dataclass(frozen=True, slots=True)
class Broken:
    """An arm in which a guardrail's event became too frequent.

    Parameters
    ----------
    arm
        Its name.
    since
        The day at whose end that was first beyond doubt.
    difference
        From the control, at that look.
    """

    arm: str
    since: date
    difference: Difference


@dataclass(frozen=True, slots=True)
class GuardrailReading:
    """What is known of a guardrail.

    Parameters
    ----------
    guardrail
        What was declared.
    totals
        By arm, over the units whose answer is known.
    differences
        By arm, from the control, at the newest look.
    broken
        The arm that broke it first; None where none did.
    """

    guardrail: Guardrail
    totals: Mapping[str, Totals]
    differences: Mapping[str, Difference]
    broken: Broken | None

    @property
    def is_held(self) -> bool:
        """Whether every arm is known to stay within the margin."""
        margin = self.guardrail.margin
        within = all(one.high <= margin for one in self.differences.values())
        return bool(self.differences) and within and self.broken is None


class Look(NamedTuple):
    """What is known of a guardrail at the end of a day: sums by arm, and differences."""

    day: date
    totals: Mapping[str, Totals]
    differences: Mapping[str, Difference]


def looks(
    experiment: Experiment, by_day: Mapping[date, Mapping[str, Totals]], planned: int
) -> Iterator[Look]:
    """Yield what is known of one of an experiment's guardrails at the end of each day.

    All arms of all guardrails share the chance of a false claim, which is apart from the metric's.

    Parameters
    ----------
    experiment
        What was declared.
    by_day
        Sums over the units whose answer became known on a day, by arm; of the first units, as many
        as were planned at the most.
    planned
        Units of the plan.
    """
    totals = {arm.name: Totals() for arm in experiment.arms}
    alpha = ALPHA / len(experiment.guardrails)
    for day in sorted(by_day):
        totals = {name: so_far + by_day[day].get(name, Totals()) for name, so_far in totals.items()}
        fraction = min(sum(one.units for one in totals.values()) / planned, 1.0)
        found = differences(totals, experiment.control.name, fraction, alpha, of_rates=True)
        yield Look(day, totals, found)


def read_guardrail(
    experiment: Experiment,
    guardrail: Guardrail,
    by_day: Mapping[date, Mapping[str, Totals]],
    planned: int,
) -> GuardrailReading:
    """Return what is known of a guardrail, had it been looked at on each day.

    The intervals hold at all looks at once, so an arm that was over the margin on one day is known
    to be, whatever later days seem to say. The parameters are those of `looks`.
    """
    last = Look(date.min, {arm.name: Totals() for arm in experiment.arms}, {})
    broken: Broken | None = None
    for last in looks(experiment, by_day, planned):
        found = last.differences
        over = [name for name, one in found.items() if one.low > guardrail.margin]
        if over and broken is None:
            worst = max(over, key=lambda name: found[name].estimate)
            broken = Broken(worst, last.day, found[worst])
    return GuardrailReading(guardrail, last.totals, last.differences, broken)


def standing(experiment: Experiment, reading: GuardrailReading) -> Finding:
    """Return how a guardrail stands: held so far, broken, or not known yet."""
    guardrail, broken = reading.guardrail, reading.broken
    facts = {
        "event": guardrail.event, "days": guardrail.days, "margin": guardrail.margin,
        "control": experiment.control.name, "measure": "points",
    }  # fmt: skip
    if broken is None:
        return Finding("guardrail_held" if reading.is_held else "guardrail_unknown", facts)
    ends = {"low": broken.difference.low, "high": broken.difference.high}
    return Finding("guardrail_broken", facts | {"arm": broken.arm, "since": broken.since} | ends)
