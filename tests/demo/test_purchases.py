"""What the invented business sells: rhythms, and truths that show in the purchases."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from demo.population import DAY
from demo.purchases import FAMILIES, LEAVES, YEAR, Buyer, buyer
from demo.seed import EARLIER, Plan, rows_of

START, END = 1_700_000_000.0, 1_700_000_000.0 + 3 * YEAR


def buyers(count: int = 600) -> list[Buyer]:
    return [buyer(np.random.default_rng([5, number]), START, END) for number in range(count)]


def gaps(bought: Buyer, family: str) -> list[float]:
    times = [one.at for one in bought.purchases if one.family == family and one.amount > 0]
    return [after - before for before, after in pairwise(times)]


def test_some_leave_and_buy_nothing_from_then_on() -> None:
    everybody = buyers()
    left = [one for one in everybody if one.left_at is not None]
    assert len(left) / len(everybody) == pytest.approx(1 - np.exp(-3 * YEAR * LEAVES), abs=0.06)
    for one in left:
        bought = [purchase.at for purchase in one.purchases if purchase.amount > 0]
        assert max(bought, default=0.0) <= (one.left_at or 0.0) + DAY
    for one in everybody:
        assert all(START < purchase.at <= END for purchase in one.purchases)


def test_a_buyer_has_a_pace_of_its_own() -> None:
    stayed = [one for one in buyers() if one.left_at is None and one.elsewhere is None]
    own = [found for one in stayed if len(found := gaps(one, "ração")) > 10]
    within = np.mean([np.std(found) / np.mean(found) for found in own])
    between = np.std([np.log(np.mean(found)) for found in own])
    assert within == pytest.approx(1 / 3, abs=0.05)
    assert between == pytest.approx(0.45, abs=0.08)


def test_who_buys_elsewhere_buys_less_of_it() -> None:
    everybody = [one for one in buyers(1500) if one.left_at is None]
    for family in sorted(FAMILIES.keys() - {"cavalos"}):  # few buy more than one horse
        here = [len(gaps(one, family)) for one in everybody if gaps(one, family)]
        away = [len(gaps(one, family)) for one in everybody if one.elsewhere == family]
        assert len(away) > 10
        assert np.mean(away) < 0.4 * np.mean(here)


def test_what_came_back_was_bought_before() -> None:
    returned = 0
    for one in buyers():
        bought = {(p.family, p.amount, p.quantity): p.at for p in one.purchases if p.amount > 0}
        for back in (p for p in one.purchases if p.amount < 0):
            assert back.at > bought[back.family, -back.amount, -back.quantity]
            returned += 1
    assert returned > 10


def test_customers_change_nothing_of_the_others() -> None:
    plan = Plan(leads=200, partners=0, days=60, seed=3, now=1_760_000_000.0)
    with_sales = Plan(plan.leads, 0, plan.days, plan.seed, plan.now, customers=12)
    bare, whole = rows_of(plan), rows_of(with_sales)
    assert whole.leads[:200] == bare.leads
    sold = {"purchase", "return"}
    assert [row for row in whole.events if row[2] not in sold][: len(bare.events)] == bare.events
    assert not bare.buyers
    won_before = bare.ended["handoff"]
    assert len(whole.buyers) == won_before + 12
    # Leads of the time before are as often won as others, so that nothing is learned amiss.
    earlier = len(whole.leads) - 200
    assert 12 / earlier == pytest.approx(won_before / 200, abs=0.15)
    assert len({row[0] for row in whole.events}) == len(whole.events)
    assert plan.leads < EARLIER
