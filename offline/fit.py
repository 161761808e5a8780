"""The baseline: learned knots, and a regression that keeps directions and learns of open leads."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.special import expit, logit

from domain.features import NUMBER, Features, signs
from domain.policy import OURS, Policy
from domain.scorecard import Scale
from offline.constrained import Vector, fit_logistic
from offline.open_leads import Leads
from online_models.day_zero import day_zero
from online_models.model import Basis, LeadModel
from online_models.spline_features import Knots, Pair, SplineFeatures, feature_of, step_signs

QUANTILES = (0.25, 0.5, 0.75, 1.0)
"""Where the knots of a number lie among its values that are not zero."""

FEWEST_ROWS = 10
"""Examples in which a feature must say something to be learned."""

PENALTY = 10.0
"""On half the squared length of the weights, each in units of its own: an answer of ten leads is
held back, one of a thousand is not. Divided by its spread each would be held back alike."""

ROUNDS = 3
"""Fits, after each of which open leads are looked at again."""

PRIOR_LEADS = 200
"""Leads that the team's rules count as when they are weighed against history."""

FEWEST_OPEN = 100
"""Open leads from which their scores say where the scale should lie."""


def learn_knots(found: Sequence[Features]) -> Knots:
    """Return the knots of each feature seen often enough: zero, and quantiles of the rest.

    A number that a lead answered has one at its smallest value too: zero is no answer at all, and
    the values may all lie far from it.
    """
    values: dict[str, list[float]] = {}
    for one in found:
        for feature, x in one.items():
            if x:
                values.setdefault(feature, []).append(x)
    return {
        feature: knots
        for feature, xs in values.items()
        if len(xs) >= FEWEST_ROWS
        and len(knots := _knots(np.asarray(xs), answered=feature.endswith(f"|{NUMBER}"))) > 1
    }


def _knots(xs: npt.NDArray[np.float64], *, answered: bool) -> tuple[float, ...]:
    distinct = Counter(xs.tolist())
    inner = (
        [x for x, rows in distinct.items() if rows >= FEWEST_ROWS]
        if len(distinct) <= len(QUANTILES)
        else np.quantile(xs, QUANTILES).tolist()
    )
    smallest = float(xs.min())
    if answered and inner:
        inner.append(smallest)
    return tuple(sorted({min(0.0, smallest), *inner}))


@dataclass(frozen=True, slots=True)
class Baseline:
    """A fitted baseline.

    Parameters
    ----------
    model
        The warm start of what goes on learning.
    converts
        By lead, how likely it converts: 0 or 1 where that is known.
    """

    model: LeadModel
    converts: Mapping[str, float]

    def columns(self, found: Iterable[Features]) -> npt.NDArray[np.float64]:
        """Return the raw features as dense columns, for yardsticks that bend by themselves."""
        names = {name: column for column, name in enumerate(sorted(self.model.basis.knots))}
        found = list(found)
        matrix = np.zeros((len(found), len(names)))
        for row, one in enumerate(found):
            for name, x in one.items():
                column = names.get(name)
                if column is not None:
                    matrix[row, column] = x
        return matrix


class Design:
    """Examples as rows of the steps of their features.

    Parameters
    ----------
    found
        Features, one dict an example.
    knots, pairs
        As `SplineFeatures` takes them.
    """

    def __init__(
        self, found: Sequence[Features], knots: Knots, pairs: tuple[Pair, ...] = ()
    ) -> None:
        splines = SplineFeatures(knots, pairs)
        columns: dict[str, int] = {}
        starts, at, values = [0], [], []
        for one in found:
            for name, value in splines.transform_one(one).items():
                at.append(columns.setdefault(str(name), len(columns)))
                values.append(value)
            starts.append(len(at))
        self.names = list(columns)
        shape = (len(found), len(columns))
        self.matrix = csr_matrix((np.array(values), np.array(at), np.array(starts)), shape=shape)


