"""A lead's state, built from its rows."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.building import LeadRows, build, creation_time, outcome_from_rows
from domain.events import EARLIEST, LATEST_LEAD, why_unusable
from domain.heads import QUALIFY
from domain.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = 1_750_000_000.0


@pytest.mark.parametrize(
    ("created_at", "kept"),
    [
        (None, NOW),
        (0.0, EARLIEST),
        (-inf, EARLIEST),
        (inf, NOW),
        (NOW + 1, NOW),
        (NOW - 1, NOW - 1),
    ],
)
def test_a_lead_came_after_2000_and_not_in_the_future(
    created_at: float | None, kept: float
) -> None:
    assert creation_time(created_at, NOW) == kept
    assert build(LeadRows({}, created_at), NOW).state.created_at == kept


TIMES = st.one_of(
    st.none(), st.floats(allow_nan=False), st.floats(EARLIEST, NOW), st.just(NOW + LATEST_LEAD)
)
EVENTS = st.lists(st.tuples(st.sampled_from(["page_view", "handoff", "lost_interest"]), TIMES))


@given(EVENTS)
def test_every_usable_event_is_folded_once(events: Sequence[tuple[str, float | None]]) -> None:
    built = build(LeadRows({"uf": "MG"}, NOW, events), NOW)
    usable = [(kind, at) for kind, at in events if why_unusable(at, NOW) is None]
    assert built.events == usable
    assert built.complete == (len(usable) == len(events))
    assert built.state.count == len(usable)
    assert built.state.profile == {"uf": "MG"}


def test_an_imported_outcome_stays_and_one_whose_event_is_gone_does_not() -> None:
    rows = LeadRows({}, NOW - 5, [("page_view", NOW - 3)])
    built = build(rows, NOW)
    imported, deleted = Outcome(True, NOW - 2, "import"), Outcome(True, NOW - 2, "handoff")
    assert outcome_from_rows(QUALIFY, imported, rows, built, NOW) == imported
    assert outcome_from_rows(QUALIFY, deleted, rows, built, NOW) is None


def test_a_decisive_event_without_a_time_decides_nothing() -> None:
    rows = LeadRows({}, NOW - 5, [("handoff", None), ("lost_interest", NOW - 1)])
    outcome = outcome_from_rows(QUALIFY, None, rows, build(rows, NOW), NOW)
    assert outcome == Outcome(False, NOW - 1, "lost_interest")
