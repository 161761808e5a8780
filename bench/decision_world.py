"""Invented teams: one whose best action differs by segment, and one whose actions were drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.actions import Action, Draw
from offline.actions import Drawn
from online_models.action_choice import by_rules
from online_models.action_policy import ActionPolicy

FLOOR = 0.02
"""The least probability of an allowed action."""

SEGMENTS = ("CAVALOS", "SERVICOS", "EVENTOS", "EQUIPAMENTOS")

BEST = (Action.REPLY, Action.CONFIRM, Action.FOLLOW_UP, Action.REACTIVATE)
"""By segment, what brings the most."""

RATE, BEST_RATE, HOT_GAIN = 0.10, 0.30, 0.10
"""Answers within 72 hours: to any other action, to the best one, and more from whoever is hot."""

HOT, PHONE = 0.5, 0.7
"""Shares of leads who did something lately, and who left a number."""

BY_PHONE = {Action.CONFIRM, Action.FOLLOW_UP}
"""What may not be done without one."""


@dataclass(frozen=True, slots=True)
class Regret:
    """What was lost against always taking the best action, in answers.

    Parameters
    ----------
    learned, rules
        Of the policy that learns, and of the rules.
    behind
        The most that the one that learns ever was behind the rules.
    floor_cost
        What its floor would cost the rules.
    """

    learned: float
    rules: float
    behind: float
    floor_cost: float


def rates(segment: int, hot: bool) -> dict[str, float]:
    """Return the true chance of an answer, by action."""
    return {
        action: (BEST_RATE if action is BEST[segment] else RATE) + HOT_GAIN * hot
        for action in Action
    }


def suggested(hot: bool) -> Action:
    """Return what the rules do: they know who is hot, and nothing of segments."""
    return Action.REPLY if hot else Action.NURTURE


def simulate(decisions: int, seed: int) -> Regret:
    """Let a policy decide and learn; return what it and the rules lost, by the true chances."""
    lots, policy = np.random.default_rng(seed), ActionPolicy(FLOOR)
    learned = rules = behind = floor_cost = 0.0
    for _ in range(decisions):
        segment, hot = int(lots.integers(len(SEGMENTS))), bool(lots.random() < HOT)
        chance, by_rules = rates(segment, hot), suggested(hot)
        phone = bool(lots.random() < PHONE)
        allowed = set(Action) if phone else set(Action) - BY_PHONE
        features = {SEGMENTS[segment]: 1.0, "hot": float(hot), "phone": float(phone)}
        chances = policy.probabilities(features, allowed, by_rules, lots)
        action = list(chances)[int(lots.choice(len(chances), p=list(chances.values())))]
        policy.learn(action, features, by_rules, reward=bool(lots.random() < chance[action]))
        best = max(chance[one] for one in allowed)
        learned += best - sum(chance[one] * share for one, share in chances.items())
        rules += best - chance[by_rules]
        floor_cost += FLOOR * sum(max(chance[by_rules] - chance[one], 0.0) for one in allowed)
        behind = max(behind, learned - rules)
    return Regret(learned, rules, behind, floor_cost)


ALLOWED = [Action.CONFIRM, Action.NURTURE, Action.REPLY]
"""What may be done for each lead of a team whose actions were drawn; its rules always reply."""

USUAL, HELPED = 0.10, 0.25
"""Shares of its leads that answer: to any action, and to the best one."""


def drawn_team(
    draws: int,
    *,
    best: Action | None,
    floor: float = 0.1,
    helped: float = HELPED,
    of: Sequence[str] = ("sp",),
    seed: int = 1,
) -> list[Drawn]:
    """Return what was drawn, of which it is known what came.

    Parameters
    ----------
    draws
        How many.
    best
        The action that helps leads of the first of some states; None where all are alike.
    floor
        The least probability of an action.
    helped
        The share that answers to the best.
    of
        The states, in turn.
    seed
        Of the draws.
    """
    lots, found = np.random.default_rng(seed), []
    for number in range(draws):
        uf = of[number % len(of)]
        draw = Draw(Action.REPLY, by_rules(ALLOWED, Action.REPLY, floor), float(lots.random()))
        rate = helped if draw.action is best and uf == of[0] else USUAL
        features = {f"profile:uf|{uf}": 1.0}
        answered = bool(lots.random() < rate)
        found.append(Drawn(str(number), float(number), draw, features, answered))
    return found
