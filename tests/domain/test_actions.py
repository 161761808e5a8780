"""The next best action: six, each reachable."""

from __future__ import annotations

import pytest

from domain.actions import (
    HOT_EVENTS,
    Action,
    Channel,
    Draw,
    channel_for,
    left_alone_until,
    next_best_action,
)
from domain.bands import Confirmation, Status
from domain.rules import CONTACT
from domain.state import DAY, HOUR, LeadState
from tests.domain.strategies import NOW, folded

ALL = frozenset(Confirmation)
LONG_AGO = [("page_view", NOW - 30 * DAY)]


@pytest.mark.parametrize(
    ("happened", "score", "status", "signals", "action"),
    [
        ([], 90, Status.SENT, ALL, Action.FOLLOW_UP),
        ([("cta_click", NOW)], 90, Status.QUALIFIED, ALL, Action.HANDOFF),
        ([("cta_click", NOW)], 70, Status.WARMING, frozenset(), Action.CONFIRM),
        ([("cta_click", NOW - 3600)], 30, Status.CURIOUS, frozenset(), Action.REPLY),
        ([("cta_click", NOW - 3 * DAY)], 30, Status.CURIOUS, frozenset(), Action.NURTURE),
        (LONG_AGO, 20, Status.CURIOUS, frozenset(), Action.REACTIVATE),
        (LONG_AGO, 19, Status.CURIOUS, frozenset(), Action.NURTURE),
        ([*LONG_AGO, ("next_action_saved", NOW)], 20, Status.CURIOUS, ALL, Action.REACTIVATE),
        ([], 20, Status.CURIOUS, frozenset(), Action.NURTURE),
    ],
)
def test_each_action_has_its_moment(
    happened: list[tuple[str, float]],
    score: int,
    status: Status,
    signals: frozenset[Confirmation],
    action: Action,
) -> None:
    best = next_best_action(folded(happened), score, status, signals, NOW)
    assert best.action is action


@pytest.mark.parametrize("silence", ["no_reply_3d", "no_reply_7d", "no_reply_14d"])
def test_silence_noted_is_not_the_lead_moving(silence: str) -> None:
    quiet = folded([*LONG_AGO, (silence, NOW - DAY)])
    best = next_best_action(quiet, 30, Status.CURIOUS, frozenset(), NOW)
    assert best.action is Action.REACTIVATE


def test_what_to_confirm_is_what_is_missing() -> None:
    best = next_best_action(LeadState(NOW), 80, Status.WARMING, frozenset({Confirmation.NEED}), NOW)
    assert best.missing == (Confirmation.BUDGET, Confirmation.TIMELINE)


@pytest.mark.parametrize(
    ("profile", "happened", "channel"),
    [
        ({"whatsapp": 1.0, "email": 1.0}, [], Channel.WHATSAPP),
        ({"email": 1.0}, [], Channel.EMAIL),
        ({}, [], Channel.SITE),
        ({"whatsapp": 1.0, "email": 1.0}, [("invalid_contact", NOW)], Channel.EMAIL),
        ({"whatsapp": 1.0}, [("invalid_contact", NOW)], Channel.SITE),
    ],
)
def test_the_channel_is_one_that_works(
    profile: dict[str, float | str], happened: list[tuple[str, float]], channel: Channel
) -> None:
    state = folded(happened)
    state.profile = profile
    assert channel_for(state) is channel


@pytest.mark.parametrize("later", [0.0, 60.0, DAY])
def test_it_is_due_after_the_lead_moved_however_often_it_is_scored(later: float) -> None:
    clicked = folded([("cta_click", NOW - 60)])
    best = next_best_action(clicked, 30, Status.CURIOUS, frozenset(), NOW + later)
    assert (best.action, best.due_at) == (Action.REPLY, NOW - 60 + 3600)


def test_a_silent_lead_is_due_a_day_after_it_became_worth_waking() -> None:
    quiet = folded([("page_view", NOW - 20 * DAY)])
    best = next_best_action(quiet, 30, Status.CURIOUS, frozenset(), NOW)
    assert (best.action, best.due_at) == (Action.REACTIVATE, NOW - 12 * DAY)


def test_a_lead_that_was_sent_is_followed_up_from_then_on() -> None:
    sent = folded([("cta_click", NOW - 9 * DAY), ("handoff", NOW - DAY)])
    best = next_best_action(sent, 90, Status.SENT, ALL, NOW)
    assert (best.action, best.due_at) == (Action.FOLLOW_UP, NOW + 2 * DAY)


def test_a_draw_is_preferred_where_it_is_the_likeliest_and_not_the_suggestion() -> None:
    chances = {Action.CONFIRM: 0.5, Action.NURTURE: 0.3, Action.REPLY: 0.2}
    for lot, suggested, action, preferred in (
        (0.1, Action.REPLY, Action.CONFIRM, True),
        (0.1, Action.CONFIRM, Action.CONFIRM, False),
        (0.6, Action.REPLY, Action.NURTURE, False),
        (0.9999999, Action.CONFIRM, Action.REPLY, False),
    ):
        draw = Draw(suggested, chances, lot)
        assert (draw.action, draw.is_preferred) == (action, preferred)


@pytest.mark.parametrize(
    ("happened", "action", "until"),
    [
        ([("asked_price", NOW)], Action.REPLY, 0.0),
        ([("asked_price", NOW - 60.0), (CONTACT, NOW)], Action.REPLY, NOW + HOUR),
        ([(CONTACT, NOW - DAY), (CONTACT, NOW)], Action.NURTURE, NOW + HOUR),
        ([(CONTACT, NOW), ("page_view", NOW + 60.0)], Action.NURTURE, NOW + HOUR),
        ([(CONTACT, NOW), ("whatsapp_reply", NOW + 60.0)], Action.REPLY, 0.0),
        ([(CONTACT, NOW)], Action.HANDOFF, 0.0),
    ],
)
def test_a_contact_is_not_repeated_so_soon_unless_an_answer_is_expected(
    happened: list[tuple[str, float]], action: Action, until: float
) -> None:
    assert left_alone_until(folded(happened), action, HOUR) == until
    assert CONTACT not in HOT_EVENTS
