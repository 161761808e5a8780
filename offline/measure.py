"""``python -m offline.measure``: how good predictions were, now that their outcomes are known."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.table import Table
from river.drift import ADWIN
from sklearn.metrics import log_loss

from domain.bands import Status
from domain.features import Features
from domain.heads import Head
from domain.scorecard import Scale
from offline.metrics import quality
from postgres.checks import check
from postgres.command import command
from postgres.connect import Connection, connect
from postgres.policy import asking, policy_now
from postgres.settings import Settings
from postgres.statements import QUERIES

WINDOW_DAYS = 90
"""Days of outcomes that are looked at."""

FEWEST = 50
"""Leads below which nothing is said of a model."""

CHAMPION = "champion"
"""What was really shown, whichever contender scored at the moment."""

SHIFTED = 0.2
"""Population stability index from which a feature counts as shifted, by custom."""

console = Console()


def by_band(y: npt.NDArray[np.bool_], p: npt.NDArray[np.float64], scale: Scale) -> dict[str, Any]:
    """Return, by score band, how many moments, the share said and the share that converted.

    Bands are of the score alone; the gate of confirmations is not looked at.
    """
    edges = np.array([scale.warm, scale.hot])
    band = np.searchsorted(edges, p, side="right")
    names = (Status.CURIOUS, Status.WARMING, Status.QUALIFIED)
    return {
        str(name): {
            "examples": int((band == number).sum()),
            "said": float(p[band == number].mean()),
            "converted": float(y[band == number].mean()),
        }
        for number, name in enumerate(names)
        if (band == number).any()
    }


def stability(before: Sequence[Features], after: Sequence[Features]) -> dict[str, float]:
    """Return the population stability index of each feature, the most shifted first.

    A feature's values are sorted into absent or zero, and the quarters of what is not; the index
    compares the shares before and after: below 0.1 is quiet, above 0.2 shifted.
    """
    names = {name for features in (*before, *after) for name in features}
    indices = {name: _index(_column(before, name), _column(after, name)) for name in names}
    return dict(sorted(indices.items(), key=lambda pair: -pair[1]))


def _column(moments: Sequence[Features], name: str) -> npt.NDArray[np.float64]:
    return np.array([moment.get(name, 0.0) for moment in moments])


def _index(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> float:
    nonzero = before[before != 0] if (before != 0).any() else after[after != 0]
    if not len(nonzero):
        return 0.0
    edges = np.unique(np.quantile(nonzero, (0.25, 0.5, 0.75)))

    def shares(xs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        bins = np.where(xs == 0, 0, 1 + np.searchsorted(edges, xs, side="left"))
        counts = np.bincount(bins, minlength=len(edges) + 2).astype(np.float64) + 0.5
        return np.asarray(counts / counts.sum(), dtype=np.float64)

    old, new = shares(before), shares(after)
    return float(np.sum((new - old) * np.log(new / old)))


def error_changed_at(losses: Sequence[float], times: Sequence[float]) -> float | None:
    """Return when the error last changed by ADWIN, in seconds since 1970, or None if it never did.

    Source: Bifet and Gavaldà (2007), *Learning from time-changing data with adaptive windowing*.
    """
    drift = ADWIN()
    changed = None
    for loss, at in zip(losses, times, strict=True):
        drift.update(loss)
        if drift.drift_detected:
            changed = at
    return changed


def measures(evaluated: pd.DataFrame, contender: str, scale: Scale) -> dict[str, Any]:
    """Return the measures of what one contender predicted.

    Parameters
    ----------
    evaluated
        One row a snapshot: lead_id, at, resolved_at, converted, features, probabilities, champion.
    contender
        Whose predictions; `CHAMPION` for what was shown.
    scale
        Of the version's scores, for the bands.
    """
    y = evaluated["converted"].to_numpy(dtype=bool)
    shown = evaluated["champion"] if contender == CHAMPION else [contender] * len(evaluated)
    p = np.array(
        [
            probabilities[name]
            for probabilities, name in zip(evaluated["probabilities"], shown, strict=True)
        ]
    )
    leads = evaluated.groupby("lead_id")["converted"].first()
    ranking = quality(y, p, scale.hot).as_json() if y.any() and not y.all() else {}
    return {
        **ranking,
        "log_loss": float(log_loss(y, p, labels=[False, True])),
        "leads": len(leads),
        "base_rate": float(leads.mean()),
        "by_band": by_band(y, p, scale),
        "error_changed_at": _error_of_leads(evaluated, p),
    }


def _error_of_leads(evaluated: pd.DataFrame, p: npt.NDArray[np.float64]) -> str | None:
    squared = (evaluated["converted"].to_numpy(dtype=float) - p) ** 2
    leads = evaluated.assign(loss=squared).groupby("lead_id")[["loss", "resolved_at"]]
    ordered = leads.agg({"loss": "mean", "resolved_at": "first"}).sort_values("resolved_at")
    changed = error_changed_at(ordered["loss"].tolist(), ordered["resolved_at"].tolist())
    return None if changed is None else datetime.fromtimestamp(changed, UTC).isoformat()


async def measure(
    connection: Connection, head: Head, now: float, days: float = WINDOW_DAYS
) -> list[dict[str, Any]]:
    """Measure every model whose predictions were evaluated lately, store it, and return it.

    Only leads whose horizon has passed count, the slow outcomes with the quick ones, and only what
    was predicted before the outcome was known: progressive validation with the true delay.
    """
    rows = await connection.fetch(QUERIES["evaluated_predictions"], head.name, now, days)
    evaluated = pd.DataFrame([snapshot for row in rows for snapshot in _snapshots(row)])
    stored = []
    scales = {
        row["version"]: Scale(**json.loads(row["scale"]))
        for row in await connection.fetch(QUERIES["scales"], head.name)
    }
    versions = evaluated["model_version"].unique().tolist() if len(evaluated) else []
    for version in versions:
        of_version = evaluated[evaluated["model_version"] == version]
        if of_version["lead_id"].nunique() < FEWEST:
            continue
        shifted = _shifted(of_version)
        for contender in (CHAMPION, *of_version["probabilities"].iloc[-1]):
            metrics = measures(of_version, contender, scales.get(version, Scale()))
            if contender == CHAMPION:
                metrics["shifted"] = shifted
            stored.append({"version": version, "contender": contender, "metrics": metrics})
    await connection.executemany(
        QUERIES["store_metric"],
        [(head.name, o["version"], o["contender"], json.dumps(o["metrics"])) for o in stored],
    )
    return stored


def _snapshots(row: asyncpg.Record) -> Iterator[dict[str, Any]]:
    values = dict(row)
    for snapshot in json.loads(values.pop("snapshots")):
        yield values | snapshot


def _shifted(evaluated: pd.DataFrame) -> dict[str, float]:
    """Return the features that are not distributed as before, comparing the halves of the time."""
    ordered = evaluated.sort_values("at")["features"].tolist()
    half = len(ordered) // 2
    indices = stability(ordered[:half], ordered[half:])
    return {name: index for name, index in indices.items() if index >= SHIFTED}


def show(stored: Sequence[Mapping[str, Any]]) -> None:
    """Print measures as a table."""
    if not stored:
        console.print(
            f"Nothing to measure yet: it takes {FEWEST} leads that were scored by one model and"
            " whose horizon has passed since."
        )
        return
    table = Table("model", "who", "leads", "AUC", "average precision", "log loss", "Brier", "ECE")
    for entry in stored:
        m = entry["metrics"]
        names = ("auc", "average_precision", "log_loss", "brier", "ece")
        table.add_row(
            str(entry["version"]),
            entry["contender"],
            f"{m['leads']:,}",
            *(f"{m[name]:.3f}" if name in m else "" for name in names),
        )
    console.print(table)


async def run(chosen: argparse.Namespace) -> None:
    """Measure in the database of ``DATABASE_URL``."""
    settings = Settings()
    connection = await connect(settings.database_url, "galope measure")
    try:
        await check(connection)
        policy = asking(await policy_now(connection, settings.installed), chosen.head)
        stored = await measure(connection, policy.head, time.time(), chosen.days)
    finally:
        await connection.close()
    if chosen.json:
        sys.stdout.write(json.dumps(stored) + "\n")
    else:
        show(stored)


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m offline.measure", description=__doc__)
    parser.add_argument(
        "--days", type=float, default=WINDOW_DAYS, help="days of outcomes looked at (90)"
    )
    parser.add_argument("--head", metavar="NAME", help="one beside the primary head")
    parser.add_argument("--json", action="store_true", help="print the measures as JSON")
    asyncio.run(run(parser.parse_args(argv)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
