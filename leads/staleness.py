"""When a score grows stale by itself: features decay, so it moves with nothing happening."""

from bisect import bisect_left

from leads.features import Features, timed_features
from leads.scorecard import Scorecard
from leads.state import LeadState

WAITS = tuple(2.0**k for k in range(23))
"""Seconds until a lead is looked at again: a second to seven weeks, by doubling."""


def stale_at(state: LeadState, card: Scorecard, found: Features, now: float) -> float:
    """Return when the score may have moved by a point with no new event, in seconds since 1970.

    Parameters
    ----------
    state, card
        The lead, and what it is scored with.
    found
        Its features at `now`.
    now
        The moment of scoring.

    Notes
    -----
    It is the longest of `WAITS` over which the score can't move by a point, or the shortest of them
    all. Each probe adds up how far every timed feature can take the score, so that movements that
    cancel still count; the sum only grows with time, so bisection finds the wait.
    """
    before = {name: x for name, x in found.items() if name in card.timed}
    if not before:
        return now + WAITS[-1]

    def movement(wait: float) -> float:
        return card.movement(before, timed_features(state, now + wait))

    too_long: int = bisect_left(WAITS, 1.0, key=movement)
    return now + WAITS[max(too_long - 1, 0)]
