"""What customers will buy: closed forms against futures drawn, and parameters found again."""

from __future__ import annotations

import numpy as np
import pytest

from offline.value import TooFewError, fit
from online_models.customer_value import INTERVAL, Array, Bought, ValueModel

WORLD = ValueModel(0.8, 40.0, 0.9, 3.0, 4.0, 4.0, 120.0)
YEAR = 365.0


def lives(customers: int, seen: float, later: float) -> tuple[Bought, Array, Array]:
    """Simulate customers of `WORLD`: what was bought while they were seen, and after."""
    rng = np.random.default_rng(3)
    seen_of, orders, money = [], [], []
    for _ in range(customers):
        rate, leaves = rng.gamma(WORLD.buys) / WORLD.days, rng.beta(WORLD.leaves, WORLD.stays)
        scale = rng.gamma(WORLD.spends) / WORLD.money
        age = rng.uniform(seen / 2, seen)
        times = [0.0]
        while (at := times[-1] + rng.exponential(1 / rate)) < age + later:
            times.append(at)
            if rng.random() < leaves:
                break
        amounts = rng.gamma(WORLD.steady, 1 / scale, len(times))
        known = [at for at in times if at < age]
        seen_of.append((len(known), known[-1], age, amounts[: len(known)].mean()))
        orders.append(len(times) - len(known))
        money.append(amounts[len(known) :].sum())
    return Bought(*np.array(seen_of).T), np.array(orders, float), np.array(money)


def test_the_future_of_a_known_world_is_foretold() -> None:
    bought, orders, money = lives(6000, 700.0, YEAR)
    model = fit(bought)
    expected = model.expected(bought, YEAR)
    assert expected.sum() == pytest.approx(orders.sum(), rel=0.06)
    assert (expected * model.mean_order(bought)).sum() == pytest.approx(money.sum(), rel=0.1)
    assert model.chance(bought, YEAR).mean() == pytest.approx((orders > 0).mean(), abs=0.02)
    assert model.steady == pytest.approx(WORLD.steady, rel=0.15)
    by_rank = np.array_split(np.argsort(expected), 5)
    for group in by_rank:
        assert expected[group].mean() == pytest.approx(orders[group].mean(), rel=0.2, abs=0.1)
    best = np.argsort(expected)[-1000:]
    ends = model.interval(Bought(*(values[best] for values in bought)), YEAR, 1)
    # Of those who surely buy something: of the others more lie within, for nothing is a lump.
    sure = ends.orders_low > 0
    assert sure.sum() > 150
    for came, low, high in (
        (orders[best], ends.orders_low, ends.orders_high),
        (money[best], ends.value_low, ends.value_high),
    ):
        within = (low <= came) & (came <= high)
        assert within.mean() > INTERVAL
        assert within[sure].mean() == pytest.approx(INTERVAL, abs=0.07)


@pytest.mark.parametrize("leaves", [0.7, 1.0, 2.5])
def test_the_closed_form_is_the_mean_of_futures(leaves: float) -> None:
    model = ValueModel(0.5, 30.0, leaves, 2.0, 5.0, 4.0, 100.0)
    bought = Bought(*np.array([[1, 0, 200, 30], [4, 90, 95, 50], [30, 600, 620, 9]], float).T)
    rng = np.random.default_rng(8)
    size = (400_000, 3)
    rate = rng.gamma(model.buys + bought.orders - 1, size=size) / (model.days + bought.age)
    until = rng.geometric(rng.beta(leaves, model.stays + bought.orders - 1, size=size))
    drawn = np.minimum(rng.poisson(rate * YEAR), until) * (rng.random(size) < model.alive(bought))
    assert model.expected(bought, YEAR) == pytest.approx(drawn.mean(axis=0), rel=0.03)
    assert model.chance(bought, YEAR) == pytest.approx((drawn > 0).mean(axis=0), abs=0.005)


def test_who_is_overdue_is_likelier_gone() -> None:
    bought = Bought(*np.array([[9, 240, age, 30] for age in (245, 300, 500, 900)], float).T)
    alive = WORLD.alive(bought)
    assert (np.diff(alive) < 0).all()
    assert 0.9 < alive[0] < 1
    assert alive[-1] < 0.05


def test_too_few_customers_are_no_history() -> None:
    bought = Bought(*np.ones((4, 20)))
    with pytest.raises(TooFewError, match="0 customers have bought twice, where it takes 50"):
        fit(bought)
