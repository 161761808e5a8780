"""Leads out of pattern: isolated by a forest on the features that models read, with what does it.

An answer without an order is read as how rare it is, so that columns of many answers, such as
cities, do not outweigh the others; no answer is one too, where others answer.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import expm1, log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest
from sklearn.feature_extraction import DictVectorizer

from domain.anomalies import Part
from domain.features import COUNT, NUMBER, RANK, Features, signal_of

FEWEST = 50
"""Leads of which there is a pattern to be out of."""

ISOLATED = 0.6
"""Anomaly score from which a lead is out of pattern: about 0.5 is as isolated as any."""

SHARE = 0.01
"""Leads that are told of at the most, the most isolated."""

PARTS = 3
"""Signals that are named of each."""

TREES = 200

RARE, UNANSWERED = "rare", "unanswered"

PROFILE = "profile:"

Matrix = npt.NDArray[np.float64]


class Unusual(NamedTuple):
    """A lead out of pattern.

    Parameters
    ----------
    place
        Which of the leads.
    score
        How isolated, from 0 to 1.
    parts
        What makes it so, the most telling first.
    """

    place: int
    score: float
    parts: list[Part]


def unusual(leads: Sequence[Features], seed: int) -> list[Unusual]:
    """Return the leads out of pattern, the most isolated first.

    Parameters
    ----------
    leads
        The features of each.
    seed
        Of the forest.
    """
    if len(leads) < FEWEST:
        return []
    rows = _with_rarity(leads)
    vectorizer = DictVectorizer(sparse=False)
    X: Matrix = vectorizer.fit_transform(rows)
    names = list(vectorizer.get_feature_names_out())
    columns: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        columns.setdefault(signal_of(name), []).append(at)
    forest = IsolationForest(n_estimators=TREES, random_state=seed).fit(X)
    scores = -forest.score_samples(X)
    usual = np.median(X, axis=0)
    spread = X.std(axis=0) + 1e-9
    order = np.argsort(-scores, kind="stable")[: max(int(SHARE * len(leads)), 1)]
    found = []
    for place in order[scores[order] >= ISOLATED].tolist():
        parts = []
        for signal in _telling(forest, X[place], usual, columns):
            at = max(columns[signal], key=lambda at: _worth(names[at], X[place], usual, spread, at))
            part = _part(names[at], X[place, at], usual[at])
            silent = part.kind == RARE and signal not in _answered(leads[place])
            parts.append(part._replace(kind=UNANSWERED) if silent else part)
        found.append(Unusual(place, float(scores[place]), parts))
    return found


def _is_answer(name: str) -> bool:
    return name.startswith(PROFILE) and name.partition("|")[2] not in {NUMBER, RANK}


def _answered(lead: Features) -> set[str]:
    return {signal_of(name) for name in lead if _is_answer(name)}


def _with_rarity(leads: Sequence[Features]) -> list[Features]:
    """Return features with how rare answers are in place of them; none is one, where others are."""
    counts = Counter(name for lead in leads for name in lead if _is_answer(name))
    answered = Counter(signal for lead in leads for signal in _answered(lead))
    rows = []
    for lead in leads:
        row: Features = {}
        for name, value in lead.items():
            if _is_answer(name):
                row[f"{signal_of(name)}|{RARE}"] = log(len(leads) / counts[name])
            else:
                row[name] = value
        for signal in answered.keys() - _answered(lead):
            row[f"{signal}|{RARE}"] = log(len(leads) / (len(leads) - answered[signal]))
        rows.append(row)
    return rows


def _telling(
    forest: IsolationForest, row: Matrix, usual: Matrix, columns: Mapping[str, list[int]]
) -> list[str]:
    """Return the signals without which a lead would be less isolated, the most telling first."""
    signals = sorted(signal for signal, at in columns.items() if (row[at] != usual[at]).any())
    without = np.tile(row, (len(signals) + 1, 1))
    for line, signal in enumerate(signals):
        without[line, columns[signal]] = usual[columns[signal]]
    scores = -forest.score_samples(without)
    gains = scores[-1] - scores[:-1]
    order = np.argsort(-gains, kind="stable")[:PARTS]
    return [signals[at] for at in order.tolist() if gains[at] > 0]


def _worth(name: str, row: Matrix, usual: Matrix, spread: Matrix, at: int) -> tuple[bool, float]:
    """Return how well a feature says what is unusual: how often first, then by how much."""
    differs = bool(row[at] != usual[at])
    return differs and name.endswith(f"|{COUNT}"), float(abs(row[at] - usual[at]) / spread[at])


def _part(name: str, value: float, usual: float) -> Part:
    """Return a feature as people read it."""
    signal, _, aspect = name.partition("|")
    if aspect == RARE:
        return Part(signal, RARE, round(float(np.exp(-value)), 4), round(float(np.exp(-usual)), 4))
    if aspect == COUNT or (aspect == NUMBER and min(value, usual) >= 0):
        return Part(signal, aspect, round(expm1(value)), round(expm1(usual)))
    if aspect.startswith("hours"):
        return Part(signal, "hours", round(expm1(value)), round(expm1(usual)))
    return Part(signal, "more" if value > usual else "less", round(value, 3), round(usual, 3))
