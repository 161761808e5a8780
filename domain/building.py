"""From a lead's rows to its state: one way for the stream, for training and for the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.attributes import NOTHING, Attributes
from domain.events import EARLIEST, why_unusable
from domain.heads import Head
from domain.machines import Machines, window_of
from domain.outcomes import Outcome, from_columns, is_imported, resolve, time_in, with_columns
from domain.profile import is_sent, profile_of
from domain.rules import is_team_event
from domain.state import LeadState


@dataclass(frozen=True, slots=True)
class LeadRows:
    """What the team's tables say of one lead.

    Parameters
    ----------
    profile
        The lead's row, JSON values by column.
    created_at
        When the lead came, in seconds since 1970; None where the row does not say.
    events
        (event type, time) of its events, in any order; a time is None where the row does not say.
    attributes
        What events carry, by their place in `events`, of those that carry anything declared.
    leave_out_machines
        Whether the team has a machine's events left out.
    """

    profile: Mapping[str, Any]
    created_at: float | None
    events: Sequence[tuple[str, float | None]] = ()
    attributes: Mapping[int, Attributes] = field(default_factory=dict)
    leave_out_machines: bool = False


class BuiltLead(NamedTuple):
    """A state built from rows.

    Parameters
    ----------
    state
        The profile, and every usable event folded, but for a machine's where they are left out.
    events
        The events that were folded, in the order of the rows.
    complete
        Whether all of the rows' events were usable.
    attributes
        What they carry, by their place in `events`.
    """

    state: LeadState
    events: list[tuple[str, float]]
    complete: bool
    attributes: Mapping[int, Attributes]


def creation_time(created_at: float | None, now: float) -> float:
    """Return when a lead came, as it is kept: from the year 2000 on, and not after `now`.

    Parameters
    ----------
    created_at
        What the row says, in seconds since 1970, infinite where Postgres says ``infinity``; None
        where it does not say, which counts as `now`.
    now
        The reader's time, in seconds since 1970.

    Examples
    --------
    >>> creation_time(0.0, now=2e9) == EARLIEST
    True
    >>> creation_time(None, now=2e9)
    2000000000.0
    """
    return min(max(now if created_at is None else created_at, EARLIEST), now)


def refresh(
    state: LeadState, rows: LeadRows, now: float, personal: frozenset[str] = frozenset()
) -> None:
    """Take what a lead's row says: its answers, creation time and whether it was sent.

    Its events are left as they are.

    Parameters
    ----------
    state
        Changed in place.
    rows
        What the team's tables say.
    now
        The reader's time, in seconds since 1970.
    personal
        Columns, beyond those personal by name, of which only being filled in is kept.
    """
    state.profile = profile_of(rows.profile, personal)
    state.sent = is_sent(rows.profile)
    state.created_at = creation_time(rows.created_at, now)


def build(rows: LeadRows, now: float, personal: frozenset[str] = frozenset()) -> BuiltLead:
    """Return a lead's state from its rows.

    Parameters
    ----------
    rows
        What the team's tables say.
    now
        The reader's time, in seconds since 1970: events dated a day later or more are unusable.
    personal
        Columns, beyond those personal by name, of which only being filled in is kept.
    """
    state = LeadState(now)
    refresh(state, rows, now, personal)
    usable = [
        (place, event_type, at)
        for place, (event_type, at) in enumerate(rows.events)
        if at is not None and why_unusable(at, now) is None
    ]
    counted = _without_machines(state, usable) if rows.leave_out_machines else usable
    attributes: dict[int, Attributes] = {}
    if rows.attributes:
        for number, (place, _, _) in enumerate(counted):
            if place in rows.attributes:
                attributes[number] = rows.attributes[place]
    events = [(event_type, at) for _, event_type, at in counted]
    for number, (event_type, at) in enumerate(events):
        state.fold(event_type, at, attributes.get(number, NOTHING))
    return BuiltLead(state, events, len(usable) == len(rows.events), attributes)


def _without_machines(
    state: LeadState, usable: Sequence[tuple[int, str, float]]
) -> list[tuple[int, str, float]]:
    """Return the events that are no machine's, and note in the state what tells them apart."""
    own = [at for _, event_type, at in usable if not is_team_event(event_type)]
    state.machines, windows = Machines.of(own)
    return [
        event for event in usable if is_team_event(event[1]) or window_of(event[2]) not in windows
    ]


def outcome_from_rows(
    head: Head, known: Outcome | None, rows: LeadRows, built: BuiltLead, as_of: float
) -> Outcome | None:
    """Return a lead's outcome as its rows say it: events may be gone, or be decisive no longer.

    Parameters
    ----------
    head
        The question.
    known
        The outcome that is stored. One that was imported, and so has no event, stays.
    rows, built
        The lead, and the state built of it.
    as_of
        The moment of asking, in seconds since 1970.
    """
    if known is not None and is_imported(head, known, [kind for kind, _ in rows.events]):
        return known
    created_at = built.state.created_at
    resolved = resolve(head, created_at, built.events, as_of)
    column_outcome = from_columns(
        head, rows.profile, _changed_at(head, known, rows, created_at, as_of)
    )
    return with_columns(head, created_at, resolved, column_outcome)


def _changed_at(
    head: Head, known: Outcome | None, rows: LeadRows, created_at: float, as_of: float
) -> float:
    """Return when a lead's columns came to say what they do.

    The stream kept it if it was there. Else it is not known: at the latest when the row was last
    changed, and for a lead seen for the first time within the horizon, for something did happen.
    """
    if known is not None and known.source in head.columns:
        return known.resolved_at
    changed_at = time_in(rows.profile.get("updated_at"))
    at = min(as_of if changed_at is None else max(changed_at, created_at), as_of)
    return min(at, created_at + head.horizon) if known is None else at
