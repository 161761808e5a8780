"""Looking at any time is wrong as seldom as promised, and still finds what is there."""

from __future__ import annotations

from functools import partial
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pytest

from domain.experiments.inference import Difference, Totals, boundary, differences, slope
from domain.experiments.power import effect_found, of_rate, power_at, units_needed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOOKS = range(5, 101, 5)
"""Percent of the plan at which is looked."""

ALPHA = 0.05


def totals(y: np.ndarray, x: np.ndarray) -> Totals:
    return Totals(len(y), y.sum(), (y * y).sum(), x.sum(), (x * x).sum(), (x * y).sum())


def looks(arms: list[np.ndarray], known: list[np.ndarray]) -> Iterator[Mapping[str, Difference]]:
    """Yield what is said of arms at each look, as their units come side by side."""
    for percent in LOOKS:
        seen = [len(arm) * percent // 100 for arm in arms]
        yield differences(
            {
                str(number): totals(arm[:count], x[:count])
                for number, (arm, x, count) in enumerate(zip(arms, known, seen, strict=True))
            },
            "0",
            percent / 100,
            ALPHA,
        )


def wrong(
    arms: list[np.ndarray], truth: list[float], known: list[np.ndarray] | None = None
) -> bool:
    """Tell whether any look's interval misses the true difference of any arm."""
    known = known or [np.zeros_like(arm) for arm in arms]
    return any(
        not one.low <= truth[int(name)] <= one.high
        for found in looks(arms, known)
        for name, one in found.items()
    )


def at_most(share: float, times: int) -> float:
    """Return what a share of so many trials exceeds by chance once in a thousand."""
    return share + 3.1 * sqrt(share * (1.0 - share) / times)


@pytest.mark.parametrize(
    ("rates", "units"),
    [
        ((0.2, 0.2), (400, 400)),
        ((0.02, 0.02), (1500, 1500)),
        ((0.1, 0.1), (1800, 200)),
        ((0.3, 0.4), (300, 300)),
        ((0.1, 0.1, 0.1, 0.1), (500, 500, 500, 500)),
    ],
    ids=["even", "rare", "one in ten", "different", "four arms"],
)
@pytest.mark.no_cover
def test_rates_are_seldom_missed_at_any_look(
    rates: tuple[float, ...], units: tuple[int, ...]
) -> None:
    lots, times = np.random.default_rng(5), 1000
    truth = [rate - rates[0] for rate in rates]
    missed = sum(
        wrong(
            [
                lots.binomial(1, rate, count).astype(float)
                for rate, count in zip(rates, units, strict=True)
            ],
            truth,
        )
        for _ in range(times)
    )
    assert missed / times <= at_most(ALPHA, times)
    # Nor is it so wide that it says nothing: discrete looks cost a part of the chance only.
    assert missed / times >= 0.01


@pytest.mark.no_cover
def test_means_are_seldom_missed_where_units_are_few() -> None:
    lots, times = np.random.default_rng(6), 1000
    missed = sum(
        wrong([lots.normal(3, 2, 24), lots.normal(3, 5, 16)], [0, 0]) for _ in range(times)
    )
    assert missed / times <= at_most(ALPHA, times)


@pytest.mark.no_cover
def test_looking_with_a_fixed_test_is_wrong_many_times_as_often() -> None:
    """What the bound is for: the same looks with the usual 1.96 standard errors."""
    lots, times = np.random.default_rng(7), 500
    fixed, found = 0, 0
    for _ in range(times):
        arms = [lots.binomial(1, 0.2, 500).astype(float) for _ in range(2)]
        ever = [
            (
                abs(one.estimate),
                (one.high - one.estimate) * (percent / 100) ** 0.5 / boundary(ALPHA),
            )
            for percent, said in zip(LOOKS, looks(arms, [np.zeros(500)] * 2), strict=True)
            for one in said.values()
        ]
        fixed += any(estimate > 1.96 * error for estimate, error in ever)
        found += wrong(arms, [0.0, 0.0])
    assert fixed / times > 0.15
    assert found / times <= at_most(ALPHA, times)


def test_the_bound_is_crossed_as_often_as_it_says() -> None:
    lots, steps, times = np.random.default_rng(8), 2000, 3000
    paths = np.cumsum(lots.normal(0, steps**-0.5, (times, steps)), axis=1)
    share = (np.abs(paths).max(axis=1) > boundary(ALPHA)).mean()
    assert 0.03 < share <= at_most(ALPHA, times)


@pytest.mark.no_cover
def test_what_was_known_before_narrows_the_interval_and_keeps_its_promise() -> None:
    lots, times, widths, missed = np.random.default_rng(9), 600, [], 0
    for _ in range(times):
        known = [lots.normal(50, 20, 300) for _ in range(2)]
        arms = [
            0.1 * x + lots.normal(effect, 1, 300) for x, effect in zip(known, (0, 0.3), strict=True)
        ]
        adjusted, plain = (
            [said["1"] for said in looks(arms, before)][-1]
            for before in (known, [np.zeros(300)] * 2)
        )
        widths.append((adjusted.high - adjusted.low) / (plain.high - plain.low))
        missed += wrong(arms, [0.0, 0.3], known)
    # The metric's correlation with it is 2 / 5 ** 0.5, so the variance falls to a fifth.
    assert np.mean(widths) == pytest.approx(0.2**0.5, abs=0.01)
    assert missed / times <= at_most(ALPHA, times)


@pytest.mark.parametrize("known", [0.0, 1.0], ids=["nothing known", "known before"])
def test_one_yes_and_one_no_more_keep_what_was_known_before(known: float) -> None:
    lots = np.random.default_rng(12)
    propensity = lots.beta(1, 9, (2, 400))
    arms = {
        str(number): totals(lots.binomial(1, one).astype(float), known * one)
        for number, one in enumerate(propensity)
    }
    counted = [arm.with_one_of_each() for arm in arms.values()]
    assert slope(counted) == pytest.approx(slope(arms.values()))
    for arm, more in zip(arms.values(), counted, strict=True):
        assert (more.units, more.y, more.yy) == (arm.units + 2, arm.y + 1, arm.yy + 1)
        assert more.x / more.units == pytest.approx(arm.x / arm.units)
    plain, rate = (differences(arms, "0", 1.0, of_rates=one)["1"] for one in (False, True))
    assert rate.estimate == plain.estimate
    assert 1.0 < (rate.high - rate.low) / (plain.high - plain.low) < 1.05


def test_arms_without_a_yes_are_as_far_apart_as_one_more_would_bring_them() -> None:
    said = differences({"0": Totals(900), "1": Totals(100)}, "0", 1.0, of_rates=True)["1"]
    assert said.low < said.estimate == 0.0 < said.high < 0.1
    few = differences({"0": Totals(900), "1": Totals(9)}, "0", 1.0, of_rates=True)["1"]
    assert few.low == -few.high == -np.inf


@pytest.mark.parametrize(
    ("share", "rate", "effect"),
    [(0.1, 0.1, -0.05), (0.9, 0.02, 0.02), (0.9, 0.02, 0.05), (0.1, 0.02, 0.02)],
)
def test_what_is_planned_in_arms_of_two_sizes_is_found(
    share: float, rate: float, effect: float
) -> None:
    lots, times = np.random.default_rng(13), 400
    shares = {"0": 1.0 - share, "1": share}
    units = units_needed(shares, "0", partial(of_rate, rate), effect)
    found = 0
    for _ in range(times):
        came = lots.multinomial(units // len(LOOKS), [1.0 - share, share], len(LOOKS))
        yes = np.cumsum(lots.binomial(came, [rate, rate + effect]), axis=0)
        seen = np.cumsum(came, axis=0)
        found += any(
            said.low > 0.0 or said.high < 0.0
            for percent, units_by_arm, yes_by_arm in zip(LOOKS, seen, yes, strict=True)
            for said in differences(
                {
                    str(arm): Totals(int(units_by_arm[arm]), yes_by_arm[arm], yes_by_arm[arm])
                    for arm in range(2)
                },
                "0",
                percent / 100,
                of_rates=True,
            ).values()
        )
    assert found / times == pytest.approx(0.8, abs=0.07)


def test_what_was_known_of_nobody_changes_nothing() -> None:
    even = {name: Totals.of([(y, 7.0) for y in values]) for name, values in
            (("0", [0.0, 1.0] * 20), ("1", [1.0, 1.0, 0.0, 1.0] * 10))}  # fmt: skip
    (said,) = differences(even, "0", 1.0).values()
    assert said.estimate == pytest.approx(0.25)
    assert said.low < 0.25 < said.high


@pytest.mark.parametrize("values", [[], [1.0] * 9, [0.0] * 500])
def test_nothing_is_said_of_few_units_or_none_that_differ(values: list[float]) -> None:
    arms = {name: Totals.of([(y, 0.0) for y in values]) for name in "01"}
    (said,) = differences(arms, "0", 1.0).values()
    assert said.low == -said.high == -np.inf


def test_the_planned_effect_is_found_as_often_as_planned() -> None:
    shares, lots, times = {"a": 0.5, "b": 0.5}, np.random.default_rng(10), 800
    units = units_needed(shares, "a", partial(of_rate, 0.10), 0.05)
    found = 0
    for _ in range(times):
        arms = [lots.binomial(1, rate, units // 2).astype(float) for rate in (0.10, 0.15)]
        said = looks(arms, [np.zeros(units // 2)] * 2)
        found += any(one.low > 0 for every in said for one in every.values())
    assert found / times == pytest.approx(0.8, abs=0.05)
    by_arm = {name: share * units for name, share in shares.items()}
    assert effect_found(by_arm, "a", partial(of_rate, 0.10)) == pytest.approx(0.05, abs=0.001)


def test_it_takes_few_more_units_than_a_fixed_test() -> None:
    normal = NormalDist()
    fixed = (
        (normal.inv_cdf(0.975) + normal.inv_cdf(0.8)) ** 2 * (0.1 * 0.9 + 0.15 * 0.85) * 2 / 0.05**2
    )
    assert 1.0 < units_needed({"a": 0.5, "b": 0.5}, "a", partial(of_rate, 0.10), 0.05) / fixed < 1.1
    assert power_at(2.8, boundary(ALPHA)) > 0.77


def test_small_arms_and_many_arms_take_more_units() -> None:
    rates = partial(of_rate, 0.1)
    even = units_needed({"a": 0.5, "b": 0.5}, "a", rates, 0.05)
    assert units_needed({"a": 0.9, "b": 0.1}, "a", rates, 0.05) > 2 * even
    assert units_needed({"a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25}, "a", rates, 0.05) > 2 * even
