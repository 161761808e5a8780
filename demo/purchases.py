"""What those buy whom the invented business won: personal rhythms, and truths that nobody sees.

A buyer takes some families of goods, each at a pace of its own. Some buy one of them elsewhere, but
for a few purchases. Some leave: their last gaps grow, and then nothing comes. Both are known here
and nowhere else, so that what is said of customers can be compared with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import orjson

from demo import names
from demo.population import BRASILIA, DAY, HOUR
from domain.heads import BUY_90D, CHURN_90D, PURCHASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

YEAR = 365 * DAY

DECLARED = {
    "event_amount": "amount",
    "event_labels": ["family"],
    "others": [BUY_90D.to_json(), CHURN_90D.to_json()],
}
"""What a team that sells has decided, if it has decided nothing yet."""


@dataclass(frozen=True, slots=True)
class Family:
    """Goods of one kind.

    Parameters
    ----------
    share
        Of the buyers that take it.
    gap
        Days between two purchases, of the middle buyer.
    money
        What one brings, of the middle buyer.
    returned
        Share of the purchases that come back within two weeks.
    more
        Pieces beyond the first, on average.
    """

    share: float
    gap: float
    money: float
    returned: float = 0.0
    more: float = 0.4


FAMILIES = {
    "ração": Family(0.85, 26.0, 480.0),
    "selaria": Family(0.55, 110.0, 820.0, 0.06),
    "serviços": Family(0.60, 48.0, 390.0),
    "cavalos": Family(0.30, 620.0, 24_000.0, more=0.05),
}

LEAVES = 1 / (2.5 * YEAR)
"""How many of the buyers leave a second."""

FADES = 3.0
"""Usual gaps before it leaves in which a buyer comes more and more seldom."""

ELSEWHERE = 0.2
"""Share of the buyers that get one of their families elsewhere."""

STILL_HERE = 0.15
"""Of that family's purchases, those that they make here."""

PACE_SPREAD = 0.45
MONEY_SPREAD = 0.4
"""Standard deviations, in logarithms, of buyers around the middle one."""

REGULAR = 9.0
"""Shape of the gaps' distribution: the larger, the more even."""


class Purchase(NamedTuple):
    """One purchase, or with a negative amount what came back."""

    at: float
    amount: float
    family: str
    quantity: int

    @property
    def event_type(self) -> str:
        """Whether something was bought, or came back."""
        return PURCHASE if self.amount >= 0.0 else "return"

    @property
    def metadata(self) -> str:
        """What the event carries, as JSON."""
        carried = {"amount": self.amount, "family": self.family, "quantity": self.quantity}
        return orjson.dumps({"demo": True, **carried}).decode()


@dataclass(frozen=True, slots=True)
class Buyer:
    """What one buys, and what nobody sees.

    Parameters
    ----------
    purchases
        In order of time.
    left_at
        When it leaves; None if it stays until the end.
    elsewhere
        The family that it gets elsewhere; None for none.
    """

    purchases: tuple[Purchase, ...]
    left_at: float | None
    elsewhere: str | None


def buyer(rng: Generator, start: float, end: float) -> Buyer:
    """Return what somebody buys between being won and a moment.

    Parameters
    ----------
    rng
        The buyer's own chance.
    start, end
        In seconds since 1970.
    """
    leaves = start + rng.exponential(1 / LEAVES)
    taken = [name for name, family in FAMILIES.items() if rng.random() < family.share]
    taken = taken or [names.one_of(rng, tuple(FAMILIES))]
    gets_elsewhere = len(taken) > 1 and rng.random() < ELSEWHERE
    elsewhere = names.one_of(rng, tuple(taken)) if gets_elsewhere else None
    bought = [
        purchase
        for name in taken
        for purchase in _of_family(rng, name, start, leaves, end)
        if purchase.at <= end
    ]
    if elsewhere:
        bought = [one for one in bought if one.family != elsewhere] + [
            one
            for one in bought
            if one.family == elsewhere and one.quantity > 0 and rng.random() < STILL_HERE
        ]
    return Buyer(tuple(sorted(bought)), leaves if leaves < end else None, elsewhere)


def _of_family(
    rng: Generator, name: str, start: float, leaves: float, end: float
) -> Iterator[Purchase]:
    """Yield purchases of a family, and what came back of them, until a buyer leaves or the end."""
    family = FAMILIES[name]
    gap = family.gap * DAY * rng.lognormal(sigma=PACE_SPREAD)
    money = family.money * rng.lognormal(sigma=MONEY_SPREAD)
    at = start + DAY + rng.random() * gap
    while at < min(leaves, end):
        quantity = 1 + int(rng.poisson(family.more))
        amount = round(float(money * quantity * rng.lognormal(sigma=0.25)), 2)
        when = _shop_hours(rng, at)
        yield Purchase(when, amount, name, quantity)
        if rng.random() < family.returned:
            yield Purchase(when + rng.uniform(1, 14) * DAY, -amount, name, -quantity)
        fading = max(0.0, 1.0 - (leaves - at) / (FADES * gap))
        at += gap * rng.gamma(REGULAR, 1 / REGULAR) * (1.0 + 1.5 * fading)


def _shop_hours(rng: Generator, at: float) -> float:
    midnight = at - (at + BRASILIA) % DAY
    return float(midnight + rng.triangular(8, 11, 18) * HOUR)
