"""How many units an experiment needs, before it starts."""

from collections.abc import Mapping
from math import ceil, exp, sqrt
from statistics import NormalDist

from domain.experiments.inference import ALPHA, boundary

POWER = 0.8
"""Chance of finding the minimum effect by the planned end, if it is there."""

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


def drift_for(power: float, alpha: float) -> float:
    """Return the effect, in standard errors at the planned end, that is found with a power."""
    bound = boundary(alpha)
    low, high = 0.0, bound + 6.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if power_at(middle, bound) < power else (low, middle)
    return high


def units_needed(shares: Mapping[str, float], control: str, rate: float, effect: float) -> int:
    """Return how many units of all arms find an effect, if it is there, with `POWER`.

    Parameters
    ----------
    shares
        Of units, by arm; the smallest of them decides.
    control
        The arm that the others are compared with.
    rate
        Of the control, between 0 and 1.
    effect
        On the rate.

    Examples
    --------
    >>> units_needed({"a": 0.5, "b": 0.5}, "a", 0.10, 0.05)
    1444
    """
    smallest = min(share for name, share in shares.items() if name != control)
    changed = min(max(rate + effect, 0.0), 1.0)
    spread = rate * (1.0 - rate) / shares[control] + changed * (1.0 - changed) / smallest
    drift = drift_for(POWER, ALPHA / (len(shares) - 1))
    return max(ceil(spread * (drift / effect) ** 2), 1)


def effect_found(shares: Mapping[str, float], control: str, rate: float, units: int) -> float:
    """Return the effect that so many units find with `POWER`, the rates being about the same."""
    smallest = min(share for name, share in shares.items() if name != control)
    spread = rate * (1.0 - rate) * (1.0 / shares[control] + 1.0 / smallest)
    return drift_for(POWER, ALPHA / (len(shares) - 1)) * sqrt(spread / units)
