"""Groups that leads fall into: which one, by what a model reads of a lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.directions import Directions
from domain.features import COUNT, NUMBER, RANK, Features, features
from domain.state import LeadState

PROFILE = "profile:"


def lasting(values: Features) -> Features:
    """Return the features that time alone does not change: answers, and how often events came.

    Examples
    --------
    >>> lasting({"event:cta_click|count": 1.1, "event:cta_click|recent": 0.4, "profile:uf|mg": 1.0})
    {'event:cta_click|count': 1.1, 'profile:uf|mg': 1.0}
    """
    return {
        name: value
        for name, value in values.items()
        if name.startswith(PROFILE) or name.endswith(f"|{COUNT}")
    }


class Mark(NamedTuple):
    """Something that sets a group apart.

    Parameters
    ----------
    feature
        Which feature.
    above
        Whether the group's mean is above everybody's.
    """

    feature: str
    above: bool

    @property
    def kind(self) -> str:
        """How the feature is read: ``count``, ``number`` (a rank too) or ``answer``."""
        aspect = self.feature.partition("|")[2]
        if aspect == COUNT:
            return COUNT
        return NUMBER if aspect in {NUMBER, RANK} else "answer"


@dataclass(frozen=True, slots=True)
class Grouping:
    """Puts into groups by the nearest centre, as one sum of weighted features a group.

    Parameters
    ----------
    number
        Of the fit; 0 for one that is not kept.
    numbers
        The groups'.
    start
        By group, what is added to the sum.
    weights
        By feature, its weight in each group's sum.
    directions
        What features are read with.
    """

    number: int
    numbers: Sequence[int]
    start: Sequence[float]
    weights: Mapping[str, Sequence[float]]
    directions: Directions

    def group_of(self, state: LeadState, now: float) -> int:
        """Return the number of the group that a lead is in at a moment, in seconds since 1970."""
        return self.nearest(features(state, now, self.directions))

    def nearest(self, values: Features) -> int:
        """Return the number of the group whose centre is nearest; of equals the first.

        Examples
        --------
        >>> by_clicks = {"event:cta_click|count": (0.0, 1.0)}
        >>> grouping = Grouping(1, (4, 7), (0.0, -1.0), by_clicks, Directions())
        >>> grouping.nearest({"event:cta_click|count": 2.0}), grouping.nearest({})
        (7, 4)
        """
        sums = list(self.start)
        for name, value in values.items():
            weights = self.weights.get(name)
            if weights is not None:
                for place, weight in enumerate(weights):
                    sums[place] += weight * value
        return self.numbers[sums.index(max(sums))]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, without its own number."""
        return {
            "numbers": list(self.numbers),
            "start": list(self.start),
            "weights": {name: list(weights) for name, weights in self.weights.items()},
            "directions": self.directions.to_json(),
        }

    @classmethod
    def from_json(cls, number: int, values: Mapping[str, Any]) -> "Grouping":
        """Return what `to_json` wrote."""
        return cls(
            number,
            values["numbers"],
            values["start"],
            values["weights"],
            Directions.from_json(values["directions"]),
        )
