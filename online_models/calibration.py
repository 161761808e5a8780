"""Probabilities that mean what they say: Platt scaling, learned as outcomes come."""

from dataclasses import dataclass
from typing import Any

from domain.scorecard import sigmoid

PRIOR = 1_000.0
"""Precision with which the first slope is believed to be 1 and the offset 0."""

FLATTEST = 0.05
"""The smallest slope: a line that fell, or stood still, would turn every direction round."""


@dataclass(slots=True)
class Platt:
    """A line on the log-odds, ``slope * z + offset``, learned by online Newton steps.

    The precision of slope and offset adds up outcome by outcome (a Laplace approximation of their
    posterior), so that early outcomes move them little and no learning rate has to be chosen.
    After Platt (1999), *Probabilistic outputs for support vector machines*.

    Parameters
    ----------
    slope, offset
        The line; the identity at first.
    slope_precision, cross, offset_precision
        The precision matrix of the two.

    Examples
    --------
    >>> platt = Platt()
    >>> for _ in range(20_000):
    ...     platt.learn(0.0, False)
    >>> round(platt.predict(0.0), 1)
    0.1
    """

    slope: float = 1.0
    offset: float = 0.0
    slope_precision: float = PRIOR
    cross: float = 0.0
    offset_precision: float = PRIOR

    def predict(self, log_odds: float) -> float:
        """Return the probability of log-odds, 0 to 1."""
        return sigmoid(self.slope * log_odds + self.offset)

    def learn(self, log_odds: float, converted: float) -> None:
        """Take one step towards an outcome that these log-odds were given for.

        Parameters
        ----------
        log_odds
            What was said.
        converted
            1 or 0, or how likely 1 is where that is not known yet.
        """
        p = self.predict(log_odds)
        curvature = p * (1.0 - p)
        self.slope_precision += curvature * log_odds * log_odds
        self.cross += curvature * log_odds
        self.offset_precision += curvature
        error = converted - p
        determinant = self.slope_precision * self.offset_precision - self.cross * self.cross
        self.slope += error * (self.offset_precision * log_odds - self.cross) / determinant
        self.offset += error * (self.slope_precision - self.cross * log_odds) / determinant
        self.slope = max(self.slope, FLATTEST)

    def to_json(self) -> list[float]:
        """Return the numbers, in the order of the parameters."""
        return [
            self.slope,
            self.offset,
            self.slope_precision,
            self.cross,
            self.offset_precision,
        ]

    @classmethod
    def from_json(cls, values: list[Any]) -> "Platt":
        """Return what `to_json` wrote, to the bit."""
        return cls(*values)
