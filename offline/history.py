"""A lead's history, and the point-in-time examples it teaches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

import pandas as pd

from domain.events import why_unusable
from domain.features import Features, features
from domain.outcomes import Outcome
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


def usable(events: Iterable[tuple[str, float | None]], now: float) -> list[tuple[str, float]]:
    """Return the events that the stream would fold at `now`, in order of time."""
    kept = [(kind, at) for kind, at in events if at is not None and why_unusable(at, now) is None]
    return sorted(kept, key=lambda event: event[1])


def dataset(histories: Iterable[History]) -> pd.DataFrame:
    """Return the examples of resolved leads as a table, with the fields of `Example`."""
    return pd.DataFrame(
        [example for history in histories if history.outcome for example in examples(history)],
        columns=[field.name for field in fields(Example)],
    )
