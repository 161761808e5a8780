"""Logistic regressions some of whose weights keep their sign, whatever comes."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any

from river import base, linear_model, optim
from river.utils import VectorDict

from domain.scorecard import sigmoid

Signs = Mapping[Any, int]
"""By feature, 1 or -1, of those whose weights must have that sign or be 0."""


SURE = 1e-4
"""Curvature of the loss below which a prediction is not trusted to say nothing."""


class MonotoneLogisticRegression(linear_model.LogisticRegression):
    """A logistic regression by projected gradient steps.

    After each step a weight of the wrong sign becomes 0, the nearest that is allowed.

    Parameters
    ----------
    signs
        See `Signs`.
    optimizer, intercept_lr
        As river's.

    Examples
    --------
    >>> model = MonotoneLogisticRegression({"visits": 1})
    >>> for _ in range(9):
    ...     model.learn_one({"visits": 1.0, "age": 1.0}, False)
    >>> model.weights["visits"], model.weights["age"] < 0
    (0.0, True)
    """

    def __init__(
        self,
        signs: Signs,
        optimizer: optim.base.Optimizer | None = None,
        intercept_lr: float = 0.01,
    ) -> None:
        super().__init__(optimizer=optimizer, intercept_lr=intercept_lr)
        self.signs = signs

    @classmethod
    def _unit_test_params(cls) -> Iterator[dict[str, Any]]:
        # What river's own checks build one with.
        yield {"signs": {}}

    def _fit(
        self, x: Iterable[Any], y: Any, w: Any, get_grad: Callable[[Any, Any, Any], Any]
    ) -> None:
        super()._fit(x, y, w, get_grad)  # type: ignore[no-untyped-call]
        signs, weights = self.signs, self._weights
        for name in x:
            if name in signs and weights[name] * signs[name] < 0.0:
                weights[name] = 0.0

    def log_odds(self, x: dict[Hashable, float]) -> float:
        """Return the log-odds of true."""
        return float(self._raw_dot_one(x))

    def learned(self) -> dict[str, Any]:
        """Return what learning changes, as JSON values; `take_up` reads it back to the bit."""
        return {
            "weights": self.weights,
            "intercept": float(self.intercept),
            "n": self.optimizer.n_iterations,
        }

    def take_up(self, learned: Mapping[str, Any]) -> None:
        """Go on from what `learned` returned."""
        # `weights` is a copy: what is written to it is lost.
        self._weights = VectorDict(dict(learned["weights"]))
        self.intercept = learned["intercept"]
        self.optimizer.n_iterations = learned["n"]


class ForgettingLogisticRegression(base.Classifier):
    """A logistic regression that goes with the time: an extended Kalman filter, one by weight.

    Each weight has a variance, how far it may be from the truth. An outcome moves the weights by
    their variances, which shrink with it; before that they grow a little, as the world may have
    turned since. What comes out is near to a model fitted anew on the last leads, at the cost of a
    step for each, and with nothing kept of the leads themselves. After West and Harrison (1997),
    *Bayesian forecasting and dynamic models*, with a diagonal covariance.

    Parameters
    ----------
    signs
        See `Signs`.
    variance
        Of a weight that nothing was learned of yet.
    kept
        Share of what is known of a weight that an outcome of weight 1 leaves. With 0.999 the last
        thousand leads count.
    most
        Largest variance.

    Examples
    --------
    >>> model = ForgettingLogisticRegression({})
    >>> for _ in range(300):
    ...     model.learn_one({"visits": 1.0}, True)
    >>> model.predict_proba_one({"visits": 1.0})[True] > 0.9
    True
    """

    def __init__(
        self, signs: Signs, variance: float = 0.03, kept: float = 0.999, most: float = 0.1
    ) -> None:
        self.signs = signs
        self.variance = variance
        self.kept = kept
        self.most = most
        self.weights: dict[Any, float] = {}
        self.variances: dict[Any, float] = {}
        self.intercept = 0.0
        self.intercept_variance = variance

    @classmethod
    def _unit_test_params(cls) -> Iterator[dict[str, Any]]:
        # What river's own checks build one with.
        yield {"signs": {}}

    def log_odds(self, x: Mapping[Any, float]) -> float:
        """Return the log-odds of true."""
        weights = self.weights
        return self.intercept + sum(weights.get(name, 0.0) * value for name, value in x.items())

    def predict_proba_one(self, x: dict[Hashable, Any], **_: Any) -> dict[bool | str | int, float]:
        """Return the probability of each answer."""
        p = sigmoid(self.log_odds(x))
        return {False: 1.0 - p, True: p}

    def learn_one(self, x: dict[Hashable, Any], y: bool | str | int, w: float = 1.0) -> None:
        """Take in one outcome."""
        p = sigmoid(self.log_odds(x))
        curvature = w * max(p * (1.0 - p), SURE)
        kept = self.kept**w
        variances, weights, signs = self.variances, self.weights, self.signs
        of_intercept = min(self.intercept_variance / kept, self.most)
        spread = of_intercept
        for name, value in x.items():
            variance = min(variances.get(name, self.variance) / kept, self.most)
            variances[name] = variance
            spread += variance * value * value
        damping = 1.0 + curvature * spread
        step = w * (bool(y) - p) / damping
        for name, value in x.items():
            moved = variances[name] * value
            weight = weights.get(name, 0.0) + moved * step
            weights[name] = 0.0 if weight * signs.get(name, 0) < 0.0 else weight
            variances[name] -= curvature * moved * moved / damping
        self.intercept += of_intercept * step
        self.intercept_variance = of_intercept - curvature * of_intercept**2 / damping

    def learned(self) -> dict[str, Any]:
        """Return what learning changes, as JSON values; `take_up` reads it back to the bit."""
        return {
            "weights": dict(self.weights),
            "intercept": self.intercept,
            "variances": dict(self.variances),
            "intercept_variance": self.intercept_variance,
        }

    def take_up(self, learned: Mapping[str, Any]) -> None:
        """Go on from what `learned` returned."""
        self.weights = dict(learned["weights"])
        self.intercept = learned["intercept"]
        self.variances = dict(learned["variances"])
        self.intercept_variance = learned["intercept_variance"]
