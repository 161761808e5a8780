"""Why an experiment can't be declared, or its arms not be served at present."""

from collections.abc import Collection, Iterable, Sequence
from math import isfinite
from typing import NamedTuple

from domain.experiments.declaration import (
    BUILT_IN_ARMS,
    Arm,
    Experiment,
    Finding,
    Kind,
    Unit,
)
from domain.policy import Policy


class Learned(NamedTuple):
    """What an experiment may need that was learned.

    Parameters
    ----------
    actions
        Whether anything was learned of actions.
    champion
        The version that scores for the primary head; 0 for the rules.
    version
        Whether the primary head has the version that is to be compared with it.
    """

    actions: bool
    champion: int
    version: bool


def why_not_now(
    experiment: Experiment, policy: Policy, running: Iterable[Experiment], learned: Learned
) -> Finding | None:
    """Return why Galope can't serve an experiment's arms at present, or None where it can.

    Parameters
    ----------
    experiment
        What is to be started.
    policy
        The team's.
    running
        The experiments that run.
    learned
        What there is.
    """
    same = (experiment.kind, experiment.motive)
    for other in running:
        if experiment.kind is not Kind.ASKED and (other.kind, other.motive) == same:
            return Finding("already_running", {"name": other.name})
    return _why_switched_off(experiment, policy) or _why_not_learned(experiment, learned)


def _why_switched_off(experiment: Experiment, policy: Policy) -> Finding | None:
    if experiment.kind is Kind.ACTIONS and not policy.action_floor:
        return Finding("actions_not_drawn", {})
    if experiment.motive is not None and experiment.motive not in policy.alerts:
        return Finding("motive_off", {"motive": experiment.motive})
    return None


def _why_not_learned(experiment: Experiment, learned: Learned) -> Finding | None:
    if experiment.kind is Kind.ACTIONS and not learned.actions:
        return Finding("nothing_learned", {})
    if experiment.version is None:
        return None
    version = {"version": experiment.version}
    if not learned.version:
        return Finding("no_such_version", version)
    return Finding("is_champion", version) if experiment.version == learned.champion else None


def why_unusable(
    experiment: Experiment, event_types: Collection[str], has_amounts: bool = False
) -> Finding | None:
    """Return why an experiment can't be declared, or None where it can.

    Parameters
    ----------
    experiment
        What is to be declared.
    event_types
        Types of the events that there are.
    has_amounts
        Whether there has been an event with an amount.
    """
    why = (
        _why_no_arms(experiment.arms)
        or _why_not_served(experiment)
        or _why_no_guardrails(experiment, event_types)
    )
    if why:
        return why
    if experiment.metric.revenue:
        return _why_no_revenue(experiment, has_amounts)
    if not 0.0 < abs(experiment.minimum_effect) < 1.0:
        return Finding("no_effect", {})
    # Where few say yes a small arm mostly has too few of them. One yes and one no more helps where
    # units are leads; among partners, whose means differ little, it would hide every effect.
    if experiment.unit is not Unit.LEAD and _is_uneven(experiment):
        return Finding("units_uneven", {})
    metric = experiment.metric
    if not metric.events & set(event_types):
        return Finding("metric_unfed", {"events": ", ".join(sorted(metric.events)) or "–"})
    return None


def _why_no_arms(arms: Sequence[Arm]) -> Finding | None:
    names = [arm.name for arm in arms]
    if len(names) < 2:  # noqa: PLR2004 - fewer can't be compared
        return Finding("one_arm", {})
    for arm in arms:
        if names.count(arm.name) > 1:
            return Finding("arm_twice", {"arm": arm.name})
        if not (isfinite(arm.weight) and arm.weight > 0.0):
            return Finding("arm_empty", {"arm": arm.name})
    return None


def _why_not_served(experiment: Experiment) -> Finding | None:
    """Return why Galope can't serve the arms; None too where it is not to."""
    if (experiment.kind is Kind.ALERTS) != (experiment.motive is not None):
        return Finding("motive_of_alerts", {})
    if (experiment.kind is Kind.MODELS) != (experiment.version is not None):
        return Finding("version_of_models", {})
    arms = BUILT_IN_ARMS.get(experiment.kind)
    if arms is None:
        return None
    if tuple(arm.name for arm in experiment.arms) != arms:
        return Finding("arms_built_in", {"control": arms[0].value, "arm": arms[1].value})
    return None if experiment.unit is Unit.LEAD else Finding("leads_only", {})


def _why_no_guardrails(experiment: Experiment, event_types: Collection[str]) -> Finding | None:
    events = [guardrail.event for guardrail in experiment.guardrails]
    for event in events:
        if events.count(event) > 1:
            return Finding("guardrail_twice", {"event": event})
        if event in experiment.metric.events:
            return Finding("guardrail_is_metric", {"event": event})
        if event not in event_types:
            return Finding("guardrail_unfed", {"event": event})
    return None


def _is_uneven(experiment: Experiment) -> bool:
    return len({arm.weight for arm in experiment.arms}) > 1


def _why_no_revenue(experiment: Experiment, has_amounts: bool) -> Finding | None:
    """Return why arms can't be compared by money.

    A few large purchases decide what a mean is. Between arms of one size their luck is as likely to
    favour either; in a smaller arm they are mostly missing, and it seems worse than it is.
    """
    if not (isfinite(experiment.minimum_effect) and experiment.minimum_effect):
        return Finding("no_money_effect", {})
    if _is_uneven(experiment):
        return Finding("money_uneven", {})
    return None if has_amounts else Finding("money_unfed", {})
