"""``python -m offline.actions``: learn from drawn actions which one helps, and whether that pays.

A policy learns from the older half of what was drawn, and what it would have brought in the newer
half is estimated beside what the rules would. It decides in their place once it is better, with
the 95 % interval of the difference above zero and enough leads behind it, until an interval lies
below. What is kept has learned from both halves.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from math import inf, sqrt
from typing import Any

import numpy as np

from domain.actions import Action, Draw
from domain.features import Features
from domain.heads import Head
from domain.recommendations import FEWEST_DRAWS, WINDOW, helps
from online_models.action_choice import Decision, LearnedActions, by_rules
from online_models.action_policy import ActionPolicy
from online_models.off_policy import (
    Numbers,
    doubly_robust,
    inverse_propensity,
    self_normalised,
    weights,
)
from postgres.checks import check
from postgres.command import command
from postgres.connect import Connection, connect
from postgres.errors import TooLittleError
from postgres.policy import policy_now
from postgres.settings import Settings
from postgres.statements import QUERIES

SUPPORT = 5.0
"""Leads helped that the effective sample of either policy must come to before anything is decided:
the intervals of `online_models.off_policy` do not hold what they promise with fewer than five."""

DAYS = 365
"""Of draws that are learned from."""

MOST_FEATURES, KNOWN = 60, 0.05
"""How many features a policy reads at the most, the most usual ones, and the share of draws that
each must be known in."""

SPREAD = 1.4
"""How much all features together may move the log odds before anything was learned: about one."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An action that was drawn, and what came of it.

    Parameters
    ----------
    lead_id
        For whom.
    at
        When, in seconds since 1970.
    draw
        How.
    features
        What a model read of the lead.
    helped
        Whether the lead answered or made progress within the window.
    """

    lead_id: str
    at: float
    draw: Draw
    features: Features
    helped: bool


Report = dict[str, Any]
"""What is known of what was learned, as JSON values."""


def fit(
    draws: Sequence[Drawn], floor: float, *, decided: bool, concluded_at: float | None = None
) -> tuple[LearnedActions, Report]:
    """Return what was learned, and a report of what it would have brought.

    Parameters
    ----------
    draws
        In the order in which they were drawn.
    floor
        The least probability of an allowed action.
    decided
        Whether what was learned before decides.
    concluded_at
        When people had that decide, or not, after an experiment, in seconds since 1970. It stays so
        until all draws that the estimates are of are newer.

    Raises
    ------
    TooLittleError
        When there are too few draws.
    """
    if len(draws) < FEWEST_DRAWS:
        message = (
            f"It is known of {len(draws)} actions that were drawn what came of them, where it takes"
            f" {FEWEST_DRAWS}."
        )
        raise TooLittleError(message)
    middle = len(draws) // 2
    report = _assessed(_learned(draws[:middle], floor), draws[middle:], floor)
    difference = report["difference"]
    better = report["supported"] and difference["low"] > 0.0
    if concluded_at is not None and draws[middle].at > concluded_at:
        concluded_at = None
    shown = better or (decided and difference["high"] >= 0.0)
    report |= {
        "decides": shown if concluded_at is None else decided,
        "concluded_at": concluded_at,
        "draws": len(draws),
        "leads": len({one.lead_id for one in draws}),
        "since": draws[0].at,
        "floor": floor,
    }
    return _learned(draws, floor), report


def _learned(draws: Sequence[Drawn], floor: float) -> LearnedActions:
    learned = LearnedActions(ActionPolicy(floor), _reads([one.features for one in draws]))
    for one in draws:
        context = learned.context(one.features)
        learned.policy.learn(one.draw.action, context, one.draw.suggested, reward=one.helped)
    return learned


def _reads(rows: Sequence[Features]) -> dict[str, float]:
    """Return the features that are usual, each with what makes all together spread as wanted."""
    known: Counter[str] = Counter()
    squares: defaultdict[str, float] = defaultdict(float)
    for values in rows:
        for name, value in values.items():
            if value:
                known[name] += 1
                squares[name] += value * value
    usual = [name for name, times in known.most_common(MOST_FEATURES) if times >= KNOWN * len(rows)]
    return {name: SPREAD / sqrt(squares[name] / len(rows) * len(usual)) for name in usual}


def _assessed(learned: LearnedActions, draws: Sequence[Drawn], floor: float) -> Report:
    """Return what a policy, and the rules with the same floor, would have brought.

    The policy must not have seen these draws.
    """
    taken = [one.draw.action for one in draws]
    rewards = np.array([float(one.helped) for one in draws])
    logged = np.array([one.draw.chances[one.draw.action] for one in draws])
    expects = [_expects(learned, one) for one in draws]
    predicted = np.array([of[action] for of, action in zip(expects, taken, strict=True)])

    def against(chances: Sequence[Mapping[Action, float]]) -> tuple[Numbers, Numbers]:
        """Return a policy's weights, and what the model expects of it."""
        target = np.array([of[action] for of, action in zip(chances, taken, strict=True)])
        expected = [
            sum(chance * of[action] for action, chance in policy.items())
            for policy, of in zip(chances, expects, strict=True)
        ]
        return weights(target, logged), np.array(expected)

    rules, policy = [], []
    for one in draws:
        allowed, suggested = [*one.draw.chances], one.draw.suggested
        rules.append(by_rules(allowed, suggested, floor))
        policy.append(learned.chances(one.features, allowed, suggested))
    policies = {"rules": against(rules), "learned": against(policy)}
    report: Report = {"tested": len(draws), "log": float(rewards.mean())}
    for name, (weight, expected) in policies.items():
        report[name] = {
            "ips": asdict(inverse_propensity(rewards, weight)),
            "snips": asdict(self_normalised(rewards, weight)),
            "dr": asdict(doubly_robust(rewards, weight, predicted, expected)),
        }
    (by_rule, of_rules), (by_policy, of_policy) = policies.values()
    found = doubly_robust(rewards, by_policy - by_rule, predicted, of_policy - of_rules)
    difference = {"value": found.value, "low": found.low, "high": found.high}
    both = [report[name]["dr"] for name in policies]
    helped = min(one["effective_sample_size"] * one["value"] for one in both)
    return report | {"difference": difference, "supported": helped >= SUPPORT}


