"""What learning looks like, drawn."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

from bench.worlds import Replay
from offline import metrics

mpl.use("Agg")

WINDOW = 2_000
"""Moments over which a point of the curve is measured."""

SHOWN, FROZEN, GREY = "#0f766e", "#c2410c", "#7a7a7a"


def drift(replay: Replay, turned_after: int, oracle: float, folder: Path) -> None:
    """Draw how well what was shown ranked, before and after the world turned."""
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    per_outcome = len(replay.shown) / replay.outcomes
    for predictions, colour, name in (
        (replay.frozen, FROZEN, "as trained, never learning"),
        (replay.shown, SHOWN, "what Galope shows"),
    ):
        axes.plot(*_curve(predictions, per_outcome, turned_after), color=colour, label=name)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.axhline(oracle, color=GREY, linestyle="--", label="trained again after the turn")
    for number, (at, name) in enumerate(replay.switches):
        axes.annotate(
            f"{name} scores",
            (at - turned_after, axes.get_ylim()[1]),
            xytext=(4, -14 * (1 + number % 3)),
            textcoords="offset points",
            fontsize=9,
        )
        axes.axvline(at - turned_after, color=SHOWN, linewidth=1, linestyle=":")
    axes.set(
        title="Two effects are inverted at 0; outcomes come 500 outcomes late",
        xlabel="outcomes since the turn",
        ylabel=f"AUC of the last {WINDOW:,} predictions",
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left")
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "drift.png", dpi=110)


def _curve(
    predictions: Sequence[tuple[float, bool]], per_outcome: float, turned_after: int
) -> tuple[list[float], list[float]]:
    p, y = map(np.array, zip(*predictions, strict=True))
    ends = range(WINDOW, len(p), WINDOW // 8)
    aucs = [float(roc_auc_score(y[end - WINDOW : end], p[end - WINDOW : end])) for end in ends]
    return [end / per_outcome - turned_after for end in ends], aucs


def calibration(replay: Replay, folder: Path) -> None:
    """Draw what was shown against what happened, in a world that does not turn."""
    p, y = map(np.array, zip(*replay.shown, strict=True))
    predicted, observed = metrics.calibration(y, p)
    figure = Figure(figsize=(5, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--")
    axes.plot(predicted, observed, marker="o", color=SHOWN)
    axes.set(
        title=f"Said and happened, {len(p):,} predictions",
        xlabel="probability shown",
        ylabel="share that converted",
    )
    axes.grid(alpha=0.3)
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "calibration.png", dpi=110)
