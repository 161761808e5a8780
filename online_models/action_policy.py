"""Which action to take: one additive model an action, and Thompson sampling between them.

References
----------
.. [1] Chapelle, O., Li, L. (2011). An empirical evaluation of Thompson sampling. NeurIPS.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

BIAS, SUGGESTED = "bias", "suggested"
"""Features of every decision: 1 always, and 1 for the action that the rules suggest."""

PRIOR = {BIAS: -1.5, SUGGESTED: 1.0}
"""Weights before anything was learned, in log odds: the rules are thought to be right."""

PRIOR_VARIANCE = 0.5
"""Of every weight: they are known before to some 0.7."""

DRAWS = 400
"""Of the models' weights, from which an action's chance of being the best is told."""

Numbers = NDArray[np.float64]


class AdditiveModel:
    """The chance that an action succeeds: a logistic model whose weights are jointly normal.

    A feature that it has not met has its prior weight.
    """

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        """Places of features among the weights."""
        self.mean: Numbers = np.empty(0)
        self.covariance: Numbers = np.empty((0, 0))

    def log_odds(self, features: Mapping[str, float]) -> tuple[float, float]:
        """Return the mean and the standard deviation of the log odds."""
        known = [
            (self.names[name], value) for name, value in features.items() if name in self.names
        ]
        new = [(name, value) for name, value in features.items() if name not in self.names]
        places, values = [place for place, _ in known], np.array([value for _, value in known])
        mean = sum(PRIOR.get(name, 0.0) * value for name, value in new)
        variance = sum(PRIOR_VARIANCE * value * value for _, value in new)
        if places:
            mean += float(self.mean[places] @ values)
            variance += float(values @ self.covariance[np.ix_(places, places)] @ values)
        return mean, sqrt(max(variance, 0.0))

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the chance that the action succeeds, what is not known of the weights averaged."""
        mean, deviation = self.log_odds(features)
        return 1.0 / (1.0 + exp(-mean / sqrt(1.0 + pi / 8.0 * deviation**2)))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "names": list(self.names),
            "mean": self.mean.tolist(),
            "covariance": self.covariance.tolist(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "AdditiveModel":
        """Return what `to_json` wrote; a ValueError, KeyError or TypeError says that it did not."""
        model = cls()
        model.names = {name: place for place, name in enumerate(values["names"])}
        size = len(model.names)
        model.mean = np.array(values["mean"], dtype=float).reshape(size)
        model.covariance = np.array(values["covariance"], dtype=float).reshape(size, size)
        if not (np.isfinite(model.mean).all() and np.isfinite(model.covariance).all()):
            message = "weights that are no numbers"
            raise ValueError(message)
        return model

    def learn(self, features: Mapping[str, float], *, reward: bool) -> None:
        """Take in what came of the action, once: a step of Newton's, as the curvature now is."""
        self._meet([name for name in features if name not in self.names])
        x = np.zeros(len(self.names))
        x[[self.names[name] for name in features]] = list(features.values())
        probability = 1.0 / (1.0 + exp(-float(self.mean @ x)))
        curvature = max(probability * (1.0 - probability), 0.01)
        gain = self.covariance @ x
        gain /= 1.0 + curvature * float(x @ gain)
        self.covariance -= curvature * np.outer(gain, self.covariance @ x)
        self.mean += gain * (reward - probability)

    def _meet(self, names: Sequence[str]) -> None:
        """Make room for features that were not met before."""
        before, after = len(self.names), len(self.names) + len(names)
        self.names |= {name: place for place, name in enumerate(names, before)}
        self.mean = np.append(self.mean, [PRIOR.get(name, 0.0) for name in names])
        covariance = PRIOR_VARIANCE * np.eye(after)
        covariance[:before, :before] = self.covariance
        self.covariance = covariance


@dataclass(slots=True)
class ActionPolicy:
    """Chooses among the actions that are allowed, and says with which probability.

    Parameters
    ----------
    floor
        The least probability of an allowed action: so that a log tells about every one of them.
    models
        By action.

    Examples
    --------
    >>> policy, lots = ActionPolicy(floor=0.02), np.random.default_rng(1)
    >>> for _ in range(200):
    ...     policy.learn("reply", {"hot": 1.0}, "nurture", reward=True)
    ...     policy.learn("nurture", {"hot": 1.0}, "nurture", reward=False)
    >>> chances = policy.probabilities({"hot": 1.0}, {"reply", "nurture"}, "nurture", lots)
    >>> {action: round(chance, 2) for action, chance in chances.items()}
    {'nurture': 0.02, 'reply': 0.98}
    """

    floor: float
    models: dict[str, AdditiveModel] = field(default_factory=dict)

    def probabilities(
        self,
        features: Mapping[str, float],
        allowed: Collection[str],
        suggested: str,
        lots: np.random.Generator,
    ) -> dict[str, float]:
        """Return the probability with which each allowed action is to be taken.

        Parameters
        ----------
        features
            Of the decision.
        allowed
            What may be done; the rest has no probability.
        suggested
            What the rules would do.
        lots
            Where draws come from.
        """
        actions = sorted(allowed)
        beliefs = np.array([self._belief(action, features, suggested) for action in actions])
        drawn = lots.normal(beliefs[:, 0], beliefs[:, 1], (DRAWS, len(actions)))
        best = np.bincount(drawn.argmax(axis=1), minlength=len(actions)) / DRAWS
        least = min(self.floor, 1.0 / len(actions))
        chances = least + (1.0 - least * len(actions)) * best
        return dict(zip(actions, chances.tolist(), strict=True))

    def learn(
        self, action: str, features: Mapping[str, float], suggested: str, *, reward: bool
    ) -> None:
        """Take in what came of an action."""
        model = self.models.setdefault(action, AdditiveModel())
        model.learn(_decision(action, features, suggested), reward=reward)

    def success(self, action: str, features: Mapping[str, float], suggested: str) -> float:
        """Return the chance that an action succeeds."""
        model = self.models.get(action, AdditiveModel())
        return model.probability(_decision(action, features, suggested))

    def _belief(
        self, action: str, features: Mapping[str, float], suggested: str
    ) -> tuple[float, float]:
        model = self.models.get(action, AdditiveModel())
        return model.log_odds(_decision(action, features, suggested))


def _decision(action: str, features: Mapping[str, float], suggested: str) -> dict[str, float]:
    return {BIAS: 1.0, SUGGESTED: float(action == suggested), **features}
