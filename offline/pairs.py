"""Pairs of answers and events that say more together than each by itself."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix, csr_matrix

from domain.features import COUNT, signal_of
from online_models.spline_features import Pair, feature_of

MOST = 10
"""Pairs that a card may have: each is a reason of its own."""

CANDIDATES = 40
"""Steps that are paired, the most frequent ones."""

FEWEST_SHARE = 0.02
"""Share of the examples that a pair must say something of."""

Vector = npt.NDArray[np.float64]


def promising(
    names: Sequence[str],
    matrix: csr_matrix,
    error: Vector,
    curvature: Vector,
    signs: Mapping[str, int],
) -> list[Pair]:
    """Return the pairs that a model without them misses most, the most telling first.

    Each is judged by the score test of its weight: how far the errors lean with the product, in
    standard deviations. A pair that may only raise a score, as one of its steps may, must lean up.

    Parameters
    ----------
    names, matrix
        The steps, and the examples by step.
    error
        Label minus prediction, by example.
    curvature
        The prediction's variance, ``p * (1 - p)``, by example.
    signs
        By step, of those that have a direction.
    """
    columns = csc_matrix(matrix)
    gains: list[tuple[float, Pair]] = []
    for first, second in combinations(_candidates(names, columns), 2):
        pair = names[first], names[second]
        wanted = {signs[name] for name in pair if name in signs}
        if signal_of(pair[0]) == signal_of(pair[1]) or len(wanted) > 1:
            continue
        product = columns[:, [first]].multiply(columns[:, [second]]).tocsc()
        rows, values = product.indices, product.data
        if len(rows) < FEWEST_SHARE * matrix.shape[0]:
            continue
        lean = float(error[rows] @ values)
        if wanted and lean * next(iter(wanted)) <= 0.0:
            continue
        gains.append((lean**2 / float(curvature[rows] @ values**2), pair))
    gains.sort(key=lambda gain: -gain[0])
    return [pair for _, pair in gains[:MOST]]


def _candidates(names: Sequence[str], columns: csc_matrix) -> list[int]:
    """Return the steps that pairs are made of: those that say most often something, not always."""
    filled = np.diff(columns.indptr)
    return [
        at
        for at in np.argsort(-filled, kind="stable").tolist()
        if _is_timeless(feature_of(names[at])) and filled[at] < 0.95 * columns.shape[0]
    ][:CANDIDATES]


def _is_timeless(feature: str) -> bool:
    """Tell whether a feature moves by events and answers alone: a pair must not move by itself."""
    return feature.startswith("profile:") or feature.endswith(f"|{COUNT}")
