"""Drawing actions: with the probabilities that are recorded, and what was learned once it may."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from domain.actions import Action
from domain.recommendations import WINDOW
from online_models.action_choice import ActionChoice, Decision, LearnedActions
from online_models.action_policy import ActionPolicy

ALLOWED = [Action.CONFIRM, Action.NURTURE, Action.REPLY]


def drawn(choice: ActionChoice, number: int, now: float = 0.0) -> Decision:
    """Return what is drawn for one of many leads whom the rules would have replied to."""
    return choice.decide(number, {"profile:uf|mg": 1.0}, ALLOWED, Action.REPLY, now)


def learned() -> LearnedActions:
    """Return what has learned that content helps, and a reply does not."""
    policy, lots = ActionPolicy(0.05), np.random.default_rng(0)
    for action in lots.choice(ALLOWED, 600):
        policy.learn(action, {}, Action.REPLY, reward=action == Action.NURTURE)
    return LearnedActions(policy, {})


def test_others_than_the_rules_action_come_as_often_as_the_floor_says() -> None:
    decisions = [drawn(ActionChoice(0.1), number) for number in range(4_000)]
    chances = {Action.CONFIRM: 0.1, Action.NURTURE: 0.1, Action.REPLY: 0.8}
    assert all(one.draw.chances == pytest.approx(chances) for one in decisions)
    counts = Counter(one.draw.action for one in decisions)
    for action, chance in chances.items():
        # Four standard deviations.
        allowance = 4 * (chance * (1 - chance) / 4_000) ** 0.5
        assert counts[action] / 4_000 == pytest.approx(chance, abs=allowance)


def test_draws_of_one_lead_do_not_depend_on_each_other() -> None:
    lots = np.array([[drawn(ActionChoice(0.1), lead, at).draw.lot for at in (1, 2)]
                     for lead in range(2_000)])  # fmt: skip
    assert abs(np.corrcoef(lots.T)[0, 1]) < 4 / 2_000**0.5


def test_a_draw_stands_until_something_else_is_suggested_or_allowed_or_three_days_passed() -> None:
    decision = drawn(ActionChoice(0.1), 1, 100.0)
    assert decision.stands(Action.REPLY, ALLOWED, 100.0 + WINDOW - 1)
    assert not decision.stands(Action.REPLY, ALLOWED, 100.0 + WINDOW)
    assert not decision.stands(Action.NURTURE, ALLOWED, 101.0)
    assert not decision.stands(Action.REPLY, ALLOWED[1:], 101.0)


def test_a_decision_is_read_back() -> None:
    decision = drawn(ActionChoice(0.1), 1, 100.0)
    assert Decision.from_json(decision.to_json({"a": 1.0})) == decision


def test_what_was_learned_decides_once_it_may() -> None:
    rules = drawn(ActionChoice(0.05), 1).draw.chances
    assert rules[Action.REPLY] == pytest.approx(0.9)
    policy = drawn(ActionChoice(0.05, learned()), 1).draw
    assert policy.chances == pytest.approx(
        {Action.CONFIRM: 0.05, Action.NURTURE: 0.9, Action.REPLY: 0.05}
    )
    assert sum(policy.chances.values()) == pytest.approx(1.0)


def test_what_was_learned_is_read_back_to_the_bit() -> None:
    before = learned()
    after = LearnedActions.from_json(before.to_json(), 0.05)
    values = {"profile:uf|mg": 1.0}
    assert after.chances(values, ALLOWED, Action.REPLY) == before.chances(
        values, ALLOWED, Action.REPLY
    )


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"models": {"reply": {}}},
        {"models": {"reply": {"names": ["a"], "mean": [0.0, 1.0], "covariance": [[1.0]]}}},
        {"models": {"reply": {"names": ["a"], "mean": [float("nan")], "covariance": [[1.0]]}}},
    ],
)
def test_what_nothing_learned_wrote_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        LearnedActions.from_json({"reads": {}} | broken, 0.05)
