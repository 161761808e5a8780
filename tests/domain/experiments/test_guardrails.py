"""What must not get worse is watched at every look, and seldom wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import inf

import numpy as np
import pytest

from domain.experiments.declaration import Arm, Guardrail
from domain.experiments.guardrails import (
    GuardrailReading,
    looks,
    read_guardrail,
    standing,
)
from domain.experiments.inference import Totals
from tests.domain.experiments.test_declaration import EXPERIMENT
from tests.domain.experiments.test_inference import at_most

LOST = Guardrail("lost_interest", 14.0)
EVEN = replace(EXPERIMENT, arms=[Arm("none", 1.0), Arm("alert", 1.0)], guardrails=[LOST])
FIRST = date(2026, 5, 4)


def yes(units: int, count: int) -> Totals:
    return Totals(units, float(count), float(count))


def reading(*days: tuple[Totals, Totals], planned: int = 2000) -> GuardrailReading:
    """Read days on each of which something of the control and of the alert became known."""
    # In no order: the days' own counts.
    by_day = {
        FIRST + timedelta(days=number): {"none": none, "alert": alert}
        for number, (none, alert) in reversed(list(enumerate(days)))
    }
    return read_guardrail(EVEN, LOST, by_day, planned)


@pytest.mark.parametrize(
    ("none", "alert", "code"),
    [
        (yes(0, 0), yes(0, 0), "guardrail_unknown"),
        (yes(1000, 30), yes(1000, 100), "guardrail_broken"),
        (yes(1000, 60), yes(1000, 70), "guardrail_unknown"),
        (yes(1000, 60), yes(1000, 20), "guardrail_held"),
        # As much worse, but early; and worse by less than is allowed, however surely.
        (yes(100, 3), yes(100, 10), "guardrail_unknown"),
        (yes(100_000, 3000), yes(100_000, 4500), "guardrail_held"),
    ],
)
def test_it_is_held_broken_or_not_known(none: Totals, alert: Totals, code: str) -> None:
    said = reading((none, alert), planned=max(2000, none.units * 2))
    assert standing(EVEN, said).code == code


def test_what_was_broken_once_stays_so_since_then() -> None:
    quiet, bad, good = (
        (yes(200, 6), yes(200, 6)),
        (yes(300, 0), yes(300, 90)),
        (yes(400, 80), yes(400, 0)),
    )
    said = reading(quiet, bad, good)
    assert said.broken is not None
    assert (said.broken.arm, said.broken.since) == ("alert", FIRST + timedelta(days=1))
    assert said.broken.difference.low > LOST.margin
    assert said.differences["alert"].low < LOST.margin
    assert said.totals["none"].units == 900
    assert standing(EVEN, said).code == "guardrail_broken"


def test_nothing_is_known_before_anybody_is() -> None:
    said = read_guardrail(EVEN, LOST, {}, 2000)
    assert (said.is_held, said.broken, said.differences) == (False, None, {})


def test_guardrails_share_the_chance_of_a_false_alarm() -> None:
    day = {FIRST: {"none": yes(1000, 60), "alert": yes(1000, 70)}}
    more = replace(EVEN, guardrails=[LOST, replace(LOST, event="a"), replace(LOST, event="b")])
    alone, of_three = (
        read_guardrail(experiment, LOST, day, 2000).differences["alert"]
        for experiment in (EVEN, more)
    )
    assert -inf < of_three.low < alone.low < alone.high < of_three.high


@pytest.mark.parametrize(
    "weights", [(1.0, 1.0, 1.0), (9.0, 1.0), (1.0, 9.0)], ids=["even", "few", "few control"]
)
@pytest.mark.no_cover
def test_claims_are_seldom_wrong_where_every_arm_is_worse_by_the_margin(
    weights: tuple[float, ...],
) -> None:
    """Of three guardrails of rare events, looked at on 40 days."""
    lots, times, units, days = np.random.default_rng(11), 150, 1200, 40
    arms = [Arm(str(number), weight) for number, weight in enumerate(weights)]
    guardrails = [Guardrail(name, 14.0) for name in "abc"]
    experiment = replace(EXPERIMENT, arms=arms, guardrails=guardrails)
    shares, wrong = list(experiment.shares.values()), 0
    for _ in range(times):
        claims = []
        for guardrail, rate in zip(guardrails, (0.01, 0.03, 0.1), strict=True):
            came = lots.multinomial(units // days, shares, days)
            more = [rate + guardrail.margin * (number > 0) for number in range(len(arms))]
            had = lots.binomial(came, more)
            by_day = {
                FIRST + timedelta(days=day): {
                    arm.name: yes(int(came[day, number]), int(had[day, number]))
                    for number, arm in enumerate(arms)
                }
                for day in range(days)
            }
            for look in looks(experiment, by_day, units):
                found = look.differences.values()
                claims.append(any(one.low > guardrail.margin for one in found))
                claims.append(all(one.high <= guardrail.margin for one in found))
        wrong += any(claims)
    assert wrong / times <= at_most(0.05, times)
