"""What another policy would have brought, where it is known what it would."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from online_models.off_policy import (
    Estimate,
    Numbers,
    doubly_robust,
    inverse_propensity,
    self_normalised,
    weights,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES = 300


class World(NamedTuple):
    """A policy that acted, another that is asked about, and what each action brings."""

    logged: Numbers
    target: Numbers
    rates: Numbers
    rows: int

    @property
    def truth(self) -> float:
        """The other policy's reward."""
        return float(self.target @ self.rates)


EVEN = World(np.full(4, 0.25), np.array([0.7, 0.1, 0.1, 0.1]), np.array([0.3, 0.2, 0.1, 0.4]), 600)
RARE = World(
    np.array([0.55, 0.2, 0.1, 0.1, 0.05]),
    np.full(5, 0.2),
    np.array([0.004, 0.006, 0.003, 0.008, 0.005]),
    4000,
)
ESTIMATORS = ("ips", "snips", "dr")


def estimates(world: World, lots: np.random.Generator) -> dict[str, Estimate]:
    """Return the estimates from one log of a world; the reward model is made of the other half."""
    actions = len(world.rates)
    taken = lots.choice(actions, world.rows, p=world.logged)
    rewards = lots.binomial(1, world.rates[taken]).astype(float)
    weight = weights(world.target[taken], world.logged[taken])
    predicted, expected = np.empty(world.rows), np.empty(world.rows)
    half = np.arange(world.rows) % 2
    for one in (0, 1):
        other = half != one
        mean = rewards[other].mean()
        clicks = np.bincount(taken[other], rewards[other], actions) + 20 * mean
        rates = clicks / (np.bincount(taken[other], minlength=actions) + 20)
        predicted[half == one], expected[half == one] = (
            rates[taken[half == one]],
            world.target @ rates,
        )
    return {
        "ips": inverse_propensity(rewards, weight),
        "snips": self_normalised(rewards, weight),
        "dr": doubly_robust(rewards, weight, predicted, expected),
    }


def repeated(world: World, seed: int) -> Iterator[dict[str, Estimate]]:
    lots = np.random.default_rng(seed)
    for _ in range(TIMES):
        yield estimates(world, lots)


@pytest.mark.parametrize("world", [EVEN, RARE], ids=["even", "rare"])
def test_intervals_hold_the_truth_as_often_as_they_say(world: World) -> None:
    missed = dict.fromkeys(ESTIMATORS, 0)
    values: dict[str, list[float]] = {name: [] for name in ESTIMATORS}
    for found in repeated(world, 11):
        for name, one in found.items():
            missed[name] += not one.low <= world.truth <= one.high
            values[name].append(one.value)
    for name in ESTIMATORS:
        # By chance once in a thousand 5 % of 300 is more than 8.9 %.
        assert 0.005 <= missed[name] / TIMES <= 0.089, name
        error = np.std(values[name]) / TIMES**0.5
        assert np.mean(values[name]) == pytest.approx(world.truth, abs=4 * error), name


def test_a_symmetric_interval_would_miss_more_on_the_far_side() -> None:
    """What the transformation is for: rewards rare, weights uneven."""
    lots = np.random.default_rng(12)
    over = {"skewed": 0, "symmetric": 0}
    for _ in range(TIMES):
        taken = lots.choice(5, RARE.rows, p=RARE.logged)
        rewards = lots.binomial(1, RARE.rates[taken]).astype(float)
        terms = weights(RARE.target[taken], RARE.logged[taken]) * rewards
        found = inverse_propensity(rewards, RARE.target[taken] / RARE.logged[taken])
        over["skewed"] += found.high < RARE.truth
        over["symmetric"] += terms.mean() + 1.96 * terms.std() / RARE.rows**0.5 < RARE.truth
    assert over["skewed"] < over["symmetric"]
    assert over["symmetric"] / TIMES > 0.04


def test_a_wrong_reward_model_costs_width_and_not_truth() -> None:
    lots = np.random.default_rng(13)
    values = []
    for _ in range(TIMES):
        taken = lots.choice(4, EVEN.rows, p=EVEN.logged)
        rewards = lots.binomial(1, EVEN.rates[taken]).astype(float)
        weight = weights(EVEN.target[taken], EVEN.logged[taken])
        wrong = np.full(EVEN.rows, 0.9)
        values.append(doubly_robust(rewards, weight, wrong, wrong).value)
    assert np.mean(values) == pytest.approx(EVEN.truth, abs=4 * np.std(values) / TIMES**0.5)


def test_a_right_reward_model_narrows_the_interval() -> None:
    rates, target = np.array([0.05, 0.95, 0.02, 0.9]), np.array([0.4, 0.4, 0.1, 0.1])
    world = EVEN._replace(rates=rates, target=target, rows=4000)
    found = estimates(world, np.random.default_rng(14))
    widths = {name: one.high - one.low for name, one in found.items()}
    assert widths["dr"] < 0.5 * widths["ips"]


def test_the_sample_is_worth_less_the_further_the_policy_is() -> None:
    lots = np.random.default_rng(15)
    same = EVEN._replace(target=EVEN.logged)
    assert estimates(same, lots)["ips"].effective_sample_size == pytest.approx(EVEN.rows)
    far = EVEN._replace(target=np.array([1.0, 0.0, 0.0, 0.0]))
    assert estimates(far, lots)["ips"].effective_sample_size == pytest.approx(150, rel=0.2)


def test_where_nothing_was_rewarded_it_is_not_certain_that_nothing_is() -> None:
    for estimate in (inverse_propensity, self_normalised):
        found = estimate(np.zeros(100), np.ones(100))
        assert (found.value, found.low) == (0.0, 0.0)
        assert 0.01 < found.high < 0.08


def test_what_can_not_be_estimated_is_refused() -> None:
    with pytest.raises(ValueError, match="probability 0"):
        weights(np.array([0.5, 0.5]), np.array([0.5, 0.0]))
    with pytest.raises(ValueError, match="from 0 to 1"):
        inverse_propensity(np.array([3.0, 0.0]), np.ones(2))
