"""Leakage: what is known only because of an outcome, and outcomes that follow from the score."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.feature_extraction import DictVectorizer
from sklearn.metrics import roc_auc_score

from domain.bands import HOT
from domain.features import event_signal, signal_of
from domain.heads import Head
from domain.outcomes import HORIZON
from offline.findings import FEWEST, NEARLY_ALL, Code, Finding, TooFewLeadsError
from offline.history import History

ALONE = 0.95
"""AUC, in either direction, that no single honest feature reaches."""

EXPECTED = 10
"""Open leads in which something must be expected before its absence says anything."""

ABSENT = 0.01
"""Share of the expected below which it is absent. Of ten expected and independent leads none has it
by chance once in twenty thousand times."""

STILL_SEEN = 5
"""Leads resolved lately in which what is absent must be seen, or else it is only out of use."""

CHANCE = 1e-4
"""Probability below which the answers in a column are not of one outcome by chance."""

TOGETHER = 60.0
"""Seconds before an outcome in which what comes is written down with it."""

AT_ONCE = 5.0
"""Seconds in which no person answers a score."""

MACHINE = 0.5
"""Share of conversions right after the score from which a machine makes them."""


class Before(NamedTuple):
    """The scores of a resolved lead before its outcome.

    Parameters
    ----------
    converted
        Its outcome.
    by_event
        Whether an event said so, and not a horizon that passed.
    highest
        The highest score before.
    waited
        Seconds from when the score last became hot to the outcome; None when it never did.
    """

    converted: bool
    by_event: bool
    highest: int
    waited: float | None


def tells_alone(examples: pd.DataFrame) -> Iterator[Finding]:
    """Find features that alone tell converted leads from others; of each signal the best.

    Parameters
    ----------
    examples
        As `offline.history.dataset` makes them; every lead counts once.
    """
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(examples["features"].tolist()).tocsc()
    y = examples["converted"].to_numpy(dtype=bool)
    weights = 1 / examples.groupby("lead_id")["lead_id"].transform("size").to_numpy()
    best: dict[str, tuple[float, str]] = {}
    for column, feature in enumerate(vectorizer.get_feature_names_out()):
        filled = slice(*matrix.indptr[column : column + 2])
        auc = _auc(y, weights, matrix.indices[filled], matrix.data[filled])
        separation = max(auc, 1 - auc), feature
        best[signal_of(feature)] = max(separation, best.get(signal_of(feature), separation))
    for auc, feature in best.values():
        if auc >= ALONE:
            yield Finding(Code.TELLS_ALONE, feature, auc, ALONE)


def _auc(
    y: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.float64],
    rows: npt.NDArray[np.int32],
    values: npt.NDArray[np.float64],
) -> float:
    """Return the AUC of a column by its rows that are not zero: the others are two ties' weight."""
    zeros = [
        max(float(weights[y == kind].sum() - weights[rows][y[rows] == kind].sum()), 0.0)
        for kind in (True, False)
    ]
    return float(
        roc_auc_score(
            np.append(y[rows], [True, False]),
            np.append(values, [0.0, 0.0]),
            sample_weight=np.append(weights[rows], zeros),
        )
    )


def absent_while_open(histories: Sequence[History], horizon: float, now: float) -> list[Finding]:
    """Find answers and event types that resolved leads have and open ones never do.

    An open lead is compared with the leads that were open when they were as old, among those all
    of whose age are resolved: with them open leads would share what was known in time. What is
    not seen in leads that came and resolved lately is out of use, and no finding.

    Parameters
    ----------
    histories
        Every lead; those without events are left out, they teach nothing.
    horizon
        Seconds from a lead's creation after which it is resolved.
    now
        When the histories were read.

    Raises
    ------
    TooFewLeadsError
        When there are too few open leads, or too few older than the horizon.
    """
    with_events = [history for history in histories if history.events]
    open_leads = [history for history in with_events if history.outcome is None]
    resolved = [history for history in with_events if history.outcome]
    matured = [history for history in resolved if history.created_at <= now - horizon]
    if min(len(open_leads), len(matured)) < FEWEST:
        message = (
            f"What is known only after the outcome: there are {len(open_leads)} open leads to"
            f" compare with {len(matured)} that are older than the horizon; it takes {FEWEST} of"
            " each."
        )
        raise TooFewLeadsError(message)
    lately = _seen([history for history in resolved if history.created_at > now - horizon])
    seen_open = _seen(open_leads)
    ages = np.array([now - history.created_at for history in open_leads])
    at_risk = _open_at(ages, [(0.0, _open_for(history)) for history in matured])
    spans = _known_while_open(matured)
    findings: dict[str, Finding] = {}
    for subject in sorted(spans):  # a column comes before its answers
        expected = float((_open_at(ages, spans[subject]) / np.maximum(at_risk, 1)).sum())
        share = seen_open[subject] / max(expected, EXPECTED)
        absent = expected >= EXPECTED and share <= ABSENT and lately[subject] >= STILL_SEEN
        if absent and signal_of(subject) not in findings:
            findings[subject] = Finding(Code.ABSENT_WHILE_OPEN, subject, share, ABSENT)
    return list(findings.values())


