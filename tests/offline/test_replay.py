"""The replay format, and what is said of folders that are not in it."""

from pathlib import Path

import pandas as pd
import pytest

from offline.replay import Replay
from postgres.errors import GalopeError
from tests.offline.recorded import recorded


def test_a_folder_becomes_histories(tmp_path: Path) -> None:
    histories = list(Replay.read(recorded(tmp_path, leads=20)).histories())
    assert len(histories) == 20
    first = histories[0]
    assert first.lead_id == "L-0"
    assert first.profile["nome"] == 1.0
    assert first.outcome is not None
    assert [at for _, at in first.events] == sorted(at for _, at in first.events)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    recorded(tmp_path, leads=2)
    (tmp_path / "outcomes.csv.gz").unlink()
    with pytest.raises(GalopeError, match=r"outcomes\.csv\.gz is missing"):
        Replay.read(tmp_path)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    recorded(tmp_path, leads=2)
    events = pd.read_csv(tmp_path / "events.csv.gz").drop(columns="ts")
    events.to_csv(tmp_path / "events.csv.gz", index=False)
    with pytest.raises(GalopeError, match="no column ts"):
        Replay.read(tmp_path)


def test_a_time_that_is_none_is_named(tmp_path: Path) -> None:
    recorded(tmp_path, leads=2)
    leads = pd.read_csv(tmp_path / "leads.csv.gz").assign(created_at="yesterday")
    leads.to_csv(tmp_path / "leads.csv.gz", index=False)
    with pytest.raises(GalopeError, match="created_at has a time that is not ISO 8601"):
        Replay.read(tmp_path)


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    recorded(tmp_path, leads=2)
    (tmp_path / "leads.csv.gz").write_text("plain")
    with pytest.raises(GalopeError, match="can't be read as gzipped CSV"):
        Replay.read(tmp_path)


@pytest.mark.parametrize(
    ("yes", "no"), [("t", "f"), ("True", "FALSE"), ("1", "0"), (" yes ", "no"), (1.0, 0.0)]
)
def test_yes_and_no_are_read_as_databases_write_them(
    tmp_path: Path, yes: object, no: object
) -> None:
    recorded(tmp_path, leads=4)
    outcomes = pd.read_csv(tmp_path / "outcomes.csv.gz")
    outcomes = outcomes.assign(converted=pd.Series([yes, no, None, yes]))
    outcomes.to_csv(tmp_path / "outcomes.csv.gz", index=False)
    assert Replay.read(tmp_path).outcomes["converted"].tolist() == [True, False, True]


def test_no_outcome_yet_is_no_mistake(tmp_path: Path) -> None:
    recorded(tmp_path, leads=4)
    outcomes = pd.read_csv(tmp_path / "outcomes.csv.gz")
    for left in (outcomes.head(0), outcomes.assign(converted=None, resolved_at=None)):
        left.to_csv(tmp_path / "outcomes.csv.gz", index=False)
        assert not any(history.outcome for history in Replay.read(tmp_path).histories())


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("outcomes", "converted", "perhaps", "'perhaps', which is neither yes nor no"),
        ("outcomes", "resolved_at", None, "resolved_at is empty in 1 rows, first for lead L-0"),
        ("events", "ts", None, "ts is empty in 1 rows"),
        ("leads", "created_at", None, "created_at is empty in 1 rows, first for lead L-0"),
    ],
)
def test_what_a_cell_lacks_is_named(
    tmp_path: Path, table: str, column: str, value: str | None, said: str
) -> None:
    recorded(tmp_path, leads=4)
    rows = pd.read_csv(tmp_path / f"{table}.csv.gz").astype({column: "object"})
    rows.loc[0, column] = value
    rows.to_csv(tmp_path / f"{table}.csv.gz", index=False)
    with pytest.raises(GalopeError, match=said):
        Replay.read(tmp_path)
