"""A logistic regression with soft labels and weights of a given sign, by L-BFGS-B."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags
from scipy.special import expit

Vector = npt.NDArray[np.float64]

ENOUGH = 1e-7
"""Relative gain of an iteration below which the fit ends. On a hundred thousand examples what is
left is a hundredth of one example's loss."""

MOST_ITERATIONS = 500

CURVATURE = 0.15
"""About what ``p * (1 - p)`` is on average: it only sets the units in which weights are looked for,
without which L-BFGS takes three times the iterations."""


METHOD: dict[str, Any] = {
    "jac": True,
    "method": "L-BFGS-B",
    "options": {"maxiter": MOST_ITERATIONS, "ftol": ENOUGH, "maxcor": 15},
}
"""How the loss is minimised."""


def fit_logistic(
    matrix: csr_matrix,
    labels: Vector,
    weights: Vector,
    signs: npt.NDArray[np.int_],
    penalty: float,
    start: Vector,
) -> Vector:
    """Return the weights of the columns that minimise the penalised log loss, the intercept last.

    Parameters
    ----------
    matrix
        One row an example.
    labels
        Probability, 0 to 1, that each is true.
    weights
        How much each counts.
    signs
        By column, 1 or -1 where the weight must have that sign or be 0; 0 where it is free.
    penalty
        On half the squared length of the weights, the intercept left out.
    start
        Where to begin, as this function returned it.
    """
    count = matrix.shape[1]
    squares = matrix.multiply(matrix)
    units = 1.0 / np.sqrt(np.asarray(squares.T @ weights).ravel() * CURVATURE + penalty)
    units = np.append(units, 1.0 / np.sqrt(CURVATURE * weights.sum()))
    scaled = csr_matrix(matrix @ diags(units[:count]))
    transposed = csr_matrix(scaled.T)
    shrink = penalty * units[:count] ** 2

    def loss(at: Vector) -> tuple[float, Vector]:
        z = scaled @ at[:count] + at[count] * units[count]
        error = weights * (expit(z) - labels)
        value = float(np.sum(weights * (np.logaddexp(0.0, z) - labels * z)))
        value += 0.5 * float(np.sum(shrink * at[:count] ** 2))
        gradient = transposed @ error + shrink * at[:count]
        return value, np.append(gradient, error.sum() * units[count])

    minimum = minimize(loss, start / units, bounds=_bounds(signs), **METHOD)
    solution: Vector = minimum.x * units
    return solution


def _bounds(signs: npt.NDArray[np.int_]) -> list[tuple[float | None, float | None]]:
    """Return the least and the largest weight of each column, and of the intercept."""
    by_sign = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    return [*(by_sign[int(sign)] for sign in signs), (None, None)]
