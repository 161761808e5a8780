"""What an experiment needs, by what leads did lately, and why it is not started."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from domain.experiments.declaration import Arm, Experiment, Finding, Metric, Unit
from domain.experiments.inference import FEWEST, Totals, differences
from domain.experiments.planning import LONGEST, PastUnit, Plan, plan, plan_of_units
from domain.partners.places import UFS
from tests.domain.experiments.test_declaration import EXPERIMENT

EVEN = replace(EXPERIMENT, arms=[Arm("none", 1.0), Arm("alert", 1.0)])
MONEY = replace(EVEN, metric=Metric(frozenset(), 14.0, revenue=True), minimum_effect=5.0)
BY_UF = replace(EVEN, unit=Unit.UF)


def leads(units: int, rate: float) -> Totals:
    return Totals(units, units * rate, units * rate)


def past(names: tuple[str, ...] = UFS, kept: float = 0.9, spread: float = 0.1) -> list[PastUnit]:
    """Return units that come one a day, whose metric is `kept` of what it was before."""
    lots = np.random.default_rng(4)
    before, after = lots.normal(0.3, spread, (2, len(names)))
    return [
        PastUnit(name, day, float(kept * x + (1.0 - kept) * y), float(x))
        for day, (name, x, y) in enumerate(zip(names, before, after, strict=True))
    ]


def refused(found: Plan | Finding) -> Finding:
    assert isinstance(found, Finding)
    return found


def planned(found: Plan | Finding) -> Plan:
    assert isinstance(found, Plan)
    return found


def test_a_plan_says_how_long_it_takes() -> None:
    found = planned(plan(EVEN, leads(5600, 0.10), 8))
    assert found.units == 1461
    assert found.weeks == pytest.approx(1461 / 700 + 2)


@pytest.mark.parametrize(
    ("lately", "code"),
    [
        (Totals(), "no_traffic"),
        (leads(16, 0.125), "too_long"),
        (leads(5600, 0.97), "effect_impossible"),
    ],
)
def test_what_can_not_be_planned_is_refused(lately: Totals, code: str) -> None:
    why = refused(plan(EVEN, lately, 8))
    assert why.code == code
    if code == "too_long":
        # What is offered in its place fits into the year, but for the days of the last leads.
        longer = planned(plan(replace(EVEN, minimum_effect=why.facts["effect"] * 1.1), lately, 8))
        assert longer.weeks <= LONGEST


@pytest.mark.parametrize("weights", [(9.0, 1.0), (1.0, 9.0)])
@pytest.mark.parametrize("effect", [0.005, -0.005])
def test_what_is_offered_for_a_rate_fits_into_a_year_in_arms_of_any_size(
    weights: tuple[float, float], effect: float
) -> None:
    arms = [Arm(str(number), weight) for number, weight in enumerate(weights)]
    asked = replace(EVEN, arms=arms, minimum_effect=effect)
    offered = refused(plan(asked, leads(80, 0.3), 8)).facts["effect"]
    assert offered * effect > 0.0
    fits = planned(plan(replace(asked, minimum_effect=offered * 1.1), leads(80, 0.3), 8))
    assert 0.8 * LONGEST < fits.weeks <= LONGEST


def test_money_is_planned_by_what_is_left_of_its_variance() -> None:
    lots = np.random.default_rng(3)
    before = lots.lognormal(3, 1, 4000)
    noise = lots.normal(0, 10, 4000)
    alone, adjusted = (
        planned(plan(MONEY, Totals.of(zip(before + noise, known, strict=True)), 8)).units
        for known in (0 * before, before)
    )
    assert adjusted / alone == pytest.approx(100 / (before.var() + 100), rel=0.1)


def test_a_large_effect_takes_enough_leads_to_say_anything() -> None:
    assert planned(plan(replace(EVEN, minimum_effect=0.9), leads(5600, 0.01), 8)).units == 40


def test_money_is_planned_with_half_of_the_mean_at_the_most() -> None:
    lots = np.random.default_rng(3)
    lately = Totals.of((float(y), 0.0) for y in lots.lognormal(1, 2, 4000))
    mean = lately.y / lately.units
    less, half, more = (
        planned(plan(replace(MONEY, minimum_effect=times * mean), lately, 0.01)).units
        for times in (0.25, 0.5, 3.0)
    )
    # An arm that spends a quarter more varies by its square, and so does one with a half more.
    assert less / half == pytest.approx(
        ((1 + 1.25**2) / 0.25**2) / ((1 + 1.5**2) / 0.5**2), rel=0.01
    )
    assert half == more


def test_money_that_hardly_anybody_spends_is_not_compared() -> None:
    few = Totals.of([(1000.0, 0.0)] + [(0.0, 0.0)] * 999)
    assert refused(plan(replace(MONEY, minimum_effect=500.0), few, 8)).code == "money_rare"
    states = [unit._replace(y=1000.0 * (unit.name == "SP"), x=0.0) for unit in past()]
    by_uf = replace(MONEY, unit=Unit.UF, minimum_effect=5000.0)
    assert refused(plan_of_units(by_uf, states)).code == "money_rare"


def test_money_that_nobody_spent_plans_nothing() -> None:
    assert refused(plan(MONEY, leads(500, 0.0), 8)).code == "money_still"


def test_states_are_dealt_as_they_will_be() -> None:
    found = planned(plan_of_units(BY_UF, past()))
    first = [BY_UF.arm_of(name) for name in UFS[: found.units]]
    assert min(map(first.count, BY_UF.shares)) >= FEWEST
    # It ends with the last of them: its first lead, and twice the metric's days.
    assert found.weeks == pytest.approx((found.units - 1 + 28) / 7)


def test_what_was_known_of_states_makes_27_of_them_enough() -> None:
    needed = {kept: plan_of_units(BY_UF, past(kept=kept)) for kept in (0.0, 0.9)}
    assert refused(needed[0.0]).code == "units_end"
    assert planned(needed[0.9]).units <= len(UFS)


def test_too_few_states_say_which_effect_they_find() -> None:
    why = refused(plan_of_units(replace(BY_UF, minimum_effect=-0.001), past()))
    assert (why.code, why.facts["units"], why.facts["unit"]) == ("units_end", 27, "uf")
    assert why.facts["effect"] < -0.001
    offered = replace(BY_UF, minimum_effect=why.facts["effect"])
    assert planned(plan_of_units(offered, past())).units == len(UFS)


def uneven() -> Experiment:
    """Return an experiment whose salt gives one arm fewer states than it takes."""
    for number in range(1000):
        found = replace(BY_UF, salt=str(number))
        arms = [found.arm_of(name) for name in UFS]
        if min(map(arms.count, found.shares)) < FEWEST:
            return found
    raise AssertionError


@pytest.mark.parametrize(
    ("experiment", "lately", "code"),
    [
        (BY_UF, [], "few_units"),
        (BY_UF, past(UFS[:19]), "few_units"),
        (replace(BY_UF, arms=[*EVEN.arms, Arm("both", 1.0)]), past(), "few_units"),
        (uneven(), past(), "salt_uneven"),
        (BY_UF, past(spread=0.0), "rate_still"),
        (replace(MONEY, unit=Unit.UF), past(spread=0.0), "money_still"),
        (replace(BY_UF, metric=Metric(frozenset({"handoff"}), 300.0)), past(), "too_slow"),
    ],
)
def test_what_units_can_not_tell_is_refused(
    experiment: Experiment, lately: list[PastUnit], code: str
) -> None:
    assert refused(plan_of_units(experiment, lately)).code == code


@pytest.mark.no_cover
def test_the_planned_effect_is_found_by_states_as_often_as_planned() -> None:
    lots, found, times = np.random.default_rng(5), 0, 800
    partners = tuple(f"p{number}" for number in range(60))
    one = replace(BY_UF, unit=Unit.PARTNER, minimum_effect=0.08)
    # The metric's spread is that of `past`, whose estimate is one draw of it.
    variance = np.var([unit.y for unit in past(partners, kept=0.0)], ddof=2)
    units = planned(plan_of_units(one, past(partners, kept=0.0))).units
    arms = np.array([one.arm_of(name) == "alert" for name in partners[:units]])
    for _ in range(times):
        y = lots.normal(0.3, variance**0.5, units) + 0.08 * arms
        said = (
            differences(
                {
                    "none": totals(y[:count][~arms[:count]]),
                    "alert": totals(y[:count][arms[:count]]),
                },
                "none",
                count / units,
            )
            for count in range(20, units + 1)
        )
        found += any(one["alert"].low > 0.0 for one in said)
    assert found / times == pytest.approx(0.8, abs=0.06)


def totals(values: np.ndarray[Any, Any]) -> Totals:
    return Totals.of((float(y), 0.0) for y in values)
