"""Groups fitted: how many there are, what puts one into each, and what sets each apart.

Features are standardised and turned into the few directions in which there is most difference,
where groups are the cells of k-means. How many groups is chosen by how well they are found again
in resampled data.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.feature_extraction import DictVectorizer
from sklearn.metrics import adjusted_rand_score

from domain.directions import Directions
from domain.features import Features
from domain.grouping import Grouping, Mark
from postgres.errors import TooLittleError

FEWEST = 100
"""Who is grouped at the least."""

NUMBERS = (3, 4, 5, 6)
"""How many groups there may be."""

COMPONENTS = 3
"""Directions that groups are found in. With two or with all features they were found again less
well on recorded data."""

KNOWN = 0.05
"""Share that a feature is known of at the least."""

RESAMPLES = 10
"""How often the groups of each number are found again."""

LARGEST = 5_000
"""Rows of a resample at the most, which bounds the time."""

NEARLY = 0.02
"""Stability that more groups may cost, for more say more."""

STARTS = 10
"""From how many random centres k-means begins."""

MARKS = 2
"""What a group is named by; more where that is another group's name."""

SAME = 0.5
"""Share of who is in either that must be in both for a new group to be an old one."""

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """Groups that were found.

    Parameters
    ----------
    grouping
        What puts one into a group; groups are numbered from 1 on.
    labels
        By row, its group's number.
    marks
        By group, what sets it apart, the most telling first.
    stability
        By number of groups, the mean adjusted Rand index of groups found in resampled data.
    """

    grouping: Grouping
    labels: list[int]
    marks: list[list[Mark]]
    stability: dict[int, float]

    @property
    def chosen(self) -> float:
        """The stability of the number of groups that was chosen."""
        return self.stability[len(self.marks)]


def find(rows: Sequence[Features], directions: Directions, seed: int) -> Found:
    """Find groups.

    Parameters
    ----------
    rows
        What is known of each.
    directions
        What that was read with.
    seed
        Of the first centres and the resamples.

    Raises
    ------
    TooLittleError
        When there are too few, or all are the same.
    """
    X, names = _known(rows)
    mean, spread = X.mean(axis=0), X.std(axis=0)
    Z = (X - mean) / spread
    pca = PCA(COMPONENTS, random_state=seed).fit(Z)
    P: Matrix = pca.transform(Z)
    fits = {count: _fitted(P, count, seed) for count in NUMBERS}
    stability = {count: _stability(P, fit, seed) for count, fit in fits.items()}
    best = max(stability.values())
    count = max(count for count, rand in stability.items() if rand >= best - NEARLY)
    fitted = fits[count]
    # The nearest centre has the largest product with what is turned, less half its own square.
    weights = (fitted.cluster_centers_ @ pca.components_) / spread
    start = -weights @ mean - fitted.cluster_centers_ @ (pca.components_ @ pca.mean_)
    start -= (fitted.cluster_centers_**2).sum(axis=1) / 2
    grouping = Grouping(
        0,
        list(range(1, count + 1)),
        start.tolist(),
        {name: tuple(column.tolist()) for name, column in zip(names, weights.T, strict=True)},
        directions,
    )
    centres = np.array([Z[fitted.labels_ == place].mean(axis=0) for place in range(count)])
    return Found(grouping, (fitted.labels_ + 1).tolist(), _marks(centres, names), stability)


def _known(rows: Sequence[Features]) -> tuple[Matrix, list[str]]:
    """Return what enough is known of to tell groups apart by, and its names."""
    if len(rows) < FEWEST:
        message = f"There are {len(rows)}; groups need {FEWEST} at the least."
        raise TooLittleError(message)
    vectorizer = DictVectorizer(sparse=False)
    X: Matrix = vectorizer.fit_transform(rows)
    kept = ((X != 0).mean(axis=0) >= KNOWN) & (np.ptp(X, axis=0) > 0)
    if kept.sum() <= COMPONENTS:
        message = f"All {len(rows)} are nearly the same: there is too little to tell groups apart."
        raise TooLittleError(message)
    return X[:, kept], vectorizer.get_feature_names_out()[kept].tolist()


def _fitted(P: Matrix, count: int, seed: int) -> KMeans:
    return KMeans(count, n_init=STARTS, random_state=seed).fit(P)


def _stability(P: Matrix, fitted: KMeans, seed: int) -> float:
    """Return how well groups are found again in resampled data."""
    rng, size = np.random.default_rng(seed), min(len(P), LARGEST)
    again = [
        _fitted(P[rng.integers(0, len(P), size)], fitted.n_clusters, seed + 1 + resample).predict(P)
        for resample in range(RESAMPLES)
    ]
    return float(np.mean([adjusted_rand_score(fitted.labels_, other) for other in again]))


def _marks(centres: Matrix, names: Sequence[str]) -> list[list[Mark]]:
    """Return what sets each group apart, so that no two are said to be the same."""
    marks: list[list[Mark]] = []
    for centre in centres:
        order = np.argsort(-np.abs(centre), kind="stable").tolist()
        found = [Mark(names[at], bool(centre[at] > 0)) for at in order]
        size = MARKS
        while found[:size] in marks:
            size += 1
        marks.append(found[:size])
    return marks


def matched(
    before: Sequence[int | None], after: Sequence[int], numbers: Sequence[int]
) -> dict[int, int]:
    """Return which old group each new one is, where it is one.

    Parameters
    ----------
    before, after
        By row, the group it was in, None for none, and the one it is in.
    numbers
        The new groups.

    Examples
    --------
    >>> matched([7, 7, 7, 9, None], [1, 1, 1, 2, 2], [1, 2])
    {1: 7, 2: 9}
    """
    old = sorted({number for number in before if number is not None})
    if not old:
        return {}
    shared = np.zeros((len(numbers), len(old)))
    for new, number in zip(after, before, strict=True):
        if number is not None:
            shared[numbers.index(new), old.index(number)] += 1
    sizes = np.array([[list(after).count(number)] for number in numbers])
    counts = np.array([[list(before).count(number) for number in old]])
    likeness = shared / np.maximum(sizes + counts - shared, 1)
    rows, columns = linear_sum_assignment(-likeness)
    return {
        numbers[row]: old[column]
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if likeness[row, column] >= SAME
    }
