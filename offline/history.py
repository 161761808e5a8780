"""A lead's history, and the point-in-time examples it teaches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

import pandas as pd

from domain.building import LeadRows, build, outcome_from_rows
from domain.features import Features, features
from domain.heads import Head
from domain.outcomes import Outcome
from domain.profile import PERSONAL
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
    """

    lead_id: str
    created_at: float
    profile: Profile
    events: Sequence[tuple[str, float]]
    outcome: Outcome | None

    def moments(self) -> Iterator[tuple[int, float, LeadState]]:
        """Yield the lead's state after each event, as (number of the event, its time, state).

        The state is folded in place: what is needed of it must be taken before going on.
        """
        state = LeadState(self.created_at, self.profile)
        for index, (event_type, at) in enumerate(self.events, 1):
            state.fold(event_type, at)
            yield index, at, state


@dataclass(frozen=True, slots=True)
class Example:
    """One moment of one lead: what was known then, what became of it, and how long that took."""

    lead_id: str
    at: float
    event_index: int
    features: Features
    converted: bool
    created_at: float
    resolved_at: float


def examples(history: History) -> Iterator[Example]:
    """Yield a resolved lead's moments before its outcome: its events, and silences after them.

    Raises
    ------
    ValueError
        When the lead has no outcome.
    """
    outcome = history.outcome
    if outcome is None:
        message = f"lead {history.lead_id} has no outcome yet: it has nothing to teach"
        raise ValueError(message)
    times = [at for _, at in history.events]
    for index, at, state in history.moments():
        if at >= outcome.resolved_at or index > LAST_EVENT:
            return
        until = min(
            times[index] if index < len(times) else outcome.resolved_at, outcome.resolved_at
        )
        for moment in (at, *(at + quiet for quiet in QUIET)):
            if moment < until or moment == at:
                yield Example(
                    history.lead_id,
                    moment,
                    index,
                    features(state, moment),
                    outcome.converted,
                    history.created_at,
                    outcome.resolved_at,
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
    built = build(rows, now, PERSONAL | personal)
    outcome = outcome_from_rows(head, known, rows, built, now)
    events = sorted(built.events, key=lambda event: event[1])
    return History(lead_id, built.state.created_at, built.state.profile, events, outcome)


def dataset(histories: Iterable[History]) -> pd.DataFrame:
    """Return the examples of resolved leads as a table, with the fields of `Example`."""
    return pd.DataFrame(
        [example for history in histories if history.outcome for example in examples(history)],
        columns=[field.name for field in fields(Example)],
    )
