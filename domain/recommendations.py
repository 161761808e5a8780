"""What became of recommendations: what the team did with each, and what came within its window.

Both are told from what was recorded, by these tables, when they are asked for: nothing is kept but
which action and channel were recommended, and since when.
"""

from collections.abc import Set
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from domain.actions import SENT_EVENTS, Action, Channel, NextBestAction
from domain.bands import Confirmation
from domain.catalogue import LANGUAGES, catalogue
from domain.heads import CONVERTS, Head
from domain.rules import IN_TOUCH
from domain.state import HOUR

WINDOW = 72 * HOUR
"""Seconds for which a recommendation stands at the most, and within which something comes of it."""

FEWEST_DRAWS = 200
"""Drawn recommendations of which it is known what came that it takes to learn from."""

SAVED = "next_action_saved"
"""The event of a person who saved a next action; here only of another one than was recommended."""


class Response(StrEnum):
    """What the team did with a recommendation while it stood, the first that is true."""

    FOLLOWED = "followed"
    CHANGED = "changed"
    IGNORED = "ignored"


class Result(StrEnum):
    """What came of a lead within the window, the first that is true."""

    PROGRESS = "progress"
    REPLY = "reply"
    CLICK = "click"
    COMPLAINT = "complaint"
    NOTHING = "nothing"


class Settled(NamedTuple):
    """What became of a recommendation."""

    response: Response
    result: Result


_UNASKED = frozenset({"whatsapp_reply", "sent_documents"})
"""What a lead may send though nobody turned to it."""

TOUCHES = IN_TOUCH - _UNASKED | {"invalid_contact"}
"""What says that the team turned to the lead: a contact that was noted, a conversation, or that no
contact was to be had."""

FOLLOWED_BY: dict[Action, frozenset[str]] = {
    Action.HANDOFF: SENT_EVENTS,
    Action.CONFIRM: TOUCHES,
    Action.REPLY: TOUCHES,
    Action.REACTIVATE: TOUCHES,
    Action.NURTURE: TOUCHES,
    Action.FOLLOW_UP: TOUCHES,
}
"""What says that an action was done; by which channel is not asked."""

RESULTS: dict[Result, frozenset[str]] = {
    Result.PROGRESS: CONVERTS
    | frozenset(Confirmation)
    | {"meeting_scheduled", "meeting_attended", "proposal_requested"},
    Result.REPLY: _UNASKED
    | {"asked_price", "followup_positive", "postponed_no_date", "no_budget_now"},
    Result.CLICK: frozenset({"cta_click", "whatsapp_click", "proposal_click", "hook_complete"}),
    Result.COMPLAINT: frozenset({"lost_interest", "invalid_contact"}),
}
"""What came, the better one first. What converts the primary head is progress too."""


def deciding(head: Head) -> frozenset[str]:
    """Return all kinds of events that say what became of a recommendation, given the head."""
    return frozenset({SAVED}).union(head.converts, *FOLLOWED_BY.values(), *RESULTS.values())


def helps(head: Head) -> frozenset[str]:
    """Return the kinds of events that say that an action helped: an answer, or progress.

    Confirmations are none of them: who does what was recommended records them, so asking for
    them would help by what is written down.
    """
    progress = RESULTS[Result.PROGRESS] - frozenset(Confirmation)
    return head.converts | progress | RESULTS[Result.REPLY]


def settle(head: Head, action: Action, stood: Set[str], within: Set[str]) -> Settled:
    """Return what became of a recommendation.

    A handoff that was recommended is what the team did, and not what came of it.

    Parameters
    ----------
    head
        The primary head.
    action
        What was recommended.
    stood, within
        Kinds of events, of those `deciding`: while it stood, and until the end of its window.

    Examples
    --------
    >>> from domain.heads import QUALIFY
    >>> tuple(map(str, settle(QUALIFY, Action.REPLY, {"crm_contact"}, {"asked_price"})))
    ('followed', 'reply')
    """
    if stood & FOLLOWED_BY[action]:
        response = Response.FOLLOWED
    else:
        response = Response.CHANGED if SAVED in stood else Response.IGNORED
    came = within - SENT_EVENTS if action is Action.HANDOFF else within
    if came & head.converts:
        return Settled(response, Result.PROGRESS)
    found = (result for result, kinds in RESULTS.items() if came & kinds)
    return Settled(response, next(found, Result.NOTHING))


def texts(action: Action, channel: Channel) -> frozenset[str]:
    """Return how a recommendation may read: in each language, whatever is missing.

    Who saves one of these as the next action put it off, and chose no other.
    """
    asked = [
        missing
        for count in range(1, len(Confirmation) + 1)
        for missing in combinations(Confirmation, count)
    ]
    return frozenset(
        catalogue(language).action(NextBestAction(action, channel, 0.0, missing))
        for language in LANGUAGES
        for missing in (asked if action is Action.CONFIRM else [()])
    )
