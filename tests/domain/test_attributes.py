"""What events carry: the same in any order, and no more than a few labels of a lead."""

from __future__ import annotations

from collections import Counter
from math import log1p

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attributes import (
    MONTH,
    MOST_LABELS,
    NOTHING,
    Amounts,
    Attributes,
    Labels,
    logarithm,
    rank,
)
from domain.building import LeadRows, build
from domain.catalogue import LANGUAGES, catalogue
from domain.directions import FREE, Direction, Directions
from domain.features import AMOUNT_RECENT, AMOUNT_SUM, features, signs
from domain.policy import Policy
from domain.reasons import Reason, arguments
from domain.state import LeadState
from tests.domain.strategies import AGES, NOW
from tests.stream.replay import comparable

labels = st.builds(
    "{}={}".format, st.sampled_from(["campaign", "page"]), st.text(max_size=3) | st.integers()
)
amounts = st.none() | st.floats(-1e9, 1e9).map(lambda amount: round(amount, 2))
carried = st.lists(
    st.tuples(
        AGES.map(lambda age: NOW - age),
        st.builds(Attributes, st.lists(labels, max_size=2), amounts) | st.just(NOTHING),
    ),
    max_size=30,
)


def folded(happened: list[tuple[float, Attributes]]) -> LeadState:
    """Return the state that these events fold to, in the order given."""
    state = LeadState(NOW)
    for at, attributes in happened:
        state.fold("page_view", at, attributes)
    return state


@given(carried.flatmap(lambda one: st.tuples(st.just(one), st.permutations(one))))
def test_any_order_comes_to_one_state_as_do_the_rows(
    arrived: tuple[list[tuple[float, Attributes]], list[tuple[float, Attributes]]],
) -> None:
    one, other = map(folded, arrived)
    rows = LeadRows(
        {},
        NOW,
        [("page_view", at) for at, _ in arrived[0]],
        {place: carries for place, (_, carries) in enumerate(arrived[0]) if carries != NOTHING},
    )
    assert build(rows, NOW).state == one
    # What decays is a sum of floats; where returns cancel purchases, its size says nothing.
    assert other.amounts.decayed == pytest.approx(one.amounts.decayed, rel=1e-9, abs=1e-3)
    other.amounts.decayed = one.amounts.decayed
    assert comparable(one) == comparable(other)


@given(carried)
def test_what_was_carried_survives_json_to_the_bit(
    happened: list[tuple[float, Attributes]],
) -> None:
    state = folded(happened)
    assert LeadState.from_json(orjson.loads(orjson.dumps(state.as_json()))) == state


def test_a_state_of_an_earlier_release_carries_nothing() -> None:
    state = LeadState(NOW)
    assert state.as_json().keys().isdisjoint({"labels", "amounts"})
    assert LeadState.from_json(state.as_json()) == state


@given(st.lists(st.integers(0, 3 * MOST_LABELS), max_size=400))
def test_the_labels_that_are_kept_are_counted_whole(values: list[int]) -> None:
    kept = Labels()
    for value in values:
        kept.add(f"page={value}", float(value))
    counts = Counter(f"page={value}" for value in values)
    smallest = sorted(counts, key=rank)[:MOST_LABELS]
    assert {label: tally.count for label, tally in kept.items()} == {
        label: counts[label] for label in smallest
    }


def test_amounts_add_up_whatever_is_returned() -> None:
    amounts = Amounts()
    for amount, at in ((0.1, NOW), (0.2, NOW - MONTH), (-0.3, NOW - MONTH)):
        amounts.add(amount, at)
    assert (amounts.count, amounts.sum) == (3, 0.0)
    assert amounts.decayed == pytest.approx(0.1 + 0.1 - 0.15)


def test_labels_and_amounts_are_features_unless_the_team_wants_none() -> None:
    state = folded([(NOW, Attributes(["campaign=Verao|1"], 99.0)), (NOW, Attributes((), -9.0))])
    read = features(state, NOW, FREE)
    assert read["label:campaign=verao/1|count"] == log1p(1)
    assert (read[AMOUNT_SUM], read[AMOUNT_RECENT]) == (logarithm(90.0), logarithm(90.0))
    silenced = {"Campaign=Verao|1": "none", "amount": "none"}
    none = Policy(attribute_directions=silenced).directions
    assert not any(name.startswith(("label:", "amount")) for name in features(state, NOW, none))


def test_a_direction_that_the_team_sets_is_kept_by_the_weights() -> None:
    directions = Directions(attributes={"amount": Direction.UP, "page=help": Direction.DOWN})
    assert Directions.from_json(directions.to_json()) == directions
    assert signs([AMOUNT_SUM, "label:page=help|count", "label:page=x|count"], directions) == {
        AMOUNT_SUM: 1,
        "label:page=help|count": -1,
    }


WORDS = {
    "en": ("Campaign: verao", "Value of what was bought"),
    "es": ("Campaña: verao", "Valor de las compras"),
    "pt-BR": ("Campanha: verao", "Valor das compras"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_label_and_an_amount_are_said_in_words(language: str) -> None:
    words = catalogue(language)
    assert (words.reason("label:campaign=verao"), words.reason("amount")) == WORDS[language]
    assert words.reason("label:utm_term=sela") == "Utm term: sela"
    state = folded([(NOW, Attributes(["campaign=verao"], 1250.0))])
    assert arguments(Reason("label:campaign=verao", 4), state) == {"count": 1, "last": NOW}
    assert words.detail(arguments(Reason("amount", 4), state)) == "1250"
