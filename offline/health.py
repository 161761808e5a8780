"""Health: groups too thin to learn from, and reasons that tell nobody apart."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from domain.reasons import BY_HAND, LIMIT, MISSING, OTHER, START
from offline.findings import FEWEST, NEARLY_ALL, Code, Finding, TooFewLeadsError
from offline.history import History

NAMED = 8
"""Groups named in one finding at the most, those with the fewest leads first."""

ScoredReasons = Sequence[tuple[str, int]]
"""A score's reasons as ``galope.score_history`` keeps them: (code, points)."""


def thin_groups(histories: Sequence[History]) -> Iterator[Finding]:
    """Find answers that too few resolved leads gave, or only leads of one outcome."""
    groups: dict[str, dict[str, Counter[bool]]] = defaultdict(lambda: defaultdict(Counter))
    for history in histories:
        for column, answer in history.profile.items():
            if isinstance(answer, str):
                counts = groups[column][answer.casefold()]
                if history.outcome and history.events:
                    counts[history.outcome.converted] += 1
    for column, answers in groups.items():
        few = {answer: n for answer, c in answers.items() if (n := c.total()) < FEWEST}
        single = {answer: c.total() for answer, c in answers.items() if len(c) == 1}
        one_kind = {answer: n for answer, n in single.items() if n >= FEWEST}
        for code, counted in ((Code.FEW_LEADS, few), (Code.ONE_OUTCOME_GROUPS, one_kind)):
            if counted:
                yield Finding(code, _named(column, counted), min(counted.values()), FEWEST)


def _named(column: str, groups: Mapping[str, int]) -> str:
    ranked = sorted(groups.items(), key=lambda group: group[::-1])
    names = ", ".join(f"{answer} ({leads})" for answer, leads in ranked[:NAMED])
    return f"profile:{column}: {names}" + (f" +{len(ranked) - NAMED}" if ranked[NAMED:] else "")


def same_reasons(scored: Sequence[ScoredReasons]) -> list[Finding]:
    """Find that everybody has the same reasons, or the same first one.

    Raises
    ------
    TooFewLeadsError
        When too few leads are scored.
    """
    if len(scored) < FEWEST:
        message = f"Whether reasons differ: {len(scored)} leads are scored; it takes {FEWEST}."
        raise TooFewLeadsError(message)
    named = [tuple(_signals(reasons)) for reasons in scored]
    reasons, leads = Counter(frozenset(signals) for signals in named).most_common(1)[0]
    if leads >= NEARLY_ALL * len(named):
        subject = ", ".join(sorted(signal for signal, _ in reasons)) or "none"
        return [Finding(Code.SAME_REASONS, subject, leads / len(named), NEARLY_ALL)]
    first, leads = Counter(signals[:1] for signals in named).most_common(1)[0]
    if leads >= NEARLY_ALL * len(named):
        subject = first[0][0] if first else "none"
        return [Finding(Code.SAME_TOP_REASON, subject, leads / len(named), NEARLY_ALL)]
    return []


def _signals(reasons: ScoredReasons) -> Iterator[tuple[str, bool]]:
    """Yield the signals that brought points, and whether they spoke for the lead."""
    for code, points in reasons:
        if code not in {START, OTHER, LIMIT, BY_HAND} and not code.startswith(MISSING):
            yield code, points > 0
