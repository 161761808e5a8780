"""Where history contradicts a direction: those who did more of what speaks for them did worse."""

from collections.abc import Iterator, Sequence
from math import sqrt

from domain.directions import SIGN, Directions
from domain.state import Profile
from offline.findings import FEWEST, Code, Finding
from offline.history import History

BEYOND_CHANCE = 4.0
"""Standard deviations from which a difference is no chance: each signal is asked a few times."""

MOST_TIMES = 8
"""Counts of an event up to which it is asked whether more of it is better."""

Known = Sequence[tuple[History, bool]]
"""Leads with whether they converted."""


def disputed(histories: Sequence[History], directions: Directions) -> Iterator[Finding]:
    """Find directions that history contradicts, each with the clearest numbers.

    Leads that did something so often are compared with those that did it less often; a better
    answer with all worse ones. It is what a person would count, and no proof: who looks at many
    pages may lack something else. The model keeps the direction all the same.

    Parameters
    ----------
    histories
        Every lead; those of unknown outcome are left out.
    directions
        What was promised.
    """
    known = [
        (history, history.outcome.converted)
        for history in histories
        if history.outcome is not None and history.events
    ]
    for event_type in sorted(directions.events):
        sign = SIGN.get(directions.of_event(event_type), 0)
        if sign:
            yield from _clearest(_by_count(known, event_type), f"event:{event_type}", sign)
    for column in sorted(directions.ranks):
        yield from _clearest(_by_rank(known, column, directions), f"profile:{column}", 1)


def _by_count(known: Known, event_type: str) -> list[tuple[float, bool, str]]:
    """Return how often each lead did something before its outcome."""
    counts = []
    for history, converted in known:
        end = history.outcome.resolved_at if history.outcome else 0.0
        count = sum(kind == event_type and at < end for kind, at in history.events)
        counts.append((float(count), converted, f"{count}+"))
    return counts


def _by_rank(known: Known, column: str, directions: Directions) -> list[tuple[float, bool, str]]:
    """Return the rank of each lead's answer, of those that gave one of the ordered ones."""
    ranks = directions.ranks[column]
    answers = []
    for history, converted in known:
        answer = _answer(history.profile, column)
        if answer.casefold() in ranks:
            answers.append((ranks[answer.casefold()], converted, answer))
    return answers


def _answer(profile: Profile, column: str) -> str:
    answer = profile.get(column)
    return answer if isinstance(answer, str) else ""


def _clearest(leads: list[tuple[float, bool, str]], signal: str, sign: int) -> Iterator[Finding]:
    """Find the amount from which leads do clearest the opposite of what was promised."""
    best: tuple[float, Finding] | None = None
    for amount in sorted({amount for amount, _, _ in leads})[1 : MOST_TIMES + 1]:
        more = [converted for x, converted, _ in leads if x >= amount]
        less = [converted for x, converted, _ in leads if x < amount]
        if min(len(more), len(less)) < FEWEST:
            continue
        upper, lower = sum(more) / len(more), sum(less) / len(less)
        share = (sum(more) + sum(less)) / (len(more) + len(less))
        spread = sqrt(max(share * (1 - share), 1e-9) * (1 / len(more) + 1 / len(less)))
        against = sign * (lower - upper) / spread
        if against >= BEYOND_CHANCE and (best is None or against > best[0]):
            name = next(name for x, _, name in leads if x == amount)
            best = against, Finding(Code.DISPUTED_DIRECTION, f"{signal}: {name}", upper, lower)
    if best:
        yield best[1]
