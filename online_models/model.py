"""The model that scores: a river pipeline whose weights read as a scorecard."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from river import compose, linear_model, optim
from river.utils import VectorDict

from domain.features import Features
from domain.scorecard import Scale, Scorecard, piece
from online_models.hats import Hats, Knots, hat

FORMAT = 1
"""Version of the snapshot's layout."""

LEARNING_RATE = 2e-4
"""Step of plain SGD, a small one: the warm start is near its best, and large steps add noise.

Adaptive optimisers start cold and forget a warm start. On a replay of a loan funnel steps of 1e-2
and 1e-3 lost 0.012 and 0.004 of AUC on the newest leads, though they won on older ones.
"""


def pipeline(knots: Knots, learning_rate: float = LEARNING_RATE) -> compose.Pipeline:
    """Return an untrained river pipeline: hat functions into a logistic regression.

    Examples
    --------
    >>> model = pipeline({"visits": (0.0, 1.0)})
    >>> model.learn_one({"visits": 1.0}, True)
    >>> model.predict_proba_one({"visits": 1.0})[True] > 0.5
    True
    """
    return compose.Pipeline(
        Hats(knots),
        linear_model.LogisticRegression(
            optimizer=optim.SGD(learning_rate), intercept_lr=learning_rate
        ),
    )


@dataclass(frozen=True, slots=True)
class LeadModel:
    """A head's model: the pipeline that learns, and the scale its scores are read on.

    Parameters
    ----------
    pipeline
        As `pipeline` makes it.
    scale
        From log-odds to points.
    """

    pipeline: compose.Pipeline
    scale: Scale

    @classmethod
    def warm_start(
        cls,
        knots: Knots,
        weights: Mapping[str, float],
        intercept: float,
        scale: Scale,
        learning_rate: float = LEARNING_RATE,
    ) -> "LeadModel":
        """Return a model that starts from known weights.

        Parameters
        ----------
        knots
            By feature.
        weights
            Log-odds by hat name; hats left out weigh nothing.
        intercept
            Log-odds of a lead of whom nothing is known.
        scale
            From log-odds to points.
        learning_rate
            Step of the SGD that goes on from here.
        """
        model = cls(pipeline(knots, learning_rate), scale)
        model.take_up({"weights": weights, "intercept": intercept, "optimizer": {"n": 0}})
        return model

    @property
    def knots(self) -> Knots:
        """The hats' knots by feature."""
        knots: Knots = self.pipeline["Hats"].knots
        return knots

    @property
    def learning_rate(self) -> float:
        """Step of the SGD."""
        return float(self._regression.optimizer.lr.learning_rate)

    @property
    def weights(self) -> dict[str, float]:
        """A copy of the log-odds by hat name."""
        weights: dict[str, float] = self._regression.weights
        return weights

    @property
    def intercept(self) -> float:
        """Log-odds of a lead of whom nothing is known."""
        return float(self._regression.intercept)

    @property
    def _regression(self) -> linear_model.LogisticRegression:
        regression: linear_model.LogisticRegression = self.pipeline["LogisticRegression"]
        return regression

    def log_odds(self, hats: dict[Hashable, float]) -> float:
        """Return the log-odds of the head's outcome, from hats instead of features."""
        return float(self._regression._raw_dot_one(hats))

    def learn_hats(self, hats: dict[Hashable, float], converted: bool, weight: float) -> None:
        """Take one step towards an outcome, from hats instead of features."""
        self._regression.learn_one(hats, converted, w=weight)

    def predict(self, found: Features) -> float:
        """Return the probability of the head's outcome, 0 to 1; nothing is learned."""
        return float(self.pipeline.predict_proba_one(found)[True])

    def learn(self, found: Features, converted: bool, weight: float = 1.0) -> None:
        """Take one step towards an outcome, from the features it was predicted from."""
        self.pipeline.learn_one(found, converted, w=weight)

    def learning_at(self, learning_rate: float) -> "LeadModel":
        """Return a copy that goes on learning at another rate, with no steps taken."""
        return self.warm_start(self.knots, self.weights, self.intercept, self.scale, learning_rate)

    def rescaled(self, slope: float, offset: float) -> "LeadModel":
        """Return a copy whose log-odds are ``slope * log-odds + offset``."""
        return self.warm_start(
            self.knots,
            {name: slope * weight for name, weight in self.weights.items()},
            slope * self.intercept + offset,
            self.scale,
            self.learning_rate,
        )

    def pull(self, weights: Mapping[str, float], share: float) -> None:
        """Draw some weights a share of the way, 0 to 1, back to where they came from."""
        own = self._regression._weights
        for name, target in weights.items():
            own[name] += share * (target - own[name])

    def scorecard(self, version: int) -> Scorecard:
        """Return the model as points, fast to score with; later learning does not change it."""
        weights = self.weights
        pieces = {}
        for feature, knots in self.knots.items():
            values = (0.0, *(weights.get(hat(feature, k), 0.0) for k in range(1, len(knots))))
            if any(values):
                pieces[feature] = piece(feature, knots, values)
        return Scorecard(version, self.intercept, pieces, self.scale)

    def to_json(self) -> dict[str, Any]:
        """Return the model as JSON values; `from_json` reads them back to the bit."""
        return {
            "format": FORMAT,
            "knots": {feature: list(knots) for feature, knots in self.knots.items()},
            **self.learned_json(),
            "scale": {"warm": self.scale.warm, "hot": self.scale.hot},
        }

    def learned_json(self) -> dict[str, Any]:
        """Return what learning changes, as JSON values; `take_up` reads it back to the bit."""
        return {
            "weights": self.weights,
            "intercept": self.intercept,
            "optimizer": {
                "learning_rate": self.learning_rate,
                "n": self._regression.optimizer.n_iterations,
            },
        }

    def take_up(self, learned: Mapping[str, Any]) -> None:
        """Go on from what `learned_json` wrote; the learning rate stays."""
        regression = self._regression
        # `weights` is a copy: what is written to it is lost.
        regression._weights = VectorDict(dict(learned["weights"]))
        regression.intercept = learned["intercept"]
        regression.optimizer.n_iterations = learned["optimizer"]["n"]

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "LeadModel":
        """Return the model that `to_json` wrote.

        Raises
        ------
        ValueError
            When the snapshot is of another format.
        """
        if values.get("format") != FORMAT:
            found = values.get("format")
            message = f"the model's format is {found!r}, this Galope reads {FORMAT}: train again"
            raise ValueError(message)
        knots = {feature: tuple(knots) for feature, knots in values["knots"].items()}
        learning_rate = values["optimizer"]["learning_rate"]
        model = cls(pipeline(knots, learning_rate), Scale(**values["scale"]))
        model.take_up(values)
        return model
