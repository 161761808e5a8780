"""The baseline: exact warm start, shrinkage towards the rules, weights for slow outcomes."""

import random
from dataclasses import fields
from math import log

import numpy as np
import pandas as pd
import pytest

from domain.features import COUNT
from domain.policy import Policy
from domain.scorecard import Scale
from offline.backtest import known_at
from offline.fit import fit_baseline, selection_weights
from offline.history import Example, History, dataset, examples
from offline.replay import Replay
from online_models.day_zero import day_zero
from online_models.hats import hat
from online_models.model import LeadModel
from tests.offline.recorded import recorded


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> list[History]:
    folder = tmp_path_factory.mktemp("recorded")
    return list(Replay.read(recorded(folder)).histories())


def test_the_warm_start_is_what_scikit_learn_says(histories: list[History]) -> None:
    taught = dataset(histories)
    baseline = fit_baseline(taught)
    card = baseline.model.scorecard(1)
    said = baseline.predict(taught["features"])
    assert len(said) > 500
    for found, probability in zip(taught["features"], said, strict=True):
        assert baseline.model.predict(found) == pytest.approx(probability, abs=1e-9)
        assert card.points(found).propensity == pytest.approx(probability, abs=1e-9)


def test_what_history_never_shows_keeps_the_rules_weight(histories: list[History]) -> None:
    model = fit_baseline(dataset(histories)).model
    assert model.weights[hat(f"event:whatsapp_click|{COUNT}", 1)] > 0


def test_the_prior_and_the_bands_are_the_teams(histories: list[History]) -> None:
    signal = hat(f"event:whatsapp_click|{COUNT}", 1)
    taught = dataset(histories)
    ours = fit_baseline(taught).model
    theirs = fit_baseline(taught, Policy(warm=0.1, hot=0.4, points={"whatsapp_click": -20})).model
    assert theirs.scale == Scale(0.1, 0.4) != ours.scale
    assert theirs.weights[signal] < 0 < ours.weights[signal]


def test_the_rules_give_way_as_history_grows(histories: list[History]) -> None:
    signal = hat(f"event:asked_price|{COUNT}", 1)
    few = fit_baseline(dataset(histories[:40]), prior_leads=200).model.weights[signal]
    many = fit_baseline(dataset(histories), prior_leads=200).model.weights[signal]
    free = fit_baseline(dataset(histories), prior_leads=0).model.weights[signal]
    assert few < many < free


def test_one_kind_of_outcome_teaches_nothing(histories: list[History]) -> None:
    lost = [one for one in histories if one.outcome and not one.outcome.converted]
    with pytest.raises(ValueError, match="same outcome"):
        fit_baseline(dataset(lost))


def test_slow_outcomes_weigh_more(histories: list[History]) -> None:
    taught = dataset(known_at(histories, histories[200].created_at))
    weights = selection_weights(taught)
    took = (taught["resolved_at"] - taught["created_at"]).to_numpy()
    assert weights.mean() == pytest.approx(1)
    assert np.corrcoef(took, weights)[0, 1] > 0


def test_examples_end_with_the_outcome(histories: list[History]) -> None:
    for history in histories:
        for example in examples(history):
            assert history.outcome is not None
            assert example.at < history.outcome.resolved_at


def test_an_open_lead_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="no outcome yet"):
        next(examples(History("x", 0.0, {}, [("page_view", 1.0)], None)))


def test_from_the_rules_to_the_data() -> None:
    """With no outcome the score is the rules' sum, with 20 nearly so, with 2,000 it is history's.

    History contradicts the rules: a near deadline, for which they give points, means a loss.
    """
    near = {"profile:prazo_compra|7d": 1.0}
    chance = random.Random(8)  # noqa: S311 - repeatable

    def taught(leads: int) -> pd.DataFrame:
        rows = []
        for number in range(leads):
            converted = chance.random() < (0.05 if number % 2 else 0.5)
            found = near if number % 2 else {}
            rows.append(Example(str(number), 0.0, 1, found, converted, 0.0, 1.0))
        return pd.DataFrame(rows, columns=[field.name for field in fields(Example)])

    def worth(model: LeadModel) -> float:
        """Log-odds that a near deadline adds."""
        return model.weights.get(hat("profile:prazo_compra|7d", 1), 0.0)

    rules = worth(day_zero())
    few, many = (worth(fit_baseline(taught(leads)).model) for leads in (20, 2_000))
    truth = log(0.05 / 0.95) - log(0.5 / 0.5)
    card = day_zero().scorecard(0)
    assert card.points(near).total - card.points({}).total == pytest.approx(20)
    assert rules > 0 > truth
    assert abs(few - rules) < 0.15 * (rules - truth)
    assert abs(many - truth) < 0.2 * (rules - truth)