def _known_while_open(histories: Sequence[History]) -> dict[str, list[tuple[float, float]]]:
    """Return, by what was known, the ages from which it was and at which its lead resolved."""
    spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for history in histories:
        for subject, age in _first_known(history).items():
            spans[subject].append((age, _open_for(history)))
    return spans


def _first_known(history: History) -> dict[str, float]:
    """Return how old the lead was when each answer and event type was first known, in seconds.

    When answers came is not recorded: they count as known from the start. Events count while the
    lead is open.
    """
    known: dict[str, float] = {}
    for column, answer in history.profile.items():
        if answer:
            known[f"profile:{column}"] = 0.0
            if isinstance(answer, str):
                known[f"profile:{column}|{answer.casefold()}"] = 0.0
    until = _open_for(history)
    for kind, at in history.events:
        age = max(at - history.created_at, 0.0)
        if age < until:
            known.setdefault(event_signal(kind), age)
    return known


def _open_for(history: History) -> float:
    """Return the seconds from a lead's creation to its outcome; infinite while it is open."""
    return history.outcome.resolved_at - history.created_at if history.outcome else np.inf


def _seen(histories: Sequence[History]) -> Counter[str]:
    """Return in how many leads each answer and event type is known."""
    return Counter(subject for history in histories for subject in _first_known(history))


def _open_at(
    ages: npt.NDArray[np.float64], spans: Sequence[tuple[float, float]]
) -> npt.NDArray[np.float64]:
    """Return how many (from, to) spans hold each age."""
    begun, ended = np.sort(np.array(spans), axis=0).T
    inside = np.searchsorted(begun, ages, "right") - np.searchsorted(ended, ages, "right")
    return inside.astype(float)


def only_one_outcome(histories: Sequence[History]) -> Iterator[Finding]:
    """Find columns filled in for leads of one outcome only, and for no open lead.

    Values of a column are not looked at: that a group never converts may be so.
    """
    resolved = [history for history in histories if history.outcome and history.events]
    rate = float(np.mean([history.outcome.converted for history in resolved if history.outcome]))
    kinds: dict[str, Counter[bool]] = defaultdict(Counter)
    for history in resolved:
        for column, answer in history.profile.items():
            if answer and history.outcome:
                kinds[column][history.outcome.converted] += 1
    asked = {
        column
        for history in histories
        if history.outcome is None
        for column, answer in history.profile.items()
        if answer
    }
    for column, counts in kinds.items():
        filled = counts.total()
        if len(counts) == 1 and filled >= FEWEST and column not in asked:
            chance = (rate if counts[True] else 1 - rate) ** filled
            if chance <= CHANCE:
                yield Finding(Code.ONLY_ONE_OUTCOME, f"profile:{column}", chance, CHANCE)


def with_outcome(histories: Sequence[History], head: Head) -> Iterator[Finding]:
    """Find event types that come with the outcome that people record, or only after it."""
    leads: Counter[str] = Counter()
    just_before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for history in histories:
        known_at = history.outcome.resolved_at if history.outcome else np.inf
        reported = history.outcome is not None and history.outcome.source != HORIZON
        first = dict(reversed(history.events))
        for kind in first.keys() - head.converts - head.loses:
            leads[kind] += 1
            just_before[kind] += reported and known_at - TOGETHER <= first[kind] < known_at
            after[kind] += reported and first[kind] >= known_at
    for kind, count in sorted(leads.items()):
        share = (just_before[kind] + after[kind]) / count
        if count >= FEWEST and share >= NEARLY_ALL:
            leaks = just_before[kind] / count > 1 - NEARLY_ALL
            code = Code.WITH_OUTCOME if leaks else Code.AFTER_OUTCOME
            yield Finding(code, event_signal(kind), share, NEARLY_ALL)


def score_decides(before: Sequence[Before]) -> list[Finding]:
    """Find labels that follow from the score: one that the converted leads reached, no others.

    Raises
    ------
    TooFewLeadsError
        When too few leads of either outcome had a score before it.
    """
    highest = np.array([lead.highest for lead in before])
    y = np.array([lead.converted for lead in before], dtype=bool)
    if min(y.sum(), (~y).sum()) < FEWEST:
        message = (
            f"Whether the score makes outcomes: {y.sum()} converted leads and {(~y).sum()} others"
            f" had a score before their outcome; it takes {FEWEST} of each."
        )
        raise TooFewLeadsError(message)
    figures = {
        score: float(min((highest[y] >= score).mean(), (highest[~y] < score).mean()))
        for score in range(1, 101)
    }
    score = max(figures, key=lambda threshold: (figures[threshold], threshold))
    findings = []
    if figures[score] >= NEARLY_ALL:
        findings.append(
            Finding(Code.SCORE_DECIDES, f"score >= {score}", figures[score], NEARLY_ALL)
        )
    waits = [lead.waited for lead in before if lead.converted and lead.by_event]
    share = float(np.mean([wait is not None and wait <= AT_ONCE for wait in waits] or [False]))
    if len(waits) >= FEWEST and share >= MACHINE:
        subject = f"score >= {HOT}"
        findings.append(Finding(Code.CONVERTED_BY_MACHINE, subject, share, MACHINE))
    return findings
