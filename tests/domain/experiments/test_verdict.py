"""What is said of an experiment's figures: one thing to do, in every language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from domain.catalogue import LANGUAGES, catalogue
from domain.experiments.declaration import Finding, Guardrail
from domain.experiments.guardrails import read_guardrail
from domain.experiments.inference import Totals
from domain.experiments.verdict import read
from tests.domain.experiments.test_declaration import EXPERIMENT
from tests.domain.experiments.test_inference import at_most

EVEN = replace(EXPERIMENT, arms=[arm._replace(weight=1.0) for arm in EXPERIMENT.arms])


def clicks(units: int, yes: int) -> Totals:
    return Totals(units, float(yes), float(yes))


def said(none: Totals, alert: Totals, **changes: Any) -> Finding:
    planned, coming = changes.pop("planned", 2000), changes.pop("coming", 100.0)
    served = changes.pop("served", {"none": none.units, "alert": alert.units})
    experiment = replace(EVEN, **changes)
    return read(experiment, served, {"none": none, "alert": alert}, planned, coming).verdict


@pytest.mark.parametrize(
    ("none", "alert", "changes", "code"),
    [
        (clicks(0, 0), clicks(0, 0), {}, "nobody_served"),
        (clicks(1000, 100), clicks(700, 90), {}, "ratio_broken"),
        (clicks(1000, 100), clicks(1000, 160), {}, "adopt"),
        (clicks(1000, 160), clicks(1000, 100), {}, "worse"),
        (clicks(1000, 160), clicks(1000, 100), {"minimum_effect": -0.05}, "adopt"),
        (clicks(1000, 100), clicks(1000, 160), {"minimum_effect": -0.05}, "worse"),
        (clicks(1000, 100), clicks(1000, 102), {}, "too_little"),
        (clicks(1000, 400), clicks(1000, 420), {"minimum_effect": 0.06}, "not_shown"),
        (clicks(300, 30), clicks(300, 39), {}, "wait"),
        (clicks(300, 30), clicks(300, 39), {"coming": 0.0}, "no_more_traffic"),
        (clicks(0, 0), clicks(0, 0), {"served": {"none": 5, "alert": 6}}, "wait"),
        # The same share as of those who are to be adopted, but early.
        (clicks(100, 10), clicks(100, 16), {}, "wait"),
    ],
)
def test_one_thing_is_to_be_done(
    none: Totals, alert: Totals, changes: dict[str, Any], code: str
) -> None:
    assert said(none, alert, **changes).code == code


@pytest.mark.parametrize("weights", [(9.0, 1.0), (1.0, 9.0), (1.0, 1.0)])
@pytest.mark.parametrize(("units", "rate"), [(1000, 0.1), (3000, 0.02)])
@pytest.mark.no_cover
def test_a_rare_yes_seldom_seems_to_differ_in_arms_of_any_size(
    weights: tuple[float, float], units: int, rate: float
) -> None:
    """Where nothing does, at each of 40 looks; the usual variance says so three times as often."""
    lots, times, looks = np.random.default_rng(14), 200, 40
    arms = [arm._replace(weight=one) for arm, one in zip(EVEN.arms, weights, strict=True)]
    experiment, wrong = replace(EVEN, arms=arms), 0
    for _ in range(times):
        came = lots.multinomial(units // looks, list(experiment.shares.values()), looks)
        yes = np.cumsum(lots.binomial(came, rate), axis=0)
        seen = np.cumsum(came, axis=0)
        for known, said_yes in zip(seen.tolist(), yes.tolist(), strict=True):
            totals = dict(zip(experiment.shares, map(clicks, known, said_yes), strict=True))
            served = dict(zip(experiment.shares, known, strict=True))
            difference = read(experiment, served, totals, units, 1.0).differences["alert"]
            if difference.low > 0.0 or difference.high < 0.0:
                wrong += 1
                break
    assert wrong / times <= at_most(0.05, times)


def test_the_best_of_several_arms_is_named() -> None:
    arms = [EVEN.arms[0], *(EVEN.arms[1]._replace(name=name) for name in ("good", "better", "bad"))]
    totals = {"none": 100, "good": 170, "better": 200, "bad": 60}
    reading = read(
        replace(EVEN, arms=arms),
        dict.fromkeys(totals, 1000),
        {name: clicks(1000, yes) for name, yes in totals.items()},
        4000,
        100.0,
    )
    assert (reading.verdict.code, reading.verdict.facts["arm"]) == ("adopt", "better")
    assert reading.differences["bad"].high < 0.0 < reading.differences["good"].low


@pytest.mark.parametrize(
    ("served", "lost", "code"),
    [
        ((1000, 1000), 100, "guardrail_broken"),
        ((1000, 1000), 40, "adopt"),
        # Whose numbers can't be trusted says nothing of guardrails either.
        ((1000, 700), 100, "ratio_broken"),
    ],
)
def test_a_broken_guardrail_goes_before_a_metric_that_is_better(
    served: tuple[int, int], lost: int, code: str
) -> None:
    guarded = replace(EVEN, guardrails=[Guardrail(name, 14.0) for name in ("kept", "lost")])
    readings = [
        read_guardrail(
            guarded,
            guardrail,
            {date(2026, 5, 4): {"none": clicks(1000, 30), "alert": clicks(1000, count)}},
            2000,
        )
        for guardrail, count in zip(guarded.guardrails, (30, lost), strict=True)
    ]
    totals = {"none": clicks(1000, 100), "alert": clicks(1000, 160)}
    by_arm = dict(zip(totals, served, strict=True))
    verdict = read(guarded, by_arm, totals, 2000, 100.0, readings).verdict
    assert verdict.code == code
    if code == "guardrail_broken":
        assert (verdict.facts["event"], verdict.facts["arm"]) == ("lost", "alert")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_is_said_without_a_blank(language: str) -> None:
    facts = {
        "arm": "alert", "control": "none", "events": "handoff", "low": 0.011, "high": 0.113,
        "effect": -0.05, "rate": 0.125, "power": 0.8, "units": 612, "weeks": 3,
        "unit": "partner", "measure": "points", "fewest": 10, "count": 8,
        "event": "lost_interest", "days": 14.0, "margin": 0.02, "since": date(2026, 5, 12),
        "motive": "leaving", "name": "alert", "version": 7,
    }  # fmt: skip
    words = catalogue(language)
    for code in words.words["experiment"]:
        assert "{" not in words.finding(Finding(code, facts))
    comma = "1.1" if language == "en" else "1,1"
    assert f"+{comma}" in words.finding(Finding("adopt", facts))
    assert "−5" in words.finding(Finding("too_little", facts))
    said = words.finding(Finding("guardrail_broken", facts))
    assert f"+{comma}".replace("1.1", "2.0").replace("1,1", "2,0") in said
    assert ("2026-05-12" if language == "en" else "12/05/2026") in said
    facts |= {"measure": "money", "low": 11.5, "unit": "uf"}
    assert f"+{comma[:1]}{comma}".replace("1.1", "1.50").replace("1,1", "1,50") in words.finding(
        Finding("adopt", facts)
    )
