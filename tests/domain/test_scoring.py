"""Scores: within 0 to 100, explained to the point, with the gate and the people respected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bands import BAND, INBOX, Confirmation, Status, status_of
from domain.catalogue import LANGUAGES, catalogue
from domain.features import features
from domain.reasons import (
    BY_HAND,
    HIDDEN,
    LIMIT,
    MISSING,
    MOST,
    OTHER,
    START,
    WORTH_NAMING,
    arguments,
)
from domain.scorecard import Scale, Scorecard, logit
from domain.scoring import confirmations_of, held_stage, score_lead
from domain.state import DAY, LeadState
from online_models.day_zero import day_zero
from tests.domain.strategies import NOW, folded, scorecards, states

CARD = day_zero().scorecard(0)


@given(states(), scorecards())
def test_the_reasons_sum_to_the_score(state: LeadState, card: Scorecard) -> None:
    scored = score_lead(state, card, NOW)
    assert sum(reason.points for reason in scored.reasons) == scored.score
    assert 0 <= scored.score <= 100
    assert 0 <= scored.propensity <= 1
    codes = [reason.code for reason in scored.reasons]
    assert len(codes) == len(set(codes))
    assert codes[-1] == START
    named = [code for code in codes if code not in {START, OTHER, LIMIT, BY_HAND}]
    points = card.points(features(state, NOW, card.directions))
    tellable = [one for one in points.by_signal.values() if abs(one) >= 0.5]
    promised = [one for one, _ in card.promises if one not in points.by_signal]
    assert min(3, len(tellable) + len(promised)) <= len(named) <= MOST
    left = [value for code, value in points.by_signal.items() if code not in named]
    hidden = sum(left)
    of_its_sign = [value for value in left if abs(value) >= WORTH_NAMING and value * hidden > 0]
    assert abs(hidden) <= HIDDEN + 1e-9 or len(named) == MOST or not of_its_sign
    for reason in scored.reasons:
        if reason.code.startswith(MISSING):
            assert (reason.points, reason.promise >= 1) == (0, True)
            assert reason.code.removeprefix(MISSING) not in points.by_signal
        elif reason.code in points.by_signal:
            assert abs(reason.points - points.by_signal[reason.code]) < 1


@given(states(), scorecards())
def test_the_score_is_the_rounded_total_clipped(state: LeadState, card: Scorecard) -> None:
    state.sent = False
    total = card.points(features(state, NOW, card.directions)).total
    scored = score_lead(state, card, NOW)
    if held_stage(state, card.directions) is None:
        assert abs(scored.score - min(max(total, 0), 100)) <= 0.5 + 1e-9


@given(states(), scorecards())
def test_a_held_lead_stays_in_its_band(state: LeadState, card: Scorecard) -> None:
    scored = score_lead(state, card, NOW)
    held = held_stage(state, card.directions)
    if held in BAND:
        low, high = BAND[held]
        assert low <= scored.score <= high
        assert scored.status == (Status.CURIOUS if held == INBOX else held)
    else:
        assert scored.status is status_of(scored.score, scored.confirmations)


@given(states(), scorecards())
def test_scoring_changes_nothing(state: LeadState, card: Scorecard) -> None:
    before = LeadState.from_json(state.as_json())
    assert score_lead(state, card, NOW) == score_lead(state, card, NOW)
    assert state == before


@given(states(), scorecards())
def test_everything_can_be_said_in_every_language(state: LeadState, card: Scorecard) -> None:
    scored = score_lead(state, card, NOW)
    for language in LANGUAGES:
        words = catalogue(language)
        for reason in scored.reasons:
            assert words.reason(reason.code)
            behind = arguments(reason, state)
            assert words.detail(behind) != "" or behind == {"parts": ()}
        assert words.action(scored.action)
        assert words.why({"code": scored.action.action}, scored.score)


@pytest.mark.parametrize(
    ("score", "signals", "status"),
    [
        (0, 3, "CURIOSO"), (39, 3, "CURIOSO"), (40, 0, "AQUECENDO"), (69, 3, "AQUECENDO"),
        (70, 0, "AQUECENDO"), (100, 2, "AQUECENDO"), (70, 3, "QUALIFICADO"),
        (100, 3, "QUALIFICADO"),
    ],
)  # fmt: skip
def test_the_gate_opens_with_all_three_signals(score: int, signals: int, status: str) -> None:
    assert status_of(score, frozenset(list(Confirmation)[:signals])) == status


ALL = frozenset(Confirmation)


@pytest.mark.parametrize(
    ("happened", "signals"),
    [
        ([], set()),
        (["budget_confirmed"], {Confirmation.BUDGET}),
        (["budget_confirmed", "no_budget_now"], set()),
        (["no_budget_now", "budget_confirmed"], {Confirmation.BUDGET}),
        (["need_confirmed", "timeline_confirmed", "lost_interest"], set()),
        (["budget_confirmed", "need_confirmed", "lost_interest"], {Confirmation.BUDGET}),
        (["crm_manual_move:QUALIFICADO"], set()),
        (["crm_manual_move:ENVIADO"], set()),
        (["crm_manual_move:QUALIFICADO", "need_confirmed"], {Confirmation.NEED}),
        (["need_confirmed", "crm_manual_move:INBOX"], set()),
        (["crm_manual_move:INBOX", "need_confirmed"], {Confirmation.NEED}),
    ],
)
def test_signals_follow_the_latest_word(happened: list[str], signals: set[Confirmation]) -> None:
    in_time = [(kind, NOW + n) for n, kind in enumerate(happened)]
    assert confirmations_of(folded(in_time)) == signals
    assert confirmations_of(folded(in_time[::-1])) == signals


def test_the_scale_puts_probabilities_on_the_bands() -> None:
    scale = Scale(0.1, 0.4)
    for probability, score in ((0.1, 40), (0.4, 70)):
        card = Scorecard(1, logit(probability), {}, scale)
        scored = score_lead(LeadState(NOW), card, NOW)
        assert scored.score == score
        assert scored.propensity == pytest.approx(probability)


@given(st.floats(-1000, 1000))
def test_the_probability_never_overflows(intercept: float) -> None:
    scored = score_lead(LeadState(NOW), Scorecard(1, intercept, {}, Scale()), NOW)
    assert 0 <= scored.propensity <= 1


def test_the_last_move_holds_a_lead() -> None:
    moves = [("crm_manual_move:QUALIFICADO", NOW), ("crm_manual_move:AQUECENDO", NOW + 1)]
    for order in (moves, moves[::-1]):
        assert held_stage(folded(order), CARD.directions) == "AQUECENDO"
    back = folded([*moves, ("crm_manual_move:CURIOSO", NOW + 2)])
    assert held_stage(back, CARD.directions) == INBOX


def test_put_back_in_the_inbox_until_the_lead_moves() -> None:
    back = [("cta_click", NOW), ("whatsapp_click", NOW + 1), ("crm_manual_move:INBOX", NOW + 2)]
    held = folded([*back, ("next_action_saved", NOW + 3)])
    assert (held_stage(held, CARD.directions), score_lead(held, CARD, NOW + DAY).score) == (
        INBOX,
        39,
    )
    refused = folded([*back, ("no_budget_now", NOW + 3)])
    assert held_stage(refused, CARD.directions) == INBOX
    moved = folded([*back, ("page_view", NOW + 3)])
    assert (held_stage(moved, CARD.directions), score_lead(moved, CARD, NOW + DAY).score) == (
        None,
        40,
    )
