"""What training says for itself: numbers as JSON, a page to read, and plots."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from domain.features import signal_of
from offline.metrics import Labels, Probabilities, Quality, calibration
from online_models.model import LeadModel

mpl.use("Agg")

COLOURS = ("#7a7a7a", "#c2410c", "#0f766e", "#4338ca", "#0369a1")
"""One for each candidate, readable on white and apart in grey."""

SIGNALS = 12
"""Signals in the plot of weights."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One candidate on the newest leads.

    Parameters
    ----------
    name
        What it is.
    quality
        Its measures.
    y, p
        The outcomes, and what it said of them.
    latency_us
        Microseconds to score a lead.
    """

    name: str
    quality: Quality
    y: Labels
    p: Probabilities
    latency_us: float


def write_report(
    folder: Path,
    comparisons: Sequence[Comparison],
    model: LeadModel,
    version: int,
    decision: str,
) -> None:
    """Write ``training.json``, ``training.md`` and its plots into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    measures = {
        comparison.name: {**comparison.quality.as_json(), "latency_us": comparison.latency_us}
        for comparison in comparisons
    }
    values = {"version": version, "decision": decision, "candidates": measures}
    (folder / "training.json").write_text(json.dumps(values, indent=2), encoding="utf-8")
    (folder / "training.md").write_text(_page(comparisons, version, decision), encoding="utf-8")
    for name, figure in (
        ("ranking", _ranking(comparisons)),
        ("calibration", _calibration(comparisons)),
        ("signals", _signals(model)),
    ):
        figure.savefig(folder / f"{name}.png", dpi=120)


def _page(comparisons: Sequence[Comparison], version: int, decision: str) -> str:
    measured = next(model.quality for model in comparisons if model.name == "scorecard")
    rows = "\n".join(
        f"| {model.name} | {model.quality.auc:.3f} | {model.quality.average_precision:.3f}"
        f" | {model.quality.precision_at_top:.3f} | {model.quality.brier:.3f}"
        f" | {model.quality.ece:.3f} | {model.latency_us:.1f} |"
        for model in comparisons
    )
    (tn, fp), (fn, tp) = measured.confusion
    return f"""# Training report: model {version}

{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. Candidates learned from leads resolved before the newest
leads came, and were then asked about those: {measured.examples:,} moments, {measured.base_rate:.1%}
of them of leads that converted. The stored model is the scorecard, fitted again on all of history.

| candidate | AUC | average precision | precision in the best tenth | Brier | ECE | µs a lead |
|---|---|---|---|---|---|---|
{rows}

Why it scores from now on, or does not: {decision}.

Scorecard at probability {measured.threshold:.2f}, which is score 70:

| | said no | said yes |
|---|---|---|
| did not convert | {tn:,} | {fp:,} |
| converted | {fn:,} | {tp:,} |

![Ranking](ranking.png)
![Calibration](calibration.png)
![Signals](signals.png)
"""


def _ranking(comparisons: Sequence[Comparison]) -> Figure:
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    roc, pr = figure.subplots(1, 2)
    for comparison, colour in zip(comparisons, COLOURS, strict=False):
        roc.plot(*roc_curve(comparison.y, comparison.p)[:2], color=colour, label=comparison.name)
        precision, recall, _ = precision_recall_curve(comparison.y, comparison.p)
        pr.plot(recall, precision, color=colour, label=comparison.name)
    roc.set(title="Who ranks best", xlabel="false alarms", ylabel="conversions found")
    pr.set(title="How many calls are worth it", xlabel="conversions found", ylabel="precision")
    for axes in (roc, pr):
        axes.legend()
        axes.grid(alpha=0.3)
    return figure


def _calibration(comparisons: Sequence[Comparison]) -> Figure:
    figure = Figure(figsize=(5.5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#bbbbbb", linestyle="--")
    for comparison, colour in zip(comparisons, COLOURS, strict=False):
        predicted, observed = calibration(comparison.y, comparison.p)
        axes.plot(predicted, observed, marker="o", color=colour, label=comparison.name)
    axes.set(title="Said and happened", xlabel="predicted probability", ylabel="share converted")
    axes.legend()
    axes.grid(alpha=0.3)
    return figure


def _signals(model: LeadModel) -> Figure:
    """Draw how far each signal can move the score, both ways."""
    card = model.scorecard(0)
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    for feature, piece in card.pieces.items():
        signal = signal_of(feature)
        low[signal] = low.get(signal, 0.0) + min(piece.values)
        high[signal] = high.get(signal, 0.0) + max(piece.values)
    rate = card.scale.points_per_logit
    top = sorted(low, key=lambda signal: low[signal] - high[signal])[:SIGNALS][::-1]
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(top))
    axes.barh(rows, [high[signal] * rate for signal in top], color=COLOURS[2])
    axes.barh(rows, [low[signal] * rate for signal in top], color=COLOURS[1])
    axes.set_yticks(rows, top)
    axes.axvline(0, color="#333333", linewidth=0.8)
    axes.set(title="How far each signal can move a score", xlabel="points")
    axes.grid(alpha=0.3, axis="x")
    return figure
