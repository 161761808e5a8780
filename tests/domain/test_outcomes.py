"""Outcomes: what people did first, within the horizon."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import EARLIEST, LATEST_LEAD, why_unusable
from domain.heads import QUALIFY, qualify
from domain.outcomes import Outcome, from_columns, is_imported, resolve, with_columns

END = QUALIFY.horizon
MOVE = "crm_manual_move"


@pytest.mark.parametrize(
    ("events", "now", "outcome"),
    [
        ([], END - 1, None),
        ([], END, Outcome(False, END, "horizon")),
        ([("page_view", 1.0)], 5.0, None),
        ([("handoff", 9.0)], 8.0, None),
        ([("handoff", 9.0)], 9.0, Outcome(True, 9.0, "handoff")),
        ([("handoff", END)], END, Outcome(True, END, "handoff")),
        ([("handoff", END + 1)], END + 2, Outcome(False, END, "horizon")),
        ([("discard", 4.0), ("handoff", 3.0)], 9.0, Outcome(False, 4.0, "discard")),
        ([("handoff", 4.0), ("discard", 3.0)], 9.0, Outcome(True, 4.0, "handoff")),
        ([("handoff", 3.0), ("handoff", 4.0)], 9.0, Outcome(True, 3.0, "handoff")),
        ([(f"{MOVE}:QUALIFICADO", 2.0)], 9.0, Outcome(True, 2.0, f"{MOVE}:QUALIFICADO")),
        ([(f"{MOVE}:AQUECENDO", 2.0)], 9.0, None),
    ],
)  # fmt: skip
def test_the_last_decisive_event_counts(
    events: list[tuple[str, float]], now: float, outcome: Outcome | None
) -> None:
    assert resolve(QUALIFY, 0.0, events, now) == outcome
    assert resolve(QUALIFY, 0.0, events[::-1], now) == outcome


kinds = st.sampled_from(["page_view", "handoff", "discard"])


@given(st.lists(st.tuples(kinds, st.floats(0, 2 * END))), st.floats(0, 2 * END), st.floats(0, END))
def test_what_the_horizon_has_closed_never_changes(
    events: list[tuple[str, float]], now: float, later: float
) -> None:
    outcome = resolve(QUALIFY, 0.0, events, now)
    if outcome is not None:
        assert outcome.resolved_at <= min(now, END)
    closed = resolve(QUALIFY, 0.0, events, END)
    assert closed is not None
    assert resolve(QUALIFY, 0.0, events, END + later) == closed


@pytest.mark.parametrize(
    ("at", "usable"),
    [
        (None, False), (float("inf"), False), (float("-inf"), False), (EARLIEST - 1, False),
        (EARLIEST, True), (2e9, True), (2e9 + LATEST_LEAD, True), (2e9 + LATEST_LEAD + 1, False),
    ],
)  # fmt: skip
def test_a_time_is_usable_or_there_is_a_reason(at: float | None, usable: bool) -> None:
    assert (why_unusable(at, now=2e9) is None) == usable


@pytest.mark.parametrize(
    ("source", "imported"),
    [("import", True), ("horizon", False), ("handoff", False), ("sale", False)],
)
def test_an_outcome_that_no_event_said_is_imported(source: str, *, imported: bool) -> None:
    known = Outcome(True, 1.0, source)
    assert is_imported(QUALIFY, known, ["page_view", "sale"]) is imported


COLUMNS = qualify(frozenset({"status:CLIENTE", "won:true", "won_at:*"}), frozenset({"plan:0"}))


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"status": "CLIENTE"}, (True, 50.0, "status:CLIENTE")),
        ({"status": "cliente", "won": False, "won_at": None}, None),
        ({"won": True}, (True, 50.0, "won:true")),
        ({"won_at": "1970-01-01T00:00:07Z"}, (True, 7.0, "won_at:*")),
        ({"won_at": "1970-01-01T00:00:07"}, (True, 7.0, "won_at:*")),
        ({"won_at": "soon"}, (True, 50.0, "won_at:*")),
        ({"won_at": ""}, None),
        ({"plan": 0}, (False, 50.0, "plan:0")),
        ({"status": "CLIENTE", "plan": 0}, (True, 50.0, "status:CLIENTE")),
        ({}, None),
    ],
)
def test_a_column_may_answer(row: dict[str, Any], answer: tuple[bool, float, str] | None) -> None:
    said = from_columns(COLUMNS, row, 50.0)
    assert said == (answer and Outcome(*answer))


def test_an_event_answers_before_a_column_unless_the_column_came_later() -> None:
    event, later = Outcome(False, 10.0, "lost_interest"), Outcome(True, 20.0, "status:CLIENTE")
    same = Outcome(True, 10.0, "handoff")
    assert with_columns(COLUMNS, 0.0, event, later) == later
    assert with_columns(COLUMNS, 15.0, replace(event, resolved_at=30.0), later) == replace(
        event, resolved_at=30.0
    )
    assert with_columns(COLUMNS, 0.0, same, later) == same
    assert with_columns(COLUMNS, 0.0, None, later) == later
    assert with_columns(COLUMNS, 20.0 - COLUMNS.horizon - 1, None, later) is None
