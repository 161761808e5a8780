"""How good probabilities are."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    roc_auc_score,
)

BINS = 10
"""Bins of equal count for the calibration error."""

TOP = 0.1
"""Share of the examples, best first, whose precision is reported."""

Probabilities = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]


def calibration(
    y: Labels | Probabilities, p: Probabilities, bins: int = BINS
) -> tuple[Probabilities, Probabilities]:
    """Return predicted and observed rates, or amounts, in bins of equal count."""
    parts = [part for part in np.array_split(np.argsort(p, kind="stable"), bins) if len(part)]
    return np.array([p[i].mean() for i in parts]), np.array([y[i].mean() for i in parts])


def expected_calibration_error(y: Labels, p: Probabilities, bins: int = BINS) -> float:
    """Return the mean distance between predicted and observed rates in `bins`, 0 to 1."""
    predicted, observed = calibration(y, p, bins)
    counts = [len(part) for part in np.array_split(np.arange(len(p)), bins) if len(part)]
    return float(np.average(np.abs(predicted - observed), weights=counts))


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of predictions on examples that taught nothing.

    Parameters
    ----------
    auc
        Chance that a converted example ranks above another one.
    average_precision
        Area under the precision-recall curve.
    precision_at_top
        Share converted among the best tenth.
    brier
        Mean squared error of the probabilities.
    ece
        Expected calibration error.
    confusion
        ((true no, false yes), (false no, true yes)) when yes is a probability of at least
        `threshold`.
    threshold
        The probability that lands on score 70.
    examples, base_rate
        How many, and the share converted.
    """

    auc: float
    average_precision: float
    precision_at_top: float
    brier: float
    ece: float
    confusion: tuple[tuple[int, int], tuple[int, int]]
    threshold: float
    examples: int
    base_rate: float

    def as_json(self) -> dict[str, Any]:
        """Return the measures as JSON values."""
        return asdict(self)


def quality(y: Labels, p: Probabilities, threshold: float) -> Quality:
    """Measure probabilities against outcomes; `threshold` separates yes from no."""
    (tn, fp), (fn, tp) = confusion_matrix(y, p >= threshold, labels=[False, True]).tolist()
    best = np.argsort(-p, kind="stable")[: max(round(TOP * len(p)), 1)]
    return Quality(
        auc=float(roc_auc_score(y, p)),
        average_precision=float(average_precision_score(y, p)),
        precision_at_top=float(y[best].mean()),
        brier=float(brier_score_loss(y, p)),
        ece=expected_calibration_error(y, p),
        confusion=((tn, fp), (fn, tp)),
        threshold=threshold,
        examples=len(y),
        base_rate=float(y.mean()),
    )
