"""The baseline: exact warm start, shrinkage towards the rules, weights for slow outcomes."""

import random
from dataclasses import asdict, fields
from itertools import product
from math import log

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from domain.features import COUNT, HOURS_KNOWN, LONG_AGO, SINCE_UP, Features
from domain.policy import OURS, Policy
from domain.scorecard import Scale
from offline.constrained import fit_logistic
from offline.fit import PENALTY, fit_baseline, learn_knots
from offline.history import Example, History, dataset, examples
from offline.replay import Replay
from offline.typical import learn_typical
from online_models.day_zero import day_zero
from online_models.model import LeadModel
from online_models.spline_features import step
from tests.offline.recorded import recorded


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> list[History]:
    folder = tmp_path_factory.mktemp("recorded")
    return list(Replay.read(recorded(folder)).histories())


def test_without_directions_it_is_scikit_learns_regression() -> None:
    chance = np.random.default_rng(5)
    matrix = csr_matrix((chance.random((400, 6)) < 0.3) * chance.normal(size=(400, 6)))
    y = chance.random(400) < 0.4
    theirs = LogisticRegression(C=1 / PENALTY, tol=1e-9).fit(matrix, y)
    free = np.zeros(6, dtype=int)
    found = fit_logistic(matrix, y.astype(float), np.ones(400), free, PENALTY, np.zeros(7))
    assert found[:-1] == pytest.approx(theirs.coef_[0], abs=2e-3)
    assert found[-1] == pytest.approx(theirs.intercept_[0], abs=2e-3)


def test_a_weight_against_its_sign_is_left_out() -> None:
    chance = np.random.default_rng(5)
    matrix = csr_matrix(chance.random((400, 2)))
    y = chance.random(400) < np.asarray(matrix.todense())[:, 0]
    found = fit_logistic(matrix, y.astype(float), np.ones(400), np.array([-1, 0]), 1.0, np.zeros(3))
    assert found[0] == 0.0


def test_the_model_keeps_the_directions(histories: list[History]) -> None:
    against = Policy(event_directions={"asked_price": "down", "page_view": "up"})
    model = fit_baseline(dataset(histories, against.directions), against).model
    signs = model.basis.signs
    assert signs[step(f"event:asked_price|{COUNT}", 1)] == -1
    assert all(model.weights.get(name, 0.0) * sign >= 0.0 for name, sign in signs.items())
    free = Policy(event_directions={"asked_price": "free"})
    weights = fit_baseline(dataset(histories, free.directions), free).model.weights
    assert weights[step(f"event:asked_price|{COUNT}", 1)] > 0.0


