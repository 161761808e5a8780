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
