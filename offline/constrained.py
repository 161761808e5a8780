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

    limits: list[tuple[float | None, float | None]] = [
        (0.0, None) if sign > 0 else (None, 0.0) if sign < 0 else (None, None) for sign in signs
    ]
    options: dict[str, Any] = {"maxiter": MOST_ITERATIONS, "ftol": ENOUGH, "maxcor": 15}
    found = minimize(
        loss,
        start / units,
        jac=True,
        method="L-BFGS-B",
        bounds=[*limits, (None, None)],
        options=options,
    )
    solution: Vector = found.x * units
    return solution
