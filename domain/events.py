"""Funnel events, and what makes one unusable."""

from dataclasses import dataclass
from uuid import UUID

EARLIEST = 946_684_800.0
"""2000-01-01 UTC, in seconds since 1970. What says it happened before is a broken clock, not a
lead."""

LATEST_LEAD = 86_400.0
"""How far ahead of the reader's clock an event may be, in seconds: clocks differ, calendars do
not."""


@dataclass(frozen=True, slots=True)
class FunnelEvent:
    """Something that happened to a lead.

    Parameters
    ----------
    event_id, lead_id
        As in the ``events`` table; no event id where a whole lead is meant.
    event_type
        Any text; the known ones are only the default rules' names.
    occurred_at
        When it happened, in seconds since 1970; None when the row does not say.
    """

    event_id: UUID | None
    lead_id: UUID
    event_type: str
    occurred_at: float | None


def why_unusable(occurred_at: float | None, now: float) -> str | None:
    """Return why an event with this time can't be folded, or None when it can.

    Parameters
    ----------
    occurred_at
        Event time in seconds since 1970; infinite where Postgres says ``infinity``.
    now
        The reader's time, in seconds since 1970.

    Examples
    --------
    >>> why_unusable(2e9, now=1.9e9)
    'the event is dated in the future'
    >>> why_unusable(1.9e9, now=1.9e9) is None
    True
    """
    if occurred_at is None:
        return "the event has no time"
    if occurred_at < EARLIEST:
        return "the event is dated before the year 2000"
    if occurred_at > now + LATEST_LEAD:
        return "the event is dated in the future"
    return None
