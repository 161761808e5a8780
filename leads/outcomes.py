"""Heads and outcomes: the question asked of a lead, and what people did in the end."""

from collections.abc import Iterable
from dataclasses import dataclass

from leads.bands import Status
from leads.rules import MANUAL_MOVE
from leads.state import DAY


@dataclass(frozen=True, slots=True)
class Head:
    """One question asked of a lead: whether one of these happens within the horizon.

    Parameters
    ----------
    name
        Stored beside its models, outcomes and predictions.
    converts
        Event types that answer yes; they are things people did, never a status the scorer wrote.
    loses
        Event types that answer no.
    horizon
        Seconds from the lead's creation after which silence is a no.
    """

    name: str
    converts: frozenset[str]
    loses: frozenset[str]
    horizon: float


QUALIFY = Head(
    name="qualify",
    converts=frozenset(
        {"handoff", f"{MANUAL_MOVE}:{Status.QUALIFIED}", f"{MANUAL_MOVE}:{Status.SENT}"}
    ),
    loses=frozenset({"discard", "invalid_contact", "lost_interest"}),
    horizon=30 * DAY,
)
"""Whether a lead qualifies within 30 days."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a head's question for one lead.

    Parameters
    ----------
    converted
        Whether it was yes.
    resolved_at
        When it became known, in seconds since 1970.
    source
        The event type that said so, or ``horizon``.
    """

    converted: bool
    resolved_at: float
    source: str


def resolve(
    head: Head, created_at: float, events: Iterable[tuple[str, float]], now: float
) -> Outcome | None:
    """Return a lead's outcome as far as it is known at `now`, or None while it is open.

    Parameters
    ----------
    head
        The question.
    created_at
        When the lead came, in seconds since 1970.
    events
        Its events as (event type, time), in any order.
    now
        The moment of asking.

    Examples
    --------
    >>> resolve(QUALIFY, 0.0, [("page_view", 5.0), ("handoff", 9.0)], now=10.0)
    Outcome(converted=True, resolved_at=9.0, source='handoff')
    >>> resolve(QUALIFY, 0.0, [("page_view", 5.0)], now=QUALIFY.horizon)
    Outcome(converted=False, resolved_at=2592000.0, source='horizon')
    """
    end = created_at + head.horizon
    decisive = [
        (at, kind)
        for kind, at in events
        if kind in head.converts | head.loses and at <= min(now, end)
    ]
    if decisive:
        at, kind = min(decisive)
        return Outcome(kind in head.converts, at, kind)
    return Outcome(False, end, "horizon") if now >= end else None


SAMPLED_EVENTS = frozenset({1, 2, 3, 4, 6, 8, 11, 16, 22, 32})
"""Events of a lead after which its prediction is kept to be learned from: about √2 apart.

Every prefix of a lead teaches nearly the same thing again, so a few say as much as all of them.
"""
