"""What a customer will buy: orders by BG/NBD, their amounts by Gamma-Gamma.

A customer orders at a rate of its own until it leaves, which it may after any order but the first;
rates and chances to leave vary between customers. What an order brings varies around a mean of the
customer's own. See Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way, and Fader,
Hardie (2013), The Gamma-Gamma Model of Monetary Value.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln, hyp2f1

Array = NDArray[np.float64]

INTERVAL = 0.8
"""Chance that what is bought lies within the interval."""

DRAWS = 2_000
"""Futures drawn of each customer for its interval."""

SMALLEST = 1e-6
"""Money and its variance are at least so much: what costs nothing varies in nothing."""

MOST_ALIKE = 1e4
"""Orders after which a customer's own mean counts half, at the most: all spend the same."""

NEAR_ONE = 1e-6
"""How near `leaves` may come to 1, where the closed form divides by zero."""


class Bought(NamedTuple):
    """What is known of customers, an element each.

    Parameters
    ----------
    orders
        Days with a purchase, at least one.
    span
        Days from the first to the last.
    age
        Days from the first until the moment at which is asked.
    mean
        Money an order.
    """

    orders: Array
    span: Array
    age: Array
    mean: Array


class Interval(NamedTuple):
    """Bounds of orders and of money, an element a customer."""

    orders_low: Array
    orders_high: Array
    value_low: Array
    value_high: Array


