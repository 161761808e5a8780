"""The learning loop: several models learn from the same outcomes, and the best of them scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from domain.features import Features
from domain.scorecard import Scorecard
from online_models.calibration import Platt
from online_models.contest import Contest
from online_models.model import LEARNING_RATE, LeadModel
from online_models.monotone_regression import (
    ForgettingLogisticRegression,
    MonotoneLogisticRegression,
)
from online_models.spline_features import SplineFeatures

FROZEN, STEADY, QUICK = "frozen", "steady", "quick"

CONTENDERS = (FROZEN, STEADY, QUICK)
"""The frozen one stays as it was trained and is the first champion; the steady one is near its best
from the start and refines it by small steps of SGD; the quick one forgets, so that it is near to a
model trained anew on the last thousand leads, for when the world has turned. On a business whose
base rate and effects move, SGD with large steps was 0.020 of AUC behind such a model in the end,
the one that forgets 0.002 ahead; before the turn they were 0.010 and 0.003 behind."""

Said = Mapping[str, float]
"""The probability that each contender gave, by name."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the models, and the calibration of what it says."""

    regression: MonotoneLogisticRegression | ForgettingLogisticRegression
    platt: Platt

    @classmethod
    def named(cls, name: str, base: LeadModel) -> "Contender":
        """Return a contender that starts where `base` is."""
        regression: MonotoneLogisticRegression | ForgettingLogisticRegression
        if name == QUICK:
            regression = ForgettingLogisticRegression(base.basis.signs)
            fresh = regression.learned()
        else:
            regression = base.learning_at(LEARNING_RATE).regression
            fresh = regression.learned()
        regression.take_up({**fresh, "weights": base.weights, "intercept": base.intercept})
        return cls(regression, Platt())

    def to_json(self) -> dict[str, Any]:
        """Return what was learned as JSON values."""
        return {**self.regression.learned(), "platt": self.platt.to_json()}


class Learner:
    """Models that start from the same weights, and learn each in its way.

    Parameters
    ----------
    base
        Where all of them start.
    base_version
        The version of the base, which stays when a contender takes over and is the next version.

    Examples
    --------
    >>> from online_models.day_zero import day_zero
    >>> learner = Learner(day_zero())
    >>> said = learner.predict({"profile:prazo_compra|rank": 3.0})
    >>> learner.learn([{"profile:prazo_compra|rank": 3.0}], True)
    >>> again = learner.predict({"profile:prazo_compra|rank": 3.0})
    >>> said["frozen"] == again["frozen"] < again["steady"] < again["quick"]
    True
    """

    def __init__(self, base: LeadModel, base_version: int = 0) -> None:
        self._base = base
        self.base_version = base_version
        self._splines = SplineFeatures(base.basis.knots, base.basis.pairs)
        self._contenders = {name: Contender.named(name, base) for name in CONTENDERS}
        self.contest = Contest.among(list(CONTENDERS))
        self.learned = 0
        """Leads learned from."""

    def predict(self, features: Features) -> Said:
        """Return the calibrated probability that each contender gives; nothing is learned."""
        steps = self._splines.transform_one(features)
        return {
            name: contender.platt.predict(contender.regression.log_odds(steps))
            for name, contender in self._contenders.items()
        }

    def learn(self, moments: Sequence[Features], converted: bool) -> None:
        """Learn one lead's outcome from its moments, which together count once."""
        for moment in moments:
            steps = self._splines.transform_one(moment)
            for name, contender in self._contenders.items():
                if name != FROZEN:
                    contender.regression.learn_one(steps, converted, 1.0 / len(moments))
        self.learned += bool(moments)

    def judge(
        self, moments: Sequence[Features], predictions: Sequence[Said], converted: bool
    ) -> bool:
        """Let one lead's outcome speak for one contender or another; tell if the champion changed.

        The calibration is learned here and not in `learn`: of the newest leads only the quick
        outcomes are known, and quick ones are not like the others, so it waits as judging does
        until all leads of an age have spoken.

        Parameters
        ----------
        moments
            The lead's moments.
        predictions
            What was said at each of them, before the outcome was known.
        converted
            The outcome.
        """
        for moment in moments:
            steps = self._splines.transform_one(moment)
            for contender in self._contenders.values():
                contender.platt.learn(contender.regression.log_odds(steps), converted)
        return self.contest.judge(
            {
                name: fmean((converted - prediction[name]) ** 2 for prediction in predictions)
                for name in CONTENDERS
            }
        )

    @property
    def champion(self) -> str:
        """Name of the contender that scores."""
        return self.contest.champion

    def model(self, name: str) -> LeadModel:
        """Return a contender as it is now, calibrated."""
        contender = self._contenders[name]
        regression, base = contender.regression, self._base
        model = LeadModel.warm_start(
            base.basis, regression.weights, regression.intercept, base.scale, base.learning_rate
        )
        return model.rescaled(contender.platt.slope, contender.platt.offset)

    def scorecard(self, version: int) -> Scorecard:
        """Return the champion as points; later learning does not change it."""
        return replace(self.model(self.champion).scorecard(version), learned=self.learned)

    def to_json(self) -> dict[str, Any]:
        """Return what was learned as JSON values; with the base, `from_json` reads it back."""
        return {
            "contenders": {
                name: contender.to_json() for name, contender in self._contenders.items()
            },
            "contest": self.contest.to_json(),
            "learned": self.learned,
        }

    @staticmethod
    def began_as(base: LeadModel, values: Mapping[str, Any]) -> bool:
        """Tell whether what `to_json` wrote was learned from this base, by contenders like ours."""
        frozen, quick = values["contenders"][FROZEN], values["contenders"][QUICK]
        start = frozen["weights"], frozen["intercept"]
        return start == (base.weights, base.intercept) and "variances" in quick

    @classmethod
    def from_json(
        cls, base: LeadModel, values: Mapping[str, Any], base_version: int = 0
    ) -> "Learner":
        """Return the learner that `to_json` wrote, to the bit.

        Raises
        ------
        KeyError
            When it had other contenders.
        """
        learner = cls(base, base_version)
        for name, contender in learner._contenders.items():
            stored = values["contenders"][name]
            contender.regression.take_up(stored)
            platt = Platt.from_json(stored["platt"])
            learner._contenders[name] = Contender(contender.regression, platt)
        learner.contest = Contest(**values["contest"])
        learner.learned = values["learned"]
        return learner
