"""The model before any history: the team's own rule points as weights."""

from itertools import pairwise
from math import log1p

from domain.features import COUNT, RANK, event_signal
from domain.policy import OURS, Policy
from domain.rules import EVENT_RULES, PROFILE_POINTS
from domain.scorecard import Scale, logit
from online_models.model import Basis, LeadModel
from online_models.spline_features import step


def day_zero(policy: Policy = OURS) -> LeadModel:
    """Return the model whose scores are the sum of the rule points.

    Parameters
    ----------
    policy
        What the team's events are worth, and from which probability a lead is warm and hot: 0.2
        and 0.5 where it does not say. Of another head than the primary one no rule says anything.

    Examples
    --------
    >>> card = day_zero().scorecard(0)
    >>> said = card.points({"event:cta_click|count": log1p(1), "profile:prazo_compra|rank": 3.0})
    >>> round(said.total, 9)
    40.0
    """
    scale = policy.scale or Scale()
    rate = scale.points_per_logit
    directions = policy.directions
    knots: dict[str, tuple[float, ...]] = {}
    weights: dict[str, float] = {}
    for event_type, points in policy.rule_points.items():
        if points:
            feature = f"{event_signal(event_type)}|{COUNT}"
            times = EVENT_RULES[event_type].times
            # A line from one event too few up to enough: whole counts earn all points or none.
            knots[feature] = (log1p(times - 1), log1p(times))
            weights[step(feature, 1)] = points / rate
    for column, answers in () if policy.asked else PROFILE_POINTS.items():
        ranks = directions.ranks.get(column, {})
        ranked = sorted((ranks[name], points) for name, points in answers.items() if name in ranks)
        if ranked:
            feature = f"profile:{column}|{RANK}"
            knots[feature] = (0.0, *(rank for rank, _ in ranked))
            worth = (0, *(points for _, points in ranked))
            for knot, (before, after) in enumerate(pairwise(worth), 1):
                weights[step(feature, knot)] = (after - before) / rate
        for answer, points in answers.items():
            if answer not in ranks:
                feature = f"profile:{column}|{answer}"
                knots[feature] = (0.0, 1.0)
                weights[step(feature, 1)] = points / rate
    start = logit(scale.warm) - scale.points(logit(scale.warm)) / rate
    return LeadModel.warm_start(Basis(knots, (), directions), weights, start, scale)
