"""Lots that are drawn the same at every call."""

from collections.abc import Mapping
from hashlib import sha256
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")


def lot(text: str) -> float:
    """Return a number from 0, and below 1, that a text draws.

    Examples
    --------
    >>> round(lot("a"), 3), round(lot("b"), 3)
    (0.791, 0.243)
    """
    # 53 bits, so that it is below 1 whatever the digest.
    return (int.from_bytes(sha256(text.encode()).digest()[:8]) >> 11) / 2**53


def drawn(shares: Mapping[T, float], place: float) -> T:
    """Return what is drawn among some, each with its share of one, by a lot.

    Examples
    --------
    >>> [drawn({"rules": 0.9, "learned": 0.1}, place) for place in (0.2, 0.95)]
    ['rules', 'learned']
    """
    ends = zip(shares, accumulate(shares.values()), strict=True)
    # The sum of shares may be a little less than one.
    return next((one for one, end in ends if place < end), [*shares][-1])
