"""What an experiment's figures say, whenever one looks.

The difference between two arms, times the units seen, runs like a Brownian motion. A bound that is
constant until the planned end is crossed by chance with a known probability, however often one
looks [1]_: that is the continuous form of O'Brien and Fleming's bound [2]_, and gives an asymptotic
confidence sequence [3]_. At the planned end it is 1.14 times as wide as a fixed test's interval;
before, where few units would mislead, it is wider still.

It asks of the metric no more than a variance, so it serves money too, whose tail is long; a bound
for values of known range, or sub-Gaussian ones, would not. How soon sums of few large purchases are
near enough to normal is measured by ``bench.experiments``. A unit is a lead, or a partner or a UF
whose metric is the mean of its leads': leads of one unit are alike, and count as one [5]_.

References
----------
.. [1] Lévy, P. (1948). Processus stochastiques et mouvement brownien.
.. [2] O'Brien, P. C., Fleming, T. R. (1979). A multiple testing procedure for clinical trials.
   Biometrics 35.
.. [3] Waudby-Smith, I., Arbour, D., Sinha, R., Kennedy, E. H., Ramdas, A. (2024). Time-uniform
   central limit theory and asymptotic confidence sequences. Annals of Statistics 52.
.. [4] Deng, A., Xu, Y., Kohavi, R., Walker, T. (2013). Improving the sensitivity of online
   controlled experiments by utilizing pre-experiment data. WSDM.
.. [5] Donner, A., Klar, N. (2000). Design and analysis of cluster randomization trials in health
   research. Arnold.
.. [6] Agresti, A., Caffo, B. (2000). Simple and effective confidence intervals for proportions and
   differences of proportions result from adding two successes and two failures. The American
   Statistician 54.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

ALPHA = 0.05
"""Chance that anything is ever said to differ where nothing does."""

FEWEST = 10
"""Units in each arm below which nothing is said of a difference."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over an arm's units: all that inference reads.

    Parameters
    ----------
    units
        How many there are.
    y, yy
        Of the metric and its square.
    x, xx, xy
        Of what was known of each unit before it was served: the value, its square, and its product
        with the metric. Zeros where nothing was known.
    """

    units: int = 0
    y: float = 0.0
    yy: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    @classmethod
    def of(cls, units: Iterable[tuple[float, float]]) -> "Totals":
        """Add up units, each its metric and what was known before."""
        rows = list(units)
        return cls(
            len(rows),
            sum(y for y, _ in rows),
            sum(y * y for y, _ in rows),
            sum(x for _, x in rows),
            sum(x * x for _, x in rows),
            sum(x * y for y, x in rows),
        )

    def __add__(self, other: "Totals") -> "Totals":
        """Return the sums over these units and others."""
        return Totals(
            self.units + other.units,
            self.y + other.y,
            self.yy + other.yy,
            self.x + other.x,
            self.xx + other.xx,
            self.xy + other.xy,
        )

    def with_one_of_each(self) -> "Totals":
        """Return the sums with one yes and one no more, of whom what is usual was known [6]_."""
        x = self.x / self.units
        return self + Totals(2, 1.0, 1.0, 2.0 * x, 2.0 * x * x, x)

    def spread(self) -> tuple[float, float, float]:
        """Return the sums of squares around the means: of the metric, of what was known, both."""
        return (
            self.yy - self.y * self.y / self.units,
            self.xx - self.x * self.x / self.units,
            self.xy - self.x * self.y / self.units,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """How an arm's metric differs from the control's.

    Parameters
    ----------
    estimate
        The difference of the means, adjusted for what was known before.
    low, high
        The confidence sequence at this look; infinite where there are too few units. The estimate
        is not in the middle of a rate's.
    """

    estimate: float
    low: float = -inf
    high: float = inf


def slope(arms: Iterable[Totals]) -> float:
    """Return how much the metric rises with what was known before, within arms (CUPED [4]_)."""
    spreads = [arm.spread() for arm in arms if arm.units]
    xx, xy = sum(spread[1] for spread in spreads), sum(spread[2] for spread in spreads)
    return xy / xx if xx > 1e-9 * max(1.0, sum(arm_xx for _, arm_xx, _ in spreads)) else 0.0


def boundary(alpha: float) -> float:
    """Return what a Brownian motion on [0, 1] leaves, to either side, with chance `alpha`.

    By the reflection principle that chance is at most four tails of the normal distribution, and
    is that but for 1e-10.

    Examples
    --------
    >>> round(boundary(0.05), 3)
    2.241
    """
    return _NORMAL.inv_cdf(1.0 - alpha / 4.0)


def for_few(z: float, freedom: float) -> float:
    """Return the quantile of Student's distribution where the normal one's is z [Fisher, Cornish].

    Variances are estimated, which matters where there are few units.
    """
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    return z + first / freedom + second / freedom**2


def differences(
    totals: Mapping[str, Totals],
    control: str,
    fraction: float,
    alpha: float = ALPHA,
    *,
    of_rates: bool = False,
) -> dict[str, Difference]:
    """Return how each arm differs from the control, at one of any number of looks.

    A rate's interval is that of each arm with one yes and one no more. An arm of few units mostly
    has too few of a rare yes, or none, and then its variance is as much too small as its rate:
    nothing would seem surer than that it is lower.

    Parameters
    ----------
    totals
        By arm, over units whose metric is known; no more of them than planned.
    control
        The arm that the others are compared with.
    fraction
        How much of the plan they are, above 0 and at most 1.
    alpha
        Chance of any false claim, at any look, about any arm: arms share it equally [Bonferroni].
    of_rates
        Whether the metric is a rate: of units of which each is yes or no, as 1 or 0, or of units
        whose rates' means may be as rare.
    """
    theta = slope(totals.values())
    bound = boundary(alpha / (len(totals) - 1))
    return {
        name: _difference((arm, totals[control]), theta, bound, fraction, of_rates)
        for name, arm in totals.items()
        if name != control
    }


def _difference(
    arms: Sequence[Totals], theta: float, bound: float, fraction: float, of_rates: bool
) -> Difference:
    """Return how the first of two arms differs from the second."""
    if not all(arm.units for arm in arms):
        return Difference(0.0)
    estimate = _mean(arms[0], theta) - _mean(arms[1], theta)
    if min(arm.units for arm in arms) < FEWEST:
        return Difference(estimate)
    counted = [arm.with_one_of_each() for arm in arms] if of_rates else arms
    parts = [squares_left(arm, theta) / (arm.units - 1) / arm.units for arm in counted]
    variance = sum(parts)
    if variance <= 0.0:
        return Difference(estimate)
    # Welch and Satterthwaite's degrees of freedom.
    freedom = variance**2 / sum(
        part**2 / (arm.units - 1) for part, arm in zip(parts, counted, strict=True)
    )
    half = for_few(bound, freedom) * sqrt(variance / fraction)
    middle = _mean(counted[0], theta) - _mean(counted[1], theta)
    return Difference(estimate, middle - half, middle + half)


def _mean(arm: Totals, theta: float) -> float:
    return (arm.y - theta * arm.x) / arm.units


def squares_left(arm: Totals, theta: float) -> float:
    """Return the metric's sum of squares around its mean, less what was known before explains."""
    yy, xx, xy = arm.spread()
    left = yy - 2.0 * theta * xy + theta * theta * xx
    # Sums of the same number differ in their last digits.
    return left if left > 1e-12 * arm.yy else 0.0
