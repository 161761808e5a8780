"""The model: river's checks, the exact warm start, the scorecard, the snapshot."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import checks
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from domain.scorecard import Scale
from online_models.model import Basis, LeadModel, pipeline
from online_models.spline_features import SplineFeatures

if TYPE_CHECKING:
    from collections.abc import Callable

    from river.compose import Pipeline

    from domain.features import Features

KNOTS = {"a": (0.0, 1.0, 3.0), "b": (-1.0, 0.0, 2.0), "c": (0.0, 1.0)}
PHISHING = {
    "empty_server_form_handler": (0.0, 0.5, 1.0),
    "popup_window": (0.0, 1.0),
    "https": (0.0, 0.5, 1.0),
    "age_of_domain": (0.0, 1.0),
}


CHECKS = [*checks.yield_checks(pipeline(Basis(PHISHING)))]


@pytest.mark.parametrize(
    "check", CHECKS, ids=[f"{n} {check.__name__}" for n, check in enumerate(CHECKS)]
)
def test_river_is_content(check: Callable[[Pipeline], None]) -> None:
    model = pipeline(Basis(PHISHING))
    if check.__name__ not in model._unit_test_skips():
        check(model.clone())


values = st.floats(-5, 5)
leads = st.dictionaries(st.sampled_from([*KNOTS, "unheard of"]), values)


@st.composite
def models(draw: st.DrawFn) -> LeadModel:
    names = [f"{name}@{k}" for name, knots in KNOTS.items() for k in range(1, len(knots))]
    weights = draw(st.dictionaries(st.sampled_from(names), values))
    return LeadModel.warm_start(Basis(KNOTS), weights, draw(values), Scale(0.1, 0.3))


def same(one: LeadModel, other: LeadModel) -> bool:
    return one.to_json() == other.to_json()


@given(models(), leads)
def test_the_scorecard_says_what_the_model_says(model: LeadModel, found: Features) -> None:
    points = model.scorecard(7).points(found)
    assert points.propensity == pytest.approx(model.predict(found), abs=1e-12)
    assert points.total == pytest.approx(model.scale.points(points.log_odds), abs=1e-9)


@given(models(), leads)
def test_predicting_changes_nothing(model: LeadModel, found: Features) -> None:
    before, given = deepcopy(model), dict(found)
    model.predict(found)
    model.scorecard(1).points(found)
    assert same(model, before)
    assert found == given


@given(models(), st.lists(st.tuples(leads, st.booleans()), max_size=8), leads)
def test_a_snapshot_is_the_model_to_the_bit(
    model: LeadModel, history: list[tuple[Features, bool]], found: Features
) -> None:
    for seen, converted in history:
        model.learn(seen, converted)
    for copy in (
        LeadModel.from_json(orjson.loads(orjson.dumps(model.to_json()))),
        LeadModel.from_json(json.loads(json.dumps(model.to_json()))),
    ):
        assert same(copy, model)
        assert copy.predict(found) == model.predict(found)
        copy.learn(found, True, 0.5)
        again = deepcopy(model)
        again.learn(found, True, 0.5)
        assert same(copy, again)


@given(models(), leads)
def test_learning_leaves_an_earlier_scorecard_alone(model: LeadModel, found: Features) -> None:
    card = model.scorecard(1)
    before = card.points(found)
    model.learn(found, True)
    assert card.points(found) == before


@pytest.mark.parametrize("converted", [True, False])
def test_learning_goes_towards_the_outcome(converted: bool) -> None:
    model = LeadModel.warm_start(Basis(KNOTS), {"a@1": 0.3}, -0.1, Scale())
    before = model.predict({"a": 1.0})
    assert model.learn({"a": 1.0}, converted) is None  # type: ignore[func-returns-value]
    assert (model.predict({"a": 1.0}) > before) == converted


@pytest.mark.parametrize("centred", [True, False])
def test_the_warm_start_is_scikit_learns_model(centred: bool) -> None:
    chance = np.random.default_rng(3)
    found: list[Features] = [
        {name: float(chance.normal(1, 2)) for name in KNOTS if chance.random() < 0.8}
        for _ in range(400)
    ]
    y = np.array([one.get("a", 0) + chance.normal() > 1 for one in found])
    splines, vectorizer = SplineFeatures(KNOTS), DictVectorizer(sparse=False)
    matrix = vectorizer.fit_transform([splines.transform_one(one) for one in found])
    sklearn = make_pipeline(StandardScaler(with_mean=centred), LogisticRegression()).fit(matrix, y)
    scaler, regression = sklearn[0], sklearn[1]
    weights = regression.coef_[0] / scaler.scale_
    shift = float(weights @ scaler.mean_) if centred else 0.0
    model = LeadModel.warm_start(
        Basis(KNOTS),
        dict(zip(vectorizer.feature_names_, weights.tolist(), strict=True)),
        float(regression.intercept_[0]) - shift,
        Scale(),
    )
    expected = sklearn.predict_proba(matrix)[:, 1]
    assert [model.predict(one) for one in found] == pytest.approx(expected.tolist(), abs=1e-9)


@pytest.mark.parametrize("snapshot", [{}, {"format": 0}, {"format": "1"}])
def test_a_snapshot_of_another_format_is_refused(snapshot: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="train again"):
        LeadModel.from_json(snapshot)


def test_a_model_from_before_there_were_directions_says_the_same() -> None:
    knots = {"a": [0.0, 1.0, 3.0], "c": [0.0, 1.0]}
    old = {
        "format": 1,
        "knots": knots,
        "weights": {"a@1": 0.5, "a@2": -0.25, "c@1": 2.0},
        "intercept": -1.0,
        "optimizer": {"learning_rate": 2e-4, "n": 7},
        "scale": {"warm": 0.1, "hot": 0.3},
    }
    model = LeadModel.from_json(old)
    for x, contribution in ((0.0, 0.0), (0.5, 0.25), (1.0, 0.5), (2.0, 0.125), (9.0, -0.25)):
        said = model.scorecard(1).points({"a": x, "c": 1.0}).log_odds
        assert said == pytest.approx(-1.0 + 2.0 + contribution)
    assert same(LeadModel.from_json(model.to_json()), model)


PAIRED = Basis({"a": (0.0, 1.0, 3.0), "b": (0.0, 2.0)}, (("a@2", "b@1"),))


@given(st.floats(-1, 5), st.floats(-1, 5), st.floats(-3, 3))
def test_a_pair_adds_the_product_of_its_steps(a: float, b: float, weight: float) -> None:
    model = LeadModel.warm_start(PAIRED, {"a@2&b@1": weight}, 0.0, Scale())
    points = model.scorecard(1).points({"a": a, "b": b})
    expected = weight * min(max((a - 1.0) / 2.0, 0.0), 1.0) * min(max(b / 2.0, 0.0), 1.0)
    assert points.log_odds == pytest.approx(expected, abs=1e-9)
    assert model.predict({"a": a, "b": b}) == pytest.approx(points.propensity, abs=1e-12)
    assert set(points.by_signal) <= {"pair:a&b"}
