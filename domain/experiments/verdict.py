"""What to do about an experiment, given its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from domain.experiments.declaration import Experiment, Finding, Kind, Unit
from domain.experiments.guardrails import GuardrailReading, standing
from domain.experiments.inference import Difference, Totals, differences
from domain.experiments.power import POWER
from domain.experiments.ratio import evidence, is_mismatch


@dataclass(frozen=True, slots=True)
class Reading:
    """An experiment's figures at one look, and what to do.

    Parameters
    ----------
    differences
        By arm, from the control.
    ratio_evidence
        How much likelier the numbers of units by arm are under other ratios than the declared one.
    ratio_holds
        Whether units came to arms as declared.
    fraction
        How much of the plan is in.
    verdict
        What to do.
    """

    differences: Mapping[str, Difference]
    ratio_evidence: float
    ratio_holds: bool
    fraction: float
    verdict: Finding


def read(
    experiment: Experiment,
    served: Mapping[str, int],
    totals: Mapping[str, Totals],
    planned: int,
    units_a_week: float,
    guardrails: Sequence[GuardrailReading] = (),
) -> Reading:
    """Return what the figures of a running or ended experiment say.

    Parameters
    ----------
    experiment
        What was declared.
    served
        Units that were served, by arm.
    totals
        By arm, over the first units whose metric is known, as many as were planned at the most.
    planned
        Units of the plan.
    units_a_week
        As they come, for how long the rest takes.
    guardrails
        What is known of what must not get worse. What is broken goes before the metric.
    """
    every = {arm.name: totals.get(arm.name, Totals()) for arm in experiment.arms}
    known = sum(one.units for one in every.values())
    fraction = min(known / planned, 1.0)
    of_rates = experiment.unit is Unit.LEAD and not experiment.metric.revenue
    found = (
        differences(every, experiment.control.name, fraction, of_rates=of_rates) if known else {}
    )
    holds = not is_mismatch(served, experiment.shares)
    if not any(served.values()):
        asked = experiment.kind is Kind.ASKED
        verdict = Finding("nobody_served" if asked else "nobody_served_yet", {})
    elif not holds:
        verdict = Finding("ratio_broken", {})
    elif broken := [one for one in guardrails if one.broken]:
        verdict = standing(experiment, broken[0])
    else:
        verdict = _verdict(experiment, found, planned - known, units_a_week)
    return Reading(found, evidence(served, experiment.shares), holds, fraction, verdict)


def _verdict(
    experiment: Experiment, found: Mapping[str, Difference], missing: int, units_a_week: float
) -> Finding:
    """Return what to do where units come as they should."""
    effect, control = experiment.minimum_effect, experiment.control.name
    # Turned so that more is better.
    sign = 1.0 if effect > 0.0 else -1.0
    gains = {name: sorted((sign * one.low, sign * one.high)) for name, one in found.items()}
    measure, unit = {"measure": experiment.metric.measure}, {"unit": experiment.unit.value}
    wanted = {"control": control, "effect": effect} | measure
    if better := [name for name, (low, _) in gains.items() if low > 0.0]:
        best = max(better, key=lambda name: sign * found[name].estimate)
        ends = {"low": found[best].low, "high": found[best].high}
        return Finding("adopt", {"arm": best, "control": control} | ends | measure)
    if gains and all(high < 0.0 for _, high in gains.values()):
        return Finding("worse", {"control": control})
    if gains and all(high < abs(effect) for _, high in gains.values()):
        return Finding("too_little", wanted)
    if missing <= 0:
        return Finding("not_shown", wanted | {"power": POWER})
    if units_a_week <= 0.0:
        return Finding("no_more_traffic", {"units": missing} | unit)
    return Finding("wait", {"units": missing, "weeks": ceil(missing / units_a_week)} | unit)
