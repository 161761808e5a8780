"""What may be declared, and which arm a lead has."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from domain.alerts.motives import Motive
from domain.catalogue import catalogue
from domain.experiments.declaration import (
    BUILT_IN_ARMS,
    Arm,
    BuiltInArm,
    Experiment,
    Guardrail,
    Kind,
    Metric,
    Unit,
)
from domain.experiments.ratio import is_mismatch
from domain.experiments.refusals import why_unusable

EXPERIMENT = Experiment(
    name="alert",
    hypothesis="An alert makes people come back",
    arms=[Arm("none", 3.0), Arm("alert", 1.0)],
    salt="one",
    metric=Metric(frozenset({"whatsapp_reply", "handoff"}), 14.0),
    minimum_effect=0.05,
)
LEADS = [f"lead {number}" for number in range(20_000)]


def test_leads_come_to_arms_as_declared_and_stay() -> None:
    given = Counter(map(EXPERIMENT.arm_of, LEADS))
    assert not is_mismatch(given, EXPERIMENT.shares)
    assert given["alert"] / len(LEADS) == pytest.approx(0.25, abs=0.012)
    assert list(map(EXPERIMENT.arm_of, LEADS)) == list(map(EXPERIMENT.arm_of, LEADS))


def test_another_salt_is_another_allocation_that_knows_nothing_of_the_first() -> None:
    arms = [Arm("a", 1.0), Arm("b", 1.0)]
    first, second = (replace(EXPERIMENT, arms=arms, salt=salt) for salt in ("one", "two"))
    both = Counter((first.arm_of(lead), second.arm_of(lead)) for lead in LEADS)
    shares = dict.fromkeys(("aa", "ab", "ba", "bb"), 0.25)
    assert set(both) == set(product("ab", "ab"))
    assert not is_mismatch({a + b: count for (a, b), count in both.items()}, shares)


def test_what_is_kept_is_read_back() -> None:
    guarded = replace(EXPERIMENT, guardrails=(Guardrail("lost_interest", 14.0, 0.01),))
    kept = json.loads(json.dumps(guarded.to_json()))
    assert Experiment.from_json("alert", kept) == guarded


@pytest.mark.parametrize("kind", BUILT_IN_ARMS)
def test_what_galope_serves_is_read_back_with_its_arms_in_words(kind: Kind) -> None:
    motive = Motive.LEAVING if kind is Kind.ALERTS else None
    arms = [Arm(name, 1.0) for name in BUILT_IN_ARMS[kind]]
    version = 7 if kind is Kind.MODELS else None
    served = replace(EXPERIMENT, kind=kind, motive=motive, version=version, arms=arms)
    read = Experiment.from_json("alert", json.loads(json.dumps(served.to_json())))
    assert read == served
    words = catalogue("en").words["experiment_arm"]
    assert {type(arm.name) for arm in read.arms} == {BuiltInArm}
    assert all(arm.name in words for arm in read.arms)


def test_the_first_ones_named_neither_unit_nor_revenue_nor_guardrails() -> None:
    kept = EXPERIMENT.to_json()
    del kept["unit"], kept["metric"]["revenue"], kept["guardrails"], kept["kind"], kept["motive"]
    del kept["version"]
    assert Experiment.from_json("alert", kept) == EXPERIMENT


@pytest.mark.parametrize(
    ("unit", "name", "has"),
    [("uf", "SP", True), ("uf", "XX", False), ("uf", None, False), ("partner", "p1", True)],
)
def test_a_state_is_one_of_those_that_there_are(unit: str, name: str | None, has: bool) -> None:
    assert replace(EXPERIMENT, unit=Unit(unit)).has_unit(name) is has


@pytest.mark.parametrize(
    ("changes", "amounts", "code"),
    [
        ({}, True, None),
        ({"minimum_effect": -250.0}, True, None),
        ({}, False, "money_unfed"),
        ({"minimum_effect": float("nan")}, True, "no_money_effect"),
        ({"arms": EXPERIMENT.arms}, True, "money_uneven"),
    ],
)
def test_money_is_compared_at_equal_weights_where_there_are_amounts(
    changes: dict[str, Any], amounts: bool, code: str | None
) -> None:
    metric = Metric(frozenset(), 30.0, revenue=True)
    even = replace(EXPERIMENT, arms=[Arm("a", 1.0), Arm("b", 1.0)], metric=metric)
    found = why_unusable(replace(even, **changes), set(), amounts)
    assert (found and found.code) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"arms": [Arm("a", 1.0)]}, "one_arm"),
        ({"arms": [Arm("a", 1.0), Arm("a", 1.0)]}, "arm_twice"),
        ({"arms": [Arm("a", 1.0), Arm("b", 0.0)]}, "arm_empty"),
        ({"arms": [Arm("a", 1.0), Arm("b", float("inf"))]}, "arm_empty"),
        ({"unit": Unit.PARTNER}, "units_uneven"),
        ({"unit": Unit.UF, "arms": [Arm("a", 2.0), Arm("b", 2.0)]}, None),
        ({"minimum_effect": 0.0}, "no_effect"),
        ({"minimum_effect": -1.0}, "no_effect"),
        ({"metric": Metric(frozenset({"aurora"}), 7.0)}, "metric_unfed"),
        ({"metric": Metric(frozenset(), 7.0)}, "metric_unfed"),
        ({"guardrails": [Guardrail("page_view", 7.0)]}, None),
        ({"guardrails": [Guardrail("aurora", 7.0)]}, "guardrail_unfed"),
        ({"guardrails": [Guardrail("handoff", 7.0)]}, "guardrail_is_metric"),
        (
            {"guardrails": [Guardrail("page_view", 7.0), Guardrail("page_view", 14.0)]},
            "guardrail_twice",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], code: str | None) -> None:
    found = why_unusable(replace(EXPERIMENT, **changes), {"handoff", "page_view"})
    assert (found and found.code) == code
