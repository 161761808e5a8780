"""Which family of products a customer may take to next: what those buy who buy the same."""

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import permutations

ENOUGH = 5
"""Customers that must buy a family for it to say anything."""


class Companions:
    """How often families are bought by the same customers.

    Parameters
    ----------
    bought
        The families of each customer.

    Examples
    --------
    >>> companions = Companions([{"feed", "tack"}] * 9 + [{"feed", "vet"}] * 6 + [{"vet"}] * 6)
    >>> companions.next_for({"feed"}), companions.next_for({"feed", "tack", "vet"})
    ('tack', None)
    """

    def __init__(self, bought: Iterable[Collection[str]]) -> None:
        self._alone: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        for families in bought:
            self._alone.update(families)
            self._pairs.update(permutations(families, 2))

    def next_for(self, own: Collection[str]) -> str | None:
        """Return the family likeliest bought by those who buy these, not among them; or None."""
        known = [family for family in own if self._alone[family] >= ENOUGH]
        likely = {
            other: sum(self._pairs[family, other] / self._alone[family] for family in known)
            for other, count in self._alone.items()
            if other not in own and count >= ENOUGH
        }
        best = max(likely, key=lambda other: (likely[other], other), default=None)
        return best if best is not None and likely[best] > 0.0 else None
