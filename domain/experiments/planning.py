"""What an experiment needs, before it starts, by what the team's own leads did lately."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, copysign
from typing import Any, NamedTuple

from domain.experiments.declaration import Experiment, Finding, Kind
from domain.experiments.inference import FEWEST, Totals, slope, squares_left
from domain.experiments.power import (
    LARGEST,
    Drift,
    effect_found,
    is_enough,
    of_means,
    of_money,
    of_rate,
    units_needed,
)

LONGEST = 52.0
"""Weeks above which an experiment is not worth starting: too much changes meanwhile."""

WEEK_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What an experiment needs, worked out before it starts.

    Parameters
    ----------
    units
        Of all arms together.
    weeks
        Until the metric of the last of them is known.
    """

    units: int
    weeks: float


class PastUnit(NamedTuple):
    """A partner or a UF of the last weeks.

    Parameters
    ----------
    name
        By which its arm is drawn.
    day
        On which its first lead came, counted from the first of those weeks.
    y
        Its metric, the mean of its leads'.
    x
        Its metric in the weeks before those.
    """

    name: str
    day: float
    y: float
    x: float


def plan(experiment: Experiment, lately: Totals, weeks: float) -> Plan | Finding:
    """Return what an experiment of leads needs, or why it can't be started.

    Parameters
    ----------
    experiment
        What was declared.
    lately
        Over the leads of the last weeks whose metric is known.
    weeks
        How many those are.
    """
    if not lately.units:
        by_whom = f"_{experiment.kind}" if experiment.kind in {Kind.ACTIONS, Kind.ALERTS} else ""
        return Finding(f"no_traffic{by_whom}", {})
    effect, mean = experiment.minimum_effect, lately.y / lately.units
    if experiment.metric.revenue:
        if variance_left(lately) <= 0.0:
            return Finding("money_still", {})
        drift, effect = _of_money(lately, effect)
    elif not 0.0 <= mean + effect <= 1.0:
        return Finding("effect_impossible", {"rate": mean, "effect": effect, "measure": "points"})
    else:
        drift = partial(of_rate, mean)
    a_week = lately.units / weeks
    shares, control = experiment.shares, experiment.control.name
    needed = units_needed(shares, control, drift, effect)
    takes = needed / a_week + experiment.known_after / WEEK_DAYS
    if takes <= LONGEST:
        return Plan(needed, takes)
    if effect != experiment.minimum_effect:
        return Finding("money_rare", {})
    by_arm = {name: share * LONGEST * a_week for name, share in shares.items()}
    facts = {"weeks": ceil(takes), "units": needed, "unit": experiment.unit.value}
    return Finding("too_long", facts | _offered(experiment, by_arm, drift))


def _of_money(lately: Totals, effect: float) -> tuple[Drift, float]:
    """Return the drift of effects on money, and the effect that is planned with."""
    mean = lately.y / lately.units
    planned = copysign(min(abs(effect), LARGEST * abs(mean) or abs(effect)), effect)
    return partial(of_money, mean, variance_left(lately)), planned


def plan_of_units(experiment: Experiment, lately: Sequence[PastUnit]) -> Plan | Finding:
    """Return what an experiment of partners or UFs needs, or why it can't be started.

    There are only so many of them, so they are dealt to the arms as they will be: the plan's end is
    the first unit with which every arm has enough to find the minimum effect.

    Parameters
    ----------
    experiment
        What was declared.
    lately
        Those that had leads in the last weeks, in the order in which their first lead came.
    """
    if why := _why_too_few(experiment, lately):
        return why
    totals, effect = Totals.of((unit.y, unit.x) for unit in lately), experiment.minimum_effect
    if variance_left(totals) <= 0.0:
        return Finding("money_still" if experiment.metric.revenue else "rate_still", {})
    drift: Drift = partial(of_means, variance_left(totals))
    if experiment.metric.revenue:
        drift, effect = _of_money(totals, effect)
    control, given = experiment.control.name, dict.fromkeys(experiment.shares, 0)
    for count, unit in enumerate(lately, 1):
        given[experiment.arm_of(unit.name)] += 1
        if min(given.values()) < FEWEST:
            continue
        if is_enough(given, control, drift, effect):
            weeks = (unit.day + experiment.known_after) / WEEK_DAYS
            if weeks > LONGEST:
                return Finding("too_slow", {"weeks": ceil(weeks)})
            return Plan(count, weeks)
    if effect != experiment.minimum_effect:
        return Finding("money_rare", {})
    facts = {"units": len(lately), "unit": experiment.unit.value}
    return Finding("units_end", facts | _offered(experiment, given, drift))


def _why_too_few(experiment: Experiment, lately: Sequence[PastUnit]) -> Finding | None:
    """Return why some arm would have too few units for anything to be said of it."""
    dealt = Counter(experiment.arm_of(unit.name) for unit in lately)
    fewest = min(experiment.shares, key=lambda name: dealt[name])
    if dealt[fewest] >= FEWEST:
        return None
    facts = {"units": len(lately), "unit": experiment.unit.value, "fewest": FEWEST}
    if len(lately) < FEWEST * len(experiment.arms):
        return Finding("few_units", facts)
    return Finding("salt_uneven", facts | {"arm": fewest, "count": dealt[fewest]})


def variance_left(lately: Totals) -> float:
    """Return the variance of a unit's metric that what was known before leaves."""
    return squares_left(lately, slope([lately])) / max(lately.units - 2, 1)


def _offered(experiment: Experiment, units: Mapping[str, float], drift: Drift) -> dict[str, Any]:
    """Return the effect that so many units find, as facts."""
    effect = effect_found(units, experiment.control.name, drift, experiment.minimum_effect)
    return {"effect": effect, "measure": experiment.metric.measure}
