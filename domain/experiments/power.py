"""How many units an experiment needs, before it starts."""

from collections.abc import Callable, Mapping
from math import ceil, copysign, exp, sqrt
from statistics import NormalDist

from domain.experiments.inference import ALPHA, FEWEST, boundary, for_few

POWER = 0.8
"""Chance of finding the minimum effect by the planned end, if it is there."""

LARGEST = 0.5
"""Of the mean, the largest effect on money that is planned with.

What finds a larger one is so few units that one or two purchases decide, and intervals miss the
truth more often than they say.
"""

_NORMAL = NormalDist()


def power_at(drift: float, bound: float) -> float:
    """Return the chance that a Brownian motion with a drift is over a bound by time 1.

    Examples
    --------
    >>> round(power_at(2.8, 2.241), 2)
    0.78
    """
    back = exp(2.0 * drift * bound) * _NORMAL.cdf(-drift - bound)
    return _NORMAL.cdf(drift - bound) + back


def drift_for(power: float, bound: float) -> float:
    """Return the effect, in standard errors at the end, that passes a bound with a power."""
    low, high = 0.0, bound + 6.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if power_at(middle, bound) < power else (low, middle)
    return high


Drift = Callable[[float, float, float], float]
"""An effect in standard errors at the end: of its size, and the units of the control and an arm."""


def of_rate(rate: float, effect: float, control: float, arm: float) -> float:
    """Return the drift of an effect on yes and no, each counted once more than it comes.

    That draws the rate of a small arm to the middle: it takes more units to find that a rare yes is
    rarer there, or that it is more frequent than in a small control; and fewer the other way round.
    """
    before = (rate * control + 1.0) / (control + 2.0)
    after = ((rate + effect) * arm + 1.0) / (arm + 2.0)
    possible = min(max(after, 0.0), 1.0)
    variance = before * (1.0 - before) / (control + 1.0) + possible * (1.0 - possible) / (arm + 1.0)
    return copysign(1.0, effect) * (after - before) / sqrt(variance)


def of_means(variance: float, effect: float, control: float, arm: float) -> float:
    """Return the drift of an effect that moves the means of all units alike."""
    return abs(effect) / sqrt(variance / control + variance / arm)


def of_money(mean: float, variance: float, effect: float, control: float, arm: float) -> float:
    """Return the drift of an effect on money: an arm spends more, or less, in proportion."""
    times = 1.0 + min(abs(effect / mean), LARGEST) if mean else 1.0
    return abs(effect) / sqrt(variance / control + variance * times * times / arm)


def units_needed(shares: Mapping[str, float], control: str, drift: Drift, effect: float) -> int:
    """Return how many units of all arms find an effect, if it is there, with `POWER`.

    Parameters
    ----------
    shares
        Of units, by arm; the smallest of them decides.
    control
        The arm that the others are compared with.
    drift
        Of an effect on the metric.
    effect
        On the mean.

    Examples
    --------
    >>> from functools import partial
    >>> units_needed({"a": 0.5, "b": 0.5}, "a", partial(of_rate, 0.10), 0.05)
    1461
    """
    passes = drift_for(POWER, boundary(ALPHA / (len(shares) - 1)))
    smallest = _smallest(shares, control)
    # Twice as many as it takes to say anything, for units come to arms by chance.
    fewest = ceil(2.0 * FEWEST / min(shares.values()))
    low, high = fewest - 1, fewest
    while drift(effect, shares[control] * high, smallest * high) < passes:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        enough = drift(effect, shares[control] * middle, smallest * middle) >= passes
        low, high = (low, middle) if enough else (middle, high)
    return high


def is_enough(units: Mapping[str, float], control: str, drift: Drift, effect: float) -> bool:
    """Tell whether so many units, by arm, find an effect with `POWER`, if it is there."""
    smallest = _smallest(units, control)
    bound = for_few(boundary(ALPHA / (len(units) - 1)), max(units[control] + smallest - 2.0, 1.0))
    return drift(effect, units[control], smallest) >= drift_for(POWER, bound)


def effect_found(
    units: Mapping[str, float], control: str, drift: Drift, towards: float = 1.0
) -> float:
    """Return the smallest effect that so many units find with `POWER`, if it is there.

    Parameters
    ----------
    units
        By arm.
    control
        The arm that the others are compared with.
    drift
        Of an effect on the metric.
    towards
        A number of the effect's sign.
    """
    low, high = 0.0, 1.0
    while not is_enough(units, control, drift, copysign(high, towards)):
        low, high = high, 2.0 * high
    for _ in range(40):
        middle = (low + high) / 2.0
        enough = is_enough(units, control, drift, copysign(middle, towards))
        low, high = (low, middle) if enough else (middle, high)
    return copysign(high, towards)


def _smallest(counts: Mapping[str, float], control: str) -> float:
    """Return the count of the smallest arm beside the control."""
    return min(count for name, count in counts.items() if name != control)
