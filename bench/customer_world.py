"""An invented shop whose truth is known: who has left, and who buys a family elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

DAY = 86_400.0
YEARS_2 = 720.0
"""Days of history."""

FAMILIES = {"racao": 0.45, "selaria": 0.2, "servicos": 0.2, "medicamentos": 0.15}
"""What is sold, and how much of it a customer buys on average."""

LEAVES = 0.012
"""Chance, at each purchase, of never coming back."""

SLOWS = 0.1
"""Share of those who stay and come to buy less often: they look like leaving, and do not."""

SLOWED = 1.8
"""By how much their gaps grow."""

ELSEWHERE = 0.07
"""Share of those who buy most of one family elsewhere."""

STILL_HERE = 0.15
"""What they still buy of it here, as a share."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer's purchases, oldest first, and what is true of it.

    Parameters
    ----------
    times
        In seconds since 1970.
    amounts, families
        Of each purchase.
    has_left
        Whether it never comes back.
    elsewhere
        The family that it buys elsewhere; None for none.
    """

    times: tuple[float, ...]
    amounts: tuple[float, ...]
    families: tuple[str, ...]
    has_left: bool
    elsewhere: str | None


def customers(count: int, seed: int, now: float) -> Iterator[Customer]:
    """Yield so many customers of the last two years.

    Parameters
    ----------
    count, seed
        How many; each has a chance of its own, so that fewer are the first of more.
    now
        In seconds since 1970; nothing is bought later.
    """
    for number in range(count):
        yield _customer(np.random.default_rng([seed, number]), now)


def _customer(rng: Generator, now: float) -> Customer:
    gap = float(np.clip(rng.lognormal(np.log(21.0), 0.5), 7.0, 75.0))
    order, slows = float(rng.lognormal(np.log(300.0), 0.6)), rng.random() < SLOWS
    names, shares = list(FAMILIES), rng.dirichlet(8.0 * np.array(list(FAMILIES.values())))
    elsewhere = str(rng.choice(names)) if rng.random() < ELSEWHERE else None
    day = -YEARS_2 * float(rng.uniform(0.4, 1.0))
    slows_at = float(rng.uniform(day, 0.0))
    times, amounts, families, has_left = [], [], [], False
    while day < 0.0:
        family = str(rng.choice(names, p=shares))
        if family != elsewhere or rng.random() < STILL_HERE:
            times.append(now + day * DAY)
            amounts.append(round(order * float(rng.lognormal(0.0, 0.3)), 2))
            families.append(family)
        if rng.random() < LEAVES:
            has_left = True
            break
        slower = SLOWED if slows and day > slows_at else 1.0
        day += gap * slower * float(rng.gamma(3.0, 1.0 / 3.0))
    if not times:
        times, amounts, families = [now - DAY], [round(order, 2)], [names[0]]
    return Customer(tuple(times), tuple(amounts), tuple(families), has_left, elsewhere)
