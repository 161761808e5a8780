"""Why a lead has its score: lines of whole points that add up to it."""

from collections.abc import Iterable, Sequence
from itertools import islice
from math import floor
from operator import sub
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from domain.bands import BAND
from domain.features import AMOUNT
from domain.rhythm import RHYTHM
from domain.scorecard import Points, Scale, Scorecard
from domain.state import LeadState, Tally

if TYPE_CHECKING:
    from domain.attributes import LabelTally
    from domain.rhythm import Rhythm

Part = tuple[str, float]
"""A signal, and the points it adds."""


class Arguments(TypedDict, total=False):
    """What stands behind a reason; only what there is.

    Parameters
    ----------
    points
        What a missing signal would bring.
    count, last
        How often an event happened, and when it last did, in whole seconds since 1970.
    answer
        Which answer was given.
    amount
        The sum of what events carried.
    parts
        What `OTHER` is made of.
    """

    points: int
    count: int
    last: int
    answer: float | str
    amount: float
    parts: Sequence[Part]


START = "start"
OTHER = "other"
QUIET = "quiet"
LIMIT = "limit"
BY_HAND = "by_hand"
MISSING = "missing:"

USUAL = 5
"""Signals named at the most, unless the rest of them would hide too much."""

MOST = 12
"""Signals named at the most, whatever the rest adds."""

HIDDEN = 5.0
"""Points, up or down, that the signals which are not named may add together."""

FEWEST = 3
"""Signals named at the least; what is still missing fills up, at no points."""


WORTH_NAMING = 0.5
"""Points below which a signal rounds to nothing."""


class Reason(NamedTuple):
    """One line of the explanation.

    Parameters
    ----------
    code
        A signal, or one of `START`, `OTHER`, `LIMIT`, `BY_HAND`, or `MISSING` and a signal.
    points
        What the line adds to the score.
    promise
        For a missing signal, the points it would bring.
    parts
        For `OTHER`, the signals in it that add at least half a point, the largest first.
    """

    code: str
    points: int
    promise: int = 0
    parts: tuple[Part, ...] = ()


def arguments(reason: Reason, state: LeadState) -> Arguments:
    """Return what stands behind a reason."""
    kind, _, name = reason.code.partition(":")
    if kind == "missing":
        return {"points": reason.promise}
    if kind == OTHER:
        return {"parts": reason.parts}
    if kind == AMOUNT:
        return {"amount": state.amounts.sum}
    if kind == QUIET and state.last is not None:
        return {"last": round(state.last)}
    counted: Tally | LabelTally | Rhythm | None = None
    if kind == RHYTHM:
        counted = state.amounts.purchases
    elif kind == "event":
        counted = state.tallies.get(name)
    elif kind == "label":
        counted = state.labels.get(name)
    if counted is not None:
        return {"count": counted.count, "last": round(counted.last)}
    answer = state.profile.get(name) if kind == "profile" else None
    return {} if answer is None or answer == 1.0 else {"answer": answer}


def rounded(parts: list[float]) -> list[int]:
    """Round to whole numbers that add up to the rounded sum, by largest remainder."""
    whole = [floor(part) for part in parts]
    short = floor(sum(parts) + 0.5) - sum(whole)
    if short:
        remainders = list(map(sub, whole, parts))
        for i in sorted(range(len(parts)), key=remainders.__getitem__)[:short]:
            whole[i] += 1
    return whole


def explain(points: Points, card: Scorecard, held: str | None) -> tuple[int, tuple[Reason, ...]]:
    """Return the score and the reasons that add up to it.

    Parameters
    ----------
    points
        The unrounded score by signal.
    card
        The scorecard it came from, which knows what is still missing.
    held
        The stage a person holds the lead in, whose band the score stays in; None when nobody does.

    Returns
    -------
    tuple
        The score, 0 to 100, and the reasons: three to five signals, up to twelve where the others
        would add more than five points, the largest first, then `OTHER`, `LIMIT` and `BY_HAND`
        where they apply, and `START`. Their points sum to the score.
    """
    ranked = sorted((-abs(value), signal, value) for signal, value in points.by_signal.items())
    named, rest = _worth_naming(ranked)
    *whole, remainder, start = rounded([*(value for _, _, value in named), rest, points.start])
    reasons = [Reason(signal, value) for (_, signal, _), value in zip(named, whole, strict=True)]
    if len(reasons) < FEWEST:
        missing = (promise for promise in card.promises if promise[0] not in points.by_signal)
        for signal, gain in islice(missing, FEWEST - len(reasons)):
            reasons.append(Reason(MISSING + signal, 0, round(gain)))
    total = sum(whole) + remainder + start
    score = min(max(total, 0), 100)
    low, high = BAND.get(held, (0, 100)) if held else (0, 100)
    shown = min(max(score, low), high)
    if remainder:
        told = {reason.code for reason in reasons}
        parts = [
            (signal, round(value, 1))
            for size, signal, value in ranked
            if size <= -WORTH_NAMING and signal not in told
        ]
        reasons.append(Reason(OTHER, remainder, parts=tuple(parts)))
    closing = ((LIMIT, score - total), (BY_HAND, shown - score))
    reasons += [Reason(code, value) for code, value in closing if value]
    return shown, (*reasons, Reason(START, start))


_NO_PROMISES = Scorecard(0, 0.0, {}, Scale())


def kept_reasons(points: Iterable[tuple[str, float]]) -> tuple[Reason, ...]:
    """Return the reasons of a head beside the primary one, of the points that are kept of it.

    What is missing is told of the primary head alone.

    Parameters
    ----------
    points
        By signal, unrounded; where the score starts is one of them.

    Examples
    --------
    >>> [reason.points for reason in kept_reasons([("event:cta_click", 12.4), ("start", 30.3)])]
    [13, 30]
    """
    by_signal = dict(points)
    start = by_signal.pop(START)
    return explain(Points(start, by_signal, 0.0), _NO_PROMISES, None)[1]


_Ranked = Sequence[tuple[float, str, float]]
"""Signals with their points, each after the negative size that orders them."""


def _worth_naming(ranked: _Ranked) -> tuple[list[tuple[float, str, float]], float]:
    """Return the signals to name, and what the others add together."""
    named = [signal for signal in ranked[:USUAL] if signal[0] <= -WORTH_NAMING]
    unnamed = list(ranked[len(named) :])
    rest = sum(value for _, _, value in unnamed)
    while abs(rest) > HIDDEN and len(named) < MOST:
        # What pulls the other way makes the rest smaller already.
        largest = next(signal for signal in unnamed if signal[2] * rest > 0.0)
        if largest[0] > -WORTH_NAMING:
            break
        unnamed.remove(largest)
        named.append(largest)
        rest -= largest[2]
    return sorted(named), rest
