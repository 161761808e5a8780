"""What may be recommended for a lead."""

import pytest

from domain.actions import QUIET_AFTER, Action
from domain.allowed_actions import allowed_actions as allowed_within
from domain.bands import Confirmation
from domain.rules import CONTACT
from domain.state import DAY, HOUR, LeadState

NOBODY = frozenset[Confirmation]()

BETWEEN = 24 * HOUR
"""Seconds that are between two contacts at the least."""


def lead(**events: float) -> LeadState:
    """Return a lead who left a number, and did these things so many seconds after it came."""
    state = LeadState(created_at=0.0, profile={"whatsapp": 1.0})
    for kind, at in events.items():
        state.fold(kind, at)
    return state


def allowed_actions(
    state: LeadState, suggested: Action, confirmed: frozenset[Confirmation], now: float
) -> list[Action]:
    """Return what may be recommended where a day is between two contacts."""
    return allowed_within(state, suggested, confirmed, now, BETWEEN)


def test_what_may_be_done_follows_from_what_the_lead_did() -> None:
    state = lead(cta_click=HOUR)
    soon = allowed_actions(state, Action.NURTURE, NOBODY, 2 * HOUR)
    assert soon == [Action.CONFIRM, Action.NURTURE, Action.REPLY]
    quiet = allowed_actions(state, Action.NURTURE, NOBODY, HOUR + QUIET_AFTER)
    assert quiet == [Action.CONFIRM, Action.NURTURE, Action.REACTIVATE]
    fresh = allowed_actions(lead(), Action.NURTURE, NOBODY, HOUR)
    assert fresh == [Action.CONFIRM, Action.NURTURE]
    confirmed = allowed_actions(state, Action.REPLY, frozenset(Confirmation), 2 * HOUR)
    assert confirmed == [Action.NURTURE, Action.REPLY]


@pytest.mark.parametrize("held", [Action.HANDOFF, Action.FOLLOW_UP])
def test_a_place_that_people_gave_has_one_action(held: Action) -> None:
    assert allowed_actions(lead(cta_click=HOUR), held, NOBODY, 2 * HOUR) == [held]


def test_whoever_cannot_be_reached_or_said_no_is_left_to_the_rules() -> None:
    for state in (
        LeadState(created_at=0.0),
        lead(invalid_contact=HOUR),
        lead(lost_interest=HOUR),
    ):
        assert allowed_actions(state, Action.NURTURE, NOBODY, 9 * DAY) == [Action.NURTURE]


@pytest.mark.parametrize("touch", ["budget_confirmed", CONTACT])
def test_whoever_the_team_turned_to_is_left_to_the_rules_for_a_day(touch: str) -> None:
    state = lead(cta_click=HOUR, **{touch: 2 * HOUR})
    during = allowed_actions(state, Action.REPLY, NOBODY, 2 * HOUR + BETWEEN - 1)
    after = allowed_actions(state, Action.REPLY, NOBODY, 2 * HOUR + BETWEEN)
    assert during == [Action.REPLY]
    assert set(after) > set(during)
