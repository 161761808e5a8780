"""What a model reads of a lead at one moment: names and numbers, zero meaning "nothing known".

A feature is named ``signal|aspect``. All aspects of one signal make one reason, so a person reads
"clicked the button" once, whatever the model makes of how often and how recently. Zeros are left
out.
"""

from functools import lru_cache
from math import exp2, log1p

from domain.state import BURST, HOUR, LeadState, Tally

Features = dict[str, float]
"""One prediction's numbers by name."""

COUNT = "count"
RECENT = "recent"

HOURS_KNOWN = "timing|hours_known"
HOURS_BETWEEN = "timing|hours_between"
HOURS_QUIET = "quiet|hours"


def signal_of(feature: str) -> str:
    """Return the signal that a feature is an aspect of.

    Examples
    --------
    >>> signal_of("event:cta_click|recent")
    'event:cta_click'
    """
    return feature.partition("|")[0]


def event_signal(event_type: str) -> str:
    """Return the signal of an event type.

    Examples
    --------
    >>> event_signal("cta_click")
    'event:cta_click'
    """
    return "event:" + event_type.replace("|", "/")


@lru_cache(maxsize=10_000)
def event_features(event_type: str) -> tuple[str, str]:
    """Return the names of an event type's features: count and recent count."""
    signal = event_signal(event_type)
    return f"{signal}|{COUNT}", f"{signal}|{RECENT}"


def recent(tally: Tally, now: float) -> float:
    """Return an event type's recent count; with time alone it only falls."""
    age = now - tally.last
    return log1p(tally.decayed * exp2(-age / BURST) if age > 0.0 else tally.decayed)


def hours(since: float, now: float) -> float:
    """Return how long ago something was; with time alone it only rises."""
    age = now - since
    return log1p(age / HOUR) if age > 0.0 else 0.0


@lru_cache(maxsize=10_000)
def _answer(given: tuple[str, float | str]) -> tuple[str, float]:
    column, answer = given
    if isinstance(answer, str):
        return f"profile:{column}|{answer.casefold()}", 1.0
    return f"profile:{column}|number", log1p(answer) if answer >= 0 else -log1p(-answer)


def features(state: LeadState, now: float) -> Features:
    """Return what the model reads of a lead at one moment.

    Parameters
    ----------
    state
        The lead's folded events and profile.
    now
        The moment, in seconds since 1970. Events dated later count as happening now.

    Returns
    -------
    Features
        Logarithms of counts, decayed counts and hours; profile numbers; 1.0 for each answer given.
    """
    found: Features = {HOURS_KNOWN: hours(state.created_at, now)}
    for event_type, tally in state.tallies.items():
        count, lately = event_features(event_type)
        found[count] = log1p(tally.count)
        found[lately] = recent(tally, now)
    if state.last is not None:
        found[HOURS_QUIET] = hours(state.last, now)
        if state.previous is not None:
            found[HOURS_BETWEEN] = hours(state.previous, state.last)
    found.update(map(_answer, state.profile.items()))
    return found
