"""The scorecard: an additive model read as points that sum to the score."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import exp, log
from typing import NamedTuple

from domain.bands import HOT, WARM
from domain.directions import FREE, Directions
from domain.features import COUNT, HOURS_KNOWN, SINCE_UP, Features, signal_of


def logit(probability: float) -> float:
    """Return the log-odds of a probability strictly between 0 and 1."""
    return log(probability / (1.0 - probability))


def sigmoid(log_odds: float) -> float:
    """Return the probability of log-odds, without overflow at either end."""
    if log_odds >= 0:
        return 1.0 / (1.0 + exp(-log_odds))
    odds = exp(log_odds)
    return odds / (1.0 + odds)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one feature contributes: a line through ``values`` at ``knots``, flat outside them.

    Parameters
    ----------
    knots
        Ascending feature values; the first is where the contribution is zero.
    values
        Log-odds at each knot; the first is 0.
    """

    knots: tuple[float, ...]
    values: tuple[float, ...]
    signal: str = ""
    travelled: tuple[float, ...] = ()
    """Log-odds travelled, up or down, from the first knot to each."""

    def at(self, x: float) -> float:
        """Return the contribution at feature value `x`, in log-odds."""
        return _interpolate(self.knots, self.values, x)

    def travelled_to(self, x: float) -> float:
        """Return the log-odds travelled, up or down, from the first knot to `x`.

        Between two feature values the contribution moves by their difference at the most.
        """
        return _interpolate(self.knots, self.travelled, x)


def _interpolate(knots: tuple[float, ...], values: tuple[float, ...], x: float) -> float:
    if x <= knots[0]:
        return values[0]
    if x >= knots[-1]:
        return values[-1]
    right = bisect_right(knots, x)
    left = right - 1
    share = (x - knots[left]) / (knots[right] - knots[left])
    return values[left] + (values[right] - values[left]) * share


def piece(feature: str, knots: tuple[float, ...], values: tuple[float, ...]) -> Piece:
    """Return a feature's piece with its signal and travelled distance worked out."""
    travelled = [0.0]
    for before, after in pairwise(values):
        travelled.append(travelled[-1] + abs(after - before))
    return Piece(knots, values, signal_of(feature), tuple(travelled))


class PairPiece(NamedTuple):
    """What two features contribute together, beyond what each of them does.

    Parameters
    ----------
    signal
        What makes it one reason.
    one, one_low, one_high
        The first feature, and the values between which it counts from 0 to 1.
    other, other_low, other_high
        The second one.
    value
        Log-odds when both count fully; in between, their product.
    """

    signal: str
    one: str
    one_low: float
    one_high: float
    other: str
    other_low: float
    other_high: float
    value: float

    @classmethod
    def of(cls, ramps: Sequence[tuple[str, float, float]], value: float) -> "PairPiece":
        """Return the piece of two features, each with the values between which it counts."""
        one, other = ramps
        return cls(f"{PAIR}{signal_of(one[0])}&{signal_of(other[0])}", *one, *other, value)

    def at(self, features: Features) -> float:
        """Return the contribution to these features, in log-odds."""
        x, y = features.get(self.one), features.get(self.other)
        if x is None or y is None or x <= self.one_low or y <= self.other_low:
            return 0.0
        return (
            self.value
            * min((x - self.one_low) / (self.one_high - self.one_low), 1.0)
            * min((y - self.other_low) / (self.other_high - self.other_low), 1.0)
        )


LOWEST, HIGHEST = 2, 98
"""Scores of the lowest and the highest leads for which a scale is made: it leaves room for more."""

NARROWEST = 1.0
"""Log-odds between a scale's `LOWEST` and its 70 at the least."""

CLOSEST = 0.2
"""Log-odds between the chances that a team decides for 40 and 70 at the least. Closer together, one
event takes a lead from one end of the scale to the other."""

