"""How often an experiment that is looked at all the time is wrong, and what it still finds.

The clicks of real headline tests are dealt anew to the impressions of the same test, so that no
headline is better than another, and each test is looked at 100 times on its way to its planned end.
Beside it stands what the fixed test says that most people use, at the same looks. Then an effect
that the fixed test finds at the planned end with a chance of 80 % is put into the same tests.

What no recorded data tells is told by invented worlds: money, whose tail is long, units that are
states or partners with many leads each, and a rare yes in arms of one size or not. There arms are
compared without an effect, and with the one that a plan for so many units finds with a chance of
80 %. In another world three guardrails are watched at the worst that they allow: every event is as
much more frequent as its margin; and then twice as much.
"""

import argparse
import gzip
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bench import report
from bench.experiment_worlds import (
    LOOKS,
    WORLDS,
    Counts,
    dealt,
    of_leads,
    tell,
    watched,
)
from bench.report import BenchError, Figures
from domain.experiments.declaration import MARGIN
from domain.experiments.inference import ALPHA, FEWEST, Totals, differences
from domain.experiments.power import POWER, of_rate, units_needed

FIXED = NormalDist().inv_cdf(1.0 - ALPHA / 2.0)
"""Standard errors that a fixed test of two arms asks for."""

ALLOTTED = {
    "": (1.0, 1.0),
    "_three_arms": (1.0, 1.0, 1.0),
    "_large_control": (9.0, 1.0),
    "_small_control": (1.0, 9.0),
}
"""Weights of arms, the control's first."""

TWO_ARMS = ("", "_large_control", "_small_control")

RATES, LEADS = (0.02, 0.1), (1000, 3000)
"""Rates of a rare yes, and of how many leads."""


def read(folder: Path) -> list[tuple[Counts, int]]:
    """Return the tests: impressions by arm, and the clicks of all arms."""
    impressions, clicks = (_table(folder / f"{name}.csv.gz") for name in ("impressions", "clicks"))
    if impressions.shape != clicks.shape:
        message = f"{folder}: impressions and clicks are not of the same tests."
        raise BenchError(message)
    shown = [
        (arms[arms > 0], int(clicked.sum()))
        for arms, clicked in zip(impressions, clicks, strict=True)
    ]
    return [(arms, clicked) for arms, clicked in shown if len(arms) > 1]


def _table(file: Path) -> Counts:
    """Return the numbers of a file whose first column names the rows."""
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            _, *rows = [line.split(",")[1:] for line in lines]
        return np.array(rows, dtype=float).astype(np.int64)
    except (OSError, ValueError) as error:
        message = f"{file} can't be read: {error}."
        raise BenchError(message) from error


def seen_by(arms: Counts) -> Counts:
    """Return the impressions of each arm at each look, arms down and looks across."""
    return arms[:, None] * np.arange(1, LOOKS + 1) // LOOKS


def clicks_dealt(arms: Counts, clicks: int, lots: np.random.Generator) -> Counts:
    """Return the clicks of each arm at each look, dealt to impressions by lot."""
    ends = np.cumsum(arms)
    places = lots.choice(ends[-1], min(clicks, ends[-1]), replace=False)
    arm = np.searchsorted(ends, places, side="right")
    within = places - (ends - arms)[arm]
    return np.array(
        [
            np.searchsorted(np.sort(within[arm == number]), seen)
            for number, seen in enumerate(seen_by(arms))
        ]
    )


def improved(clicks: Counts, seen: Counts, effect: float, lots: np.random.Generator) -> Counts:
    """Return an arm's clicks at each look, had its rate been higher by an effect."""
    missed = np.diff(seen - clicks, prepend=0)
    rate = clicks[-1] / seen[-1]
    return clicks + np.cumsum(lots.binomial(missed, min(effect / (1.0 - rate), 1.0)))


def is_found(seen: Counts, clicks: Counts) -> bool:
    """Tell whether any arm is said to differ from the first, at any look."""
    for look in range(LOOKS):
        totals = {
            str(arm): Totals(int(units), float(yes), float(yes))
            for arm, (units, yes) in enumerate(zip(seen[:, look], clicks[:, look], strict=True))
        }
        found = differences(totals, "0", (look + 1) / LOOKS, of_rates=True)
        if any(one.low > 0.0 or one.high < 0.0 for one in found.values()):
            return True
    return False


def fixed_test(seen: Counts, clicks: Counts) -> NDArray[np.bool_]:
    """Tell for each look whether a fixed test says that the second arm differs from the first."""
    units = np.maximum(seen[:2], 1)
    rates = clicks[:2] / units
    error = np.sqrt((rates * (1.0 - rates) / units).sum(axis=0))
    enough = (seen[:2].min(axis=0) >= FEWEST) & (error > 0.0)
    return np.asarray(enough & (np.abs(rates[1] - rates[0]) > FIXED * error))


def powers(
    tests: Sequence[tuple[Counts, int]], lots: np.random.Generator
) -> Iterator[tuple[bool, bool]]:
    """Yield by test whether an effect is found in its first two arms, and by a fixed test."""
    for arms, clicks in tests:
        two = arms[:2]
        rate = clicks / arms.sum()
        effect = (FIXED + NormalDist().inv_cdf(POWER)) * np.sqrt(
            rate * (1 - rate) * (1 / two).sum()
        )
        if not 0.0 < rate < 1.0 - effect:
            continue
        seen, dealt_clicks = seen_by(two), clicks_dealt(arms, clicks, lots)[:2]
        dealt_clicks[1] = improved(dealt_clicks[1], seen[1], float(effect), lots)
        yield is_found(seen, dealt_clicks), bool(fixed_test(seen, dealt_clicks)[-1])


