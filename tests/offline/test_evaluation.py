"""How good scores are on leads that taught nothing, for those who doubt them."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.directions import Directions
from domain.outcomes import Outcome
from domain.policy import OURS, Policy
from domain.scorecard import Scorecard, piece
from domain.state import DAY, HOUR
from offline.card import card_of
from offline.evaluation import ARRIVAL, Evaluation, evaluate
from offline.held_out import MODEL, RECENCY, RULES, HeldOut, ask
from offline.history import History
from offline.kept_directions import moves
from online_models.day_zero import day_zero

START = 1_700_000_000.0
CUT = START + 400 * DAY
HORIZON = 30 * DAY
FREE = Directions()
RULES_CARD = day_zero().scorecard(0)
CLICKS = replace(
    RULES_CARD, pieces={"event:x|count": piece("event:x|count", (0.0, 1.0), (0.0, 3.0))}
)
"""A model that has learned that ``x`` is all that matters."""


def lead(number: int, *, keen: bool, converted: bool, uf: str = "mg") -> History:
    """Return a lead that does ``x`` when it is keen, and nothing says more of it."""
    came = START + number * DAY
    events = [("y", came + 60.0), *([("x", came + 120.0)] if keen else [])]
    return History(
        str(number), came, {"uf": uf}, events, Outcome(converted, came + 20 * DAY, "test")
    )


def leads(count: int, say: Callable[[random.Random], tuple[bool, bool]]) -> list[History]:
    chance = random.Random(4)  # noqa: S311 - repeatable
    made = []
    for number in range(count):
        keen, converted = say(chance)
        uf = "mg" if number % 3 else "sp"
        made.append(lead(number, keen=keen, converted=converted, uf=uf))
    return made


def keen_ones_convert(chance: random.Random) -> tuple[bool, bool]:
    keen = chance.random() < 0.2
    return keen, chance.random() < (0.8 if keen else 0.1)


def evaluated(histories: list[History], card: Scorecard = CLICKS) -> Evaluation:
    newer = [one for one in histories if one.created_at >= CUT]
    now = histories[-1].created_at + HORIZON
    return evaluate(HeldOut(histories, newer, CUT, now, HORIZON), card, RULES_CARD, ["uf"])


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return evaluated(leads(1_000, keen_ones_convert))


def test_a_lead_is_asked_about_at_set_ages_while_it_is_open() -> None:
    one = lead(0, keen=True, converted=True)
    asked = ask([replace(one, outcome=Outcome(True, one.created_at + 5 * DAY, "test"))], FREE)
    assert asked["age"].tolist() == [HOUR, DAY, 3 * DAY]
    assert asked["quiet"].tolist() == [HOUR - 120.0, DAY - 120.0, 3 * DAY - 120.0]
    assert all("event:x|count" in moment for moment in asked["features"])
    assert ask([replace(one, outcome=None)], FREE).empty


def test_nothing_of_a_later_moment_is_known_at_an_earlier_one() -> None:
    one = lead(0, keen=False, converted=True)
    late = replace(one, events=[*one.events, ("x", one.created_at + 2 * DAY)])
    asked = ask([late], FREE)
    assert ["event:x|count" in moment for moment in asked["features"]] == [False] * 2 + [True] * 3


def test_only_leads_that_taught_nothing_are_counted(found: Evaluation) -> None:
    assert found.leads == 600
    assert found.overall is not None
    assert (found.overall.leads, found.overall.moments) == (600, 3_000)
    assert found.matured
    assert found.invented == 0


def test_the_model_is_told_from_both_baselines(found: Evaluation) -> None:
    """The rules know nothing of ``x``; who did it did something a minute later than others."""
    assert found.overall is not None
    aucs = {name: measure.auc for name, measure in found.overall.scorers.items()}
    assert aucs[MODEL] > 0.7
    assert aucs[RULES] == 0.5
    assert aucs[RECENCY] < aucs[MODEL]


def test_calls_in_order_of_score_are_told_from_those_in_order_of_arrival() -> None:
    histories = leads(1_000, keen_ones_convert)
    found = evaluated(histories)
    newer = [one for one in histories if one.created_at >= CUT]
    share = sum(bool(one.outcome and one.outcome.converted) for one in newer) / len(newer)
    assert (found.called, found.calls_of) == (120, 600)
    assert found.calls[ARRIVAL].of_100 == pytest.approx(100 * share)
    best = [one for one in newer if len(one.events) > 1][:120]
    converted = sum(bool(one.outcome and one.outcome.converted) for one in best)
    others = 120 - len(best)
    assert converted <= found.calls[MODEL].of_100 * 1.2 <= converted + others
    for calls in found.calls.values():
        assert 0 <= calls.low < calls.of_100 < calls.high <= 100


def test_more_calls_make_a_narrower_interval(found: Evaluation) -> None:
    wide, narrow = found.calls[RULES], found.calls[ARRIVAL]
    assert narrow.high - narrow.low < wide.high - wide.low


def test_groups_are_those_with_enough_leads_of_either_kind() -> None:
    histories = leads(1_000, keen_ones_convert)
    rare = [
        replace(one, profile={"uf": "go"}) if k % 25 == 0 else one
        for k, one in enumerate(histories)
    ]
    found = evaluated(rare)
    assert [answer for answer, _ in found.by_answer["uf"]] == ["mg", "sp"]
    assert [hours for hours, _ in found.by_age] == [1, 24, 72, 168, 336]
    # One lead came a day: the newest four weeks have too few of them.
    assert found.newest is None


def test_of_too_few_leads_nothing_is_said() -> None:
    found = evaluated(leads(440, keen_ones_convert))
    assert (found.leads, found.overall, found.calls) == (40, None, {})
    assert "Too few" in card_of(found)


def test_leads_that_all_become_the_same_are_no_fault() -> None:
    found = evaluated(leads(1_000, lambda _: (False, False)))
    assert found.overall is None


def test_leads_that_are_decided_within_the_hour_are_no_fault() -> None:
    histories = [
        replace(one, outcome=Outcome(bool(k % 2), one.created_at + 600.0, "test"))
        for k, one in enumerate(leads(500, keen_ones_convert))
    ]
    found = evaluated(histories)
    assert (found.leads, found.overall, found.calls, found.by_age) == (100, None, {}, [])


def test_the_demos_leads_are_told_of() -> None:
    histories = leads(1_000, keen_ones_convert)
    some = [replace(one, lead_id=f"9a10be00-{one.lead_id}") for one in histories[-7:]]
    found = evaluated([*histories[:-7], *some])
    assert found.invented == 7
    assert "7 of these leads are invented" in card_of(found)


def test_a_model_that_breaks_its_word_is_found_out() -> None:
    histories = leads(100, keen_ones_convert)
    keen = sum(len(one.events) > 1 for one in histories)
    directions = Policy(event_directions={"x": "up"}).directions
    honest = replace(CLICKS, directions=directions)
    assert moves(histories, honest) == (keen, 0)
    curve = piece("event:x|count", (0.0, 1.0), (0.0, -3.0))
    assert moves(histories, replace(honest, pieces={"event:x|count": curve})) == (keen, keen)
    assert moves(histories, replace(CLICKS, directions=FREE)) == (0, 0)


def test_what_history_disputes_is_told_with_its_numbers() -> None:
    histories = leads(1_000, keen_ones_convert)
    policy = Policy(event_directions={"x": "down"})
    found = evaluated(histories, replace(CLICKS, directions=policy.directions))
    (disputed,) = found.disputed
    assert disputed["subject"] == "event:x: 1+"
    assert disputed["figure"] > disputed["limit"]
    assert "- down: x" in card_of(found)
    assert evaluated(histories).disputed == []
    assert OURS.directions.of_event("x") == "free"
