"""The replay in memory."""

from pathlib import Path

import pandas as pd
import pytest

from offline.backtest import COLUMNS, main
from tests.offline.recorded import recorded


def test_it_predicts_every_later_event(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    out, model = tmp_path / "said.csv.gz", tmp_path / "model.json"
    assert main([str(folder), "--out", str(out), "--model", str(model)]) == 0
    said = pd.read_csv(out)
    assert tuple(said.columns) == COLUMNS
    events = pd.read_csv(folder / "events.csv.gz")
    leads = pd.read_csv(folder / "leads.csv.gz").sort_values("created_at")
    cut = leads["created_at"].iloc[int(len(leads) * 0.8)]
    assert len(said) == (events["ts"] >= cut).sum()
    assert said["probability"].between(0, 1).all()
    assert said["probability_offline"].between(0, 1).all()
    keen = said["lead_id"].isin(events[events["event_type"] == "asked_price"]["lead_id"])
    last = said.groupby("lead_id").last()["probability_offline"]
    asked = set(said[keen]["lead_id"])
    assert last[last.index.isin(asked)].mean() > 1.5 * last[~last.index.isin(asked)].mean()
    assert model.exists()


def test_a_split_without_leads_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = recorded(tmp_path, leads=3)
    arguments = [str(folder), "--out", str(tmp_path / "x.csv"), "--train-fraction", "0"]
    assert main(arguments) == 1
    assert "can't be split" in capsys.readouterr().err
