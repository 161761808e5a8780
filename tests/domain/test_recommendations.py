"""What became of a recommendation: what the team did, and what came."""

from __future__ import annotations

import pytest

from domain.actions import HOT_EVENTS, Action, Channel, NextBestAction
from domain.bands import Confirmation
from domain.catalogue import LANGUAGES, catalogue
from domain.heads import QUALIFY, qualify
from domain.recommendations import (
    FOLLOWED_BY,
    RESULTS,
    SAVED,
    Response,
    Result,
    deciding,
    settle,
    texts,
)
from domain.rules import CONTACT, EVENT_RULES, MANUAL_MOVE, TEAM_EVENTS


@pytest.mark.parametrize(
    ("action", "stood", "response"),
    [
        (Action.REPLY, {CONTACT}, Response.FOLLOWED),
        (Action.REPLY, {CONTACT, SAVED}, Response.FOLLOWED),
        (Action.REPLY, {SAVED}, Response.CHANGED),
        (Action.REPLY, {"whatsapp_reply"}, Response.IGNORED),
        (Action.REPLY, {"handoff"}, Response.IGNORED),
        (Action.CONFIRM, {"no_budget_now"}, Response.FOLLOWED),
        (Action.HANDOFF, {"handoff"}, Response.FOLLOWED),
        (Action.HANDOFF, {f"{MANUAL_MOVE}:ENVIADO"}, Response.FOLLOWED),
        (Action.HANDOFF, {CONTACT}, Response.IGNORED),
        (Action.NURTURE, set(), Response.IGNORED),
    ],
)
def test_it_was_followed_changed_or_ignored(
    action: Action, stood: set[str], response: Response
) -> None:
    assert settle(QUALIFY, action, stood, stood).response is response


@pytest.mark.parametrize(
    ("within", "result"),
    [
        ({"budget_confirmed", "asked_price"}, Result.PROGRESS),
        ({"handoff"}, Result.PROGRESS),
        ({"whatsapp_reply", "cta_click", "lost_interest"}, Result.REPLY),
        ({"cta_click", "invalid_contact"}, Result.CLICK),
        ({"lost_interest", CONTACT}, Result.COMPLAINT),
        ({CONTACT, SAVED}, Result.NOTHING),
        (set(), Result.NOTHING),
    ],
)
def test_the_first_that_is_true_came_of_it(within: set[str], result: Result) -> None:
    assert settle(QUALIFY, Action.REPLY, set(), within).result is result


def test_what_converts_is_progress() -> None:
    sale = qualify(frozenset({"sale"}))
    assert settle(sale, Action.REPLY, set(), {"sale"}).result is Result.PROGRESS
    assert settle(QUALIFY, Action.REPLY, set(), {"sale"}).result is Result.NOTHING
    assert "sale" in deciding(sale) - deciding(QUALIFY)


def test_a_handoff_that_was_recommended_is_not_what_came_of_it() -> None:
    done = settle(QUALIFY, Action.HANDOFF, {"handoff"}, {"handoff"})
    assert done == (Response.FOLLOWED, Result.NOTHING)
    done = settle(QUALIFY, Action.HANDOFF, {"handoff"}, {"handoff", "meeting_attended"})
    assert done == (Response.FOLLOWED, Result.PROGRESS)


def test_every_action_is_followed_by_something_and_every_event_is_told_once() -> None:
    assert set(FOLLOWED_BY) == set(Action)
    counted = [kind for kinds in RESULTS.values() for kind in kinds]
    assert len(counted) == len(set(counted))
    leads_own = {kind for kind in EVENT_RULES if kind not in TEAM_EVENTS and ":" not in kind}
    assert (leads_own | HOT_EVENTS) - set(counted) == {"page_view"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_recommendation_is_known_by_how_it_reads(language: str) -> None:
    words = catalogue(language)
    asked = (Confirmation.BUDGET, Confirmation.NEED)
    confirm = words.action(NextBestAction(Action.CONFIRM, Channel.EMAIL, 0.0, asked))
    assert confirm in texts(Action.CONFIRM, Channel.EMAIL)
    assert confirm not in texts(Action.CONFIRM, Channel.WHATSAPP)
    assert len(texts(Action.CONFIRM, Channel.SITE)) == 7 * len(LANGUAGES)
    assert len(texts(Action.NURTURE, Channel.SITE)) == len(LANGUAGES)
