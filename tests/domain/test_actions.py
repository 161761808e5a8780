"""The next best action: six, each reachable."""

from __future__ import annotations

import pytest

from domain.actions import Action, Channel, channel_for, next_best_action
from domain.bands import Confirmation, Status
from domain.state import DAY, LeadState
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
    assert best.due_at >= NOW


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


def test_it_is_due_after_the_lead_moved_and_never_in_the_past() -> None:
    recent = folded([("cta_click", NOW - 60)])
    old = folded([("cta_click", NOW - DAY)])
    dues = [
        next_best_action(one, 30, Status.CURIOUS, frozenset(), NOW).due_at for one in (recent, old)
    ]
    assert dues == [NOW - 60 + 3600, NOW]
