"""A policy that learns which action is best, and never stops telling of the others."""

from __future__ import annotations

import numpy as np
import pytest

from online_models.action_policy import BIAS, ActionPolicy, AdditiveModel

ACTIONS = {"call", "mail", "wait"}


def test_every_allowed_action_has_the_floor_and_no_other_has_any() -> None:
    policy, lots = ActionPolicy(floor=0.05), np.random.default_rng(1)
    for _ in range(300):
        policy.learn("call", {}, "wait", reward=True)
        policy.learn("mail", {}, "wait", reward=False)
    chances = policy.probabilities({}, ACTIONS, "wait", lots)
    assert sum(chances.values()) == pytest.approx(1.0)
    assert set(chances) == ACTIONS
    assert min(chances.values()) == pytest.approx(0.05)
    assert chances["call"] > 0.8
    assert set(policy.probabilities({}, {"mail", "wait"}, "wait", lots)) == {"mail", "wait"}
    assert policy.probabilities({}, {"mail"}, "wait", lots) == {"mail": 1.0}


def test_before_anything_was_learned_the_rules_are_mostly_followed() -> None:
    lots = np.random.default_rng(2)
    chances = ActionPolicy(floor=0.02).probabilities({}, ACTIONS, "mail", lots)
    assert chances["mail"] == max(chances.values()) > 0.5
    assert chances["call"] == pytest.approx(chances["wait"], abs=0.1)


def test_the_probability_told_is_that_of_being_the_best() -> None:
    """What off-policy estimates divide by: two equal actions share it, whatever their names."""
    lots, policy = np.random.default_rng(3), ActionPolicy(floor=0.0)
    told = [policy.probabilities({}, {"a", "b"}, "other", lots)["a"] for _ in range(200)]
    assert np.mean(told) == pytest.approx(0.5, abs=0.01)


def test_a_model_comes_to_the_rate_and_to_its_uncertainty() -> None:
    lots, model = np.random.default_rng(4), AdditiveModel()
    for _ in range(3000):
        warm = float(lots.integers(2))
        features = {BIAS: 1.0, "warm": warm}
        model.learn(features, reward=bool(lots.random() < (0.4 if warm else 0.1)))
    for warm, rate in ((0.0, 0.1), (1.0, 0.4)):
        mean, deviation = model.log_odds({BIAS: 1.0, "warm": warm})
        assert mean == pytest.approx(np.log(rate / (1 - rate)), abs=0.25)
        # 1,500 answers at this rate tell the log odds to 1 / sqrt(n p (1 - p)).
        assert deviation == pytest.approx((1500 * rate * (1 - rate)) ** -0.5, rel=0.25)


def test_a_feature_that_was_not_met_is_as_before() -> None:
    model = AdditiveModel()
    model.learn({BIAS: 1.0}, reward=True)
    mean, deviation = model.log_odds({BIAS: 1.0})
    assert model.log_odds({BIAS: 1.0, "new": 0.0}) == (mean, deviation)
    assert model.log_odds({BIAS: 1.0, "new": 1.0})[1] > deviation
