"""What a model reads of a lead at one moment: names and numbers, zero meaning "nothing known".

A feature is named ``signal|aspect``. All aspects of one signal make one reason, so a person reads "clicked the button"
once, whatever the model makes of how often and how recently. Zeros are left out.
"""

from functools import lru_cache
from math import exp2, log1p

from leads.state import HALF_LIVES, LeadState

HOUR = 3_600.0

Features = dict[str, float]
"""One prediction's numbers by name."""

ACTIVITY = "activity"
TIMING = "timing"

COUNT = "count"
FAST = "recent_day"
SLOW = "recent_week"

HOURS_QUIET = f"{TIMING}|hours_quiet"
HOURS_KNOWN = f"{TIMING}|hours_known"


def signal_of(feature: str) -> str:
    """Return the signal that a feature is an aspect of.

    Examples
    --------
    >>> signal_of("event:cta_click|recent_day")
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
def event_features(event_type: str) -> tuple[str, str, str]:
    """Return the names of an event type's features: count, recent day, recent week."""
    signal = event_signal(event_type)
    return f"{signal}|{COUNT}", f"{signal}|{FAST}", f"{signal}|{SLOW}"


def timed_features(state: LeadState, now: float) -> Features:
    """Return the features that change while nothing happens; between two events each only falls or only rises."""
    found: Features = {}
    for event_type, tally in state.tallies.items():
        age = max(now - tally.last, 0.0)
        _, fast, slow = event_features(event_type)
        found[fast] = log1p(tally.fast * exp2(-age / HALF_LIVES[0]))
        found[slow] = log1p(tally.slow * exp2(-age / HALF_LIVES[1]))
    if state.last is not None:
        found[HOURS_QUIET] = log1p(max(now - state.last, 0.0) / HOUR)
    found[HOURS_KNOWN] = log1p(max(now - state.created_at, 0.0) / HOUR)
    return found


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
    found = timed_features(state, now)
    total = 0
    for event_type, tally in state.tallies.items():
        total += tally.count
        found[event_features(event_type)[0]] = log1p(tally.count)
    if total:
        found[f"{ACTIVITY}|events"] = log1p(total)
        found[f"{ACTIVITY}|days"] = log1p(len(state.days))
    if state.previous is not None and state.last is not None:
        found[f"{TIMING}|hours_between"] = log1p((state.last - state.previous) / HOUR)
    for column, answer in state.profile.items():
        if isinstance(answer, str):
            found[f"profile:{column}|{answer.casefold()}"] = 1.0
        else:
            found[f"profile:{column}|number"] = log1p(answer) if answer >= 0 else -log1p(-answer)
    return found
