"""Whether units came to arms as they should have: a sample-ratio mismatch, at any look.

References
----------
.. [1] Lindon, M., Malek, A. (2022). Anytime-valid inference for multinomial count data. NeurIPS.
"""

from collections.abc import Mapping
from math import exp, lgamma, log

FALSE_ALARM = 0.001
"""Chance that units which come as they should are ever said not to."""

CONCENTRATION = 100.0
"""Of the Dirichlet mixture over other ratios: it finds ratios some points away the soonest."""


def evidence(units: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """Return how much likelier counts are under other ratios than under the declared one.

    While units come as declared, it ever exceeds a number `n` with chance 1 in `n` at the most,
    however often one looks [1]_.

    Parameters
    ----------
    units
        By arm.
    shares
        That arms are to have.

    Examples
    --------
    >>> evidence({"a": 500, "b": 500}, {"a": 0.5, "b": 0.5}) < 1
    True
    >>> evidence({"a": 600, "b": 400}, {"a": 0.5, "b": 0.5}) > 1000
    True
    """
    total = sum(units.values())
    ratio = lgamma(CONCENTRATION) - lgamma(CONCENTRATION + total)
    for arm, share in shares.items():
        prior, count = CONCENTRATION * share, units.get(arm, 0)
        ratio += lgamma(prior + count) - lgamma(prior) - count * log(share)
    return exp(min(ratio, 700.0))


def is_mismatch(units: Mapping[str, int], shares: Mapping[str, float]) -> bool:
    """Tell whether units came to arms otherwise than declared."""
    return evidence(units, shares) >= 1.0 / FALSE_ALARM