def invented(times: int, lots: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Yield figures of invented worlds: shares of so many experiments in each."""
    for name, world in WORLDS.items():
        same = [tell(world, 0.0, lots) for _ in range(times)]
        effect = world.findable(lots)
        better = [tell(world, effect, lots) for _ in range(times)]
        yield f"{name}_false_alarms", float(np.mean([one.found for one in same]))
        yield f"{name}_effect_of_mean", effect / world.mean
        yield f"{name}_coverage", float(np.mean([one.held for one in better]))
        yield f"{name}_power", float(np.mean([one.found for one in better]))
    uneven = [tell(WORLDS["revenue"], 0.0, lots, 0.1).found for _ in range(times)]
    yield "revenue_false_alarms_uneven_arms", float(np.mean(uneven))
    by_lead = 0
    for _ in range(times):
        seen = WORLDS["states"].draw(lots)
        by_lead += of_leads(seen, dealt(len(seen.y), lots))
    yield "states_false_alarms_by_lead", by_lead / times


def yes_said(
    shares: Mapping[str, float], rates: Sequence[float], leads: int, lots: np.random.Generator
) -> tuple[Counts, Counts]:
    """Return the leads of each arm at each look and how many said yes, arms down, looks across."""
    coming = np.diff(np.arange(LOOKS + 1) * leads // LOOKS)
    came = lots.multinomial(coming, list(shares.values())).T
    yes = lots.binomial(came, np.array(rates)[:, None])
    return np.cumsum(came, axis=1), np.cumsum(yes, axis=1)


def rare(times: int, lots: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Yield how often a rate seems to differ, and how often twice the rate is found as planned."""
    for name, rate in product(TWO_ARMS, RATES):
        control, arm = ALLOTTED[name]
        shares = {"0": control / (control + arm), "1": arm / (control + arm)}
        label = f"rate_{100 * rate:.0f}"
        for leads in LEADS:
            worlds = (yes_said(shares, (rate, rate), leads, lots) for _ in range(times))
            alarms = float(np.mean([is_found(*one) for one in worlds]))
            yield f"{label}_of_{leads}_false_alarms{name}", alarms
        planned = units_needed(shares, "0", partial(of_rate, rate), rate)
        worlds = (yes_said(shares, (rate, 2.0 * rate), planned, lots) for _ in range(times))
        found, fixed = np.mean([(is_found(*one), fixed_test(*one)[-1]) for one in worlds], axis=0)
        yield f"{label}_planned{name}", planned
        yield f"{label}_power{name}", float(found)
        yield f"{label}_power_ratio{name}", float(found / fixed)


def guarded(times: int, lots: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Yield what is claimed of guardrails: shares of so many experiments."""
    for name, weights in ALLOTTED.items():
        claims = [watched(weights, MARGIN, lots) for _ in range(times)]
        yield f"guardrails_false_alarms{name}", float(np.mean([one.broken for one in claims]))
        # What is beyond the margin by no more than nothing must not be said to hold either.
        yield f"guardrails_falsely_held{name}", float(np.mean([one.held for one in claims]))
    found = [watched(ALLOTTED[""], 2.0 * MARGIN, lots).broken for _ in range(times)]
    yield "guardrails_found", float(np.mean(found))


async def measure(chosen: argparse.Namespace) -> Figures:
    """Deal labels, look, and return shares of tests and of worlds."""
    tests = read(Path(chosen.aa))
    lots = np.random.default_rng(chosen.seed)
    with report.steps(6) as step:
        step(f"{len(tests):,} tests without a difference")
        alarms, peeked = 0, 0
        for arms, clicks in tests:
            seen, dealt_clicks = seen_by(arms), clicks_dealt(arms, clicks, lots)
            alarms += is_found(seen, dealt_clicks)
            peeked += bool(fixed_test(seen, dealt_clicks).any())
        step("the same with one")
        found, fixed = np.mean(list(powers(tests, lots)), axis=0)
        step(f"{chosen.worlds:,} experiments in each of {len(WORLDS)} worlds")
        worlds = dict(invented(chosen.worlds, np.random.default_rng(chosen.seed)))
        step(f"{chosen.worlds:,} experiments with a rare yes, in each of several sizes")
        worlds |= rare(chosen.worlds, np.random.default_rng(chosen.seed))
        step(f"{chosen.worlds:,} experiments with guardrails")
        worlds |= guarded(chosen.worlds, np.random.default_rng(chosen.seed))
        step("done")
    return {
        "tests": len(tests),
        "looks": LOOKS,
        "false_alarms": alarms / len(tests),
        "false_alarms_fixed_test": peeked / len(tests),
        "power": float(found),
        "power_fixed_test": float(fixed),
        "power_ratio": float(found / fixed),
    } | worlds


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = report.parser("bench.experiments", __doc__, seed=(7, "of the lots"),
                           worlds=(1000, "experiments in each invented world"))  # fmt: skip
    parser.add_argument(
        "--aa", metavar="DIR", required=True,
        help="tests: impressions.csv.gz and clicks.csv.gz, one line a test and one column an arm",
    )  # fmt: skip
    chosen = parser.parse_args(argv)
    return report.run(chosen, "experiments", measure(chosen))


if __name__ == "__main__":
    sys.exit(main())
