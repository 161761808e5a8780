"""What customers will buy: closed forms against futures drawn, and parameters found again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betainc, betaln

from offline.value import SHAPE, Known, fit
from online_models.customer_value import INTERVAL, Bought, ValueModel
from online_models.customer_value import amounts as moments
from postgres.errors import TooLittleError

WORLD = ValueModel(0.8, 40.0, 0.9, 3.0, 4.0, 4.0, 120.0)
YEAR = 365.0


def lives(customers: int, seen: float, later: float) -> Known:
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
        paid = amounts[: len(known)]
        seen_of.append((len(known), known[-1], age, paid.mean(), paid.var()))
        orders.append(len(times) - len(known))
        money.append(amounts[len(known) :].sum())
    *bought, variance = np.array(seen_of).T
    return Known(Bought(*bought), variance, np.array(orders, float), np.array(money))


def test_the_future_of_a_known_world_is_foretold() -> None:
    bought, variance, orders, money = lives(6000, 700.0, YEAR)
    model = fit(bought, variance)
    expected = model.expected(bought, YEAR)
    assert expected.sum() == pytest.approx(orders.sum(), rel=0.06)
    assert (expected * model.mean_order(bought)).sum() == pytest.approx(money.sum(), rel=0.1)
    assert model.chance(bought, YEAR).mean() == pytest.approx((orders > 0).mean(), abs=0.02)
    assert model.steady == pytest.approx(WORLD.steady, rel=0.3)
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


@pytest.mark.parametrize("buys", SHAPE)
@pytest.mark.parametrize("leaves", SHAPE)
@pytest.mark.parametrize("stays", SHAPE)
def test_the_closed_form_holds_at_the_bounds_of_the_fit(
    buys: float, leaves: float, stays: float
) -> None:
    shape = float(np.exp(buys))
    after = np.exp([leaves, stays]).tolist()
    model = ValueModel(shape, 20 * shape, after[0], after[1], 5.0, 4.0, 100.0)
    bought = Bought(*np.array([[1, 0, 9, 3], [6, 100, 900, 3], [300, 800, 801, 3]], float).T)
    repeats, known = bought.orders - 1.0, model.days + bought.age
    by_count = sum(
        betainc(count, model.buys + repeats, YEAR / (known + YEAR))
        * np.exp(
            betaln(model.leaves, model.stays + repeats + count - 1)
            - betaln(model.leaves, model.stays + repeats)
        )
        for count in range(1, 3000)
    )
    expected = model.expected(bought, YEAR)
    assert expected == pytest.approx(model.alive(bought) * by_count, rel=1e-4, abs=1e-6)


def test_customers_who_are_all_alike_are_foretold_too() -> None:
    rng = np.random.default_rng(6)
    ages = rng.uniform(200, 700, 400)
    times = [np.cumsum(rng.exponential(25.0, 60)) for _ in ages]
    known = [at[at < age] for at, age in zip(times, ages, strict=True)]
    orders = np.array([1.0 + len(at) for at in known])
    span = np.array([at[-1] if len(at) else 0.0 for at in known])
    model = fit(Bought(orders, span, ages, np.full(400, 50.0)), np.full(400, 9.0))
    expected = model.expected(Bought(orders, span, ages, np.full(400, 50.0)), YEAR)
    assert expected == pytest.approx(YEAR / 25.0, rel=0.3)


def test_an_interval_is_the_same_whoever_else_is_asked_about() -> None:
    both = Bought(*np.array([[4, 90, 95, 50], [30, 600, 620, 9]], float).T)
    together = WORLD.interval(both, YEAR, 1)
    for place in (0, 1):
        alone = WORLD.interval(Bought(*(values[[place]] for values in both)), YEAR, 1)
        assert [values[place] for values in together] == [values[0] for values in alone]


def test_who_is_overdue_is_likelier_gone() -> None:
    bought = Bought(*np.array([[9, 240, age, 30] for age in (245, 300, 500, 900)], float).T)
    alive = WORLD.alive(bought)
    assert (np.diff(alive) < 0).all()
    assert 0.9 < alive[0] < 1
    assert alive[-1] < 0.05


def test_one_dear_order_says_little_where_orders_of_one_customer_vary() -> None:
    rng = np.random.default_rng(4)
    # Anybody's order is dear once in twenty times: nobody spends more than others.
    amounts = np.where(rng.random((500, 8)) < 0.05, 20_000.0, 400.0)
    ones = np.ones(500)
    bought = Bought(8 * ones, ones, ones, amounts.mean(axis=1))
    steady, spends, money = moments(bought, amounts.var(axis=1))
    model = ValueModel(1.0, 1.0, 1.0, 1.0, steady, spends, money)
    (dear,) = model.mean_order(Bought(*np.array([[1], [0], [9], [20_000]], float)))
    assert dear < 2 * amounts.mean()
    assert model.mean_order(bought).mean() == pytest.approx(amounts.mean(), rel=0.01)


@pytest.mark.parametrize("money", [0.0, 7.0])
def test_orders_that_all_bring_the_same_are_expected_to(money: float) -> None:
    ones = np.ones(60)
    bought = Bought(3 * ones, ones, ones, money * ones)
    model = ValueModel(1.0, 1.0, 1.0, 1.0, *moments(bought, np.zeros(60)))
    assert model.mean_order(bought) == pytest.approx(money, abs=1e-3)
    assert np.isfinite(model.interval(bought, YEAR, 1).value_high).all()


def test_too_few_customers_are_no_history() -> None:
    bought, variance = Bought(*np.ones((4, 20))), np.zeros(20)
    with pytest.raises(TooLittleError, match="0 customers have bought twice, where it takes 50"):
        fit(bought, variance)
