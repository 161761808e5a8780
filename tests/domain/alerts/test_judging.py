"""Which motives hold, by what a lead did and when."""

from __future__ import annotations

from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actions import HOT_FOR, QUIET_AFTER
from domain.alerts.judging import GONE, judge, rules
from domain.alerts.motives import THRESHOLDS, Alert, Case, Judged, Motive, Over, urgency
from domain.alerts.value import budget, order_value, yearly_value
from domain.scorecard import Points, Scale, Scorecard
from domain.scoring import HeadScore, score_lead
from domain.state import DAY, HOUR, LeadState
from online_models.day_zero import day_zero

CARD = day_zero().scorecard(0)
NOW = 1_800_000_000.0
HOT = {"orcamento_faixa": "60k+", "prazo_compra": "7d", "uf": "sp", "whatsapp": 1.0}


def case(
    state: LeadState, before: int | None = None, chance: float | None = None, low: int = 0
) -> Case:
    """Return a lead as it is scored now."""
    said = None
    if chance is not None:
        points = Points(20.0, {"rhythm": 31.4, "amount": -3.2}, log(chance / (1.0 - chance)))
        said = HeadScore("churn_90d", 48, points, Scorecard(1, 0.0, {}, Scale()))
    return Case(state, score_lead(state, CARD, NOW), before, NOW, said, low=low)


def judged(of: Case, *motives: str) -> dict[Motive, Judged]:
    return dict(judge(of, rules({one: THRESHOLDS[one] for one in motives or THRESHOLDS})))


def lead(*events: tuple[str, float], **answers: Any) -> LeadState:
    """Return a lead of events so many seconds ago."""
    state = LeadState(NOW - 30 * DAY, {**answers})
    for kind, ago in events:
        state.fold(kind, NOW - ago)
    return state


def customer(*days_ago: float, amount: float = 100.0) -> LeadState:
    state = LeadState(NOW - 730 * DAY)
    for days in days_ago:
        state.fold("purchase", NOW - days * DAY)
        state.amounts.add(amount, NOW - days * DAY)
    return state


def test_a_hot_lead_waits_from_its_last_sign() -> None:
    state = lead(("cta_click", 3 * HOUR), ("hook_complete", 2 * HOUR), **HOT)
    said = judged(case(state))[Motive.WAITING].said
    assert isinstance(said, Alert)
    assert (said.since, said.lost_at) == (NOW - 3 * HOUR, NOW - 3 * HOUR + HOT_FOR)
    assert 0.0 < said.impact < 60_000.0
    assert judged(case(state))[Motive.JUMPED].said is Over.OTHER


@pytest.mark.parametrize(
    ("events", "over"),
    [
        ([("cta_click", 60.0), ("next_action_saved", 30.0)], Over.ANSWERED),
        ([("cta_click", QUIET_AFTER + 1.0), ("hook_complete", QUIET_AFTER + 1.0)], Over.EXPIRED),
        ([("page_view", 60.0)], Over.COOLED),
    ],
)
def test_a_lead_that_does_not_wait(events: list[tuple[str, float]], over: Over) -> None:
    assert judged(case(lead(*events, **HOT)))[Motive.WAITING].said is over


def test_a_lead_that_was_sent_does_not_wait() -> None:
    state = lead(("cta_click", 60.0), **HOT)
    state.sent = True
    assert judged(case(state))[Motive.WAITING].said is Over.SENT


def test_only_a_rise_may_be_a_jump() -> None:
    state = lead(("cta_click", 60.0), ("asked_price", 30.0))
    assert judged(case(state, 32))[Motive.JUMPED].said is None
    assert judged(case(state))[Motive.JUMPED].said is None
    assert isinstance(judged(case(state, 20))[Motive.JUMPED].said, Alert)
    assert isinstance(judged(case(state, 20, low=17))[Motive.JUMPED].said, Alert)
    assert judged(case(state, 20, low=18))[Motive.JUMPED].said is None


@pytest.mark.parametrize(
    ("gaps", "due", "slipping"),
    [
        (0.5, Over.BOUGHT, Over.BOUGHT),
        (1.5, Alert, Over.BOUGHT),
        (2.5, Over.OTHER, Alert),
        (GONE + 1, Over.EXPIRED, Over.EXPIRED),
    ],
)
def test_first_due_then_slipping_then_gone(gaps: float, due: Any, slipping: Any) -> None:
    found = judged(case(customer(*(20 * (gaps + n) for n in range(30)))))
    for motive, wanted in ((Motive.DUE, due), (Motive.SLIPPING, slipping)):
        said = found[motive].said
        assert isinstance(said, Alert) if wanted is Alert else said is wanted


def test_who_may_begin_by_time_alone_is_looked_at_then() -> None:
    state = customer(45, 25, 5)
    assert judged(case(state), "due")[Motive.DUE].until == pytest.approx(NOW + 15 * DAY)
    loyal = customer(*range(5, 700, 20))
    until = judged(case(loyal), "slipping")[Motive.SLIPPING].until
    assert NOW < until <= NOW + 7 * DAY


def test_who_bought_now_and_then_is_neither_due_nor_leaving() -> None:
    for state in (customer(300), customer(300, 200), lead()):
        found = judged(case(state, chance=0.9))
        assert not any(isinstance(one.said, Alert) for one in found.values())


def test_leaving_says_more_than_the_rest_and_its_reasons_add_up() -> None:
    state = customer(*(50 + 20 * n for n in range(30)))
    found = judged(case(state, chance=0.8))
    said = found[Motive.LEAVING].said
    assert isinstance(said, Alert)
    assert sum(points for _, points in said.reasons) == 48
    assert said.reasons[0] == ("rhythm", 31)
    assert found[Motive.SLIPPING].said is Over.OTHER
    assert said.impact == pytest.approx(0.8 * yearly_value(state))
    assert 1_500.0 < yearly_value(state) < 2_500.0
    assert judged(case(state, chance=0.3))[Motive.LEAVING].said is Over.BOUGHT


def test_money_at_stake() -> None:
    state = customer(60, 40, 20, amount=150.0)
    state.amounts.add(-150.0, NOW)
    assert order_value(state) == 100.0
    assert (budget("20k-60k"), budget("0-5k"), budget(700.0), budget("sei lá")) == (
        40_000.0, 2_500.0, 700.0, 2_500.0,
    )  # fmt: skip


@given(st.lists(st.floats(0.0, 700.0), max_size=30), st.floats(0.01, 0.99))
def test_whatever_was_bought_urgency_and_impact_are_numbers(
    days: list[float], chance: float
) -> None:
    for one in judged(case(customer(*days), chance=chance)).values():
        assert one.until > NOW
        if isinstance(one.said, Alert):
            assert 0.0 <= one.said.impact < 1e12
            assert 0.0 < urgency(one.said.lost_at, NOW) <= 1.0
