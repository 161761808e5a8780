"""The offline baseline: learned knots, a scikit-learn regression, its exact warm start."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import vstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from domain.features import Features
from domain.policy import OURS, Policy
from domain.scorecard import Scale
from online_models.day_zero import day_zero
from online_models.hats import Hats, Knots
from online_models.model import LeadModel

QUANTILES = (0.25, 0.5, 0.75, 1.0)
"""Where the knots of a number lie among its values that are not zero."""

FEWEST_ROWS = 10
"""Examples in which a feature must say something to be learned."""

STRENGTH = 0.1
"""scikit-learn's C: the inverse of the L2 penalty."""

MOST_WEIGHT = 10.0
"""How much more than another a slow outcome may weigh."""

PRIOR_LEADS = 200
"""Leads that the team's rules count as when they are weighed against history."""


def learn_knots(found: Sequence[Features]) -> Knots:
    """Return the knots of each feature seen often enough: zero, and quantiles of the rest."""
    values: dict[str, list[float]] = {}
    for one in found:
        for feature, x in one.items():
            if x:
                values.setdefault(feature, []).append(x)
    return {
        feature: knots
        for feature, xs in values.items()
        if len(xs) >= FEWEST_ROWS and len(knots := _knots(np.asarray(xs))) > 1
    }


def _knots(xs: npt.NDArray[np.float64]) -> tuple[float, ...]:
    distinct = Counter(xs.tolist())
    inner = (
        [x for x, rows in distinct.items() if rows >= FEWEST_ROWS]
        if len(distinct) <= len(QUANTILES)
        else np.quantile(xs, QUANTILES).tolist()
    )
    return tuple(sorted({min(0.0, float(xs.min())), *inner}))


@dataclass(frozen=True, slots=True)
class Baseline:
    """A fitted baseline: scikit-learn's pipeline, and the same as a model that goes on learning.

    Parameters
    ----------
    sklearn
        Standard scaling and logistic regression over hat functions, as fitted.
    vectorizer
        From dicts of hats to its columns.
    hats
        From features to hats.
    model
        The warm start; equal to `sklearn` to 1e-9.
    """

    sklearn: Pipeline
    vectorizer: DictVectorizer
    hats: Hats
    model: LeadModel

    def columns(self, found: Iterable[Features]) -> npt.NDArray[np.float64]:
        """Return the raw features as dense columns, for yardsticks that bend by themselves."""
        names = {name: column for column, name in enumerate(sorted(self.hats.knots))}
        found = list(found)
        matrix = np.zeros((len(found), len(names)))
        for row, one in enumerate(found):
            for name, x in one.items():
                column = names.get(name)
                if column is not None:
                    matrix[row, column] = x
        return matrix

    def predict(self, found: Iterable[Features]) -> npt.NDArray[np.float64]:
        """Return scikit-learn's probabilities, one for each prediction's features."""
        matrix = self.vectorizer.transform([self.hats.transform_one(one) for one in found])
        probabilities: npt.NDArray[np.float64] = self.sklearn.predict_proba(matrix)[:, 1]
        return probabilities


def fit_baseline(
    examples: pd.DataFrame, policy: Policy = OURS, *, prior_leads: float = PRIOR_LEADS
) -> Baseline:
    """Fit the baseline, drawn towards the team's rules.

    The rules enter as pseudo-observations: every example is seen again as converted and as not,
    weighted by what the rules say of it, so that all of them together count as `prior_leads`
    leads. With little history the rules speak, with much the data do. What history never shows
    keeps the rules' weight.

    Parameters
    ----------
    examples
        As `offline.history.dataset` makes them.
    policy
        The team's rules, and its bands where it decided them.
    prior_leads
        How many leads the rules count as.

    Raises
    ------
    ValueError
        When all examples became the same thing.
    """
    found = examples["features"].tolist()
    y = examples["converted"].to_numpy(dtype=bool)
    if y.all() or not y.any():
        message = f"all {len(y)} examples have the same outcome: wait until there are both kinds"
        raise ValueError(message)
    hats = Hats(learn_knots(found))
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform([hats.transform_one(one) for one in found])
    weights = selection_weights(examples)
    rules = day_zero(policy)
    prior = _rules_say(rules, found, float(y.mean()))
    strength = prior_leads / examples["lead_id"].nunique()
    sklearn = make_pipeline(
        StandardScaler(with_mean=False), LogisticRegression(C=STRENGTH, max_iter=2_000)
    )
    sklearn.fit(
        vstack([matrix, matrix]),
        np.concatenate([np.ones_like(y), np.zeros_like(y)]),
        logisticregression__sample_weight=np.concatenate(
            [weights * y + strength * prior, weights * ~y + strength * (1 - prior)]
        ),
    )
    base_rate = float(examples.groupby("lead_id")["converted"].first().mean())
    scale = policy.scale or Scale.around(base_rate)
    model = _warm_start(sklearn, vectorizer, hats, rules, scale)
    return Baseline(sklearn, vectorizer, hats, model)


def selection_weights(examples: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return weights that undo the favour shown to quick outcomes, with mean 1.

    Of the newest leads only those that resolved quickly are known yet. A lead that took a time t
    stands for all those too new to have taken it: it weighs the inverse of the share of leads
    old enough (inverse probability of censoring), at most `MOST_WEIGHT`.
    """
    leads = examples.groupby("lead_id")[["created_at", "resolved_at"]].first()
    created = np.sort(leads["created_at"].to_numpy())
    end = leads["resolved_at"].max()
    took = (examples["resolved_at"] - examples["created_at"]).to_numpy()
    share = np.searchsorted(created, end - took, side="right") / len(created)
    weights: npt.NDArray[np.float64] = 1 / np.maximum(share, 1 / MOST_WEIGHT)
    weights /= weights.mean()
    return weights


def _rules_say(rules: LeadModel, found: Sequence[Features], mean: float) -> npt.NDArray[np.float64]:
    """Return the day-zero probabilities, shifted so that their mean is the one observed.

    Rules know what is better than what; how many convert at all is for history to say.
    """
    card = rules.scorecard(0)
    log_odds = np.array([card.points(one).log_odds for one in found])
    low, high = -30.0, 30.0
    for _ in range(60):
        shift = (low + high) / 2
        if float(np.mean(1 / (1 + np.exp(-(log_odds + shift))))) < mean:
            low = shift
        else:
            high = shift
    probabilities: npt.NDArray[np.float64] = 1 / (1 + np.exp(-(log_odds + low)))
    return probabilities


def _warm_start(
    sklearn: Pipeline, vectorizer: DictVectorizer, hats: Hats, rules: LeadModel, scale: Scale
) -> LeadModel:
    """Fold the scaler into the weights: w = coef / spread, which is exact."""
    spread = sklearn["standardscaler"].scale_
    regression = sklearn["logisticregression"]
    weights = dict(
        zip(vectorizer.feature_names_, (regression.coef_[0] / spread).tolist(), strict=True)
    )
    knots = {**rules.knots, **hats.knots}
    unseen = {
        name: weight
        for name, weight in rules.weights.items()
        if name.partition("@")[0] not in hats.knots
    }
    return LeadModel.warm_start(
        knots, {**unseen, **weights}, float(regression.intercept_[0]), scale
    )
