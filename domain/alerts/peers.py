"""What customers buy of each family, and who buys less of one than chance and taste explain."""

from collections.abc import Mapping
from math import exp, lgamma
from typing import NamedTuple

from domain.state import LeadState

FAMILY = "family="
"""What labels begin with that name a family."""

FEWEST = 8
"""Labelled purchases from which a customer's families are compared with others'."""


class Share(NamedTuple):
    """How much customers buy of a family.

    Parameters
    ----------
    mean
        Of what they buy, as a share.
    alike
        How alike they are: so many purchases of each customer would tell its share as well as the
        others' do.
    """

    mean: float
    alike: float


Peers = Mapping[str, Share]
"""By label, as of ``family=feed``."""

NO_PEERS: Peers = {}

LEAST_ALIKE, MOST_ALIKE = 1.0, 200.0


def share_of(mean: float, variance: float, inverse: float) -> Share:
    """Return what moments say: shares vary by taste, and by how few purchases each is of.

    Parameters
    ----------
    mean, variance
        Of customers' shares.
    inverse
        The mean of one by their purchases.

    Examples
    --------
    >>> share_of(0.5, 0.05, 0.1)
    Share(mean=0.5, alike=8.0)
    """
    chance = mean * (1.0 - mean)
    taste = variance - chance * inverse
    alike = chance * (1.0 - inverse) / taste - 1.0 if taste > 0.0 else MOST_ALIKE
    return Share(mean, min(max(alike, LEAST_ALIKE), MOST_ALIKE))


def at_most(count: int, of: int, share: Share) -> float:
    """Return how many customers in a hundred buy a family at most so often, as a share of one.

    Its purchases are taken to follow a beta-binomial distribution.

    Examples
    --------
    >>> round(at_most(2, 2, Share(0.3, 5.0)), 9), round(at_most(0, 1, Share(0.3, 5.0)), 9)
    (1.0, 0.7)
    """
    for_it, against = share.mean * share.alike, (1.0 - share.mean) * share.alike
    term = exp(
        lgamma(of + against) - lgamma(against) + lgamma(share.alike) - lgamma(of + share.alike)
    )
    total = term
    for bought in range(count):
        term *= (of - bought) * (for_it + bought) / ((bought + 1) * (of - bought - 1 + against))
        total += term
    return min(total, 1.0)


class Lack(NamedTuple):
    """A family that a customer buys less of than others do.

    Parameters
    ----------
    family
        Its name.
    chance
        How many in a hundred buy so little of it or less, as a share of one.
    missing
        How much more it would buy beside the rest, as a share of all it buys.
    """

    family: str
    chance: float
    missing: float


def lack_of(state: LeadState, peers: Peers) -> Lack | None:
    """Return the family that a customer lacks most, or None where none is known to be lacking.

    Examples
    --------
    >>> state, peers = LeadState(0.0), {"family=a": Share(0.5, 20.0), "family=b": Share(0.5, 20.0)}
    >>> for day in range(20):
    ...     state.labels.add("family=a", day)
    >>> lack_of(state, peers).family, round(lack_of(state, peers).missing, 2)
    ('b', 1.0)
    """
    counts = {label: one.count for label, one in state.labels.items() if label.startswith(FAMILY)}
    bought = sum(counts.values())
    if bought < FEWEST:
        return None
    lacks = []
    for label, share in peers.items():
        count = counts.get(label, 0)
        usual = (bought - count) * share.mean / (1.0 - share.mean)
        if 2 * count < usual:
            chance = at_most(count, bought, share)
            lacks.append(Lack(label.removeprefix(FAMILY), chance, (usual - count) / bought))
    return min(lacks, key=lambda lack: lack.chance, default=None)
