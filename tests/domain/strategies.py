"""Random leads and scorecards, for properties that hold for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from domain import rhythm
from domain.attributes import Attributes
from domain.bands import Status
from domain.features import (
    HOURS_BETWEEN,
    HOURS_KNOWN,
    HOURS_QUIET,
    SINCE_UP,
    event_features,
)
from domain.rules import EVENT_RULES
from domain.scorecard import Scale, Scorecard, piece
from domain.state import DAY, HOUR, LeadState

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

NOW = 1_750_000_000.0
KINDS = (*EVENT_RULES, "page|view", "aurora", "next_action_saved", "handoff", "crm_manual_move:X")

AGES = st.one_of(st.just(0.0), st.floats(0, HOUR), st.floats(0, DAY), st.floats(0, 90 * DAY))
event = st.tuples(st.sampled_from(KINDS), AGES.map(lambda age: NOW - age))
events: SearchStrategy[list[tuple[str, float]]] = st.lists(event, max_size=40)
answer = st.one_of(
    st.sampled_from(["60k+", "7d", "MG", "São Paulo"]), st.floats(-1e15, 1e15), st.just(1.0)
)
profiles = st.dictionaries(
    st.sampled_from(["orcamento_faixa", "prazo_compra", "uf", "whatsapp", "email", "hectares"]),
    answer,
)
moves = st.lists(
    st.tuples(st.sampled_from([*Status, "INBOX", "PERDIDO"]), st.floats(NOW - DAY, NOW)), max_size=2
)

purchases = st.lists(st.tuples(AGES, st.integers(-50, 200).map(float)), max_size=4)


def folded(happened: list[tuple[str, float]], created_at: float = NOW - 91 * DAY) -> LeadState:
    """Return the state that events fold to, in the order given."""
    state = LeadState(created_at)
    for kind, at in happened:
        state.fold(kind, at)
    return state


@st.composite
def states(draw: DrawFn) -> LeadState:
    """Any lead."""
    state = folded(draw(events), NOW - draw(AGES))
    state.profile = draw(profiles)
    state.sent = draw(st.booleans())
    for stage, at in draw(moves):
        state.fold(f"crm_manual_move:{stage}", at)
    for age, amount in draw(purchases):
        state.fold("purchase", NOW - age, Attributes((), amount))
    return state


TIMED = (HOURS_KNOWN, HOURS_QUIET)
FEATURES = (
    HOURS_BETWEEN,
    SINCE_UP,
    "profile:uf|mg",
    "profile:hectares|number",
    *(name for kind in KINDS for name in event_features(kind)),
    *rhythm.TIMED,
    rhythm.GAP,
)


@st.composite
def scorecards(draw: DrawFn, steepness: float = 3.0) -> Scorecard:
    """Any scorecard of a few bent pieces, each of so many log-odds at the most."""
    pieces = {}
    timed = draw(st.sets(st.sampled_from(TIMED)))
    for name in timed | draw(st.sets(st.sampled_from(FEATURES), max_size=9)):
        gaps = draw(st.lists(st.floats(0.05, 4), min_size=1, max_size=3))
        knots = [0.0]
        for gap in gaps:
            knots.append(knots[-1] + gap)
        values = draw(
            st.lists(st.floats(-steepness, steepness), min_size=len(gaps), max_size=len(gaps))
        )
        pieces[name] = piece(name, tuple(knots), (0.0, *values))
    warm = draw(st.floats(0.01, 0.6))
    hot = draw(st.floats(warm + 0.05, 0.95))
    return Scorecard(draw(st.integers(0, 9)), draw(st.floats(-5, 3)), pieces, Scale(warm, hot))
