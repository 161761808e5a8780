from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from demo.horses import DAY, HOUR, Effects, Life, World, population
from domain.heads import QUALIFY
from domain.outcomes import resolve
from domain.profile import profile_of
from offline.fit import fit_baseline
from offline.history import History, dataset
from online_models.day_zero import day_zero

if TYPE_CHECKING:
    import pandas as pd

    from domain.scorecard import Scorecard

END = 1_760_000_000.0
START = END - 90 * DAY
OUTCOMES = QUALIFY.converts | QUALIFY.loses


def lives(leads: int, *, seed: int = 7, world: World | None = None) -> list[Life]:
    return list(population(world or World(), seed, leads, START, END))


@pytest.fixture(scope="module")
def many() -> list[Life]:
    return lives(4000)


def acts(life: Life) -> list[tuple[str, float]]:
    """What the lead itself did: neither the outcome nor a silence that the team noted."""
    return [
        (kind, at)
        for kind, at in life.events
        if kind not in OUTCOMES and not kind.startswith("no_reply")
    ]


def ending(life: Life) -> str:
    return life.events[-1][0] if life.events else ""


def wait(life: Life) -> float:
    """From the last thing the lead did to its outcome, in seconds."""
    last = max((at for _, at in acts(life)), default=life.created_at)
    return life.events[-1][1] - last


def test_the_same_seed_makes_the_same_lives() -> None:
    assert lives(50) == lives(50)


def test_another_seed_makes_others() -> None:
    assert lives(50) != lives(50, seed=8)


def test_fewer_leads_are_the_first_of_more() -> None:
    assert lives(20) == lives(50)[:20]


def test_every_driver_has_an_effect(many: list[Life]) -> None:
    assert {"start", *many[0].drivers} == {field.name for field in fields(Effects)}


def test_a_fifth_or_so_converts(many: list[Life]) -> None:
    assert 0.15 <= np.mean([life.converted for life in many]) <= 0.25


def fitted(lives: list[Life]) -> LogisticRegression:
    x = [list(life.drivers.values()) for life in lives]
    return LogisticRegression(max_iter=1000).fit(x, [life.converted for life in lives])


def learned_effects(lives: list[Life]) -> dict[str, float]:
    return dict(zip(lives[0].drivers, fitted(lives).coef_[0].tolist(), strict=True))


def test_outcomes_follow_from_the_drivers(many: list[Life]) -> None:
    model, later = fitted(many[:2000]), many[2000:]
    said = model.decision_function([list(life.drivers.values()) for life in later])
    assert 0.88 <= roc_auc_score([life.converted for life in later], said) <= 0.97


def test_the_strong_effects_can_be_learned(many: list[Life]) -> None:
    learned = learned_effects(many)
    strong = {name: effect for name, effect in asdict(Effects()).items() if abs(effect) >= 1}
    assert all(learned[name] * effect > 0 for name, effect in strong.items() if name != "start")


def test_learning_beats_the_rules(many: list[Life]) -> None:
    histories = sorted(map(history, many[:2500]), key=lambda one: one.created_at)
    old = [one for one in histories if one.created_at < END - QUALIFY.horizon]
    cut = int(0.75 * len(old))
    card = fit_baseline(dataset(old[:cut])).model.scorecard(1)
    later = dataset(old[cut:])
    rules, learned = auc(day_zero().scorecard(0), later), auc(card, later)
    assert 0.60 <= rules <= 0.75
    assert 0.79 <= learned <= 0.88
    assert learned >= rules + 0.1


def history(life: Life) -> History:
    events = life.until(END)
    outcome = resolve(QUALIFY, life.created_at, events, END)
    return History(
        str(id(life)), life.created_at, profile_of(asdict(life.profile)), events, outcome
    )


def auc(card: Scorecard, examples: pd.DataFrame) -> float:
    log_odds = [card.points(found).log_odds for found in examples["features"]]
    return float(roc_auc_score(examples["converted"], log_odds))


def test_nothing_happens_before_a_lead_comes_or_after_its_outcome(many: list[Life]) -> None:
    for life in many:
        times = [at for _, at in life.events]
        kinds = [kind for kind, _ in life.events]
        assert times == sorted(times)
        assert all(at >= life.created_at for at in times)
        assert not OUTCOMES.intersection(kinds[:-1])
        assert life.converted == (ending(life) == "handoff")


def test_the_outcome_shows_well_after_the_last_act_and_within_the_horizon(many: list[Life]) -> None:
    decided = [life for life in many if ending(life) in OUTCOMES]
    waits = [wait(life) for life in decided]
    assert np.quantile(waits, 0.02) >= 6 * HOUR
    assert all(life.events[-1][1] < life.created_at + QUALIFY.horizon for life in decided)


def test_how_an_outcome_shows_does_not_tell_which(many: list[Life]) -> None:
    waits = {
        converted: np.median(
            [
                wait(life)
                for life in many
                if ending(life) in OUTCOMES and life.converted is converted
            ]
        )
        for converted in (True, False)
    }
    assert waits[True] == pytest.approx(waits[False], rel=0.15)


def test_what_leads_do_does_not_depend_on_what_becomes_of_them() -> None:
    kinder = World(effects=Effects(start=2.0))
    for here, there in zip(lives(300), lives(300, world=kinder), strict=True):
        until = min(
            [at for life in (here, there) for kind, at in life.events if kind in OUTCOMES],
            default=END * 2,
        )
        assert here.profile == there.profile
        assert [one for one in acts(here) if one[1] < until] == [
            one for one in acts(there) if one[1] < until
        ]


def test_who_can_not_be_reached_does_not_reply(many: list[Life]) -> None:
    for life in many:
        kinds = {kind for kind, _ in life.events}
        if life.profile.whatsapp is None and "whatsapp_click" not in kinds:
            assert "whatsapp_reply" not in kinds


@pytest.mark.parametrize("driver", ["quick_reply", "tyre_kicker"])
def test_a_turned_world_inverts_an_effect_half_way(driver: str) -> None:
    turned = lives(3000, world=World().turned(driver))

    half = (START + END) / 2
    before = learned_effects([life for life in turned if life.created_at < half])
    after = learned_effects([life for life in turned if life.created_at >= half])
    effect = getattr(Effects(), driver)
    assert before[driver] * effect > 0
    assert after[driver] * effect < 0
    assert before["hook"] > 0
    assert after["hook"] > 0
