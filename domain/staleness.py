"""When a score grows stale by itself: features decay, so it moves with nothing happening."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

from domain.attributes import recent_amount
from domain.directions import Direction, Directions
from domain.features import (
    AMOUNT,
    AMOUNT_RECENT,
    HOURS_KNOWN,
    HOURS_QUIET,
    SINCE_DOWN,
    SINCE_UP,
    Features,
    event_features,
    hours,
    recent,
    soon,
)
from domain.rhythm import TIMED
from domain.scorecard import Piece, Scorecard
from domain.state import LeadState

WAITS = tuple(2.0**k for k in range(23))
"""Seconds until a lead is looked at again: a second to seven weeks, by doubling."""

SPENT = 0.01
"""Points left to move below which a decayed count is taken to move at once."""

Read = Callable[[Any, float], float]
"""A timed feature: from what it is read of, and a moment, to its value."""


_RECENCY: dict[Direction, tuple[str, Read]] = {
    Direction.UP: (SINCE_UP, soon),
    Direction.DOWN: (SINCE_DOWN, soon),
    Direction.FREE: (HOURS_QUIET, hours),
}


def stale_at(
    state: LeadState, card: Scorecard, features: Features, now: float, latest: float = inf
) -> float:
    """Return when the score may have moved by a point with no new event, in seconds since 1970.

    Parameters
    ----------
    state, card
        The lead, and what it is scored with.
    features
        Its features at `now`.
    now
        The moment of scoring.
    latest
        When it is scored again in any case: no later moment is looked at.

    Notes
    -----
    It is `latest` if the score can't move by a point until then, else the longest of `WAITS` over
    which it can't, or the shortest of them all. Each probe adds up how far every timed feature can
    take the score, so that movements that cancel still count; the sum only grows with time, so
    bisection finds the wait.
    """
    point, movers = _movers(state, card, features)
    if not movers:
        return min(now + WAITS[-1], latest)

    def may_move(wait: float) -> bool:
        then, left = now + wait, point
        for piece, read, of, here in movers:
            left -= abs(piece.travelled_to(read(of, then)) - here)
            if left <= 0.0:
                return True
        return False

    if latest < inf and not may_move(latest - now):
        return latest
    too_long: int = bisect_left(WAITS, True, key=may_move)
    return now + WAITS[max(too_long - 1, 0)]


def _movers(
    state: LeadState, card: Scorecard, features: Features
) -> tuple[float, list[tuple[Piece, Read, Any, float]]]:
    """Return the log-odds that are a point, less what is nearly spent, and the rest that moves."""
    rate = card.scale.points_per_logit
    point = 1.0 / rate
    movers: list[tuple[Piece, Read, Any, float]] = []
    for name, read, of in _timed(state, card.directions):
        piece = card.pieces.get(name)
        if piece is not None:
            here = piece.travelled_to(features[name])
            if read is recent and here < SPENT / rate:
                point -= here
            else:
                movers.append((piece, read, of, here))
    return point, movers


def _timed(state: LeadState, directions: Directions) -> Iterator[tuple[str, Read, Any]]:
    """Yield the features that move by time alone, how each is read, and of what."""
    yield HOURS_KNOWN, hours, state.created_at
    latest: dict[Direction, float] = {}
    for event_type, tally in state.tallies.items():
        direction = directions.of_event(event_type)
        if direction is not Direction.NONE:
            yield event_features(event_type).recent, recent, tally
            latest[direction] = max(tally.last, latest.get(direction, tally.last))
    for direction, at in latest.items():
        name, read = _RECENCY[direction]
        yield name, read, at
    if state.amounts.count and directions.attributes.get(AMOUNT) is not Direction.NONE:
        yield AMOUNT_RECENT, recent_amount, state.amounts
        if state.amounts.purchases:
            for name, read in TIMED.items():
                yield name, read, state.amounts.purchases