@dataclass(frozen=True, slots=True)
class ValueModel:
    """What all customers have in common.

    Parameters
    ----------
    buys, days
        Shape and rate of the Gamma distribution of orders a day.
    leaves, stays
        Of the Beta distribution of the chance to leave after an order.
    steady
        Shape of the Gamma distribution of one customer's amounts.
    spends, money
        Shape and rate of the Gamma distribution of their rate.

    Examples
    --------
    >>> model = ValueModel(0.5, 60.0, 0.8, 2.5, 6.0, 4.0, 15.0)
    >>> bought = Bought(*(np.array([number]) for number in (5.0, 120.0, 130.0, 40.0)))
    >>> [round(float(one[0]), 2) for one in (model.alive(bought), model.expected(bought, 365.0))]
    [0.84, 4.96]
    """

    buys: float
    days: float
    leaves: float
    stays: float
    steady: float
    spends: float
    money: float

    def to_json(self) -> dict[str, float]:
        """Return the parameters by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, float]) -> "ValueModel":
        """Return the model that `to_json` wrote."""
        return cls(**values)

    def alive(self, bought: Bought) -> Array:
        """Return the chance that a customer has not left."""
        repeats = bought.orders - 1.0
        gone = np.log(self.leaves) - np.log(self.stays + np.maximum(repeats - 1.0, 0.0))
        gone = gone + (self.buys + repeats) * (
            np.log(self.days + bought.age) - np.log(self.days + bought.span)
        )
        return np.where(repeats > 0.0, 1.0 / (1.0 + np.exp(gone)), 1.0)

    def chance(self, bought: Bought, days: float) -> Array:
        """Return the chance of any order within so many days."""
        known = self.days + bought.age
        none = (known / (known + days)) ** (self.buys + bought.orders - 1.0)
        return self.alive(bought) * (1.0 - none)

    def expected(self, bought: Bought, days: float) -> Array:
        """Return how many orders are expected within so many days."""
        repeats, known = bought.orders - 1.0, self.days + bought.age
        leaves = self.leaves if abs(self.leaves - 1.0) > NEAR_ONE else 1.0 + NEAR_ONE
        rate, stays = self.buys + repeats, self.stays + repeats
        both = leaves + stays - 1.0
        # As Euler has it: so its arguments do not grow with a customer's orders.
        none = (known / (known + days)) ** (leaves - 1.0)
        none = none * hyp2f1(both - rate, leaves - 1.0, both, days / (known + days))
        expected: Array = self.alive(bought) * both / (leaves - 1.0) * (1.0 - none)
        return expected

    def mean_order(self, bought: Bought) -> Array:
        """Return the money expected of an order: the customer's own mean, drawn towards all's."""
        count = self.steady * bought.orders + self.spends - 1.0
        return self.steady * (self.money + bought.orders * bought.mean) / count

    def interval(self, bought: Bought, days: float, seed: int) -> Interval:
        """Return between which bounds orders and money lie within so many days, by futures drawn.

        Parameters
        ----------
        bought
            The customers.
        days
            How far ahead.
        seed
            Of the chance that draws.
        """
        alive = self.alive(bought)
        ends = [
            self._ends(Bought(*(values[place] for values in bought)), alive[place], days, seed)
            for place in range(len(alive))
        ]
        return Interval(*np.array(ends).reshape(-1, 4).T)

    def _ends(self, bought: Bought, alive: float, days: float, seed: int) -> list[float]:
        """Return the bounds of one customer, whose chance is its own whoever else is asked."""
        rng = np.random.default_rng(seed)
        rate = rng.gamma(self.buys + bought.orders - 1.0, size=DRAWS) / (self.days + bought.age)
        leaving = rng.beta(self.leaves, self.stays + bought.orders - 1.0, size=DRAWS)
        # Underflow would ask for orders without end of somebody who never leaves.
        until = rng.geometric(np.maximum(leaving, 1e-12))
        orders = np.minimum(rng.poisson(rate * days), until) * (rng.random(DRAWS) < alive)
        scale = rng.gamma(self.spends + self.steady * bought.orders, size=DRAWS)
        scale = scale / (self.money + bought.orders * bought.mean)
        value = rng.gamma(np.maximum(self.steady * orders, 1e-12)) / scale * (orders > 0)
        tail = (1.0 - INTERVAL) / 2.0
        ends = np.array([tail, 1.0 - tail])
        return [
            *np.quantile(orders, ends, method="inverted_cdf").tolist(),
            *np.quantile(value, ends).tolist(),
        ]


def rate_likelihood(log_parameters: Array, bought: Bought) -> float:
    """Return the mean log-likelihood of when orders came.

    Parameters
    ----------
    log_parameters
        Logarithms of `buys`, `days`, `leaves` and `stays`.
    bought
        The customers.
    """
    buys, days, leaves, stays = np.exp(log_parameters)
    repeats = bought.orders - 1.0
    shape = buys + repeats
    common = gammaln(shape) - gammaln(buys) + buys * np.log(days) - betaln(leaves, stays)
    stayed = betaln(leaves, stays + repeats) - shape * np.log(days + bought.age)
    left = betaln(leaves + 1.0, stays + np.maximum(repeats - 1.0, 0.0))
    left = np.where(repeats > 0.0, left - shape * np.log(days + bought.span), -np.inf)
    return float(np.mean(common + np.logaddexp(stayed, left)))


def amounts(bought: Bought, variance: Array) -> tuple[float, float, float]:
    """Return `steady`, `spends` and `money` by the moments of what orders brought.

    What an order is expected to bring is then the customer's own mean, drawn towards all's as far
    as orders of one customer vary against customers. That holds whatever the distributions are:
    customers who buy a horse and then feed are far from what Gamma-Gamma takes them for, and at the
    likeliest parameters all their orders bring as much as the first.

    Parameters
    ----------
    bought
        The customers.
    variance
        Of the money of one customer's orders, around its own mean.
    """
    count, mean = bought.orders, bought.mean
    total = count.sum()
    average = max(float((count * mean).sum() / total), SMALLEST)
    within = float((count * variance).sum() / max((count - 1.0).sum(), 1.0))
    spread = float((count * (mean - average) ** 2).sum()) - (len(count) - 1) * within
    between = spread / max(float(total - (count**2).sum() / total), 1.0)
    within, between = max(within, SMALLEST), max(between, within / MOST_ALIKE, SMALLEST)
    spends = 2.0 + average**2 / between
    return (spends - 1.0) * between / within, spends, average * within / between