def fit_baseline(
    examples: pd.DataFrame, policy: Policy = OURS, *, prior_leads: float = PRIOR_LEADS
) -> Baseline:
    """Fit the baseline, drawn towards the team's rules, within the team's directions.

    The rules enter as pseudo-observations: every example is seen again as converted and as not,
    weighted by what the rules say of it, so that all of them together count as `prior_leads`
    leads. With little history the rules speak, with much the data do. What history never shows
    keeps the rules' weight. Open leads are seen as both too, see `offline.open_leads`.

    Parameters
    ----------
    examples
        As `offline.history.dataset` makes them with the same policy.
    policy
        The team's rules and directions, and its bands where it decided them.
    prior_leads
        How many leads the rules count as.

    Raises
    ------
    ValueError
        When all examples of known outcome became the same thing.
    """
    y = examples["converted"].to_numpy(dtype=bool)[examples["known"].to_numpy(dtype=bool)]
    if y.all() or not y.any():
        message = f"all {len(y)} examples have the same outcome: wait until there are both kinds"
        raise ValueError(message)
    found = examples["features"].tolist()
    rules = day_zero(policy)
    knots = learn_knots(found)
    design = Design(found, knots)
    wanted = step_signs(knots, (), signs(knots, policy.directions))
    lead, ids = pd.factorize(examples["lead_id"])
    last = np.zeros(len(ids), dtype=int)
    last[lead] = np.arange(len(lead))
    leads = Leads.of(examples.iloc[last])
    expected, log_odds = leads.share(), np.zeros(len(ids))
    solution = np.append(np.zeros(len(design.names)), logit(expected[lead].mean()))
    prior = _rules_say(rules, found, float(expected[lead].mean()))
    strength = prior_leads / len(ids)
    weights = np.full(len(found), 1.0 + strength)
    sign = np.array([wanted.get(name, 0) for name in design.names])
    for _ in range(1 if leads.known.all() else ROUNDS):
        labels = (expected[lead] + strength * prior) / (1.0 + strength)
        solution = fit_logistic(design.matrix, labels, weights, sign, PENALTY, solution)
        log_odds = design.matrix[last] @ solution[:-1] + solution[-1]
        expected = leads.expected(expit(log_odds), leads.seen, expected)
    *found_weights, intercept = solution.tolist()
    shown = log_odds if leads.known.all() else log_odds[~leads.known]
    scale = policy.scale or _scale(shown, float(expected.mean()))
    weight = dict(zip(design.names, found_weights, strict=True))
    model = _warm_start(knots, weight, intercept, rules, scale)
    return Baseline(model, dict(zip(ids.tolist(), expected.tolist(), strict=True)))


def _scale(log_odds: Vector, base_rate: float) -> Scale:
    """Return the scale on which the leads that are open now lie from 2 to 98.

    Few of them are clipped then, and no wider a scale would keep them apart better.
    """
    low, high = np.quantile(log_odds, (0.025, 0.975)).tolist()
    if len(log_odds) < FEWEST_OPEN or high - low < 1.0:
        return Scale.around(base_rate)
    return Scale.spanning(low, high)


def _rules_say(rules: LeadModel, found: Sequence[Features], mean: float) -> npt.NDArray[np.float64]:
    """Return the day-zero probabilities, shifted so that their mean is the one observed.

    Rules know what is better than what; how many convert at all is for history to say.
    """
    card = rules.scorecard(0)
    log_odds = np.array([card.points(one).log_odds for one in found])
    low, high = -30.0, 30.0
    for _ in range(60):
        shift = (low + high) / 2
        if float(np.mean(expit(log_odds + shift))) < mean:
            low = shift
        else:
            high = shift
    probabilities: npt.NDArray[np.float64] = expit(log_odds + low)
    return probabilities


def _warm_start(
    knots: Knots, weights: Mapping[str, float], intercept: float, rules: LeadModel, scale: Scale
) -> LeadModel:
    """Return the model of these weights, and of the rules' where history shows nothing."""
    unseen = {
        name: weight for name, weight in rules.weights.items() if feature_of(name) not in knots
    }
    basis = Basis({**rules.basis.knots, **knots}, (), rules.basis.directions)
    return LeadModel.warm_start(basis, {**unseen, **weights}, intercept, scale)
