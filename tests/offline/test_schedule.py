"""Training by itself: what scored before is backed up, and only what is better takes its place."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.seed import main as seed
from offline.train import main as train
from online_models.model import LeadModel

if TYPE_CHECKING:
    import asyncpg

ROOT = Path(__file__).resolve().parents[2]


async def look(database: str, reports: Path, until: str) -> None:
    """Run the schedule, always due, until it says something; it must leave when told."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "offline.train", "--schedule", "--every", "0",
        *("--reports", str(reports)),
        cwd=ROOT, env={**os.environ, "DATABASE_URL": database, "GALOPE_LOG_FORMAT": "json"},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        while line := (await process.stderr.readline()).decode():
            if until in line:
                break
        process.terminate()
        await process.stderr.read()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert line
    assert process.returncode == 0


async def test_it_trains_when_due_backs_up_and_stops_when_told(
    database: str,
    connection: asyncpg.Connection[asyncpg.Record],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    assert await asyncio.to_thread(seed, ["--leads", "600", "--partners", "0"]) == 0
    assert await asyncio.to_thread(train, ["--reports", str(tmp_path)]) == 0
    await look(database, tmp_path, "Report:")
    rows = await connection.fetch("SELECT * FROM galope.model_version ORDER BY version")
    assert [row["version"] for row in rows] == [1, 2]
    # Version 1 was fitted on all leads at last, so that it is not beaten on equal terms.
    assert "of the champion, which may have learned from these leads" in rows[1]["reason"]
    assert '"trained_worse_than_taught"' in rows[1]["reason_facts"]
    (backup,) = (tmp_path / "backup").iterdir()
    kept = LeadModel.from_json(json.loads(backup.read_text()))
    assert kept.weights == json.loads(rows[0]["model"])["weights"]
    await connection.execute("UPDATE galope.model_version SET status = 'retired'")
    await look(database, tmp_path, "people chose the rules")
    assert await connection.fetchval("SELECT count(*) FROM galope.model_version") == 2


@pytest.mark.timeout(300)  # five trainings
async def test_every_head_that_is_asked_is_trained(
    database: str,
    connection: asyncpg.Connection[asyncpg.Record],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    world = ["--leads", "150", "--partners", "0", "--customers", "60"]
    assert await asyncio.to_thread(seed, world) == 0
    await look(database, tmp_path, "answers churn_90d")
    rows = await connection.fetch("SELECT head, status FROM galope.model_version ORDER BY version")
    assert [row["head"] for row in rows] == ["qualify", "buy_90d", "churn_90d"]
    assert [row["status"] for row in rows[1:]] == ["champion", "champion"]
    assert await connection.fetchval("SELECT customers FROM galope.value_model") > 50
    kept = {path.name.split("-")[1] for path in (tmp_path / "backup").iterdir()}
    assert kept == {"qualify", "buy_90d", "churn_90d"}
    # A head that can't be read keeps no other from being trained.
    await connection.execute("UPDATE galope.model_version SET model = '{}' WHERE head = 'buy_90d'")
    await look(database, tmp_path, "Model 5")
    rows = await connection.fetch("SELECT head FROM galope.model_version ORDER BY version")
    assert [row["head"] for row in rows[3:]] == ["qualify", "churn_90d"]
