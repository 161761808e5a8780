"""What a team can do in a day, as a chance; and the scale that follows from it."""

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.bands import HOT
from domain.capacity import LEAST, MOST, UNKNOWN, Reach
from domain.policy import Policy
from domain.scorecard import LOWEST, Scale, logit

CHANCES = st.floats(0.002, 0.998)
LEADS = st.lists(st.tuples(st.one_of(st.just(0.0), CHANCES), CHANCES), min_size=1, max_size=300)


def newly(leads: list[tuple[float, float]], chance: float) -> int:
    return sum(before < chance <= during for before, during in leads)


@given(LEADS, st.floats(1.0, 28.0))
def test_a_rate_is_the_leads_that_first_came_to_the_chance(
    leads: list[tuple[float, float]], days: float
) -> None:
    reach = Reach.of([before for before, _ in leads], [during for _, during in leads], days)
    for chance, a_day in zip(reach.chances, reach.a_day, strict=True):
        assert a_day == newly(leads, chance) / days
    assert list(reach.chances) == sorted(set(reach.chances), reverse=True)
    assert Reach.from_json(reach.to_json()) == reach


@given(st.lists(CHANCES, min_size=1, max_size=60, unique=True), st.integers(1, 60))
def test_so_many_calls_are_what_stands_at_the_chance(highest: list[float], calls: int) -> None:
    """Among leads that all came lately, exactly the best `calls` stand at 70 or more."""
    reach = Reach.of([0.0] * len(highest), highest, 1.0)
    chance = reach.chance_for(calls)
    assert sum(lead >= chance for lead in highest) == min(calls, len(highest))
    assert LEAST <= chance <= MOST


def test_between_two_chances_the_rate_is_read_and_found_again() -> None:
    reach = Reach((0.8, 0.5, 0.2), (1.0, 4.0, 9.0), 28.0)
    chance = reach.chance_for(6.0)
    assert 0.2 < chance < 0.5
    assert abs(reach.rate_at(chance) - 6.0) < 1e-9


def test_nobody_new_reaches_nothing() -> None:
    assert Reach.of([0.5], [0.4], 7.0) == Reach((), (), 7.0)
    assert not UNKNOWN.known


@given(CHANCES, CHANCES, st.floats(0.01, 0.99))
def test_the_70_moves_and_the_lowest_stays(one: float, other: float, hot: float) -> None:
    warm, before = sorted((one, other))
    assume(logit(before) - logit(warm) > 1e-3)
    own = Scale(warm, before)
    low = logit(own.warm) - (own.points(logit(own.warm)) - LOWEST) / own.points_per_logit
    moved = own.hot_from(hot)
    assert abs(moved.points(logit(hot)) - HOT) < 1e-6
    if logit(hot) - low >= 1.0:
        assert abs(moved.points(low) - LOWEST) < 1e-6


def test_a_decision_of_calls_needs_leads_that_were_counted() -> None:
    own, reach = Scale(0.1, 0.3), Reach((0.8, 0.5, 0.2), (1.0, 4.0, 9.0), 28.0)
    assert Policy(calls_per_day=4).scale_on(own, UNKNOWN) == own
    assert Policy().scale_on(own, reach) == own
    assert Policy(warm=0.2, hot=0.4).scale_on(own, reach) == Scale(0.2, 0.4)
    assert Policy(calls_per_day=4).scale_on(own, reach).hot == 0.5
