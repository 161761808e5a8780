"""A stored score is never more than a point from the true one before it falls due."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.features import features
from domain.scorecard import Scale, Scorecard
from domain.scoring import score_lead
from domain.staleness import WAITS
from online_models.day_zero import day_zero
from tests.domain.strategies import NOW, scorecards, states

if TYPE_CHECKING:
    from domain.state import LeadState


@given(states(), scorecards(), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_the_true_score_moves_less_than_a_point_before_it_is_due(
    state: LeadState, card: Scorecard, shares: list[float]
) -> None:
    due = score_lead(state, card, NOW).stale_at
    assert NOW + WAITS[0] <= due <= NOW + WAITS[-1]
    assume(due > NOW + WAITS[0])  # a card that moves by a point in a second waits for that
    before = card.points(features(state, NOW, card.directions)).total
    for share in (*shares, 1.0):
        at = NOW + (due - NOW) * share
        assert abs(card.points(features(state, at, card.directions)).total - before) < 1


@given(states(), scorecards(steepness=0.0003))
def test_a_score_that_cannot_move_by_a_point_waits_longest(
    state: LeadState, card: Scorecard
) -> None:
    assert score_lead(state, replace(card, scale=Scale()), NOW).stale_at == NOW + WAITS[-1]


@given(states())
def test_a_card_without_timed_pieces_waits_longest(state: LeadState) -> None:
    assert score_lead(state, day_zero().scorecard(0), NOW).stale_at == NOW + WAITS[-1]