def test_nothing_is_learned_that_fewer_than_ten_leads_share() -> None:
    moments = [
        {"profile:haras|do vale": 1.0, "profile:renda|number": 7.25} if lead < 9 else {"x": 1.0}
        for lead in range(29)
        for _ in range(5)
    ]
    whose = [row // 5 for row in range(len(moments))]
    assert learn_knots(moments, whose) == {"x": (0.0, 1.0)}
    assert learn_knots(moments, range(len(moments))).keys() == {
        "profile:haras|do vale",
        "profile:renda|number",
        "x",
    }


def test_the_level_follows_the_newest_leads() -> None:
    def moment(lead: int, index: int) -> Example:
        converted = lead * 7 % 20 < (4 if lead < 800 else 10)
        at = 1e9 + lead * 1000.0
        return Example(
            str(lead), at + index, index, {"x": 1.0}, converted, at, at + 99.0, str(lead)
        )

    frame = pd.DataFrame([asdict(moment(*at)) for at in product(range(1000), range(20))])
    assert frame["converted"].mean() == 0.26
    assert 0.3 < fit_baseline(frame).model.predict({"x": 1.0}) < 0.5, "half of the newest"


def test_a_number_that_most_leads_answer_is_measured_from_the_middle_answer() -> None:
    def lead(number: int) -> Example:
        found = {"profile:valor|number": float(number % 5), "profile:nome|number": 1.0}
        rare = {"profile:renda|number": 2.0 + number % 3} if number % 4 == 0 else {}
        at = 1e9 + number * 1000.0
        return Example(str(number), at, 1, found | rare, number % 5 > 2, at, at + 1.0, str(number))

    model = fit_baseline(pd.DataFrame([asdict(lead(number)) for number in range(400)])).model
    times = {SINCE_UP: 0.0, HOURS_KNOWN: 0.0}
    assert model.basis.typical == {"profile:valor|number": 2.0, **times}
    card = LeadModel.from_json(model.to_json()).scorecard(1)
    middle, high = ({"profile:valor|number": answer} for answer in (2.0, 4.0))
    assert card.points(middle).by_signal["profile:valor"] == pytest.approx(0.0, abs=1e-9)
    assert card.points(high).by_signal["profile:valor"] > 5
    assert card.points({}).total == pytest.approx(card.scale.points(card.intercept))


def test_what_nearly_all_leads_have_is_where_a_score_starts() -> None:
    def features(number: int) -> Features:
        sent = {f"event:sent|{COUNT}": 1.0 + number % 2} if number % 20 else {}
        asked = {f"event:asked|{COUNT}": 1.0, SINCE_UP: 5.0} if number % 2 else {}
        return {HOURS_KNOWN: float(number % 5), **sent, **asked}

    leads = [features(number) for number in range(100)]
    assert learn_typical(leads, range(100)) == {
        f"event:sent|{COUNT}": 1.0, SINCE_UP: 0.0, HOURS_KNOWN: 2.0,
    }  # fmt: skip
    spoken_for = [{**lead, SINCE_UP: 5.0} for lead in leads[:95]] + leads[95:]
    assert learn_typical(spoken_for, range(100))[SINCE_UP] == LONG_AGO


def test_what_history_never_shows_keeps_the_rules_weight(histories: list[History]) -> None:
    model = fit_baseline(dataset(histories)).model
    assert model.weights[step(f"event:whatsapp_click|{COUNT}", 1)] > 0


def test_the_prior_and_the_bands_are_the_teams(histories: list[History]) -> None:
    signal = step(f"event:whatsapp_click|{COUNT}", 1)
    taught = dataset(histories)
    ours = fit_baseline(taught).model
    theirs = fit_baseline(taught, Policy(warm=0.1, hot=0.4, points={"whatsapp_click": -20})).model
    assert theirs.scale == Scale(0.1, 0.4) != ours.scale
    assert theirs.weights[signal] < 0 < ours.weights[signal]


def test_the_rules_give_way_as_history_grows(histories: list[History]) -> None:
    signal = step(f"event:asked_price|{COUNT}", 1)
    few = fit_baseline(dataset(histories[:40]), prior_leads=200).model.weights[signal]
    many = fit_baseline(dataset(histories), prior_leads=200).model.weights[signal]
    free = fit_baseline(dataset(histories), prior_leads=0).model.weights[signal]
    assert few < many < free


def test_one_kind_of_outcome_teaches_nothing(histories: list[History]) -> None:
    lost = [one for one in histories if one.outcome and not one.outcome.converted]
    with pytest.raises(ValueError, match="same outcome"):
        fit_baseline(dataset(lost))


def test_examples_end_with_the_outcome(histories: list[History]) -> None:
    for history in histories:
        for example in examples(history, OURS.directions):
            assert history.outcome is not None
            assert example.at < history.outcome.resolved_at


def test_an_open_lead_is_looked_at_until_a_moment() -> None:
    history = History("x", 0.0, {}, [("page_view", 1.0), ("page_view", 9.0)], None)
    with pytest.raises(ValueError, match="no outcome yet"):
        next(examples(history, OURS.directions))
    assert [(one.at, one.known) for one in examples(history, OURS.directions, 5.0)] == [
        (1.0, False)
    ]


def test_from_the_rules_to_the_data() -> None:
    """With no outcome the score is the rules' sum, with 20 nearly so, with 6,000 it is history's.

    History contradicts the rules: a state for which they give points means a loss.
    """
    here = {"profile:uf|mg": 1.0}
    chance = random.Random(8)  # noqa: S311 - repeatable

    def taught(leads: int) -> pd.DataFrame:
        rows = []
        for number in range(leads):
            converted = chance.random() < (0.05 if number % 2 else 0.5)
            found = here if number % 2 else {}
            rows.append(Example(str(number), 0.0, 1, found, converted, 0.0, 1.0, str(number)))
        return pd.DataFrame(rows, columns=[field.name for field in fields(Example)])

    def worth(model: LeadModel) -> float:
        """Log-odds that the state adds."""
        return model.weights.get(step("profile:uf|mg", 1), 0.0)

    rules = worth(day_zero())
    few, many = (worth(fit_baseline(taught(leads)).model) for leads in (20, 6_000))
    truth = log(0.05 / 0.95) - log(0.5 / 0.5)
    card = day_zero().scorecard(0)
    assert card.points(here).total - card.points({}).total == pytest.approx(5)
    assert rules > 0 > truth
    assert abs(few - rules) < 0.15 * (rules - truth)
    assert abs(many - truth) < 0.2 * (rules - truth)
