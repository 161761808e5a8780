"""A rolling head: when it is asked, what answers it, and that no model peeks."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from domain.features import features
from domain.heads import BUY_90D, CHURN_90D
from domain.outcomes import QUIET, SAMPLED_EVENTS, answer
from domain.policy import Policy
from domain.state import DAY, LeadState
from offline.backtest import ASKED_COLUMNS, main
from offline.history import History
from offline.replay import Replay
from offline.rolling import WalkForward, dataset, known_at, moments, read_asks, some
from postgres.errors import GalopeError
from tests.offline.purchases import at, purchases

if TYPE_CHECKING:
    from pathlib import Path

CAME = 1_700_000_000.0
HORIZON = BUY_90D.horizon
BUYING = Policy(event_amount="amount", event_labels=("family",)).asking("buy_90d")

times = st.lists(st.integers(0, 900).map(lambda day: CAME + day * DAY / 2), max_size=30).map(sorted)


def bought(at: list[float]) -> History:
    """Return the history of who bought at these times."""
    return History("C", CAME, {}, [("purchase", moment) for moment in at], None)


@given(times, st.integers(0, 500).map(lambda day: CAME + day * DAY))
def test_a_moment_follows_each_sampled_event_and_each_quiet_month(
    happened: list[float], until: float
) -> None:
    asked = [(index, moment) for index, moment, _ in moments(bought(happened), until)]
    found = [moment for _, moment in asked]
    assert found == sorted(set(found))
    assert all(moment <= until for moment in found)
    assert all(later - earlier <= QUIET for earlier, later in pairwise([CAME, *found]))
    assert until - max([CAME, *found]) < QUIET
    for index, moment in asked:
        assert index == bisect_right(happened, moment)
    sampled = {happened[n - 1] for n in SAMPLED_EVENTS if n <= len(happened)}
    assert {moment for moment in sampled if moment <= until} <= set(found)


@given(times, st.integers(0, 500).map(lambda day: CAME + day * DAY))
def test_a_moment_is_read_of_what_had_happened(happened: list[float], until: float) -> None:
    for _, moment, state in moments(bought(happened), until):
        expected = LeadState(CAME)
        for each in happened:
            if each <= moment:
                expected.fold("purchase", each)
        assert features(state, moment, BUYING.directions) == features(
            expected, moment, BUYING.directions
        )


@given(times, st.integers(0, 900).map(lambda day: CAME + day * DAY / 2))
def test_what_is_answered_stays_answered(happened: list[float], asked_at: float) -> None:
    decisive = [(moment, "purchase") for moment in happened]
    end = asked_at + HORIZON
    buys = any(asked_at < moment <= end for moment in happened)
    for head, yes in ((BUY_90D, buys), (CHURN_90D, not buys)):
        closed = answer(head, asked_at, decisive, end)
        assert closed is not None
        assert closed.converted is yes
        assert answer(head, asked_at, decisive, end + DAY) == closed
        early = answer(head, asked_at, decisive, (asked_at + end) / 2)
        assert early in {None, closed}


def test_only_questions_whose_horizon_has_passed_teach(tmp_path: Path) -> None:
    histories = list(Replay.read(purchases(tmp_path, 20), outcomes=False).histories(BUYING))
    now = pd.Timestamp(at(300.0)).timestamp()
    taught = dataset(histories, BUYING, now)
    assert (taught["at"] + HORIZON <= now).all()
    assert taught["at"].is_monotonic_increasing
    assert taught["question"].is_unique
    earlier = now - 40 * DAY
    known = known_at(taught, BUYING.head, earlier).drop(columns="features")
    pd.testing.assert_frame_equal(
        known.sort_values("question", ignore_index=True),
        dataset(histories, BUYING, earlier)
        .drop(columns="features")
        .sort_values("question", ignore_index=True),
    )


def test_what_happens_later_moves_no_prediction(tmp_path: Path) -> None:
    folder = purchases(tmp_path)
    histories = list(Replay.read(folder, outcomes=False).histories(BUYING))
    asks = read_asks(folder / "asks.csv", {history.lead_id for history in histories})
    said = dict(WalkForward(histories, BUYING).predict(asks))
    last = max(ask.at for ask in asks)
    until_then = [
        History(
            lead.lead_id,
            lead.created_at,
            lead.profile,
            [event for event in lead.events if event[1] <= last],
            None,
            lead.attributes,
        )
        for lead in histories
    ]
    assert dict(WalkForward(until_then, BUYING).predict(asks)) == said
    first = min(ask.at for ask in asks)
    earlier = [ask for ask in asks if ask.at == first]
    assert dict(WalkForward(until_then, BUYING).predict(earlier)).items() <= said.items()


def test_regulars_are_told_from_others_by_the_command(tmp_path: Path) -> None:
    folder, out = purchases(tmp_path), tmp_path / "said.csv.gz"
    command = [str(folder), "--at", str(folder / "asks.csv"), "--out", str(out)]
    assert main([*command, "--head", "buy_90d"]) == 0
    said = pd.read_csv(out)
    assert tuple(said.columns) == ASKED_COLUMNS
    asked = pd.read_csv(folder / "asks.csv")
    assert len(said.merge(asked, on=["lead_id", "ts"])) == len(asked)
    buys = pd.to_datetime(pd.read_csv(folder / "events.csv.gz")["ts"], format="ISO8601")
    by_lead = buys.groupby(pd.read_csv(folder / "events.csv.gz")["lead_id"])
    moments_asked = pd.to_datetime(said["ts"], format="ISO8601")
    answers = [
        by_lead.get_group(lead_id).between(moment, moment + pd.Timedelta(days=90)).any()
        for lead_id, moment in zip(said["lead_id"], moments_asked, strict=True)
    ]
    assert roc_auc_score(answers, said["probability"]) > 0.85
    assert main([*command, "--head", "churn_90d"]) == 0
    leaves = pd.read_csv(out).merge(said, on=["lead_id", "ts"])
    assert leaves["probability_x"].to_numpy() == pytest.approx(
        1.0 - leaves["probability_y"].to_numpy(), abs=1e-3
    )


def test_some_subjects_stand_for_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    histories = [History(f"C-{n}", CAME, {}, [], None) for n in range(2_000)]
    assert some(histories, CAME + 10 * QUIET) == histories
    monkeypatch.setattr("offline.rolling.MOST", 5_000)
    few = some(histories, CAME + 10 * QUIET)
    assert 400 < len(few) < 600
    assert set(map(id, some(histories, CAME + 20 * QUIET))) < set(map(id, few))


def test_where_too_few_questions_are_answered_the_rules_go_on(tmp_path: Path) -> None:
    histories = list(Replay.read(purchases(tmp_path, 5), outcomes=False).histories(BUYING))
    asks = read_asks(tmp_path / "asks.csv", {history.lead_id for history in histories})
    assert len({said for _, said in WalkForward(histories, BUYING).predict(asks)}) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lead_id\nC-0\n", "has no column ts"),
        ("lead_id,ts\nC-0,2025-03-01\nC-x,2025-03-01\n", "row 3: there is no lead C-x"),
        ("lead_id,ts\nC-0,soon\n", "row 2: 'soon' is no time"),
        ("", "can't be read as CSV"),
    ],
)
def test_asks_that_cant_be_read_are_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "asks.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GalopeError, match=said):
        read_asks(file, {"C-0"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--head", "sell"], "There is no head sell, only qualify, buy_90d"),
        (["--head", "buy_90d"], "--at the file"),
        (["--head", "qualify", "--at", "asks.csv"], "qualify can't be asked so"),
    ],
)
def test_what_cant_be_asked_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main([str(tmp_path), "--out", str(tmp_path / "x.csv"), *arguments]) == 1
    assert said in capsys.readouterr().err
