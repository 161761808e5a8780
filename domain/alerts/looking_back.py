"""What thresholds of `due` and `slipping` would have come to, by what customers bought since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from domain.alerts.judging import GONE, is_regular, late_from, share_of_usual
from domain.alerts.motives import WEEK, Motive
from domain.rhythm import Rhythm


class Then(NamedTuple):
    """What came of a threshold.

    Parameters
    ----------
    opened
        Alerts that would have been opened.
    known
        Of how many it is known whether they were right.
    right
        Of these, those that were.
    """

    opened: int = 0
    known: int = 0
    right: int = 0

    def plus(self, right: bool | None) -> "Then":
        """Return it with one more alert; None where it is not known whether it was right."""
        known = right is not None
        return Then(self.opened + 1, self.known + known, self.right + bool(right))


def look_back(
    customers: Iterable[Sequence[float]],
    since: float,
    now: float,
    thresholds: Mapping[Motive, Sequence[float]],
) -> dict[Motive, dict[float, Then]]:
    """Return by motive and threshold what would have come of it from a moment until now.

    An alert of `due` was right where the customer bought before it was late. Whether one of
    `slipping` was right is not told: a customer that went on to buy less may yet come back.

    Parameters
    ----------
    customers
        By customer, when it bought, in order.
    since, now
        In seconds since 1970.
    thresholds
        By motive, those to look at.
    """
    found = {motive: dict.fromkeys(steps, Then()) for motive, steps in thresholds.items()}
    due, slipping = found[Motive.DUE], found[Motive.SLIPPING]
    for times in customers:
        for threshold, right in _due(times, (since, now), list(due)):
            due[threshold] = due[threshold].plus(right)
        for threshold in _slipping(times, (since, now), list(slipping)):
            slipping[threshold] = slipping[threshold].plus(None)
    return found


def _due(
    times: Sequence[float], span: tuple[float, float], thresholds: Sequence[float]
) -> Iterator[tuple[float, bool | None]]:
    """Yield the alerts that would have opened, each with whether it was right, if that is known."""
    bought = Rhythm()
    for at, following in pairwise((*times, inf)):
        bought.add(at)
        if not is_regular(bought):
            continue
        for threshold in thresholds:
            day, late = bought.last + threshold * bought.gap, late_from(bought, threshold)
            if span[0] <= day <= span[1] and following > day:
                is_known = following < late or late <= span[1]
                yield threshold, following < late if is_known else None


def _slipping(
    times: Sequence[float], span: tuple[float, float], thresholds: Sequence[float]
) -> Iterator[float]:
    """Yield the thresholds that the customer's share fell to, once each time, week by week."""
    bought, coming, before = Rhythm(), 0, inf
    moment = span[0] - WEEK
    while moment <= span[1]:
        while coming < len(times) and times[coming] <= moment:
            bought.add(times[coming])
            coming += 1
        share = inf
        if is_regular(bought) and moment < bought.last + GONE * bought.gap:
            found = share_of_usual(bought, moment)
            share = inf if found is None else found
        if moment >= span[0]:
            yield from (one for one in thresholds if share <= one < before)
        before, moment = share, moment + WEEK
