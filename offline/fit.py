"""The baseline: learned knots, and a regression that keeps directions and learns of open leads."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from domain.capacity import Reach
from domain.features import NUMBER, Features, signs
from domain.policy import OURS, Policy
from domain.scorecard import Scale
from offline.constrained import Vector, fit_logistic
from offline.open_leads import Leads
from offline.pairs import promising
from offline.reach import daily_reach
from offline.typical import learn_typical
from online_models.calibration import Platt
from online_models.day_zero import day_zero
from online_models.model import Basis, LeadModel
from online_models.spline_features import Knots, Pair, SplineFeatures, feature_of, step_signs

QUANTILES = (0.25, 0.5, 0.75, 1.0)
"""Where the knots of a number lie among its values that are not zero."""

FEWEST_LEADS = 10
"""Leads of which a feature must say something, or that share a value, for it to be learned: of
fewer it would say nothing that holds, and might say who they are."""

PENALTY = 10.0
"""On half the squared length of the weights, each in units of its own: an answer of ten leads is
held back, one of a thousand is not. Divided by its spread each would be held back alike."""

ROUNDS = 3
"""Fits, after each of which open leads are looked at again."""

PRIOR_LEADS = 200
"""Leads that the team's rules count as when they are weighed against history."""

INNER_SHARE = 0.8
"""Share of the leads, the oldest, on which pairs are found; they must pay on the others. By those,
the newest, probabilities are calibrated."""

PAYS = 0.002
"""Gain of AUC from which pairs are kept."""

ENOUGH_FOR_PAIRS = 1_000
"""Leads from which pairs are looked for."""

FEWEST_OPEN = 100
"""Open leads from which their scores say where the scale should lie."""


def learn_knots(moments: Sequence[Features], leads: Sequence[Hashable]) -> Knots:
    """Return the knots of each feature that enough leads share: zero, and quantiles of the rest.

    A number that a lead answered has one at its smallest value too: zero is no answer at all, and
    the values may all lie far from it.

    Parameters
    ----------
    moments
        Features, one dict an example.
    leads
        By example, whose it is.
    """
    values: dict[str, list[float]] = {}
    whose: dict[str, list[Hashable]] = {}
    for moment, lead in zip(moments, leads, strict=True):
        for feature, x in moment.items():
            if x:
                values.setdefault(feature, []).append(x)
                whose.setdefault(feature, []).append(lead)
    return {
        feature: knots
        for feature, xs in values.items()
        if len(set(whose[feature])) >= FEWEST_LEADS
        and len(knots := _knots(xs, whose[feature], answered=feature.endswith(f"|{NUMBER}"))) > 1
    }


