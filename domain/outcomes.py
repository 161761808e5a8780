"""Outcomes: what people did in the end, as the answer to a head."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from domain.heads import Head
from domain.state import DAY

HORIZON = "horizon"
"""Source of the outcome of a lead that was silent for too long."""


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


def revise(
    head: Head, created_at: float, known: Outcome | None, event_type: str, at: float
) -> Outcome | None:
    """Return a lead's outcome after one more event, given the one known before it.

    The last thing that people did within the horizon counts, so that what was said too early can be
    taken back.

    Parameters
    ----------
    head
        The question.
    created_at
        When the lead came, in seconds since 1970.
    known
        What was known of it.
    event_type, at
        The event.

    Examples
    --------
    >>> from domain.heads import QUALIFY
    >>> lost = revise(QUALIFY, 0.0, None, "lost_interest", 5.0)
    >>> revise(QUALIFY, 0.0, lost, "handoff", 9.0)
    Outcome(converted=True, resolved_at=9.0, source='handoff')
    """
    converted = event_type in head.converts
    if not (converted or event_type in head.loses) or at > created_at + head.horizon:
        return known
    if known is None or known.source == HORIZON:
        return Outcome(converted, at, event_type)
    if known.converted == converted or at < known.resolved_at:
        return known
    return Outcome(converted, at, event_type)


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
    >>> from domain.heads import QUALIFY
    >>> resolve(QUALIFY, 0.0, [("page_view", 5.0), ("handoff", 9.0)], now=10.0)
    Outcome(converted=True, resolved_at=9.0, source='handoff')
    >>> resolve(QUALIFY, 0.0, [("page_view", 5.0)], now=QUALIFY.horizon)
    Outcome(converted=False, resolved_at=2592000.0, source='horizon')
    """
    known, decisive = None, head.decisive
    for at, event_type in sorted((at, kind) for kind, at in events if kind in decisive):
        if at <= now:
            known = revise(head, created_at, known, event_type, at)
    end = created_at + head.horizon
    return Outcome(False, end, HORIZON) if known is None and now >= end else known


def answer(
    head: Head, asked_at: float, decisive: Sequence[tuple[float, str]], now: float
) -> Outcome | None:
    """Return the answer to a rolling head asked at a moment, or None while it is open at `now`.

    Parameters
    ----------
    head
        The question. The first event after the moment that answers it counts.
    asked_at
        The moment, in seconds since 1970.
    decisive
        The subject's events that answer, as (time, event type), in order.
    now
        Until when events are known.

    Examples
    --------
    >>> from domain.heads import BUY_90D, CHURN_90D
    >>> answer(BUY_90D, 5.0, [(5.0, "purchase"), (9.0, "purchase")], now=10.0)
    Outcome(converted=True, resolved_at=9.0, source='purchase')
    >>> answer(BUY_90D, 5.0, [(5.0, "purchase")], now=10.0) is None
    True
    >>> answer(CHURN_90D, 5.0, [(5.0, "purchase")], now=5.0 + CHURN_90D.horizon).converted
    True
    """
    end = asked_at + head.horizon
    place = bisect_right(decisive, asked_at, key=itemgetter(0))
    if place < len(decisive) and decisive[place][0] <= min(end, now):
        at, event_type = decisive[place]
        return Outcome(event_type in head.converts, at, event_type)
    return Outcome(head.silence_converts, end, HORIZON) if now >= end else None


def time_in(value: Any) -> float | None:
    """Return the time that a JSON value says, in seconds since 1970, or None; UTC without a zone.

    Examples
    --------
    >>> time_in("2026-01-01T00:00:00+00:00")
    1767225600.0
    >>> time_in(True) is None
    True
    """
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def from_columns(head: Head, row: Mapping[str, Any], changed_at: float) -> Outcome | None:
    """Return what the columns of a lead's row say of its outcome, or None where they say nothing.

    Parameters
    ----------
    head
        The question; of what answers it, the names with a colon are columns and values.
    row
        JSON values by column.
    changed_at
        When the columns changed, where they are no times themselves, in seconds since 1970.

    Examples
    --------
    >>> from domain.heads import QUALIFY
    >>> from_columns(QUALIFY, {"status": "ENVIADO"}, 5.0)
    Outcome(converted=True, resolved_at=5.0, source='status:ENVIADO')
    """
    for converted, names in ((True, head.converts), (False, head.loses)):
        for name in sorted(names):
            column, _, wanted = name.partition(":")
            value = row.get(column)
            if not wanted or value is None or value == "":
                continue
            if wanted == "*":
                at = time_in(value)
                return Outcome(converted, changed_at if at is None else at, name)
            if wanted == (str(value).lower() if isinstance(value, bool) else str(value)):
                return Outcome(converted, changed_at, name)
    return None


def with_columns(
    head: Head, created_at: float, known: Outcome | None, column_outcome: Outcome | None
) -> Outcome | None:
    """Return a lead's outcome, given what its columns say beside what is known of its events.

    An event has the better time, so columns count where no event answers, or an earlier one answers
    otherwise; and, like events, within the horizon.
    """
    if column_outcome is None or column_outcome.resolved_at > created_at + head.horizon:
        return known
    if known is None or known.source == HORIZON:
        return column_outcome
    differs = (
        known.converted != column_outcome.converted
        and known.resolved_at <= column_outcome.resolved_at
    )
    return column_outcome if differs else known


def is_imported(head: Head, known: Outcome, event_types: Iterable[str]) -> bool:
    """Tell whether an outcome came from elsewhere: no event of the lead's ever said so.

    Parameters
    ----------
    head
        The question.
    known
        The outcome.
    event_types
        Types of all the lead's events. One of them may have said it while it was decisive.
    """
    ours = head.decisive | {HORIZON}
    return known.source not in ours and known.source not in event_types


QUIET = 30 * DAY
"""Seconds after a moment at which a rolling head is asked again, where none of `SAMPLED_EVENTS`
comes before."""

SAMPLED_EVENTS = frozenset({1, 3, 8, 24})
"""Events of a lead after which its prediction is kept to be learned from.

Every prefix of a lead teaches nearly the same thing again: four say as much as ten, and each costs
as much as half a scoring.
"""
