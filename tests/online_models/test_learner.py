"""The learner: what each contender does, the directions that all keep, and the snapshot."""

from __future__ import annotations

import json
from math import log1p
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import OURS
from online_models.day_zero import day_zero
from online_models.learner import CONTENDERS, FROZEN, QUICK, STEADY, Learner
from online_models.model import Basis, LeadModel

if TYPE_CHECKING:
    from domain.features import Features

BASE = day_zero()
KNOTS = {
    **BASE.basis.knots,
    "event:page_view|count": (0.0, log1p(1), log1p(3)),
    "event:no_reply_3d|count": (0.0, log1p(1)),
    "quiet|since_up": (0.0, 4.0, 7.0),
    "quiet|since_down": (0.0, 7.0),
    "timing|hours_known": (0.0, 3.0, 7.0),
}
MODEL = LeadModel.warm_start(
    Basis(KNOTS, (("event:page_view|count@2", "profile:orcamento_faixa|rank@3"),), OURS.directions),
    BASE.weights,
    BASE.intercept,
    BASE.scale,
)
moments = st.dictionaries(st.sampled_from(list(KNOTS)), st.floats(0, 8), max_size=6)
leads = st.lists(st.tuples(st.lists(moments, max_size=3), st.booleans()), max_size=12)


def taught(seen: list[tuple[list[Features], bool]]) -> Learner:
    learner = Learner(MODEL)
    for found, converted in seen:
        said = [learner.predict(one) for one in found]
        learner.learn(found, converted)
        if found:
            learner.judge(found, said, converted)
    return learner


@given(leads)
def test_whatever_it_is_taught_every_contender_keeps_the_directions(
    seen: list[tuple[list[Features], bool]],
) -> None:
    learner = taught(seen)
    for name in CONTENDERS:
        model = learner.model(name)
        signs = model.basis.signs
        assert signs["quiet|since_up@1"] == 1
        assert all(weight * signs.get(step, 0) >= 0 for step, weight in model.weights.items())


def test_outcomes_against_a_direction_end_at_nothing() -> None:
    seen = [({"event:page_view|count": log1p(1)}, False), ({}, True)] * 3_000
    learner = Learner(MODEL)
    for found, converted in seen:
        learner.learn([found], converted)
    card = learner.model(QUICK).scorecard(1)
    once = card.points({"event:page_view|count": log1p(1)})
    assert once.total == card.points({}).total


@given(leads, st.lists(moments, min_size=1, max_size=3), st.booleans())
def test_it_goes_on_the_same_after_json(
    seen: list[tuple[list[Features], bool]], found: list[Features], converted: bool
) -> None:
    learner = taught(seen)
    copy = Learner.from_json(MODEL, json.loads(json.dumps(learner.to_json())))
    for one in (learner, copy):
        said = [one.predict(each) for each in found]
        one.learn(found, converted)
        one.judge(found, said, converted)
    assert copy.to_json() == learner.to_json()
    assert copy.scorecard(3) == learner.scorecard(3)


def test_it_began_as_its_own_base_only() -> None:
    values = Learner(MODEL).to_json()
    assert Learner.began_as(MODEL, values)
    assert not Learner.began_as(MODEL.rescaled(1.0, 0.5), values)
    del values["contenders"][QUICK]["variances"]
    assert not Learner.began_as(MODEL, values)


def test_the_frozen_one_stays_and_the_quick_one_goes_farthest() -> None:
    found = {"profile:uf|mg": 1.0}
    learner = Learner(MODEL)
    before = learner.predict(found)
    for _ in range(50):
        learner.learn([found], True)
    after = learner.predict(found)
    assert after[FROZEN] == before[FROZEN]
    assert before[STEADY] < after[STEADY] < after[QUICK]


def test_a_lead_counts_once_however_many_moments_it_has() -> None:
    found = {"profile:uf|mg": 1.0}
    once, often = Learner(MODEL), Learner(MODEL)
    once.learn([found], True)
    often.learn([found] * 8, True)
    assert often.learned == once.learned == 1
    for name in (STEADY, QUICK):
        moved = once.predict(found)[name] - Learner(MODEL).predict(found)[name]
        assert often.predict(found)[name] - once.predict(found)[name] == pytest.approx(
            0.0, abs=0.2 * moved
        )


def test_what_it_says_is_what_its_scorecard_says() -> None:
    learner = taught([([{"profile:uf|mg": 1.0}], True)] * 30)
    for found in ({}, {"profile:uf|mg": 1.0, "quiet|since_up": 5.0}):
        for name in CONTENDERS:
            said = learner.predict(found)[name]
            assert learner.model(name).predict(found) == pytest.approx(said, abs=1e-12)
