"""What thresholds would have come to, by purchases alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerts.judging import judge, rules
from domain.alerts.looking_back import Then, look_back
from domain.alerts.motives import WEEK, Alert, Case, Motive
from domain.scoring import score_lead
from domain.state import DAY, LeadState
from online_models.day_zero import day_zero

NOW = 1_800_000_000.0
SINCE = NOW - 90 * DAY
CARD = day_zero().scorecard(0)
STEPS = {Motive.DUE: [0.5, 1.0, 1.5], Motive.SLIPPING: [0.3, 0.5, 0.8]}


def looked(*days_ago: float) -> dict[Motive, dict[float, Then]]:
    return look_back([sorted(NOW - ago * DAY for ago in days_ago)], SINCE, NOW, STEPS)


def test_a_day_that_came_is_right_where_the_customer_bought_before_it_was_late() -> None:
    # A gap of ten days: due 30 days ago, late 20 days ago, and bought 25 days ago.
    due = looked(60, 50, 40, 25)[Motive.DUE]
    assert due[1.0].opened == 2
    assert (due[1.0].known, due[1.0].right) == (2, 1)
    # Who bought before the day came opened nothing.
    assert looked(60, 50, 40, 31, 22, 13, 4)[Motive.DUE][1.0] == Then(0, 0, 0)
    # Late only after now: nobody knows yet.
    assert looked(260, 160, 60)[Motive.DUE][0.5] == Then(1, 0, 0)


def test_before_a_gap_is_usual_nothing_is_due() -> None:
    assert set(looked(40, 30)[Motive.DUE].values()) == {Then()}


def test_who_stops_buying_slips_once_and_whether_that_was_right_is_not_told() -> None:
    slipping = looked(*range(60, 720, 20))[Motive.SLIPPING]
    assert slipping[0.5] == Then(1, 0, 0)
    steady = looked(*range(5, 720, 20))[Motive.SLIPPING]
    assert steady[0.3] == Then(0, 0, 0)


@given(st.lists(st.integers(0, 400), min_size=3, max_size=30, unique=True))
def test_what_is_said_to_have_slipped_is_what_the_rule_says(days_ago: list[int]) -> None:
    times = sorted(NOW - ago * DAY for ago in days_ago)
    since = NOW - WEEK
    found = look_back([times], since, NOW, STEPS)[Motive.SLIPPING]
    for threshold, then in found.items():
        held = [_slips(times, at, threshold) for at in (since - WEEK, since, NOW)]
        crossed = sum(not before and after for before, after in pairwise(held))
        assert then.opened == crossed


def _slips(times: list[float], at: float, threshold: float) -> bool:
    state = LeadState(NOW - 730 * DAY)
    for moment in times:
        if moment <= at:
            state.fold("purchase", moment)
            state.amounts.add(100.0, moment)
    case = Case(state, score_lead(state, CARD, at), None, at)
    [(_, judged)] = judge(case, rules({Motive.SLIPPING: threshold}))
    return isinstance(judged.said, Alert)


@pytest.mark.parametrize("motive", STEPS)
def test_without_customers_nothing_opens(motive: Motive) -> None:
    assert set(look_back([], SINCE, NOW, STEPS)[motive].values()) == {Then()}