def _expects(learned: LearnedActions, one: Drawn) -> dict[Action, float]:
    """Return the chance that each action that was allowed succeeds, by the policy's model."""
    context = learned.context(one.features)
    return {
        action: learned.policy.success(action, context, one.draw.suggested)
        for action in one.draw.chances
    }


async def read(connection: Connection, head: Head) -> list[Drawn]:
    """Return what was drawn and is old enough for it to be known what came.

    Of a lead one in a window, the first: what came counts for one, and intervals are for draws that
    do not depend on each other.
    """
    window, back = timedelta(seconds=WINDOW), timedelta(days=DAYS)
    rows = await connection.fetch(QUERIES["decisions"], window, sorted(helps(head)), back)
    draws: list[Drawn] = []
    counted: dict[str, float] = {}
    for row in rows:
        lead_id, at = row["lead_id"], row["at"]
        if at - counted.get(lead_id, -inf) < WINDOW:
            continue
        counted[lead_id] = at
        decision = json.loads(row["decision"])
        draw = Decision.from_json(decision).draw
        draws.append(Drawn(lead_id, at, draw, decision["features"], row["helped"]))
    return draws


async def fit_and_keep(connection: Connection, head: Head, floor: float) -> Report:
    """Learn from what was drawn and keep it; return the report.

    Raises
    ------
    TooLittleError
        When too little was drawn.
    """
    known = await connection.fetchrow(QUERIES["action_report"])
    before = json.loads(known["report"]) if known else {}
    learned, report = fit(
        await read(connection, head),
        floor,
        decided=bool(before.get("decides")),
        concluded_at=before.get("concluded_at"),
    )
    await connection.execute(
        QUERIES["keep_action_model"], json.dumps(learned.to_json()), json.dumps(report)
    )
    return report


async def run() -> str:
    """Learn from the draws of the database in ``DATABASE_URL``; return what was found."""
    settings = Settings()
    connection = await connect(settings.database_url, "galope actions")
    try:
        await check(connection, as_stream=False)
        policy = await policy_now(connection, settings.installed)
        if not policy.action_floor:
            return "The rules decide: let actions be drawn first, by `action_floor` of the policy."
        report = await fit_and_keep(connection, policy.head, policy.action_floor)
    finally:
        await connection.close()
    return in_words(report)


def in_words(report: Mapping[str, Any]) -> str:
    """Return a report as lines for a terminal.

    Parameters
    ----------
    report
        See `fit`.
    """

    def said(ends: Mapping[str, float]) -> str:
        return f"{ends['value']:7.1%}  ({ends['low']:.1%} to {ends['high']:.1%})"

    lines = [
        f"{report['draws']:,} draws of {report['leads']:,} leads;"
        f" the newest {report['tested']:,} test what the others taught.",
        f"of leads that answered or made progress, as drawn  {report['log']:7.1%}",
    ]
    for name in ("rules", "learned"):
        lines += [
            f"{name:8} {estimator:5} {said(estimate)}  as {estimate['effective_sample_size']:,.0f}"
            " draws of its own"
            for estimator, estimate in report[name].items()
        ]
    lines.append(f"learned over rules {said(report['difference'])}")
    lines.append("What was learned decides." if report["decides"] else "The rules go on deciding.")
    return "\n".join(lines)


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m offline.actions",
        description="Learn from actions that were drawn which one helps whom, estimate what that"
        " would have brought beside the rules, and keep it.",
        epilog=f"Exit code {TooLittleError.exit_code}: of fewer than {FEWEST_DRAWS} draws it is"
        " known what came.",
    )
    parser.parse_args(argv)
    print(asyncio.run(run()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
