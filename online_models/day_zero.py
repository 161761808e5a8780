"""The model before any history: the team's own rule points as weights."""

from math import log1p

from leads.features import COUNT, event_signal
from leads.rules import EVENT_RULES, PROFILE_POINTS
from leads.scorecard import Scale, logit
from online_models.hats import hat
from online_models.model import LeadModel


def day_zero(scale: Scale | None = None) -> LeadModel:
    """Return the model whose scores are the sum of the rule points.

    Parameters
    ----------
    scale
        From log-odds to points; by default the one on which 40 points are a probability of 0.2 and
        70 of 0.5.

    Examples
    --------
    >>> card = day_zero().scorecard(0)
    >>> said = card.points({"event:cta_click|count": log1p(1), "profile:prazo_compra|7d": 1.0})
    >>> round(said.total, 9)
    40.0
    """
    scale = scale or Scale()
    rate = scale.points_per_logit
    knots: dict[str, tuple[float, ...]] = {}
    weights: dict[str, float] = {}
    for event_type, rule in EVENT_RULES.items():
        if rule.points:
            feature = f"{event_signal(event_type)}|{COUNT}"
            # A line from one event too few up to enough: whole counts earn all of the points or
            # none.
            knots[feature] = (log1p(rule.times - 1), log1p(rule.times))
            weights[hat(feature, 1)] = rule.points / rate
    for column, answers in PROFILE_POINTS.items():
        for answer, points in answers.items():
            feature = f"profile:{column}|{answer}"
            knots[feature] = (0.0, 1.0)
            weights[hat(feature, 1)] = points / rate
    start = logit(scale.warm) - scale.points(logit(scale.warm)) / rate
    return LeadModel.warm_start(knots, weights, start, scale)
