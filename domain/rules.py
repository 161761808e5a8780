"""The team's own rules: what an event or an answer is worth before there is any history.

They are the day-zero model, and what later fits are drawn towards. Points are on the 0-100 scale of
the score.
"""

from dataclasses import dataclass

from domain.bands import INBOX, Confirmation

MANUAL_MOVE = "crm_manual_move"
"""Event type of a card moved by a person; it is folded as ``crm_manual_move:STAGE``."""

CONTACT = "crm_contact"
"""Event type of a contact that a person noted; its metadata say by which ``channel``."""

CONTACT_NOTE = "CONTACT"
"""Type of the notes that said so before there was the event; their text is the channel."""

TEAM_EVENTS = frozenset(
    {
        CONTACT,
        "next_action_saved",
        "next_action_cleared",
        "handoff",
        "invalid_contact",
        "no_reply_3d",
        "no_reply_7d",
        "no_reply_14d",
        "reopened",
    }
)
"""Events the team notes. With the manual moves, they are nothing the lead did."""


CONVERSATION = frozenset(
    {
        "whatsapp_reply",
        "meeting_attended",
        "budget_confirmed",
        "timeline_confirmed",
        "need_confirmed",
        "sent_documents",
        "followup_positive",
        "postponed_no_date",
        "no_budget_now",
        "lost_interest",
    }
)
"""Events that happen only where the team and the lead were in touch."""

IN_TOUCH = CONVERSATION | {CONTACT}
"""Events that say when they were: a conversation, or a contact that was noted."""


def is_team_event(event_type: str) -> bool:
    """Tell whether the team, and not the lead, made the event."""
    return event_type in TEAM_EVENTS or event_type.startswith(MANUAL_MOVE)


@dataclass(frozen=True, slots=True)
class EventRule:
    """What one event type is worth, and which confirmations it gives or takes away."""

    points: int = 0
    times: int = 1
    """How many of the event it takes for the points; fewer earn nothing."""
    confirms: frozenset[Confirmation] = frozenset()
    withdraws: frozenset[Confirmation] = frozenset()


EVENT_RULES: dict[str, EventRule] = {
    "page_view": EventRule(10, times=3),
    "hook_complete": EventRule(15),
    "cta_click": EventRule(20),
    "whatsapp_click": EventRule(20),
    "whatsapp_reply": EventRule(8),
    "asked_price": EventRule(12),
    "proposal_click": EventRule(10),
    "meeting_scheduled": EventRule(15),
    "meeting_attended": EventRule(18),
    "budget_confirmed": EventRule(15, confirms=frozenset({Confirmation.BUDGET})),
    "timeline_confirmed": EventRule(10, confirms=frozenset({Confirmation.TIMELINE})),
    "need_confirmed": EventRule(10, confirms=frozenset({Confirmation.NEED})),
    "proposal_requested": EventRule(12),
    "sent_documents": EventRule(9),
    "followup_positive": EventRule(6),
    "no_reply_3d": EventRule(-6),
    "no_reply_7d": EventRule(-12),
    "no_reply_14d": EventRule(-20),
    "postponed_no_date": EventRule(-12),
    "no_budget_now": EventRule(-20, withdraws=frozenset({Confirmation.BUDGET})),
    "lost_interest": EventRule(
        -18, withdraws=frozenset({Confirmation.NEED, Confirmation.TIMELINE})
    ),
    "invalid_contact": EventRule(-8),
    f"{MANUAL_MOVE}:{INBOX}": EventRule(withdraws=frozenset(Confirmation)),
}

PROFILE_POINTS: dict[str, dict[str, int]] = {
    "orcamento_faixa": {"60k+": 30, "20k-60k": 20, "5k-20k": 10, "0-5k": 5},
    "prazo_compra": {"7d": 20, "30d": 12, "90d": 6},
    "uf": {"mg": 5, "sp": 5, "go": 5},
}
