"""The model that scores: a river pipeline whose weights read as a scorecard."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any

from river import compose, optim

from domain.directions import FREE, Directions
from domain.features import Features, signs
from domain.scorecard import PairPiece, Scale, Scorecard, piece
from online_models.monotone_regression import MonotoneLogisticRegression
from online_models.spline_features import (
    Knots,
    Pair,
    SplineFeatures,
    feature_of,
    step,
    step_signs,
    together,
)

FORMAT = 2
"""Version of the snapshot's layout."""

HATS = 1
"""The layout before: weights were contributions at the knots, and nothing had a direction."""

LEARNING_RATE = 2e-4
"""Step of plain SGD, a small one: the warm start is near its best, and large steps add noise.

Adaptive optimisers start cold and forget a warm start. On a replay of a loan funnel steps of 1e-2
and 1e-3 lost 0.012 and 0.004 of AUC on the newest leads, though they won on older ones.
"""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a model reads, and what it promises.

    Parameters
    ----------
    knots
        By feature.
    pairs
        Steps that are read together too.
    directions
        Those its features are made with.
    typical
        By feature that is a number most leads answer, the middle answer.
    """

    knots: Knots
    pairs: tuple[Pair, ...] = ()
    directions: Directions = FREE
    typical: Features = field(default_factory=dict)

    @property
    def signs(self) -> dict[str, int]:
        """By step or pair, the sign of its weight, of those that must have one."""
        return step_signs(self.knots, self.pairs, signs(self.knots, self.directions))

    def kept(self, weights: Mapping[str, float]) -> dict[str, float]:
        """Return the weights with those of the wrong sign at 0, the nearest that keeps a promise.

        Examples
        --------
        >>> Basis({"quiet|since_up": (0.0, 1.0)}).kept({"quiet|since_up@1": -2.0})
        {'quiet|since_up@1': 0.0}
        """
        wanted = self.signs
        return {
            name: 0.0 if weight * wanted.get(name, 0) < 0.0 else weight
            for name, weight in weights.items()
        }


def pipeline(basis: Basis, learning_rate: float = LEARNING_RATE) -> compose.Pipeline:
    """Return an untrained river pipeline: steps of splines into a logistic regression.

    Examples
    --------
    >>> model = pipeline(Basis({"visits": (0.0, 1.0)}))
    >>> model.learn_one({"visits": 1.0}, True)
    >>> model.predict_proba_one({"visits": 1.0})[True] > 0.5
    True
    """
    return compose.Pipeline(
        SplineFeatures(basis.knots, list(basis.pairs)),
        MonotoneLogisticRegression(basis.signs, optim.SGD(learning_rate), learning_rate),
    )


@dataclass(frozen=True, slots=True)
class LeadModel:
    """A head's model: the pipeline that learns, and the scale its scores are read on.

    Parameters
    ----------
    pipeline
        As `pipeline` makes it.
    basis
        What it was made of.
    scale
        From log-odds to points.
    """

    pipeline: compose.Pipeline
    basis: Basis
    scale: Scale

    @classmethod
    def warm_start(
        cls,
        basis: Basis,
        weights: Mapping[str, float],
        intercept: float,
        scale: Scale,
        learning_rate: float = LEARNING_RATE,
    ) -> "LeadModel":
        """Return a model that starts from known weights.

        Parameters
        ----------
        basis
            What it reads.
        weights
            Log-odds by step; steps left out weigh nothing, and those against a direction neither.
        intercept
            Log-odds of a lead of whom nothing is known.
        scale
            From log-odds to points.
        learning_rate
            Step of the SGD that goes on from here.
        """
        model = cls(pipeline(basis, learning_rate), basis, scale)
        model.take_up({"weights": basis.kept(weights), "intercept": intercept, "n": 0})
        return model

    @property
    def learning_rate(self) -> float:
        """Step of the SGD."""
        return float(self.regression.optimizer.lr.learning_rate)

    @property
    def weights(self) -> dict[str, float]:
        """A copy of the log-odds by step."""
        weights: dict[str, float] = self.regression.weights
        return weights

    @property
    def intercept(self) -> float:
        """Log-odds of a lead of whom nothing is known."""
        return float(self.regression.intercept)

    @property
    def regression(self) -> MonotoneLogisticRegression:
        """What learns, of the pipeline."""
        regression: MonotoneLogisticRegression = self.pipeline["MonotoneLogisticRegression"]
        return regression

    def log_odds(self, steps: dict[Hashable, float]) -> float:
        """Return the log-odds of the head's outcome, from steps instead of features."""
        return self.regression.log_odds(steps)

    def learn_steps(self, steps: dict[Hashable, float], converted: bool, weight: float) -> None:
        """Take one step towards an outcome, from steps instead of features."""
        self.regression.learn_one(steps, converted, w=weight)

    def predict(self, features: Features) -> float:
        """Return the probability of the head's outcome, 0 to 1; nothing is learned."""
        return float(self.pipeline.predict_proba_one(features)[True])

    def learn(self, features: Features, converted: bool, weight: float = 1.0) -> None:
        """Take one step towards an outcome, from the features it was predicted from."""
        self.pipeline.learn_one(features, converted, w=weight)

    def learning_at(self, learning_rate: float) -> "LeadModel":
        """Return a copy that goes on learning at another rate, with no steps taken."""
        return self.warm_start(self.basis, self.weights, self.intercept, self.scale, learning_rate)

    def rescaled(self, slope: float, offset: float) -> "LeadModel":
        """Return a copy whose log-odds are ``slope * log-odds + offset``; `slope` is positive."""
        return self.warm_start(
            self.basis,
            {name: slope * weight for name, weight in self.weights.items()},
            slope * self.intercept + offset,
            self.scale,
            self.learning_rate,
        )

    def pull(self, weights: Mapping[str, float], share: float) -> None:
        """Draw some weights a share of the way, 0 to 1, back to where they came from."""
        own = self.regression._weights
        for name, target in weights.items():
            own[name] += share * (target - own[name])

    def scorecard(self, version: int) -> Scorecard:
        """Return the model as points, fast to score with; later learning does not change it."""
        weights = self.weights
        pieces = {}
        for feature, knots in self.basis.knots.items():
            steps = (weights.get(step(feature, k), 0.0) for k in range(1, len(knots)))
            values = (0.0, *accumulate(steps))
            if any(values):
                pieces[feature] = piece(feature, knots, values)
        pairs = tuple(
            PairPiece.of([self._ramp(name) for name in pair], weight)
            for pair in self.basis.pairs
            if (weight := weights.get(together(pair), 0.0))
        )
        return Scorecard(
            version,
            self.intercept,
            pieces,
            self.scale,
            self.basis.directions,
            pairs=pairs,
            typical=self.basis.typical,
        )

    def _ramp(self, name: str) -> tuple[str, float, float]:
        """Return a step's feature, and the values between which it rises from 0 to 1."""
        feature = feature_of(name)
        knots, k = self.basis.knots[feature], int(name.rpartition("@")[2])
        return feature, knots[k - 1], knots[k]

    def to_json(self) -> dict[str, Any]:
        """Return the model as JSON values; `from_json` reads them back to the bit."""
        return {
            "format": FORMAT,
            "knots": {feature: list(knots) for feature, knots in self.basis.knots.items()},
            "pairs": [list(pair) for pair in self.basis.pairs],
            "directions": self.basis.directions.to_json(),
            "typical": dict(self.basis.typical),
            **self.learned_json(),
            "scale": {"warm": self.scale.warm, "hot": self.scale.hot},
        }

    def learned_json(self) -> dict[str, Any]:
        """Return what learning changes, as JSON values; `take_up` reads it back to the bit."""
        learned = self.regression.learned()
        return {**learned, "learning_rate": self.learning_rate}

    def take_up(self, learned: Mapping[str, Any]) -> None:
        """Go on from what `learned_json` wrote; the learning rate stays."""
        self.regression.take_up(learned)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "LeadModel":
        """Return the model that `to_json` wrote, now or before there were directions.

        Raises
        ------
        ValueError
            When the snapshot is of another format.
        """
        knots = {feature: tuple(at) for feature, at in values.get("knots", {}).items()}
        if values.get("format") == FORMAT:
            pairs = tuple((first, second) for first, second in values["pairs"])
            directions = Directions.from_json(values["directions"])
            basis = Basis(knots, pairs, directions, values.get("typical", {}))
        elif values.get("format") == HATS:
            basis = Basis(knots)
            steps = _steps_of_hats(knots, values["weights"])
            values = {**values, **values["optimizer"], "weights": steps}
        else:
            stored_format = values.get("format")
            message = (
                f"the model's format is {stored_format!r}, this Galope reads {FORMAT}: train again"
            )
            raise ValueError(message)
        model = cls(pipeline(basis, values["learning_rate"]), basis, Scale(**values["scale"]))
        model.take_up(values)
        return model


def _steps_of_hats(knots: Knots, weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights of steps that contribute what those of hat functions did."""
    steps = {}
    for feature, at in knots.items():
        values = [0.0, *(weights.get(step(feature, k), 0.0) for k in range(1, len(at)))]
        for k, (before, after) in enumerate(pairwise(values), 1):
            if step(feature, k) in weights or after != before:
                steps[step(feature, k)] = after - before
    return steps
