"""How well what customers will buy is foretold, on recorded purchases whose sequel is known.

The folder has ``events.csv.gz`` with the columns ``lead_id``, ``ts`` and ``metadata``, which holds
an amount. Orders before ``--at`` are learned from, those of the days after it are foretold. Two
plain guesses stand beside: customers go on at the pace of their repeat orders so far (``pace``), or
all at the average of these (``mean``). Totals are what was foretold by what came.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bench import report
from bench.report import BenchError, Figures
from offline.metrics import calibration
from offline.value import Known, fit
from online_models.customer_value import INTERVAL, Array, Bought

SEED = 7
GROUPS = 10


def read(folder: Path, at: pd.Timestamp, days: int) -> Known:
    """Return what was bought before a moment, and what came in the days after it."""
    file = folder / "events.csv.gz"
    try:
        lines = pd.read_csv(file, usecols=["lead_id", "ts", "metadata"], dtype=str)
    except (OSError, ValueError) as error:
        message = f"{file} can't be read: {error}"
        raise BenchError(message) from error
    lines["day"] = pd.to_datetime(lines["ts"], utc=True).dt.floor("D")
    lines["amount"] = [float(json.loads(values)["amount"]) for values in lines["metadata"]]
    orders = lines.groupby(["lead_id", "day"])["amount"].sum().reset_index()
    known = orders[orders["day"] < at].groupby("lead_id")
    end = at + pd.Timedelta(days=days)
    later = orders[(orders["day"] >= at) & (orders["day"] < end)].groupby("lead_id")["amount"]
    first, last = known["day"].min(), known["day"].max()
    bought = Bought(
        _numbers(known.size()),
        _numbers((last - first).dt.days),
        _numbers((at - first).dt.days),
        _numbers(known["amount"].mean()),
    )
    came = [
        _numbers(values.reindex(first.index).fillna(0.0)) for values in (later.size(), later.sum())
    ]
    return Known(bought, _numbers(known["amount"].var(ddof=0)), *came)


def _numbers(of: pd.Series) -> Array:
    return np.asarray(of, dtype=np.float64)


async def measure(options: argparse.Namespace) -> Figures:
    """Fit, foretell, and compare with what came."""
    at = pd.Timestamp(options.at, tz="UTC")
    bought, variance, orders, value = read(options.folder, at, options.days)
    began = time.perf_counter()
    model = fit(bought, variance)
    took = time.perf_counter() - began
    expected, chance = model.expected(bought, options.days), model.chance(bought, options.days)
    worth = expected * model.mean_order(bought)
    pace = (bought.orders - 1.0) / bought.age * options.days
    rng = np.random.default_rng(SEED)
    some = rng.choice(len(orders), min(options.drawn, len(orders)), replace=False)
    ends = model.interval(Bought(*(of[some] for of in bought)), options.days, SEED)
    within = [
        float(np.mean((low <= came[some]) & (came[some] <= high)))
        for came, low, high in (
            (orders, ends.orders_low, ends.orders_high),
            (value, ends.value_low, ends.value_high),
        )
    ]
    return {
        "customers": len(orders),
        "fit_seconds": took,
        "orders": orders.sum(),
        **_compared("orders", orders, expected, pace),
        "value": value.sum(),
        **_compared("value", value, worth, pace * bought.mean),
        "buyers": float(np.mean(orders > 0)),
        "buyers_expected": float(chance.mean()),
        "chance_ece": _gap(chance, (orders > 0).astype(float)),
        "interval": INTERVAL,
        "orders_within": within[0],
        "value_within": within[1],
    }


def _compared(what: str, came: Array, model: Array, pace: Array) -> Figures:
    """Return, by guess: all of it by what came, errors, and the gap by tenths."""
    figures: Figures = {}
    mean = np.full_like(pace, pace.mean())
    for name, guess in (("model", model), ("pace", pace), ("mean", mean)):
        figures[f"{what}_{name}_total"] = guess.sum() / came.sum()
        figures[f"{what}_{name}_mae"] = float(np.mean(np.abs(guess - came)))
        figures[f"{what}_{name}_rmse"] = float(np.sqrt(np.mean((guess - came) ** 2)))
        figures[f"{what}_{name}_gap"] = _gap(guess, came)
    return figures


def _gap(guess: Array, came: Array) -> float:
    """Return how far off the mean guess of a tenth of the customers is, on average."""
    said, was = calibration(came, guess, GROUPS)
    return float(np.mean(np.abs(said - was)))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = report.parser(
        "bench.value",
        __doc__,
        days=(365, "days to foretell"),
        drawn=(3000, "customers whose intervals are drawn"),
    )
    parser.add_argument("folder", type=Path, help="has events.csv.gz")
    parser.add_argument("--at", default="1997-07-01", metavar="DATE", help="(1997-07-01)")
    chosen = parser.parse_args(argv)
    return report.run(chosen, "value", measure(chosen))


if __name__ == "__main__":
    sys.exit(main())
