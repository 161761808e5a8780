"""A cascade decides; a tie on all of it changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offline.metrics import Quality
from offline.selection import decide

OLD = Quality(0.80, 0.60, 0.70, 0.150, 0.02, ((0, 0), (0, 0)), 0.5, 900, 0.3)


@pytest.mark.parametrize(
    ("new", "latency", "promote", "by"),
    [
        (replace(OLD, auc=0.81, brier=0.2), (9.0, 1.0), True, "AUC"),
        (replace(OLD, auc=0.79, brier=0.1), (1.0, 9.0), False, "AUC"),
        (replace(OLD, auc=0.801, average_precision=0.61), (9.0, 1.0), True, "average precision"),
        (replace(OLD, brier=0.149), (9.0, 1.0), True, "Brier"),
        (OLD, (1.0, 9.0), True, "latency"),
        (OLD, (9.0, 1.0), False, "latency"),
    ],
)
def test_the_first_measure_that_tells_decides(
    new: Quality, latency: tuple[float, float], *, promote: bool, by: str
) -> None:
    decision = decide(new, OLD, latency, "model 3")
    assert decision.promote is promote
    last = decision.reason.split("; ")[-1]
    assert last.startswith(by)
    assert last.endswith("better" if promote else "worse")
    assert last.endswith(decision.verdict)
    assert decision.figures["measure"] == by.lower().replace(" ", "_")
    assert decision.figures["mine"] != decision.figures["theirs"]


def test_a_tie_keeps_what_scores() -> None:
    decision = decide(OLD, OLD, (3.0, 3.0), "model 3")
    assert not decision.promote
    assert (decision.verdict, decision.figures) == ("even", {})
    assert decision.reason.endswith("what scores stays")
    assert decision.reason.count("a tie") == 4
