"""What the parts are worth: the hand-set points at first, then what people's verdicts teach."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.partners.matching import DAY_ZERO, PARTS, match
from online_models.model import LeadModel
from online_models.partners.weights import VERDICTS, day_zero, learn, points

seen = st.fixed_dictionaries({}, optional={name: st.floats(0.01, 1) for name in DAY_ZERO})
histories = st.lists(st.tuples(seen, st.sampled_from(sorted(VERDICTS))), max_size=60)


def test_before_any_verdict_the_points_are_those_set_by_hand() -> None:
    assert points(day_zero()) == pytest.approx(DAY_ZERO)


@given(histories)
def test_the_best_of_each_part_add_up_to_a_hundred_whatever_is_learned(
    history: list[tuple[dict[str, float], str]],
) -> None:
    model = day_zero()
    for found, verdict in history:
        learn(model, found, verdict)
    worth = points(model)
    assert all(value >= 0 for value in worth.values())
    assert sum(max(worth[one] for one in of) for of in PARTS.values()) == pytest.approx(100)


@given(histories)
def test_a_snapshot_learns_on_as_the_model_would(
    history: list[tuple[dict[str, float], str]],
) -> None:
    kept, model = day_zero(), day_zero()
    for found, verdict in history:
        learn(kept, found, verdict)
        model = LeadModel.from_json(json.loads(json.dumps(model.to_json())))
        learn(model, found, verdict)
    assert points(model) == points(kept)


def test_refusing_a_part_makes_it_worth_less_and_keeping_it_more() -> None:
    for verdict, moved in (("refused", -1), ("contacted", 1), ("kept", 1)):
        model = day_zero()
        for _ in range(40):
            learn(model, {"neighbour": 1.0}, verdict)
        assert (points(model)["neighbour"] - DAY_ZERO["neighbour"]) * moved > 1


def test_without_end_of_one_verdict_no_part_takes_all() -> None:
    model = day_zero()
    for _ in range(20_000):
        learn(model, {"segment": 1.0, "city": 1.0}, "refused")
    worth = points(model)
    assert all(0 <= value < 60 for value in worth.values())
    model = day_zero()
    for _ in range(20_000):
        learn(model, {"text": 1.0}, "contacted")
    assert points(model)["text"] < 60


def test_the_weights_find_the_way_back() -> None:
    model = day_zero()
    for _ in range(200):
        learn(model, {"city": 1.0}, "refused")
    away = points(model)["city"]
    for _ in range(4_000):
        learn(model, {}, "kept")
    assert away < points(model)["city"] == pytest.approx(DAY_ZERO["city"], abs=5)


def test_when_everything_is_refused_the_hand_set_points_stand() -> None:
    model = day_zero()
    for name in model.weights:
        model.regression._weights[name] = -1.0
    assert points(model) == DAY_ZERO


def test_learned_points_still_add_up_in_a_match() -> None:
    model = day_zero()
    found = {"segment": 1.0, "state": 1.0, "cnae": 0.8, "text": 0.3}
    for n in range(30):
        learn(model, found, "refused" if n % 3 else "contacted")
    said = match(UUID(int=1), found, points(model))
    assert sum(said.parts.values()) == said.compatibility <= 100