PAIR = "pair:"
"""What the signal of a pair begins with; the two signals follow, with ``&`` between them."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How probability becomes score: 40 at `warm`, 70 at `hot`, linear in log-odds.

    Parameters
    ----------
    warm
        Probability of a lead worth warming.
    hot
        Probability of a lead worth a salesperson; above `warm`, by more than log-odds tell apart.
    """

    warm: float = 0.2
    hot: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.warm < self.hot < 1 or logit(self.warm) == logit(self.hot):
            message = f"warm {self.warm} and hot {self.hot} must satisfy 0 < warm < hot < 1"
            raise ValueError(message)

    @property
    def is_narrow(self) -> bool:
        """Whether the two are too close together for a team to decide.

        Examples
        --------
        >>> [Scale(0.45, 0.5).is_narrow, Scale(0.49, 0.5).is_narrow]
        [False, True]
        """
        return logit(self.hot) - logit(self.warm) < CLOSEST

    @property
    def points_per_logit(self) -> float:
        """Points on the 0-100 scale for one unit of log-odds."""
        return (HOT - WARM) / (logit(self.hot) - logit(self.warm))

    def points(self, log_odds: float) -> float:
        """Return the unclipped score of a prediction's log-odds."""
        return WARM + (log_odds - logit(self.warm)) * self.points_per_logit

    @classmethod
    def around(cls, base_rate: float) -> "Scale":
        """Return the scale on which half an average lead's odds score 40, and four times 70."""
        average = logit(base_rate)
        return cls(sigmoid(average - log(2.0)), sigmoid(average + log(4.0)))

    @classmethod
    def spanning(cls, low: float, high: float) -> "Scale":
        """Return the scale on which these log-odds score `LOWEST` and `HIGHEST`.

        Examples
        --------
        >>> round(Scale.spanning(-4.0, 2.0).points(2.0), 9)
        98.0
        """
        logit_per_point = (high - low) / (HIGHEST - LOWEST)
        return cls(
            sigmoid(low + (WARM - LOWEST) * logit_per_point),
            sigmoid(low + (HOT - LOWEST) * logit_per_point),
        )

    def hot_from(self, hot: float) -> "Scale":
        """Return the scale on which a probability scores 70, and `LOWEST` is where it was.

        Examples
        --------
        >>> scale = Scale(0.2, 0.5).hot_from(0.4)
        >>> round(scale.points(logit(0.4)), 9)
        70.0
        >>> low = logit(0.2) - (WARM - LOWEST) / Scale(0.2, 0.5).points_per_logit
        >>> round(scale.points(low), 9)
        2.0
        """
        low = logit(self.warm) - (WARM - LOWEST) / self.points_per_logit
        span = max(logit(hot) - low, NARROWEST)
        return Scale(sigmoid(logit(hot) - span * (HOT - WARM) / (HOT - LOWEST)), hot)


class Points(NamedTuple):
    """A score before rounding: where it starts and what each signal adds, 0-100."""

    start: float
    by_signal: dict[str, float]
    log_odds: float

    @property
    def total(self) -> float:
        """The unclipped score."""
        return self.start + sum(self.by_signal.values())

    @property
    def propensity(self) -> float:
        """Probability of the head's outcome, 0 to 1."""
        return sigmoid(self.log_odds)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One model version, ready to score.

    Parameters
    ----------
    version
        The model version's number; 0 is day zero.
    intercept
        Log-odds of a lead of whom nothing is known.
    pieces
        By feature name. Features without a piece contribute nothing.
    scale
        From log-odds to points.
    directions
        What its features are read with, and what they promise.
    learned
        Leads learned from since the version was stored.
    pairs
        What features contribute together; each pair is one signal.
    typical
        By feature, the value that is nothing unusual: what reasons are measured from.
    """

    version: int
    intercept: float
    pieces: Mapping[str, Piece]
    scale: Scale
    directions: Directions = FREE
    learned: int = 0
    pairs: tuple[PairPiece, ...] = ()
    typical: Features = field(default_factory=dict)
    promises: tuple[tuple[str, float], ...] = field(init=False)
    """Event signals that would raise a score, and by how many points the first event would; the
    largest first."""
    usual: Mapping[str, float] = field(init=False)
    """Points by signal of what is typical, of a lead of the middle age that did something just now
    where nothing else is known to be. They are part of where a score starts, so that a reason says
    what is unlike that."""
    start: float = field(init=False)
    """Points where a score starts."""

    def __post_init__(self) -> None:
        rate = self.scale.points_per_logit
        usual = {
            curve.signal: rate * curve.at(answer)
            for name, answer in self.typical.items()
            if (curve := self.pieces.get(name))
        }
        since_up = self.pieces.get(SINCE_UP)
        if since_up and SINCE_UP not in self.typical:
            usual[since_up.signal] = rate * since_up.values[-1]
        age = self.pieces.get(HOURS_KNOWN)
        if age and HOURS_KNOWN not in self.typical:
            usual[age.signal] = rate * age.values[len(age.values) // 2]
        object.__setattr__(self, "usual", usual)
        start = self.scale.points(self.intercept) + sum(usual.values())
        object.__setattr__(self, "start", start)
        firsts = (
            (p.signal, rate * p.at(log(2.0)))
            for name, p in self.pieces.items()
            if name.startswith("event:") and name.endswith(f"|{COUNT}")
        )
        best = sorted(
            ((signal, gain) for signal, gain in firsts if gain >= 1),
            key=lambda promise: -promise[1],
        )
        object.__setattr__(self, "promises", tuple(best[:12]))

    @property
    def name(self) -> str:
        """Version and what was learned since, such as ``3.120``."""
        return f"{self.version}.{self.learned}"

    def points(self, features: Features) -> Points:
        """Return the points of one prediction's features."""
        rate = self.scale.points_per_logit
        log_odds = self.intercept
        by_signal = {signal: -points for signal, points in self.usual.items()}
        pieces = self.pieces
        for name, x in features.items():
            curve = pieces.get(name)
            if curve is None:
                continue
            contribution = _interpolate(curve.knots, curve.values, x)
            if contribution:
                log_odds += contribution
                by_signal[curve.signal] = by_signal.get(curve.signal, 0.0) + contribution * rate
        for pair in self.pairs:
            contribution = pair.at(features)
            if contribution:
                log_odds += contribution
                by_signal[pair.signal] = by_signal.get(pair.signal, 0.0) + contribution * rate
        return Points(self.start, by_signal, log_odds)
