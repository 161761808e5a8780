"""A machine's events are left out, in whatever order they come."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from domain.attributes import Attributes
from domain.building import LeadRows, build
from domain.machines import KEPT, MANY, WINDOW, Machines, window_of
from domain.rules import is_team_event
from domain.state import LeadState
from tests.domain.strategies import NOW
from tests.stream.replay import comparable

ago = st.integers(0, WINDOW * (KEPT + 3)).map(float) | st.integers(0, 2).map(float)
happened = st.lists(
    st.tuples(st.sampled_from(["page_view", "cta_click", "no_reply_3d"]), ago), max_size=120
).map(lambda events: [(kind, NOW - ago) for kind, ago in events])


def from_rows(events: list[tuple[str, float]]) -> LeadState:
    """Return the state of a lead with these events, a machine's left out."""
    return build(LeadRows({}, NOW, list(events), leave_out_machines=True), NOW).state


@given(happened)
def test_what_counts_is_what_no_machine_did(events: list[tuple[str, float]]) -> None:
    state = from_rows(events)
    own = [at for kind, at in events if not is_team_event(kind)]
    windows = [window_of(at) for at in own]
    left_out = [at for at in own if windows.count(window_of(at)) >= MANY]
    assert state.count == len(events) - len(left_out)
    assert state.machines is not None
    assert state.machines.left_out == len(left_out)
    assert state.machines.last == max(left_out, default=None)


@given(happened, st.lists(st.integers(1, 30), min_size=1))
def test_live_in_any_pages_is_as_from_the_rows(
    events: list[tuple[str, float]], pages: list[int]
) -> None:
    state, seen = from_rows([]), 0
    while seen < len(events):
        page = events[seen : seen + pages[seen % len(pages)]]
        seen += len(page)
        assert state.machines is not None
        machines = state.machines
        if machines.need_rows(at for kind, at in page if not is_team_event(kind)):
            state = from_rows(events[:seen])
            continue
        for kind, at in page:
            if is_team_event(kind) or not machines.take(at):
                state.fold(kind, at)
    expected = from_rows(events)
    assert comparable(state) == comparable(expected)
    assert state.machines == expected.machines


@given(happened)
def test_what_tells_machines_apart_survives_json(events: list[tuple[str, float]]) -> None:
    state = from_rows(events)
    assert LeadState.from_json(orjson.loads(orjson.dumps(state.as_json()))) == state


def test_one_event_fewer_is_a_persons() -> None:
    few, many = [NOW] * (MANY - 1), [NOW] * MANY
    assert Machines.of(few) == (Machines({window_of(NOW): MANY - 1}), frozenset())
    assert Machines.of(many)[1] == {window_of(NOW)}


def test_a_machines_events_carry_nothing() -> None:
    events = [("page_view", NOW - 60), *[("page_view", NOW)] * MANY]
    attributes = {0: Attributes(["page=a"]), 1: Attributes(["page=b"], 5.0)}
    built = build(LeadRows({}, NOW, events, attributes, leave_out_machines=True), NOW)
    assert (list(built.state.labels), built.state.amounts.count) == (["page=a"], 0)
    assert (built.events, built.complete) == ([("page_view", NOW - 60)], True)
    assert built.attributes == {0: Attributes(["page=a"])}
