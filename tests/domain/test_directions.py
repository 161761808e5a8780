"""Directions: no history in which something that may only raise a score lowers it."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.directions import Direction, Directions, default_direction
from domain.features import event_features, features, signs
from domain.policy import OURS, Policy
from domain.scorecard import Scale
from domain.state import DAY, LeadState
from online_models.model import Basis, LeadModel
from tests.domain.strategies import KINDS, NOW, states

POLICY = Policy(event_directions={"aurora": "free", "page|view": "down"})
DIRECTIONS = POLICY.directions
NAMES = [
    *(name for kind in KINDS for name in event_features(kind)),
    *("quiet|hours", "quiet|since_up", "quiet|since_down", "timing|hours_between"),
    *("timing|hours_known", "profile:orcamento_faixa|rank", "profile:prazo_compra|rank"),
    *("profile:whatsapp|number", "profile:email|number", "profile:uf|mg"),
]
BASIS = Basis(dict.fromkeys(NAMES, (0.0, 0.7, 1.4, 7.0)), (), DIRECTIONS)


@st.composite
def models(draw: st.DrawFn) -> LeadModel:
    """Any model; a weight against a direction becomes nothing."""
    chosen = draw(st.sets(st.sampled_from(NAMES), max_size=12))
    steps = [f"{name}@{k}" for name in sorted(chosen) for k in (1, 2, 3)]
    weights = {step: draw(st.floats(-3, 3)) for step in steps}
    return LeadModel.warm_start(BASIS, weights, -1.0, Scale())


def total(model: LeadModel, state: LeadState) -> float:
    return model.scorecard(1).points(features(state, NOW, DIRECTIONS)).total


def allows(direction: Direction, moved: float) -> bool:
    return (direction in {Direction.UP, Direction.FREE} or moved <= 1e-9) and (
        direction in {Direction.DOWN, Direction.FREE} or moved >= -1e-9
    )


@given(models(), states(), st.sampled_from(KINDS), st.floats(-0.9 * DAY, 200 * DAY))
def test_an_event_moves_no_score_against_its_direction(
    model: LeadModel, state: LeadState, kind: str, ago: float
) -> None:
    after = deepcopy(state)
    after.fold(kind, NOW - ago)
    assert allows(DIRECTIONS.of_event(kind), total(model, after) - total(model, state))


ORDER = OURS.directions.orders["orcamento_faixa"]


@given(models(), states(), st.integers(0, len(ORDER) - 1))
def test_a_better_answer_never_lowers_a_score(
    model: LeadModel, state: LeadState, place: int
) -> None:
    worse, better = deepcopy(state), deepcopy(state)
    worse.profile.pop("orcamento_faixa", None)
    if place:
        worse.profile["orcamento_faixa"] = ORDER[place - 1]
    better.profile["orcamento_faixa"] = ORDER[place]
    assert total(model, better) >= total(model, worse) - 1e-9


@given(models(), states(), st.sampled_from(["whatsapp", "email"]))
def test_a_contact_given_never_lowers_a_score(
    model: LeadModel, state: LeadState, column: str
) -> None:
    without = deepcopy(state)
    without.profile.pop(column, None)
    state.profile[column] = 1.0
    assert total(model, state) >= total(model, without) - 1e-9


@given(models(), states())
def test_a_note_is_nothing_that_a_model_reads(model: LeadModel, state: LeadState) -> None:
    noted = deepcopy(state)
    noted.fold("next_action_saved", NOW)
    noted.fold("crm_manual_move:AQUECENDO", NOW)
    assert features(noted, NOW, DIRECTIONS) == features(state, NOW, DIRECTIONS)


def test_a_model_without_signs_would_break_the_promise() -> None:
    """What makes the tests above able to fail: the same weights under no direction."""
    free = LeadModel.warm_start(Basis(BASIS.knots), {"event:cta_click|count@1": -1.0}, 0.0, Scale())
    kept = LeadModel.warm_start(BASIS, {"event:cta_click|count@1": -1.0}, 0.0, Scale())
    state = LeadState(NOW)
    before = total(free, state)
    state.fold("cta_click", NOW)
    assert total(free, state) < before == total(kept, state)


@pytest.mark.parametrize(
    ("policy", "kind", "direction"),
    [
        (OURS, "cta_click", Direction.UP),
        (OURS, "no_reply_3d", Direction.DOWN),
        (OURS, "handoff", Direction.UP),
        (OURS, "next_action_saved", Direction.NONE),
        (OURS, "crm_manual_move:QUALIFICADO", Direction.NONE),
        (OURS, "unheard_of", Direction.FREE),
        (Policy(points={"cta_click": -5}), "cta_click", Direction.DOWN),
        (Policy(points={"cta_click": 0}), "cta_click", Direction.UP),
        (Policy(converts=frozenset({"sale"})), "sale", Direction.UP),
        (Policy(event_directions={"cta_click": "free"}), "cta_click", Direction.FREE),
    ],
)
def test_the_direction_is_the_teams_or_what_its_points_say(
    policy: Policy, kind: str, direction: Direction
) -> None:
    assert policy.directions.of_event(kind) is direction


def test_an_event_type_with_a_bar_has_its_sign() -> None:
    names = [*event_features("page|view")]
    assert signs(names, DIRECTIONS) == dict.fromkeys(names, -1)
    assert default_direction("page|view", 0) is Direction.FREE


def test_directions_survive_their_json() -> None:
    assert Directions.from_json(json.loads(json.dumps(DIRECTIONS.to_json()))) == DIRECTIONS
