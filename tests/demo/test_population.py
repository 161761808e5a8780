from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from demo.population import DAY, HOUR, Effects, Journey, World, population
from domain.heads import QUALIFY
from domain.outcomes import resolve
from domain.policy import OURS
from domain.profile import profile_of
from offline.disputes import disputed
from offline.fit import fit_baseline
from offline.history import History, dataset
from online_models.day_zero import day_zero

if TYPE_CHECKING:
    import pandas as pd

    from domain.scorecard import Scorecard

END = 1_760_000_000.0
START = END - 90 * DAY
OUTCOMES = QUALIFY.converts | QUALIFY.loses


def simulated(leads: int, *, seed: int = 7, world: World | None = None) -> list[Journey]:
    return list(population(world or World(), seed, leads, START, END))


@pytest.fixture(scope="module")
def journeys() -> list[Journey]:
    return simulated(4000)


def acts(journey: Journey) -> list[tuple[str, float]]:
    """What the lead itself did: neither the outcome nor a silence that the team noted."""
    return [
        (kind, at)
        for kind, at in journey.events
        if kind not in OUTCOMES and not kind.startswith("no_reply")
    ]


def ending(journey: Journey) -> str:
    return journey.events[-1][0] if journey.events else ""


def wait(journey: Journey) -> float:
    """From the last thing the lead did to its outcome, in seconds."""
    last = max((at for _, at in acts(journey)), default=journey.created_at)
    return journey.events[-1][1] - last


def test_the_same_seed_makes_the_same_lives() -> None:
    assert simulated(50) == simulated(50)


def test_another_seed_makes_others() -> None:
    assert simulated(50) != simulated(50, seed=8)


def test_fewer_leads_are_the_first_of_more() -> None:
    assert simulated(20) == simulated(50)[:20]


@pytest.mark.no_cover
def test_every_driver_has_an_effect(journeys: list[Journey]) -> None:
    assert {"start", *journeys[0].drivers} == {field.name for field in fields(Effects)}


def test_a_fifth_or_so_converts(journeys: list[Journey]) -> None:
    assert 0.15 <= np.mean([journey.converted for journey in journeys]) <= 0.25


def fitted(journeys: list[Journey]) -> LogisticRegression:
    x = [list(journey.drivers.values()) for journey in journeys]
    return LogisticRegression(max_iter=1000).fit(x, [journey.converted for journey in journeys])


def learned_effects(journeys: list[Journey]) -> dict[str, float]:
    return dict(zip(journeys[0].drivers, fitted(journeys).coef_[0].tolist(), strict=True))


def test_outcomes_follow_from_the_drivers(journeys: list[Journey]) -> None:
    model, later = fitted(journeys[:2000]), journeys[2000:]
    said = model.decision_function([list(journey.drivers.values()) for journey in later])
    assert 0.88 <= roc_auc_score([journey.converted for journey in later], said) <= 0.97


def test_the_strong_effects_can_be_learned(journeys: list[Journey]) -> None:
    learned = learned_effects(journeys)
    strong = {name: effect for name, effect in asdict(Effects()).items() if abs(effect) >= 1}
    assert all(learned[name] * effect > 0 for name, effect in strong.items() if name != "start")


def test_no_good_sign_is_a_bad_one(journeys: list[Journey]) -> None:
    assert not list(disputed(list(map(history, journeys)), OURS.directions))


@pytest.mark.no_cover
def test_learning_beats_the_rules(journeys: list[Journey]) -> None:
    histories = sorted(map(history, journeys[:2500]), key=lambda one: one.created_at)
    old = [one for one in histories if one.created_at < END - QUALIFY.horizon]
    cut = int(0.75 * len(old))
    card = fit_baseline(dataset(old[:cut])).model.scorecard(1)
    later = dataset(old[cut:])
    rules, learned = auc(day_zero().scorecard(0), later), auc(card, later)
    assert 0.60 <= rules <= 0.75
    assert 0.77 <= learned <= 0.88
    assert learned >= rules + 0.05


def history(journey: Journey) -> History:
    events = journey.until(END)
    outcome = resolve(QUALIFY, journey.created_at, events, END)
    return History(
        str(id(journey)), journey.created_at, profile_of(asdict(journey.profile)), events, outcome
    )


def auc(card: Scorecard, examples: pd.DataFrame) -> float:
    log_odds = [card.points(found).log_odds for found in examples["features"]]
    return float(roc_auc_score(examples["converted"], log_odds))


def test_nothing_happens_before_a_lead_comes_or_after_its_outcome(
    journeys: list[Journey],
) -> None:
    for journey in journeys:
        times = [at for _, at in journey.events]
        kinds = [kind for kind, _ in journey.events]
        assert times == sorted(times)
        assert all(at >= journey.created_at for at in times)
        assert not OUTCOMES.intersection(kinds[:-1])
        assert journey.converted == (ending(journey) == "handoff")


def test_the_outcome_shows_well_after_the_last_act_and_within_the_horizon(
    journeys: list[Journey],
) -> None:
    decided = [journey for journey in journeys if ending(journey) in OUTCOMES]
    waits = [wait(journey) for journey in decided]
    assert np.quantile(waits, 0.02) >= 6 * HOUR
    assert all(journey.events[-1][1] < journey.created_at + QUALIFY.horizon for journey in decided)


def test_how_an_outcome_shows_does_not_tell_which(journeys: list[Journey]) -> None:
    waits = {
        converted: np.median(
            [
                wait(journey)
                for journey in journeys
                if ending(journey) in OUTCOMES and journey.converted is converted
            ]
        )
        for converted in (True, False)
    }
    assert waits[True] == pytest.approx(waits[False], rel=0.15)


def test_what_leads_do_does_not_depend_on_what_becomes_of_them() -> None:
    kinder = World(effects=Effects(start=2.0))
    for here, there in zip(simulated(300), simulated(300, world=kinder), strict=True):
        until = min(
            [at for journey in (here, there) for kind, at in journey.events if kind in OUTCOMES],
            default=END * 2,
        )
        assert here.profile == there.profile
        assert [one for one in acts(here) if one[1] < until] == [
            one for one in acts(there) if one[1] < until
        ]


def test_who_can_not_be_reached_does_not_reply(journeys: list[Journey]) -> None:
    for journey in journeys:
        kinds = {kind for kind, _ in journey.events}
        if journey.profile.whatsapp is None and "whatsapp_click" not in kinds:
            assert "whatsapp_reply" not in kinds


@pytest.mark.parametrize("driver", ["wants_horses", "home"])
@pytest.mark.no_cover
def test_a_turned_world_inverts_an_effect_half_way(driver: str) -> None:
    turned = simulated(3000, world=World().turned(driver))

    half = (START + END) / 2
    before = learned_effects([journey for journey in turned if journey.created_at < half])
    after = learned_effects([journey for journey in turned if journey.created_at >= half])
    effect = getattr(Effects(), driver)
    assert before[driver] * effect > 0
    assert after[driver] * effect < 0
    assert before["hook"] > 0
    assert after["hook"] > 0
