"""Leads that come to arms otherwise than declared are noticed, and others hardly ever."""

from __future__ import annotations

import numpy as np
import pytest

from domain.experiments.ratio import FALSE_ALARM, evidence, is_mismatch

SHARES = {"a": 0.6, "b": 0.3, "c": 0.1}
LOOKS = range(50, 5001, 50)


def ever(shares: dict[str, float], lots: np.random.Generator, threshold: float) -> bool:
    """Tell whether the evidence reaches a threshold at any of a hundred looks."""
    drawn = lots.choice(len(shares), LOOKS[-1], p=list(shares.values()))
    return any(
        evidence(
            dict(zip(SHARES, np.bincount(drawn[:seen], minlength=3).tolist(), strict=True)), SHARES
        )
        >= threshold
        for seen in LOOKS
    )


def test_false_alarms_are_as_rare_as_promised_at_any_look() -> None:
    lots, times = np.random.default_rng(3), 400
    # Evidence of 20 is reached with a chance of 1 in 20 at the most: 1 in 1000 takes too long here.
    assert sum(ever(SHARES, lots, 20.0) for _ in range(times)) / times <= 0.05 + 0.034
    assert not any(ever(SHARES, lots, 1.0 / FALSE_ALARM) for _ in range(50))


def test_an_arm_that_loses_a_tenth_of_its_leads_is_noticed() -> None:
    lots = np.random.default_rng(4)
    lossy = {"a": 0.6 / 0.94, "b": 0.3 / 0.94, "c": 0.04 / 0.94}
    assert all(ever(lossy, lots, 1.0 / FALSE_ALARM) for _ in range(20))


@pytest.mark.parametrize("units", [{}, {"a": 6, "b": 3, "c": 1}])
def test_few_leads_prove_nothing(units: dict[str, int]) -> None:
    assert not is_mismatch(units, SHARES)


def test_an_arm_that_gets_nobody_is_noticed() -> None:
    assert is_mismatch({"a": 800, "b": 400}, SHARES)
