"""The regressions that keep signs: river's checks, and the signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from river import checks
from river.optim import SGD

from online_models.monotone_regression import (
    ForgettingLogisticRegression,
    MonotoneLogisticRegression,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Regression = MonotoneLogisticRegression | ForgettingLogisticRegression
MODELS: list[Regression] = [MonotoneLogisticRegression({}), ForgettingLogisticRegression({})]
CHECKS = [(model, check) for model in MODELS for check in checks.yield_checks(model)]


@pytest.mark.parametrize(
    ("model", "check"),
    CHECKS,
    ids=[f"{n} {type(model).__name__} {check.__name__}" for n, (model, check) in enumerate(CHECKS)],
)
def test_river_is_content(model: Regression, check: Callable[[Regression], None]) -> None:
    if check.__name__ not in model._unit_test_skips():
        check(model.clone())


def test_the_forgetting_one_goes_with_the_world() -> None:
    """After the world has turned it is nearer to what holds now than small steps are."""
    chance = np.random.default_rng(2)
    forgetting, steady = ForgettingLogisticRegression({}), MonotoneLogisticRegression({}, SGD(2e-4))
    for effect in (2.0, -2.0):
        for _ in range(3_000):
            x = float(chance.normal())
            y = bool(chance.random() < 1 / (1 + np.exp(-effect * x)))
            forgetting.learn_one({"x": x}, y)
            steady.learn_one({"x": x}, y)
    assert forgetting.weights["x"] == pytest.approx(-2.0, abs=0.5)
    assert steady.weights["x"] > forgetting.weights["x"]
