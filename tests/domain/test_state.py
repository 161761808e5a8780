"""The fold: any order gives one state, and the state survives its JSON to the bit."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.features import features
from domain.policy import OURS
from domain.state import LeadState, Tally
from tests.domain.strategies import NOW, events, folded, states


def close(state: LeadState) -> dict[str, Any]:
    """Return a state as values that compare to 1e-9."""
    values = state.as_json()
    tallies = [state.tallies[kind] for kind in sorted(state.tallies)]
    return {
        **values,
        "tallies": {k: (t.count, t.first, t.last) for k, t in state.tallies.items()},
        "decayed": [pytest.approx(tally.decayed, rel=1e-9) for tally in tallies],
    }


@given(events.flatmap(lambda one: st.tuples(st.just(one), st.permutations(one))))
def test_any_order_gives_the_state_of_a_replay(
    arrived: tuple[list[tuple[str, float]], list[tuple[str, float]]],
) -> None:
    in_order = folded(sorted(arrived[0], key=lambda one: one[1]))
    for some_order in arrived:
        state = folded(some_order)
        assert close(state) == close(in_order)
        assert features(state, NOW, OURS.directions) == pytest.approx(
            features(in_order, NOW, OURS.directions), rel=1e-9, abs=1e-9
        )


@given(states())
def test_the_state_survives_its_json_to_the_bit(state: LeadState) -> None:
    assert LeadState.from_json(orjson.loads(orjson.dumps(state.as_json()))) == state
    assert LeadState.from_json(json.loads(json.dumps(state.as_json()))) == state


@given(states(), st.sampled_from(["page_view", "aurora"]), st.floats(NOW - 1e6, NOW))
def test_folding_goes_on_the_same_after_json(state: LeadState, kind: str, at: float) -> None:
    copy = LeadState.from_json(orjson.loads(orjson.dumps(state.as_json())))
    copy.fold(kind, at)
    state.fold(kind, at)
    assert copy == state


@given(events)
def test_counts_and_times_are_those_of_the_events(happened: list[tuple[str, float]]) -> None:
    state = folded(happened)
    assert sum(tally.count for tally in state.tallies.values()) == len(happened)
    times = sorted(at for _, at in happened)
    assert state.count == len(times)
    assert state.last == (times[-1] if times else None)
    for kind, tally in state.tallies.items():
        own = [at for one, at in happened if one == kind]
        assert (tally.count, tally.first, tally.last) == (len(own), min(own), max(own))
        assert tally.previous == (sorted(own)[-2] if len(own) > 1 else None)
        assert 1.0 <= tally.decayed <= len(own)


def test_an_event_long_ago_weighs_nothing_and_overflows_nothing() -> None:
    tally = Tally(1, 0.0, 0.0, 1.0, None)
    tally.add(1e12)
    tally.add(-1e12)
    assert (tally.count, tally.first, tally.last, tally.decayed) == (3, -1e12, 1e12, 1.0)
