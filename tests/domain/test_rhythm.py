"""When a customer buys: the same in any order, and what models read of it."""

from __future__ import annotations

from math import log1p

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attributes import Amounts, Attributes
from domain.catalogue import LANGUAGES, catalogue
from domain.directions import FREE
from domain.features import features
from domain.reasons import Reason, arguments
from domain.rhythm import GAP, HALF_LIVES, TIMED, Rhythm, rhythm_features
from domain.state import DAY, HOUR, LeadState
from tests.domain.strategies import NOW

times = st.lists(st.floats(0, 900 * DAY).map(lambda age: NOW - age), min_size=1, max_size=30)


def bought(at: list[float]) -> Rhythm:
    """Return the rhythm of purchases at these times, in the order given."""
    rhythm = Rhythm()
    for moment in at:
        rhythm.add(moment)
    return rhythm


@given(times.flatmap(lambda one: st.tuples(st.just(one), st.permutations(one))))
def test_any_order_comes_to_one_rhythm(arrived: tuple[list[float], list[float]]) -> None:
    one, other = map(bought, arrived)
    at = arrived[0]
    assert other.to_json() == pytest.approx(one.to_json(), rel=1e-9)
    assert (one.count, one.first, one.last) == (len(at), min(at), max(at))
    assert one.decayed == pytest.approx(
        [sum(2 ** ((moment - max(at)) / half_life) for moment in at) for half_life in HALF_LIVES]
    )
    assert Rhythm.from_json(orjson.loads(orjson.dumps(one.to_json()))) == one


def test_the_usual_gap_tells_how_overdue_a_purchase_is() -> None:
    read = rhythm_features(bought([NOW - 40 * DAY, NOW - 20 * DAY, NOW - 60 * DAY]), NOW + 20 * DAY)
    assert read[GAP] == pytest.approx(log1p(20 * DAY / HOUR))
    assert read["rhythm|overdue"] == pytest.approx(log1p(2.0))
    assert read["rhythm|quiet"] == pytest.approx(log1p(40 * DAY / HOUR))
    once = rhythm_features(bought([NOW]), NOW)
    assert (once["rhythm|overdue"], once["rhythm|month"]) == (0.0, log1p(1.0))
    assert GAP not in once


@given(times, st.floats(0, 90 * DAY), st.floats(0, 90 * DAY))
def test_time_alone_moves_a_rhythm_one_way(at: list[float], wait: float, more: float) -> None:
    rhythm = bought(at)
    for name, read in TIMED.items():
        before, after = read(rhythm, NOW + wait), read(rhythm, NOW + wait + more)
        rises = name in {"rhythm|quiet", "rhythm|overdue"}
        assert after >= before if rises else after <= before


def test_a_return_is_no_purchase() -> None:
    state = LeadState(NOW)
    for age, amount in ((9, 100.0), (5, -40.25), (1, 0.0)):
        state.fold("purchase", NOW - age * DAY, Attributes((), amount))
    amounts = state.amounts
    assert (amounts.sum, amounts.returned, amounts.returns) == (59.75, -4025, 1)
    assert amounts.purchases is not None
    assert (amounts.purchases.count, amounts.purchases.gap) == (2, 8 * DAY)
    assert features(state, NOW, FREE)["returns|count"] == log1p(1)


def test_only_who_bought_has_a_rhythm() -> None:
    state = LeadState(NOW)
    state.fold("page_view", NOW)
    assert not any(name.startswith("rhythm") for name in features(state, NOW, FREE))
    state.fold("return", NOW, Attributes((), -5.0))
    assert not any(name.startswith("rhythm") for name in features(state, NOW, FREE))


@pytest.mark.parametrize("written", [[1, 500, NOW, 5.0], [1, 500, NOW, 5.0, 0, [1, NOW, NOW, 1.0]]])
def test_amounts_of_another_layout_are_not_read(written: list[object]) -> None:
    with pytest.raises(ValueError, match=r"lack when purchases came|decayed counts of"):
        Amounts.from_json(written)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rhythm_is_said_in_words(language: str) -> None:
    words = catalogue(language)
    assert words.reason("rhythm") != words.reason("returns")
    state = LeadState(NOW)
    state.fold("purchase", NOW, Attributes((), 9.0))
    assert arguments(Reason("rhythm", 4), state) == {"count": 1, "last": NOW}
