"""Splines: river's own checks, and scikit-learn's splines."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from river import checks
from sklearn.preprocessing import SplineTransformer

from domain.scorecard import piece
from online_models.spline_features import SplineFeatures, step, step_signs

if TYPE_CHECKING:
    from collections.abc import Callable

SPLINES = SplineFeatures({"ordinal_date": (736389.0, 736395.0, 736410.0), "gallup": (40.0, 43.0)})


@pytest.mark.parametrize("check", [*checks.yield_checks(SPLINES)], ids=lambda check: check.__name__)
def test_river_is_content(check: Callable[[SplineFeatures], None]) -> None:
    if check.__name__ not in SPLINES._unit_test_skips():
        check(SPLINES.clone())


knots = st.lists(st.floats(-50, 50), min_size=2, max_size=6, unique_by=lambda x: round(x, 2)).map(
    lambda found: tuple(sorted(found))
)


@given(knots, st.floats(-100, 100))
@example((-5e-324, 2.0), 0.0)  # so little above a knot that it is nothing of the step
def test_steps_are_sums_of_degree_1_splines(knots: tuple[float, ...], x: float) -> None:
    splines = SplineTransformer(
        degree=1, knots=np.array(knots)[:, None], extrapolation="constant"
    ).fit(np.array(knots)[:, None])
    hats = splines.transform(np.array([[x]]))[0][1:]
    expected = [float(hats[k:].sum()) for k in range(len(hats))]
    found = SplineFeatures({"x": knots}).transform_one({"x": x})
    assert [found.get(step("x", k), 0.0) for k in range(1, len(knots))] == pytest.approx(
        expected, abs=1e-9
    )
    assert all(found.values())


@given(knots, st.floats(-100, 100), st.lists(st.floats(-9, 9), min_size=6, max_size=6))
def test_a_piece_is_its_weighted_steps(
    knots: tuple[float, ...], x: float, weights: list[float]
) -> None:
    weights = weights[: len(knots) - 1]
    found = SplineFeatures({"x": knots}).transform_one({"x": x})
    total = sum(share * weights[int(str(name)[2:]) - 1] for name, share in found.items())
    values = (0.0, *accumulate(weights))
    assert piece("x", knots, values).at(x) == pytest.approx(total, abs=1e-9)


def test_a_pair_has_the_sign_of_the_step_that_has_one() -> None:
    knots = {"a": (0.0, 1.0), "b": (0.0, 1.0), "c": (0.0, 1.0)}
    assert step_signs(knots, [("a@1", "c@1")], {"a": 1, "b": -1}) == {
        "a@1": 1,
        "b@1": -1,
        "a@1&c@1": 1,
    }
    with pytest.raises(ValueError, match="only raise"):
        step_signs(knots, [("a@1", "b@1")], {"a": 1, "b": -1})
