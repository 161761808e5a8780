"""A lead's history, and the point-in-time examples it teaches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter

import pandas as pd

from domain.attributes import NOTHING, Attributes
from domain.building import LeadRows, build, outcome_from_rows
from domain.directions import Directions
from domain.features import Features, features
from domain.heads import Head
from domain.outcomes import Outcome
from domain.policy import OURS
from domain.state import DAY, LeadState, Profile

LAST_EVENT = 40
"""Events of a lead that teach; the very long histories say little about the others."""

QUIET = (1 * DAY, 3 * DAY, 7 * DAY, 14 * DAY)
"""Seconds of silence after an event at which a lead is looked at again: scores are also given while
nothing happens."""


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one lead.

    Parameters
    ----------
    lead_id
        As in the source, as text.
    created_at
        When the lead came, in seconds since 1970.
    profile
        Its answers.
    events
        (event type, time), in order of time.
    outcome
        What became of it, or None while that is open.
    attributes
        What events carry, by their place in `events`, of those that carry anything declared.
    """

    lead_id: str
    created_at: float
    profile: Profile
    events: Sequence[tuple[str, float]]
    outcome: Outcome | None
    attributes: Mapping[int, Attributes] = field(default_factory=dict)

    def happened(self) -> Iterator[tuple[str, float, Attributes]]:
        """Yield the lead's events with what they carry, as `LeadState.fold` takes them."""
        for place, (event_type, at) in enumerate(self.events):
            yield event_type, at, self.attributes.get(place, NOTHING)

    def state(self) -> LeadState:
        """Return the lead's state after all its events."""
        state = LeadState(self.created_at, self.profile)
        for event in self.happened():
            state.fold(*event)
        return state

    def moments(self) -> Iterator[tuple[int, float, LeadState]]:
        """Yield the lead's state after each event, as (number of the event, its time, state).

        The state is folded in place: what is needed of it must be taken before going on.
        """
        state = LeadState(self.created_at, self.profile)
        for index, event in enumerate(self.happened(), 1):
            state.fold(*event)
            yield index, event[1], state


@dataclass(frozen=True, slots=True)
class Example:
    """One moment of one lead: what was known then, what became of it, and how long that took.

    Where the outcome is not `known`, `converted` is False, and `resolved_at` the moment at which
    the lead was still open.
    """

    lead_id: str
    at: float
    event_index: int
    features: Features
    converted: bool
    created_at: float
    resolved_at: float
    question: str
    """Moments of one question have one answer: all of a lead's, or each alone where the head is
    rolling."""
    known: bool = True


def examples(
    history: History, directions: Directions, now: float | None = None
) -> Iterator[Example]:
    """Yield a lead's moments before its outcome: its events, and silences after them.

    Parameters
    ----------
    history
        The lead.
    directions
        What features are read with.
    now
        Until when an open lead is looked at, in seconds since 1970.

    Raises
    ------
    ValueError
        When the lead has no outcome, and `now` is not given.
    """
    outcome = history.outcome
    if outcome is None and now is None:
        message = f"lead {history.lead_id} has no outcome yet: say until when it is looked at"
        raise ValueError(message)
    end = outcome.resolved_at if outcome else float(now or 0.0)
    times = [at for _, at in history.events]
    for index, at, state in history.moments():
        if at >= end or index > LAST_EVENT:
            return
        until = min(times[index] if index < len(times) else end, end)
        for moment in (at, *(at + quiet for quiet in QUIET)):
            if moment < until or moment == at:
                yield Example(
                    history.lead_id,
                    moment,
                    index,
                    features(state, moment, directions),
                    bool(outcome and outcome.converted),
                    history.created_at,
                    end,
                    history.lead_id,
                    outcome is not None,
                )


def history(
    lead_id: str,
    rows: LeadRows,
    head: Head,
    known: Outcome | None,
    now: float,
    personal: frozenset[str] = frozenset(),
) -> History:
    """Return a lead's history from its rows, as the stream sees it at `now`.

    Parameters
    ----------
    lead_id
        As in the source, as text.
    rows
        What the team's tables say.
    head
        The question that its outcome answers.
    known
        The outcome that is stored; it counts where it was imported.
    now
        The reader's time, in seconds since 1970.
    personal
        Columns, beyond the usual, of which only being filled in is kept.
    """
    built = build(rows, now, personal)
    outcome = outcome_from_rows(head, known, rows, built, now)
    events, carried = built.events, built.attributes
    order = sorted(range(len(events)), key=lambda place: events[place][1])
    return History(
        lead_id,
        built.state.created_at,
        built.state.profile,
        [events[place] for place in order],
        outcome,
        {now: carried[before] for now, before in enumerate(order) if before in carried},
    )


def as_of(histories: Iterable[History], now: float) -> list[History]:
    """Return the leads that had come at a moment, with the outcomes that were known then."""
    return [
        lead
        if lead.outcome is None or lead.outcome.resolved_at <= now
        else replace(lead, outcome=None)
        for lead in histories
        if lead.created_at <= now
    ]


def dataset(
    histories: Iterable[History],
    directions: Directions = OURS.directions,
    now: float | None = None,
) -> pd.DataFrame:
    """Return the examples of leads as a table, with the fields of `Example`.

    Parameters
    ----------
    histories
        The leads.
    directions
        What features are read with.
    now
        Until when open leads are looked at, in seconds since 1970; None to leave them out.
    """
    return table(
        example
        for history in histories
        if history.outcome or now is not None
        for example in examples(history, directions, now)
    )


def table(found: Iterable[Example]) -> pd.DataFrame:
    """Return examples as a table, with the fields of `Example`."""
    columns = [column.name for column in fields(Example)]
    # A dataclass would be copied, its features too.
    return pd.DataFrame([attrgetter(*columns)(example) for example in found], columns=columns)
