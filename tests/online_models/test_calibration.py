"""Platt scaling: what it learns, what it never does, and its JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from online_models.calibration import FLATTEST, Platt

outcomes = st.lists(st.tuples(st.floats(-8, 8), st.booleans()), max_size=60)


def test_it_finds_the_line_that_outcomes_follow() -> None:
    chance = np.random.default_rng(1)
    platt = Platt()
    for z in chance.normal(scale=2, size=60_000).tolist():
        platt.learn(z, bool(chance.random() < 1 / (1 + np.exp(-(0.6 * z - 1)))))
    assert (platt.slope, platt.offset) == pytest.approx((0.6, -1.0), abs=0.1)


@given(outcomes, st.floats(-8, 8), st.floats(0.01, 4))
def test_a_greater_log_odds_is_never_a_smaller_probability(
    seen: list[tuple[float, bool]], z: float, more: float
) -> None:
    platt = Platt(slope_precision=1e-3, offset_precision=1e-3)
    for log_odds, converted in seen:
        platt.learn(log_odds, converted)
        assert platt.slope >= FLATTEST
    assert platt.predict(z + more) >= platt.predict(z)


@given(outcomes, st.floats(-8, 8), st.booleans())
def test_it_goes_on_the_same_after_json(
    seen: list[tuple[float, bool]], z: float, converted: bool
) -> None:
    platt = Platt()
    for log_odds, answer in seen:
        platt.learn(log_odds, answer)
    copy = Platt.from_json(json.loads(json.dumps(platt.to_json())))
    copy.learn(z, converted)
    platt.learn(z, converted)
    assert copy == platt
