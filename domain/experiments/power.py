"""How many units an experiment needs, before it starts."""

from collections.abc import Callable, Mapping
from math import ceil, exp, sqrt
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


Variances = tuple[float, float]
"""Of a unit's metric: in the control, and in an arm that has the effect."""


def of_rate(rate: float, effect: float) -> Variances:
    """Return the variances of yes and no."""
    changed = min(max(rate + effect, 0.0), 1.0)
    return rate * (1.0 - rate), changed * (1.0 - changed)


def of_money(mean: float, variance: float, effect: float) -> Variances:
    """Return the variances of money where an arm spends more, or less, in proportion."""
    times = 1.0 + min(abs(effect / mean), LARGEST) if mean else 1.0
    return variance, variance * times * times


def units_needed(
    shares: Mapping[str, float], control: str, variances: Variances, effect: float
) -> int:
    """Return how many units of all arms find an effect, if it is there, with `POWER`.

    Parameters
    ----------
    shares
        Of units, by arm; the smallest of them decides.
    control
        The arm that the others are compared with.
    variances
        Of a unit's metric.
    effect
        On the mean.

    Examples
    --------
    >>> units_needed({"a": 0.5, "b": 0.5}, "a", of_rate(0.10, 0.05), 0.05)
    1444
    """
    drift = drift_for(POWER, boundary(ALPHA / (len(shares) - 1)))
    # Twice as many as it takes to say anything, for units come to arms by chance.
    fewest = 2.0 * FEWEST / min(shares.values())
    return ceil(max((_error(shares, control, variances) * drift / effect) ** 2, fewest))


def least_effect(units: Mapping[str, float], control: str, variances: Variances) -> float:
    """Return the effect that so many units, by arm, find with `POWER`, given what it makes vary."""
    compared = units[control] + min(units[name] for name in units if name != control)
    bound = for_few(boundary(ALPHA / (len(units) - 1)), max(compared - 2.0, 1.0))
    return drift_for(POWER, bound) * _error(units, control, variances)


def effect_found(
    units: Mapping[str, float], control: str, variances: Callable[[float], Variances]
) -> float:
    """Return the effect that so many units, by arm, find with `POWER`, if it is there.

    Parameters
    ----------
    units
        By arm.
    control
        The arm that the others are compared with.
    variances
        Of a unit's metric, given the effect.
    """
    found = 0.0
    for _ in range(30):
        found = least_effect(units, control, variances(found))
    return found


def _error(units: Mapping[str, float], control: str, variances: Variances) -> float:
    """Return the standard error of the difference of the smallest arm."""
    smallest = min(count for name, count in units.items() if name != control)
    return sqrt(variances[0] / units[control] + variances[1] / smallest)
