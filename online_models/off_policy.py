"""What another policy would have brought, estimated from the log of the one that acted.

Each reward is weighted by how much likelier the other policy takes the action that was taken. An
interval is for the mean of such terms. Where rewards are rare and weights uneven these are skewed,
and a symmetric interval misses the truth on the far side too often: so the skewness is taken out by
Hall's transformation [3]_. And the rows that would have counted most may not have been rewarded
yet: so an end is worked out as if there were one row more, with the weight of any, that is rewarded
for the upper end and not for the lower, as is done for rare counts of unequal weight [4]_. That
covers the truth as promised where the effective sample holds some five rewards, and 9 times in 10
where it holds one or two.

References
----------
.. [1] Dudík, M., Langford, J., Li, L. (2011). Doubly robust policy evaluation and learning. ICML.
.. [2] Swaminathan, A., Joachims, T. (2015). The self-normalized estimator for counterfactual
   learning. NeurIPS.
.. [3] Hall, P. (1992). On the removal of skewness by transformation. JRSS B 54.
.. [4] Tiwari, R., Clegg, L., Zou, Z. (2006). Efficient interval estimation for age-adjusted cancer
   rates. Statistical Methods in Medical Research 15.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LEVEL = 0.95
"""Of every interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a policy would have brought on average.

    Parameters
    ----------
    value
        The estimate.
    low, high
        Its interval, of level `LEVEL`.
    effective_sample_size
        How many rewards of the policy's own would say as much (Kish): few where it takes actions
        that the log hardly has.
    """

    value: float
    low: float
    high: float
    effective_sample_size: float


def weights(target: Numbers, logged: Numbers) -> Numbers:
    """Return how much likelier one policy was to take the actions than the one that took them.

    Parameters
    ----------
    target, logged
        Their probabilities of the actions that were taken.

    Raises
    ------
    ValueError
        When an action was taken that had no probability: then nothing can be estimated.
    """
    if not (logged > 0.0).all():
        message = "an action was taken that had probability 0: log the probability of each"
        raise ValueError(message)
    return target / logged


def inverse_propensity(rewards: Numbers, weights: Numbers) -> Estimate:
    """Return the mean of weighted rewards (IPS): unbiased, and wide.

    Parameters
    ----------
    rewards
        From 0 to 1.
    weights
        See `weights`.

    Examples
    --------
    >>> rewards = np.array([1.0, 0.0, 1.0, 0.0])
    >>> inverse_propensity(rewards, np.array([2.0, 0.0, 0.0, 2.0])).value
    0.5
    """
    value = float((weights * rewards).mean())
    return _estimate(value, lambda reward: weights * reward, rewards, weights)


def self_normalised(rewards: Numbers, weights: Numbers) -> Estimate:
    """Return the mean of rewards by weight (SNIPS): within the rewards' range, hardly biased [2]_.

    Parameters
    ----------
    rewards
        From 0 to 1.
    weights
        See `weights`.

    Examples
    --------
    >>> rewards = np.array([1.0, 0.0, 1.0, 0.0])
    >>> self_normalised(rewards, np.array([3.0, 0.0, 0.0, 1.0])).value
    0.75
    """
    relative = weights / weights.mean()
    value = float((relative * rewards).mean())
    return _estimate(value, lambda reward: value + relative * (reward - value), rewards, weights)


def doubly_robust(
    rewards: Numbers, weights: Numbers, predicted: Numbers, expected: Numbers
) -> Estimate:
    """Return what a model expects, corrected where the log says otherwise [1]_.

    It is right where the probabilities are, and where the model is; and narrow where both are.

    Parameters
    ----------
    rewards
        From 0 to 1.
    weights
        See `weights`; the difference of two policies' to compare these, `expected` with them.
    predicted
        The model's reward for what was taken. The model must not have seen the row's own reward.
    expected
        The model's mean reward over what the other policy would take.

    Examples
    --------
    >>> rewards, half = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    >>> doubly_robust(rewards, np.array([2.0, 0.0]), half, half).value
    1.0
    """

    def term(reward: Numbers) -> Numbers:
        return expected + weights * (reward - predicted)

    return _estimate(float(term(rewards).mean()), term, rewards, weights)


def _estimate(
    value: float, term: Callable[[Numbers], Numbers], rewards: Numbers, weights: Numbers
) -> Estimate:
    """Return an estimate whose error is that of the mean of independent terms."""
    if not ((rewards >= 0.0) & (rewards <= 1.0)).all():
        message = "rewards must be from 0 to 1"
        raise ValueError(message)
    errors = term(rewards) - value
    # Where weights are differences, a reward may speak against what is estimated.
    unrewarded, rewarded = (term(np.full_like(rewards, reward)) - value for reward in (0.0, 1.0))
    least, most = np.minimum(unrewarded, rewarded), np.maximum(unrewarded, rewarded)
    low = value - _error(errors, least, (1.0 + LEVEL) / 2.0)
    high = value - _error(errors, most, (1.0 - LEVEL) / 2.0)
    squares = float((weights**2).sum())
    return Estimate(value, low, high, float(weights.sum() ** 2) / squares if squares else 0.0)


def _error(errors: Numbers, more: Numbers, tail: float) -> float:
    """Return a quantile of a mean's error, with one term more that may be any of `more`."""
    count = len(errors) + 1
    mean, square, cube = (
        float((errors**power).sum() + (more**power).mean()) / count for power in (1, 2, 3)
    )
    variance = square - mean**2
    if variance <= 0.0:
        return 0.0
    skewness = (cube - 3.0 * mean * square + 2.0 * mean**3) / variance**1.5
    return _skewed(NormalDist().inv_cdf(tail), skewness, count) * sqrt(variance / count) - mean


def _skewed(z: float, skewness: float, count: int) -> float:
    """Return the quantile of a skewed mean's studentised error where the normal one's is z [3]_."""
    root, third = sqrt(count), skewness / 3.0
    if abs(third) < 1e-9:  # noqa: PLR2004 - below it the formula divides nothing by nothing
        return z
    inner = 1.0 + skewness * (z / root - skewness / (6.0 * count))
    return float(root / third * (np.cbrt(inner) - 1.0))
