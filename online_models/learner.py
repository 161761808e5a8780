"""The learning loop: several models learn from the same outcomes, and the best of them scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from domain.features import Features
from domain.scorecard import Scorecard
from online_models.calibration import Platt
from online_models.contest import Contest
from online_models.hats import Hats
from online_models.model import LEARNING_RATE, LeadModel

FROZEN, STEADY, QUICK = "frozen", "steady", "quick"

RATES = {FROZEN: 0.0, STEADY: LEARNING_RATE, QUICK: 0.05}
"""Step of SGD by contender. The frozen one stays as it was trained and is the first champion; the
steady one is near its best from the start and refines it; the quick one forgets the start within
some hundred outcomes, for when the world has turned."""

Said = Mapping[str, float]
"""The probability that each contender gave, by name."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the models, and the calibration of what it says."""

    model: LeadModel
    platt: Platt

    def calibrated(self) -> LeadModel:
        """Return the model with the calibration folded into its weights."""
        return self.model.rescaled(self.platt.slope, self.platt.offset)


class Learner:
    """Models that start from the same weights, and learn each in its way.

    Parameters
    ----------
    base
        Where all of them start.

    Examples
    --------
    >>> from online_models.day_zero import day_zero
    >>> learner = Learner(day_zero())
    >>> said = learner.predict({"profile:prazo_compra|7d": 1.0})
    >>> learner.learn([{"profile:prazo_compra|7d": 1.0}], True)
    >>> again = learner.predict({"profile:prazo_compra|7d": 1.0})
    >>> said["frozen"] == again["frozen"] < again["steady"] < again["quick"]
    True
    """

    def __init__(self, base: LeadModel) -> None:
        self._hats = Hats(base.knots)
        self._contenders = {
            name: Contender(base.learning_at(rate), Platt()) for name, rate in RATES.items()
        }
        self.contest = Contest.among(list(RATES))
        self.learned = 0
        """Leads learned from."""

    def predict(self, found: Features) -> Said:
        """Return the calibrated probability that each contender gives; nothing is learned."""
        hats = self._hats.transform_one(found)
        return {
            name: one.platt.predict(one.model.log_odds(hats))
            for name, one in self._contenders.items()
        }

    def learn(self, moments: Sequence[Features], converted: bool) -> None:
        """Learn one lead's outcome from its moments, which together count once."""
        for found in moments:
            hats = self._hats.transform_one(found)
            for name, one in self._contenders.items():
                if RATES[name]:
                    one.model.learn_hats(hats, converted, 1.0 / len(moments))
        self.learned += bool(moments)

    def judge(self, moments: Sequence[Features], said: Sequence[Said], converted: bool) -> bool:
        """Let one lead's outcome speak for one contender or another; tell if the champion changed.

        The calibration is learned here and not in `learn`: of the newest leads only the quick
        outcomes are known, and quick ones are not like the others, so it waits as judging does
        until all leads of an age have spoken.

        Parameters
        ----------
        moments
            The lead's moments.
        said
            What was said at each of them, before the outcome was known.
        converted
            The outcome.
        """
        for found in moments:
            hats = self._hats.transform_one(found)
            for one in self._contenders.values():
                one.platt.learn(one.model.log_odds(hats), converted)
        return self.contest.judge(
            {name: fmean((converted - one[name]) ** 2 for one in said) for name in RATES}
        )

    @property
    def champion(self) -> str:
        """Name of the contender that scores."""
        return self.contest.champion

    def model(self, name: str) -> LeadModel:
        """Return a contender as it is now, calibrated."""
        return self._contenders[name].calibrated()

    def scorecard(self, version: int) -> Scorecard:
        """Return the champion as points; later learning does not change it."""
        return replace(self.model(self.champion).scorecard(version), learned=self.learned)

    def to_json(self) -> dict[str, Any]:
        """Return what was learned as JSON values; with the base, `from_json` reads it back."""
        return {
            "contenders": {
                name: {**one.model.learned_json(), "platt": one.platt.to_json()}
                for name, one in self._contenders.items()
            },
            "contest": self.contest.to_json(),
            "learned": self.learned,
        }

    @staticmethod
    def began_as(base: LeadModel, values: Mapping[str, Any]) -> bool:
        """Tell whether what `to_json` wrote was learned from this base."""
        frozen = values["contenders"][FROZEN]
        return (frozen["weights"], frozen["intercept"]) == (base.weights, base.intercept)

    @classmethod
    def from_json(cls, base: LeadModel, values: Mapping[str, Any]) -> "Learner":
        """Return the learner that `to_json` wrote, to the bit.

        Raises
        ------
        KeyError
            When it had other contenders.
        """
        learner = cls(base)
        for name, one in learner._contenders.items():
            stored = values["contenders"][name]
            one.model.take_up(stored)
            learner._contenders[name] = Contender(one.model, Platt.from_json(stored["platt"]))
        learner.contest = Contest(**values["contest"])
        learner.learned = values["learned"]
        return learner