def _knots(xs: Sequence[float], whose: Sequence[Hashable], *, answered: bool) -> tuple[float, ...]:
    few = len(set(xs)) <= len(QUANTILES)
    sharing = Counter(x for x, _ in set(zip(xs, whose, strict=True))) if few else {}
    inner = (
        [x for x, leads in sharing.items() if leads >= FEWEST_LEADS]
        if few
        else np.quantile(xs, QUANTILES).tolist()
    )
    smallest = min(xs)
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
        By lead, how likely it converts: 0 or 1 where that is known. Where the head is rolling, by
        question.
    own_scale
        The scale that follows the open leads, whatever the team decided.
    reach
        How many leads a day newly reach a chance.
    """

    model: LeadModel
    converts: Mapping[str, float]
    own_scale: Scale
    reach: Reach

    def columns(self, moments: Iterable[Features]) -> npt.NDArray[np.float64]:
        """Return the raw features as dense columns, for yardsticks that bend by themselves."""
        names = {name: column for column, name in enumerate(sorted(self.model.basis.knots))}
        moments = list(moments)
        matrix = np.zeros((len(moments), len(names)))
        for row, moment in enumerate(moments):
            for name, x in moment.items():
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
        self, moments: Sequence[Features], knots: Knots, pairs: tuple[Pair, ...] = ()
    ) -> None:
        splines = SplineFeatures(knots, pairs)
        columns: dict[str, int] = {}
        starts, at, values = [0], [], []
        for moment in moments:
            for name, value in splines.transform_one(moment).items():
                at.append(columns.setdefault(str(name), len(columns)))
                values.append(value)
            starts.append(len(at))
        self.names = list(columns)
        shape = (len(moments), len(columns))
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
    moments = examples["features"].tolist()
    rules = day_zero(policy)
    task = _Task.of(examples, rules, prior_leads)
    knots = learn_knots(moments, examples["lead_id"].tolist())
    wanted = signs(knots, policy.directions)
    pairs = _pairs_that_pay(moments, knots, wanted, task)
    design = Design(moments, knots, pairs)
    fit = task.calibrated(task.fit(design, step_signs(knots, pairs, wanted)))
    own_scale, reach = _scale(task, fit), daily_reach(examples, expit(fit.log_odds))
    unseen = {name: own for name, own in rules.weights.items() if feature_of(name) not in knots}
    typical = learn_typical(moments, task.last)
    basis = Basis({**rules.basis.knots, **knots}, pairs, rules.basis.directions, typical)
    weights, scale = {**unseen, **fit.weights}, policy.scale_on(own_scale, reach)
    model = LeadModel.warm_start(basis, weights, fit.intercept, scale)
    expected = zip(examples["question"].iloc[task.last], fit.expected.tolist(), strict=True)
    return Baseline(model, dict(expected), own_scale, reach)


@dataclass(frozen=True, slots=True)
class _Fit:
    """What a fit came to: weights by step, log-odds by example, and by lead what is expected."""

    weights: dict[str, float]
    intercept: float
    log_odds: Vector
    expected: Vector


@dataclass(frozen=True, slots=True)
class _Task:
    """What is fitted to. Where the head is rolling, a lead is one that was asked about at a moment.

    Parameters
    ----------
    lead
        By example, the number of its lead; leads are numbered in order of creation.
    last
        By lead, its last example.
    leads
        What is known of them.
    prior
        By example, what the rules say.
    strength
        Weight of the rules' word on an example, whose own is 1.
    """

    lead: npt.NDArray[np.int_]
    last: npt.NDArray[np.int_]
    leads: Leads
    prior: Vector
    strength: float

    @classmethod
    def of(cls, examples: pd.DataFrame, rules: LeadModel, prior_leads: float) -> "_Task":
        lead, ids = pd.factorize(examples["question"])
        last = np.zeros(len(ids), dtype=int)
        last[lead] = np.arange(len(lead))
        leads = Leads.of(examples.iloc[last])
        mean = float(leads.share()[lead].mean())
        prior = _rules_say(rules, examples["features"].tolist(), mean)
        return cls(lead, last, leads, prior, prior_leads / len(ids))

    def older(self, share: float) -> "_Task":
        """Return the task of the first leads alone, this share of them."""
        count = int(len(self.last) * share)
        rows = self.lead < count
        lead = self.lead[rows]
        last = np.zeros(count, dtype=int)
        last[lead] = np.arange(len(lead))
        all_leads = self.leads
        leads = Leads(
            all_leads.known[:count],
            all_leads.converted[:count],
            all_leads.age[:count],
            all_leads.seen[:count],
        )
        return _Task(lead, last, leads, self.prior[rows], self.strength)

    def fit(self, design: Design, wanted: Mapping[str, int]) -> _Fit:
        """Fit, looking at open leads again after each round."""
        sign = np.array([wanted.get(name, 0) for name in design.names])
        weights = np.full(len(self.lead), 1.0 + self.strength)
        expected = self.leads.share()
        log_odds = np.zeros(len(self.lead))
        solution = np.append(np.zeros(len(sign)), logit(expected[self.lead].mean()))
        for _ in range(1 if self.leads.known.all() else ROUNDS):
            labels = (expected[self.lead] + self.strength * self.prior) / (1.0 + self.strength)
            solution = fit_logistic(design.matrix, labels, weights, sign, PENALTY, solution)
            log_odds = design.matrix @ solution[:-1] + solution[-1]
            probabilities = expit(log_odds[self.last])
            expected = self.leads.expected(probabilities, self.leads.seen, expected)
        *coefficients, intercept = solution.tolist()
        return _Fit(
            dict(zip(design.names, coefficients, strict=True)), intercept, log_odds, expected
        )

    def calibrated(self, fit: _Fit) -> _Fit:
        """Calibrate on the newest leads: how many convert moves faster than what speaks for it."""
        platt = Platt()
        newest = self.lead >= int(len(self.last) * INNER_SHARE)
        expected = fit.expected[self.lead[newest]]
        for log_odds, share in zip(fit.log_odds[newest].tolist(), expected.tolist(), strict=True):
            platt.learn(log_odds, share)
        return _Fit(
            {name: platt.slope * weight for name, weight in fit.weights.items()},
            platt.slope * fit.intercept + platt.offset,
            platt.slope * fit.log_odds + platt.offset,
            fit.expected,
        )


def _pairs_that_pay(
    moments: Sequence[Features], knots: Knots, wanted: Mapping[str, int], task: _Task
) -> tuple[Pair, ...]:
    """Return the pairs of steps with which leads are ranked better that came later, or none."""
    if len(task.last) < ENOUGH_FOR_PAIRS:
        return ()
    older = task.older(INNER_SHARE)
    some = [
        moment for moment, lead in zip(moments, task.lead, strict=True) if lead < len(older.last)
    ]
    later = [
        moment for moment, lead in zip(moments, task.lead, strict=True) if lead >= len(older.last)
    ]
    alone = step_signs(knots, (), wanted)
    design = Design(some, knots)
    without = older.fit(design, alone)
    p = expit(without.log_odds)
    error = without.expected[older.lead] - p
    pairs = tuple(promising(design.names, design.matrix, error, p * (1.0 - p), alone))
    fits = (without, older.fit(Design(some, knots, pairs), step_signs(knots, pairs, wanted)))
    splines = SplineFeatures(knots, list(pairs))
    steps = [splines.transform_one(moment) for moment in later]
    expected = task.leads.share()[task.lead[task.lead >= len(older.last)]]
    before, after = (_ranks(fit, steps, expected) for fit in fits)
    return pairs if after - before >= PAYS else ()


def _ranks(fit: _Fit, steps: Iterable[Mapping[Hashable, float]], expected: Vector) -> float:
    """Return the AUC of a fit on examples that are true with some probability."""
    weight = fit.weights
    scores = [sum(weight.get(str(k), 0.0) * x for k, x in moment.items()) for moment in steps]
    y = np.repeat([True, False], len(scores))
    both = np.append(expected, 1.0 - expected)
    return float(roc_auc_score(y, scores + scores, sample_weight=both))


def _scale(task: _Task, fit: _Fit) -> Scale:
    """Return the scale on which the leads that are open now lie from 2 to 98.

    Few of them are clipped then, and no wider a scale would keep them apart better.
    """
    log_odds = fit.log_odds[task.last]
    if not task.leads.known.all():
        log_odds = log_odds[~task.leads.known]
    low, high = np.quantile(log_odds, (0.025, 0.975)).tolist()
    if len(log_odds) < FEWEST_OPEN or high - low < 1.0:
        return Scale.around(float(fit.expected.mean()))
    return Scale.spanning(low, high)


def _rules_say(
    rules: LeadModel, moments: Sequence[Features], mean: float
) -> npt.NDArray[np.float64]:
    """Return the day-zero probabilities, shifted so that their mean is the one observed.

    Rules know what is better than what; how many convert at all is for history to say.
    """
    card = rules.scorecard(0)
    log_odds = np.array([card.points(moment).log_odds for moment in moments])
    low, high = -30.0, 30.0
    for _ in range(60):
        shift = (low + high) / 2
        if float(np.mean(expit(log_odds + shift))) < mean:
            low = shift
        else:
            high = shift
    probabilities: npt.NDArray[np.float64] = expit(log_odds + low)
    return probabilities
