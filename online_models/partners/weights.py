"""What each part of a compatibility is worth, learned from partners kept, contacted and refused."""

from collections.abc import Mapping

from domain.partners.matching import DAY_ZERO, PARTS, Features
from domain.scorecard import Scale, logit
from online_models.model import Basis, LeadModel
from online_models.spline_features import step

LEARNING_RATE = 0.05
"""Step of plain SGD: a verdict moves a part by half a point or so."""

PULL = 1e-3
"""Share of the way back to the day-zero weights, at every verdict: few verdicts change little, and
one-sided ones end where what they teach and the pull balance."""

VERDICTS: Mapping[str, tuple[bool, float]] = {
    "kept": (True, 0.5),
    "contacted": (True, 1.0),
    "refused": (False, 1.0),
}
"""By what people did: whether they liked the partner, and how much that says."""

_RATE = Scale().points_per_logit
_PRIOR = {step(feature, 1): points / _RATE for feature, points in DAY_ZERO.items()}


def day_zero() -> LeadModel:
    """Return the model whose weights are the hand-set points.

    Examples
    --------
    >>> points(day_zero())["segment"]
    30.0
    """
    scale = Scale()
    start = logit(scale.warm) - scale.points(logit(scale.warm)) / _RATE
    knots = dict.fromkeys(DAY_ZERO, (0.0, 1.0))
    return LeadModel.warm_start(Basis(knots), _PRIOR, start, scale, LEARNING_RATE)


def learn(model: LeadModel, features: Features, verdict: str) -> None:
    """Take one step towards a verdict, one of `VERDICTS`, and a little back to day zero."""
    liked, weight = VERDICTS[verdict]
    model.learn(features, liked, weight)
    model.pull(_PRIOR, PULL)


def points(model: LeadModel) -> dict[str, float]:
    """Return what each feature at 1 adds to a compatibility.

    The best of each part add up to 100, so that no partner has more and none needs clipping. A
    feature that speaks against a partner is worth nothing.
    """
    weights = model.weights
    worth = {feature: max(weights.get(step(feature, 1), 0.0), 0.0) for feature in DAY_ZERO}
    best = sum(max(worth[feature] for feature in of) for of in PARTS.values())
    if best <= 0:
        return dict(DAY_ZERO)
    return {feature: round(100.0 * value / best, 9) for feature, value in worth.items()}
