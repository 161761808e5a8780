"""Numbers to hat functions, so that a linear model can bend."""

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping
from functools import cache
from typing import Any

from river import base

Knots = Mapping[str, tuple[float, ...]]
"""Ascending feature values by feature name; the first is where the feature says nothing."""


@cache
def hat(feature: str, knot: int) -> str:
    """Return the name of the hat function of a feature's knot; knot 0 has none."""
    return f"{feature}@{knot}"


_UNKNOWN: tuple[tuple[float, ...], tuple[str, ...]] = (), ()


class Hats(base.Transformer):
    """Degree-1 B-splines, without the one at the first knot.

    A feature at knot k becomes ``{hat k: 1.0}``, halfway to the next ``{hat k: 0.5, hat k + 1:
    0.5}``, and at or below the first knot nothing at all: weights of hats are what the feature
    contributes at its knots, and a feature that is absent contributes zero. Beyond the last knot
    the value stays. Features without knots are dropped.

    Parameters
    ----------
    knots
        By feature; at least two each.

    Examples
    --------
    >>> hats = Hats({"visits": (0.0, 1.0, 3.0)})
    >>> hats.transform_one({"visits": 2.0, "unheard of": 7.0})
    {'visits@1': 0.5, 'visits@2': 0.5}
    """

    def __init__(self, knots: Knots) -> None:
        self.knots = knots
        self._named = {
            feature: (at, tuple(hat(feature, k) for k in range(len(at))))
            for feature, at in knots.items()
        }

    @classmethod
    def _unit_test_params(cls) -> Iterator[dict[str, Any]]:
        # What river's own checks build one with.
        yield {"knots": {"x": (0.0, 1.0)}}

    def transform_one(self, x: Mapping[Any, Any]) -> dict[Hashable, Any]:
        """Return the hats that are not zero at `x`."""
        found: dict[Hashable, Any] = {}
        for name, value in x.items():
            knots, hats = self._named.get(name, _UNKNOWN)
            if not knots or value <= knots[0]:
                continue
            if value >= knots[-1]:
                found[hats[-1]] = 1.0
                continue
            right = bisect_right(knots, value)
            share = (value - knots[right - 1]) / (knots[right] - knots[right - 1])
            if share < 1.0 and right > 1:
                found[hats[right - 1]] = 1.0 - share
            if share:
                found[hats[right]] = share
        return found
