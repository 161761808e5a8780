"""Why a lead has its score: lines of whole points that add up to it."""

from itertools import islice
from math import floor
from operator import sub
from typing import NamedTuple

from domain.bands import BAND
from domain.scorecard import Points, Scorecard
from domain.state import LeadState

Arguments = dict[str, float | str]
"""What stands behind a reason, by name: ``points``, ``count`` or ``answer``."""

START = "start"
OTHER = "other"
LIMIT = "limit"
BY_HAND = "by_hand"
MISSING = "missing:"

MOST = 5
"""Signals named at the most."""

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
    """

    code: str
    points: int
    promise: int = 0


def arguments(reason: Reason, state: LeadState) -> Arguments:
    """Return what stands behind a reason.

    Returns
    -------
    Arguments
        ``points`` that a missing signal would bring, how often (``count``) an event happened, or
        which ``answer`` was given; empty where there is no more to say.
    """
    kind, _, name = reason.code.partition(":")
    if kind == "missing":
        return {"points": reason.promise}
    if kind == "event" and name in state.tallies:
        return {"count": state.tallies[name].count}
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
        The score, 0 to 100, and the reasons: three to five signals, the largest first, then
        `OTHER`, `LIMIT` and `BY_HAND` where they apply, and `START`. Their points sum to the score.
    """
    ranked = sorted((-abs(value), signal, value) for signal, value in points.by_signal.items())
    named = [one for one in ranked[:MOST] if one[0] <= -WORTH_NAMING]
    parts = [value for _, _, value in named]
    rest = sum(value for _, _, value in ranked[len(named) :])
    *whole, other, start = rounded([*parts, rest, points.start])
    reasons = [Reason(one[1], value) for one, value in zip(named, whole, strict=True)]
    if len(reasons) < FEWEST:
        missing = (one for one in card.promises if one[0] not in points.by_signal)
        for signal, gain in islice(missing, FEWEST - len(reasons)):
            reasons.append(Reason(MISSING + signal, 0, round(gain)))
    total = sum(whole) + other + start
    score = min(max(total, 0), 100)
    low, high = BAND.get(held, (0, 100)) if held else (0, 100)
    shown = min(max(score, low), high)
    closing = ((OTHER, other), (LIMIT, score - total), (BY_HAND, shown - score))
    reasons += [Reason(code, value) for code, value in closing if value]
    return shown, (*reasons, Reason(START, start))
