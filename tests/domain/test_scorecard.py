"""Scorecards: where a score starts, and what its reasons are measured from."""

from __future__ import annotations

import pytest
from hypothesis import given

from domain.directions import Direction, Directions
from domain.features import HOURS_KNOWN, SINCE_UP, features, hours, signal_of, soon
from domain.scorecard import Scale, Scorecard, piece
from domain.state import DAY, LeadState
from tests.domain.strategies import NOW, scorecards, states

MIDDLE_AGE = 2 * DAY
CARD = Scorecard(
    version=1,
    intercept=-1.0,
    pieces={
        HOURS_KNOWN: piece(
            HOURS_KNOWN, (0.0, hours(NOW - MIDDLE_AGE, NOW), hours(NOW - 9 * DAY, NOW)), (0, -1, -2)
        ),
        SINCE_UP: piece(SINCE_UP, (0.0, soon(NOW, NOW)), (0.0, 1.5)),
    },
    scale=Scale(),
    directions=Directions({"cta_click": Direction.UP}),
)
SILENCE, AGE = signal_of(SINCE_UP), signal_of(HOURS_KNOWN)


def points(age: float, quiet: float) -> dict[str, float]:
    state = LeadState(NOW - age)
    state.fold("cta_click", NOW - quiet)
    return CARD.points(features(state, NOW, CARD.directions)).by_signal


@pytest.mark.parametrize(
    ("warm", "hot"), [(0.5, 0.5), (0.0, 0.5), (0.7, 0.5), (0.02, 0.020000000000000004)]
)
def test_chances_out_of_order_or_of_the_same_log_odds_make_no_scale(
    warm: float, hot: float
) -> None:
    with pytest.raises(ValueError, match="0 < warm < hot < 1"):
        Scale(warm, hot)


def test_a_usual_lead_has_no_reason_of_time() -> None:
    assert all(abs(value) < 1e-9 for value in points(MIDDLE_AGE, 0.0).values())


def test_time_without_contact_only_takes_points_away() -> None:
    silent = [points(MIDDLE_AGE, quiet)[SILENCE] for quiet in (DAY / 24, DAY, 30 * DAY)]
    assert 0 > silent[0] > silent[1] > silent[2]


def test_age_speaks_for_the_younger_and_against_the_older() -> None:
    assert points(DAY, 0.0)[AGE] > 0 > points(8 * DAY, 0.0)[AGE]


@given(states(), scorecards())
def test_points_are_the_log_odds_wherever_they_start(state: LeadState, card: Scorecard) -> None:
    total = card.points(features(state, NOW, card.directions))
    assert abs(total.total - card.scale.points(total.log_odds)) < 1e-6
