"""Numbers to steps of a spline, so that a linear model can bend, and need not turn."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from river import base

Knots = Mapping[str, tuple[float, ...]]
"""Ascending feature values by feature name; the first is where the feature says nothing."""

Pair = tuple[str, str]
"""Names of two steps that say more together than each by itself."""


@cache
def step(feature: str, knot: int) -> str:
    """Return the name of the step that ends at a feature's knot; none ends at knot 0."""
    return f"{feature}@{knot}"


def feature_of(name: str) -> str:
    """Return the feature of a step.

    Examples
    --------
    >>> feature_of(step("visits", 2))
    'visits'
    """
    return name.rpartition("@")[0]


def together(pair: Pair) -> str:
    """Return the name of a pair's product."""
    return "&".join(pair)


def step_signs(knots: Knots, pairs: Iterable[Pair], signs: Mapping[str, int]) -> dict[str, int]:
    """Return, of the steps and pairs that must have one, the sign of their weight.

    A product moves with either of its steps, so its weight has the sign of the one that has one.

    Parameters
    ----------
    knots, pairs
        As `SplineFeatures` takes them.
    signs
        By feature, 1 or -1.

    Raises
    ------
    ValueError
        When the two steps of a pair have different signs: no weight would keep both.
    """
    by_step = {
        step(feature, knot): sign
        for feature, sign in signs.items()
        for knot in range(1, len(knots.get(feature, ())))
    }
    for pair in pairs:
        wanted = {by_step[name] for name in pair if name in by_step}
        if len(wanted) > 1:
            message = f"{together(pair)}: one of them may only raise a score, the other only lower"
            raise ValueError(message)
        if wanted:
            by_step[together(pair)] = wanted.pop()
    return by_step


class SplineFeatures(base.Transformer):
    """Degree-1 I-splines: what a feature has climbed of each step between its knots.

    Between two knots the step to the right of them rises from 0 to 1, and stays there beyond, so
    that a weight is what a feature's contribution gains from one knot to the next: with weights of
    one sign it never turns. A feature that is absent, or at or below its first knot, is on no step.
    Features without knots are dropped.

    Parameters
    ----------
    knots
        By feature; at least two each.
    pairs
        Steps of which the product is a feature too; None for none, as river can't check an empty
        tuple.

    Examples
    --------
    >>> splines = SplineFeatures({"visits": (0.0, 1.0, 3.0)}, [("visits@1", "visits@2")])
    >>> splines.transform_one({"visits": 2.0, "unheard of": 7.0})
    {'visits@1': 1.0, 'visits@2': 0.5, 'visits@1&visits@2': 0.5}
    """

    def __init__(self, knots: Knots, pairs: Sequence[Pair] | None = None) -> None:
        self.knots = knots
        self.pairs = pairs
        self._steps = {
            feature: tuple(
                (low, high, step(feature, k)) for k, (low, high) in enumerate(pairwise(at), 1)
            )
            for feature, at in knots.items()
        }
        self._pairs = tuple((*pair, together(pair)) for pair in pairs or ())

    @classmethod
    def _unit_test_params(cls) -> Iterator[dict[str, Any]]:
        # What river's own checks build one with.
        yield {"knots": {"x": (0.0, 1.0)}}

    def transform_one(self, x: Mapping[Any, Any]) -> dict[Hashable, Any]:
        """Return the steps that are not zero at `x`."""
        steps: dict[Hashable, Any] = {}
        for feature, value in x.items():
            for low, high, name in self._steps.get(feature, ()):
                if value >= high:
                    steps[name] = 1.0
                elif (share := (value - low) / (high - low)) > 0.0:
                    steps[name] = share
                else:
                    break
        for first, second, name in self._pairs:
            if first in steps and second in steps:
                steps[name] = steps[first] * steps[second]
        return steps
