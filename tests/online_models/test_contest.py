"""The contest: who becomes champion, on what evidence, and what is kept of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from online_models.contest import FALSE_ALARM, Contest


def test_the_better_of_two_challengers_becomes_champion() -> None:
    contest = Contest.among(["old", "good", "best"])
    losses = {"old": 0.3, "good": 0.2, "best": 0.1}
    changed = [contest.judge(losses) for _ in range(100)]
    assert changed.count(True) == 1
    assert contest.champion == "best"
    assert set(contest.capital) == {"old", "good"}


def test_a_champion_that_is_never_worse_stays() -> None:
    contest = Contest.among(["old", "new"])
    assert not any(contest.judge({"old": 0.2, "new": 0.2}) for _ in range(5_000))
    assert contest.evidence()["new"] == pytest.approx(5_000)
    assert contest.evidence()["new"] < contest.wanted


def test_chance_alone_changes_it_no_more_often_than_stated() -> None:
    chance = np.random.default_rng(4)
    contest = Contest.among(["old", "new", "newer"])
    outcomes = 30_000
    changes = sum(
        contest.judge(dict(zip(("old", "new", "newer"), losses, strict=True)))
        for losses in chance.random((outcomes, 3)).tolist()
    )
    expected = FALSE_ALARM * outcomes
    assert changes <= expected + 3 * expected**0.5


def test_it_goes_on_the_same_after_json() -> None:
    contest = Contest.among(["old", "new"])
    for _ in range(20):
        contest.judge({"old": 0.3, "new": 0.1})
    copy = Contest(**json.loads(json.dumps(contest.to_json())))
    answers = [
        (contest.judge(losses), copy.judge(losses)) for losses in [{"old": 0.3, "new": 0.1}] * 60
    ]
    assert copy == contest
    assert all(one == other for one, other in answers)
