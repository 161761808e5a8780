"""What is nothing unusual of a lead: what reasons are measured from."""

from collections.abc import Iterable, Sequence

import numpy as np

from domain.features import COUNT, HOURS_KNOWN, LONG_AGO, NUMBER, SINCE_UP, Features

NEARLY_ALL = 0.9
"""Share of the leads from which an event is nothing that tells one lead from another."""


def learn_typical(moments: Sequence[Features], last: Iterable[int]) -> dict[str, float]:
    """Return what is nothing unusual of a lead: what a reason is measured from.

    It is the middle answer of each number that most leads answer, and differently; of each event
    type that nearly all leads have, as often as nearly all have it; that something speaks for a
    lead just now, where something does for nearly all; and the middle age.

    Parameters
    ----------
    moments
        Features of what taught.
    last
        By lead, the place of its last moment.
    """
    leads = [moments[row] for row in last]
    numbers: dict[str, list[float]] = {}
    counts: dict[str, list[float]] = {}
    for lead in leads:
        for feature, x in lead.items():
            if feature.endswith(f"|{NUMBER}"):
                numbers.setdefault(feature, []).append(x)
            elif feature.startswith("event:") and feature.endswith(f"|{COUNT}"):
                counts.setdefault(feature, []).append(x)
    answers = {
        feature: float(np.median(xs))
        for feature, xs in numbers.items()
        if len(xs) > len(leads) / 2 and len(set(xs)) > 1
    }
    happened = {
        feature: float(np.quantile(xs, 1.0 - NEARLY_ALL, method="lower"))
        for feature, xs in counts.items()
        if len(xs) >= NEARLY_ALL * len(leads)
    }
    spoken_for = sum(SINCE_UP in lead for lead in leads) >= NEARLY_ALL * len(leads)
    times = {
        SINCE_UP: LONG_AGO if spoken_for else 0.0,
        HOURS_KNOWN: float(np.median([moment.get(HOURS_KNOWN, 0.0) for moment in moments])),
    }
    return {**answers, **happened, **times}
