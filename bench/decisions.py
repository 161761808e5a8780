"""What a policy would have brought, estimated from another one's log, beside what it did bring.

Two logs of the same days are read: what a policy showed at random, and what one that learns showed
(Thompson sampling), with the probability of each item shown. Each policy's click rate is estimated
from the other's log, by three estimators, and compared with the rate in its own. The one that
learns changed its probabilities as it went, so the policy estimated is its average: how often it
showed each item in each position, which its own log says.

Then actions are drawn in invented teams as the product draws them, and `offline.actions` looks at
each team once: how often it lets what was learned decide where one action helps, and where all are
alike.

At last a policy learns in an invented team whose best action differs by segment (`decision_world`),
and what it lost on the way is set beside what the team's rules lose. Both are counted by the true
chances, so that luck has no part in it but for what was learned.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench import report
from bench.decision_world import drawn_team, simulate
from bench.report import BenchError, Figures
from domain.actions import Action
from domain.policy import USUAL_FLOOR
from offline.actions import fit
from online_models.off_policy import (
    Estimate,
    Numbers,
    doubly_robust,
    inverse_propensity,
    self_normalised,
    weights,
)

COLUMNS = ["item_id", "position", "click", "propensity_score"]

FOLDS = 2
"""Parts of a log: the reward model of each is made of the others."""

PRIOR = 200.0
"""Rows of the average click rate that stand beside an item's own."""


@dataclass(frozen=True, slots=True)
class Log:
    """What a policy showed: an item in a position, by row.

    Parameters
    ----------
    item, position
        As numbers from 0.
    click
        0 or 1.
    propensity
        The probability with which the item was shown there.
    """

    item: NDArray[np.int64]
    position: NDArray[np.int64]
    click: Numbers
    propensity: Numbers

    @classmethod
    def read(cls, file: Path) -> "Log":
        """Read a log from CSV."""
        try:
            rows = pd.read_csv(file, usecols=COLUMNS)
        except (OSError, ValueError) as error:
            message = f"{file} can't be read: {error}."
            raise BenchError(message) from error
        return cls(
            rows["item_id"].to_numpy(np.int64),
            rows["position"].to_numpy(np.int64) - int(rows["position"].min()),
            rows["click"].to_numpy(float),
            rows["propensity_score"].to_numpy(float),
        )

    def policy(self, items: int) -> Numbers:
        """Return how often each item is shown, by position."""
        shown = np.zeros((self.position.max() + 1, items))
        np.add.at(shown, (self.position, self.item), 1.0)
        return np.asarray(shown / shown.sum(axis=1, keepdims=True))


def rates(log: Log, rows: NDArray[np.bool_], items: int) -> Numbers:
    """Return a click rate by item, drawn to the average where there is little of it."""
    clicks = np.bincount(log.item[rows], log.click[rows], items)
    shown = np.bincount(log.item[rows], minlength=items)
    return np.asarray((clicks + PRIOR * log.click[rows].mean()) / (shown + PRIOR))


def estimates(log: Log, policy: Numbers) -> dict[str, Estimate]:
    """Return what a policy's click rate is, by estimator, from another one's log."""
    items = policy.shape[1]
    weight = weights(policy[log.position, log.item], log.propensity)
    predicted, expected = np.empty_like(log.click), np.empty_like(log.click)
    fold = np.arange(len(log.click)) % FOLDS
    for number in range(FOLDS):
        rate, rows = rates(log, fold != number, items), fold == number
        predicted[rows] = rate[log.item[rows]]
        expected[rows] = (policy @ rate)[log.position[rows]]
    return {
        "ips": inverse_propensity(log.click, weight),
        "snips": self_normalised(log.click, weight),
        "dr": doubly_robust(log.click, weight, predicted, expected),
    }


async def measure(chosen: argparse.Namespace) -> Figures:
    """Estimate each policy from the other's log."""
    folder = Path(chosen.log)
    random, learning = (Log.read(folder / f"{name}_men.csv.gz") for name in ("random", "bts"))
    items = int(max(random.item.max(), learning.item.max())) + 1
    uniform = np.full((int(random.position.max()) + 1, items), 1.0 / items)
    figures: Figures = {}
    inside = True
    for name, log, policy, truth in (
        ("bts_from_random", random, learning.policy(items), learning.click.mean()),
        ("random_from_bts", learning, uniform, random.click.mean()),
    ):
        figures[f"{name}_percent"] = 100.0 * float(truth)
        for estimator, found in estimates(log, policy).items():
            figures |= {
                f"{name}_{estimator}_percent": 100.0 * found.value,
                f"{name}_{estimator}_low": 100.0 * found.low,
                f"{name}_{estimator}_high": 100.0 * found.high,
            }
            figures[f"{name}_effective"] = found.effective_sample_size
            inside &= found.low <= truth <= found.high
    looks = looked(chosen.draws, chosen.looks)
    return {"inside": float(inside)} | figures | looks | learned(chosen.decisions, chosen.worlds)


def looked(draws: int, looks: int) -> Figures:
    """Return in how many of some teams what was learned would decide, in percent."""
    figures: Figures = {}
    for name, best in (("decides_rightly", Action.NURTURE), ("decides_falsely", None)):
        teams = (
            drawn_team(draws, best=best, floor=USUAL_FLOOR, seed=seed) for seed in range(looks)
        )
        found = sum(fit(team, USUAL_FLOOR, decided=False)[1]["decides"] for team in teams)
        figures[f"{name}_percent"] = 100.0 * found / looks
    return figures


def learned(decisions: int, worlds: int) -> Figures:
    """Return what learning to act costs, over some worlds."""
    regrets = [simulate(decisions, seed) for seed in range(worlds)]
    shares = [one.learned / one.rules for one in regrets]
    return {
        "regret_share": sum(one.learned for one in regrets) / sum(one.rules for one in regrets),
        "regret_share_worst": max(shares),
        "behind_rules": max(one.behind for one in regrets),
        "floor_cost": min(one.floor_cost for one in regrets),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = report.parser(
        "bench.decisions",
        __doc__,
        decisions=(5_000, "decisions of the invented team"),
        worlds=(5, "times that it is invented"),
        draws=(1_500, "actions drawn in each team that is looked at"),
        looks=(200, "teams that are looked at, of either kind"),
    )
    parser.add_argument(
        "--log", metavar="DIR", required=True,
        help=f"random_men.csv.gz and bts_men.csv.gz, with columns {', '.join(COLUMNS)}",
    )  # fmt: skip
    chosen = parser.parse_args(argv)
    return report.run(chosen, "decisions", measure(chosen))


if __name__ == "__main__":
    sys.exit(main())
