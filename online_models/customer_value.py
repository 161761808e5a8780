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
        none = (known / (known + days)) ** rate * hyp2f1(rate, stays, both, days / (known + days))
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
        rng = np.random.default_rng(seed)
        size = (DRAWS, len(bought.orders))
        rate = rng.gamma(self.buys + bought.orders - 1.0, size=size) / (self.days + bought.age)
        leaving = rng.beta(self.leaves, self.stays + bought.orders - 1.0, size=size)
        # Underflow would ask for orders without end of somebody who never leaves.
        until = rng.geometric(np.maximum(leaving, 1e-12))
        orders = np.minimum(rng.poisson(rate * days), until)
        orders = np.where(rng.random(size) < self.alive(bought), orders, 0)
        scale = rng.gamma(self.spends + self.steady * bought.orders, size=size)
        scale = scale / (self.money + bought.orders * bought.mean)
        value = rng.gamma(np.maximum(self.steady * orders, 1e-12)) / scale * (orders > 0)
        tail = (1.0 - INTERVAL) / 2.0
        ends = np.array([tail, 1.0 - tail])
        fewest, most = np.quantile(orders, ends, axis=0, method="inverted_cdf").astype(float)
        least, greatest = np.quantile(value, ends, axis=0)
        return Interval(fewest, most, least, greatest)


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


def amount_likelihood(log_parameters: Array, bought: Bought) -> float:
    """Return the mean log-likelihood of what orders brought.

    Parameters
    ----------
    log_parameters
        Logarithms of `steady`, `spends` and `money`.
    bought
        The customers; those whose orders brought something.
    """
    steady, spends, money = np.exp(log_parameters)
    count = steady * bought.orders
    total = bought.orders * bought.mean
    each = (
        gammaln(count + spends) - gammaln(count) - gammaln(spends)
        + spends * np.log(money) + count * np.log(total) - np.log(bought.mean)
        - (count + spends) * np.log(money + total)
    )  # fmt: skip
    return float(np.mean(each))
