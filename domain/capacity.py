"""What a team can do in a day, as the chance from which on leads are as many."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from domain.scorecard import logit, sigmoid

LEAST, MOST = 0.001, 0.999
"""Chances between which a scale may put its 70 points."""

POINTS = 60
"""Chances at which the rate is kept, at the most."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many leads a day reach a chance that they never had before, in the newest weeks.

    Parameters
    ----------
    chances
        From the highest to the lowest.
    a_day
        Leads a day that newly reach each of them.
    days
        Over how many days they were counted.
    """

    chances: tuple[float, ...]
    a_day: tuple[float, ...]
    days: float

    @classmethod
    def of(cls, before: Sequence[float], during: Sequence[float], days: float) -> "Reach":
        """Return the rates of leads whose highest chances are these.

        Parameters
        ----------
        before
            By lead, the highest until the weeks began; 0 for one that came later.
        during
            By lead, the highest in these weeks.
        days
            How long they are.

        Examples
        --------
        >>> Reach.of([0.2, 0.7, 0.0], [0.6, 0.6, 0.4], 2.0)
        Reach(chances=(0.6, 0.4), a_day=(0.5, 1.0), days=2.0)
        """
        newly = [(high, low) for high, low in zip(during, before, strict=True) if high > low]
        highest = sorted(min(max(high, LEAST), MOST) for high, _ in newly)
        earlier = sorted(low for _, low in newly)
        every = ceil(len(highest) / POINTS) or 1
        at = sorted({*highest[:1], *highest[::-1][::every]}, reverse=True)
        rates = (
            len(highest) - bisect_left(highest, x) - (len(earlier) - bisect_left(earlier, x))
            for x in at
        )
        return cls(tuple(at), tuple(count / days for count in rates), days)

    @property
    def known(self) -> bool:
        """Whether any lead was counted."""
        return bool(self.chances)

    def chance_for(self, calls: float) -> float:
        """Return the chance that so many leads a day newly reach, from `LEAST` to `MOST`.

        Where fewer come at all, it is the lowest chance that any of them reached.

        Examples
        --------
        >>> reach = Reach((0.8, 0.5, 0.2), (1.0, 4.0, 9.0), 28.0)
        >>> reach.chance_for(4), reach.chance_for(0.5), reach.chance_for(50)
        (0.5, 0.8, 0.2)
        """
        place = next((k for k, rate in enumerate(self.a_day) if rate >= calls), -1)
        chance = self.chances[place]
        if place > 0:
            fewer, enough = self.a_day[place - 1], self.a_day[place]
            share = (calls - fewer) / (enough - fewer)
            chance = _between(self.chances[place - 1], chance, share)
        return min(max(chance, LEAST), MOST)

    def rate_at(self, chance: float) -> float:
        """Return how many leads a day newly reach a chance.

        Examples
        --------
        >>> reach = Reach((0.8, 0.5, 0.2), (1.0, 4.0, 9.0), 28.0)
        >>> reach.rate_at(0.9), reach.rate_at(0.5), reach.rate_at(0.1)
        (0.0, 4.0, 9.0)
        """
        place = next((k for k, reached in enumerate(self.chances) if reached <= chance), -1)
        if place == 0:
            return self.a_day[0] if self.chances[0] == chance else 0.0
        if place < 0:
            return self.a_day[-1]
        higher, lower = (logit(p) for p in self.chances[place - 1 : place + 1])
        share = (higher - logit(chance)) / (higher - lower)
        return self.a_day[place - 1] + share * (self.a_day[place] - self.a_day[place - 1])

    def to_json(self) -> dict[str, Any]:
        """Return the rates as JSON values."""
        return {"chances": list(self.chances), "a_day": list(self.a_day), "days": self.days}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Reach":
        """Return what `to_json` wrote."""
        return cls(tuple(values["chances"]), tuple(values["a_day"]), values["days"])


UNKNOWN = Reach((), (), 0.0)
"""Before training has counted any lead."""


def _between(high: float, low: float, share: float) -> float:
    """Return the chance a share of the way from one to another, in log-odds."""
    return low if share >= 1.0 else sigmoid(logit(high) + share * (logit(low) - logit(high)))
