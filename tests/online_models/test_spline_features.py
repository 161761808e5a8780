"""Hats: river's own checks, and scikit-learn's splines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import checks
from sklearn.preprocessing import SplineTransformer

from domain.scorecard import piece
from online_models.hats import Hats, hat

if TYPE_CHECKING:
    from collections.abc import Callable

HATS = Hats({"ordinal_date": (736389.0, 736395.0, 736410.0), "gallup": (40.0, 43.0)})


@pytest.mark.parametrize("check", [*checks.yield_checks(HATS)], ids=lambda check: check.__name__)
def test_river_is_content(check: Callable[[Hats], None]) -> None:
    if check.__name__ not in HATS._unit_test_skips():
        check(HATS.clone())


knots = st.lists(st.floats(-50, 50), min_size=2, max_size=6, unique_by=lambda x: round(x, 2)).map(
    lambda found: tuple(sorted(found))
)


@given(knots, st.floats(-100, 100))
def test_they_are_degree_1_splines(knots: tuple[float, ...], x: float) -> None:
    splines = SplineTransformer(
        degree=1, knots=np.array(knots)[:, None], extrapolation="constant"
    ).fit(np.array(knots)[:, None])
    expected = splines.transform(np.array([[x]]))[0][1:]
    found = Hats({"x": knots}).transform_one({"x": x})
    assert [found.get(hat("x", k), 0.0) for k in range(1, len(knots))] == pytest.approx(
        expected.tolist(), abs=1e-9
    )
    assert all(found.values())
    assert sum(found.values()) <= 1 + 1e-12


@given(knots, st.floats(-100, 100), st.lists(st.floats(-9, 9), min_size=6, max_size=6))
def test_a_piece_is_its_weighted_hats(
    knots: tuple[float, ...], x: float, weights: list[float]
) -> None:
    values = (0.0, *weights[: len(knots) - 1])
    found = Hats({"x": knots}).transform_one({"x": x})
    total = sum(share * values[int(str(name)[2:])] for name, share in found.items())
    assert piece("x", knots, values).at(x) == pytest.approx(total, abs=1e-9)
