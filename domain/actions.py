"""What to do next for a lead: six actions, chosen by rules a salesperson would agree with.

Where the team has actions learned, one of those that are allowed is drawn instead; see
`online_models.action_choice`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from domain.bands import HOT, Confirmation, Status
from domain.lots import drawn
from domain.rules import CONTACT, MANUAL_MOVE
from domain.state import DAY, HOUR, LeadState


class Action(StrEnum):
    """The six things a team can do next."""

    HANDOFF = "handoff"
    CONFIRM = "confirm"
    REPLY = "reply"
    REACTIVATE = "reactivate"
    NURTURE = "nurture"
    FOLLOW_UP = "follow_up"


class Channel(StrEnum):
    """How to reach the lead."""

    WHATSAPP = "whatsapp"
    EMAIL = "email"
    SITE = "site"


class Draw(NamedTuple):
    """Which action was drawn, and among which.

    Parameters
    ----------
    suggested
        What the rules suggested.
    chances
        By action that was allowed, the probability with which it was to be drawn.
    lot
        From 0 to 1: what was drawn.
    """

    suggested: Action
    chances: Mapping[Action, float]
    lot: float

    @property
    def action(self) -> Action:
        """The action that was drawn.

        Examples
        --------
        >>> Draw(Action.REPLY, {Action.REPLY: 0.9, Action.NURTURE: 0.1}, 0.95).action
        <Action.NURTURE: 'nurture'>
        """
        return drawn(self.chances, self.lot)

    @property
    def is_preferred(self) -> bool:
        """Whether it was the likeliest, and likelier than what the rules suggested."""
        chance = self.chances[self.action]
        return chance == max(self.chances.values()) and chance > self.chances[self.suggested]


class NextBestAction(NamedTuple):
    """The recommendation for one lead.

    Parameters
    ----------
    action
        What to do.
    channel
        Where.
    due_at
        By when, in seconds since 1970: so long after the lead last did something, or was sent. It
        does not move while nothing happens, so that neglect shows and grows.
    missing
        For `Action.CONFIRM`, the confirmations to ask for.
    draw
        How it was drawn, or None where the rules decided.
    """

    action: Action
    channel: Channel
    due_at: float
    missing: tuple[Confirmation, ...] = ()
    draw: Draw | None = None

    @classmethod
    def stored(cls, values: Mapping[str, Any]) -> "NextBestAction":
        """Return what stands on a lead, as far as it is said in words."""
        missing = tuple(Confirmation(signal) for signal in values.get("missing") or ())
        return cls(Action(values["code"]), Channel(values["channel"]), 0.0, missing)


HOT_EVENTS = frozenset(
    {
        "cta_click",
        "whatsapp_click",
        "whatsapp_reply",
        "asked_price",
        "proposal_click",
        "proposal_requested",
        "meeting_scheduled",
        "meeting_attended",
        "sent_documents",
        "followup_positive",
    }
)
"""What a lead does when it expects an answer."""

SENT_EVENTS = frozenset({"handoff", f"{MANUAL_MOVE}:{Status.SENT}"})
"""When a lead was passed on."""

HOT_FOR = 2 * DAY
"""Seconds for which a hot event asks for a reply."""

QUIET_AFTER = 7 * DAY
"""Seconds of silence after which a lead that once was active is worth waking."""

WORTH_WAKING = 20
"""Score from which a silent lead is worth a person's time."""

_WAIT = {
    Action.HANDOFF: 0.0,
    Action.REPLY: HOUR,
    Action.CONFIRM: 4 * HOUR,
    Action.REACTIVATE: QUIET_AFTER + DAY,
    Action.NURTURE: 2 * DAY,
    Action.FOLLOW_UP: 3 * DAY,
}


def channel_for(state: LeadState) -> Channel:
    """Return the best channel the lead left, skipping the phone once it proved wrong."""
    reachable = "invalid_contact" not in state.tallies
    if state.profile.get("whatsapp") and reachable:
        return Channel.WHATSAPP
    return Channel.EMAIL if state.profile.get("email") else Channel.SITE


def _action(state: LeadState, score: int, status: Status, now: float) -> Action:
    if status is Status.SENT:
        return Action.FOLLOW_UP
    if status is Status.QUALIFIED:
        return Action.HANDOFF
    if score >= HOT:
        return Action.CONFIRM
    hot_at = state.last_of(HOT_EVENTS)
    if hot_at is not None and now - hot_at <= HOT_FOR:
        return Action.REPLY
    if state.moved is not None and now - state.moved >= QUIET_AFTER and score >= WORTH_WAKING:
        return Action.REACTIVATE
    return Action.NURTURE


def next_best_action(
    state: LeadState, score: int, status: Status, confirmations: frozenset[Confirmation], now: float
) -> NextBestAction:
    """Return what to do next for a lead.

    Parameters
    ----------
    state, score, status, confirmations
        The lead as it was just scored.
    now
        The moment of scoring, in seconds since 1970.
    """
    action = _action(state, score, status, now)
    since = state.created_at if state.moved is None else state.moved
    if action is Action.FOLLOW_UP:
        since = max(since, state.last_of(SENT_EVENTS) or since)
    missing = missing_for(action, confirmations)
    return NextBestAction(action, channel_for(state), since + _WAIT[action], missing)


def left_alone_until(state: LeadState, action: Action, between: float) -> float:
    """Return until when nobody is to turn to a lead that was contacted and expects no answer.

    A handoff turns to a partner. Whoever did one of `HOT_EVENTS` since expects an answer.

    Parameters
    ----------
    state
        The lead.
    action
        What is next for it.
    between
        Seconds that are between two contacts at the least.

    Returns
    -------
    float
        In seconds since 1970; 0 where it may be turned to at any time.

    Examples
    --------
    >>> lead = LeadState(created_at=0.0)
    >>> lead.fold("crm_contact", 60.0)
    >>> left_alone_until(lead, Action.REPLY, HOUR)
    3660.0
    >>> lead.fold("asked_price", 90.0)
    >>> left_alone_until(lead, Action.REPLY, HOUR)
    0.0
    """
    contact = state.tallies.get(CONTACT)
    if contact is None or action is Action.HANDOFF:
        return 0.0
    hot_at = state.last_of(HOT_EVENTS)
    expects = hot_at is not None and hot_at > contact.last
    return 0.0 if expects else contact.last + between


def missing_for(action: Action, confirmations: frozenset[Confirmation]) -> tuple[Confirmation, ...]:
    """Return the confirmations that an action asks for."""
    if action is not Action.CONFIRM:
        return ()
    return tuple(signal for signal in Confirmation if signal not in confirmations)
