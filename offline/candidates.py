"""The candidates of a training, compared on the same newer examples."""

import time

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from domain.policy import Policy
from domain.scorecard import Scorecard
from offline.fit import Baseline
from offline.metrics import quality
from offline.report import Comparison
from online_models.day_zero import day_zero

RULES, SCORECARD, CHAMPION = "rules", "scorecard", "champion"
"""Candidates that can score: the team's rules, what is being trained, and what scores now."""


def compare(
    older: pd.DataFrame,
    baseline: Baseline,
    newer: pd.DataFrame,
    champion: Scorecard | None,
    policy: Policy,
) -> list[Comparison]:
    """Return how each candidate does on `newer` having learned from `older`, the rules first.

    `baseline` is what was fitted on `older`.

    A champion that keeps other directions than the team's is no candidate: it may rank better, but
    it moves scores in ways that the team ruled out.
    """
    moments = newer["features"].tolist()
    y = newer["converted"].to_numpy(dtype=bool)
    threshold = baseline.model.scale.hot
    cards = {RULES: day_zero(policy).scorecard(0), SCORECARD: baseline.model.scorecard(0)}
    if champion and champion.version and champion.directions == policy.directions:
        cards[CHAMPION] = champion
    compared = []
    for name, card in cards.items():
        began = time.perf_counter()
        p = np.array([card.points(moment).propensity for moment in moments])
        latency_us = (time.perf_counter() - began) / len(moments) * 1e6
        compared.append(Comparison(name, quality(y, p, threshold), y, p, latency_us))
    known = older[older["known"]]
    taught, labels = baseline.columns(known["features"]), known["converted"].to_numpy(dtype=bool)
    for name, yardstick in (
        ("random forest", RandomForestClassifier(200, min_samples_leaf=20, random_state=0)),
        ("gradient boosting", HistGradientBoostingClassifier(random_state=0)),
    ):
        yardstick.fit(taught, labels)
        began = time.perf_counter()
        p = yardstick.predict_proba(baseline.columns(moments))[:, 1]
        latency_us = (time.perf_counter() - began) / len(moments) * 1e6
        compared.append(Comparison(name, quality(y, p, threshold), y, p, latency_us))
    return compared
