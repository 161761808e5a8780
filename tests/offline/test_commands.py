"""load, train and models against a real database, and the stream that takes their model up."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from demo.seed import main as seed
from domain.capacity import Reach
from domain.scorecard import Scale
from offline import backtest, load, models, train
from postgres.errors import TooLittleError
from postgres.settings import ClockKind, Settings
from stream.__main__ import running
from tests.offline.purchases import DAYS, purchases
from tests.offline.recorded import recorded

if TYPE_CHECKING:
    import asyncpg

Main = Callable[[Sequence[str]], int]


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., "asyncio.Future[int]"]:
    """Run a command's main in a thread, against the test's database."""
    monkeypatch.setenv("DATABASE_URL", database)

    def start(main: Main, *arguments: object) -> "asyncio.Future[int]":
        words = [str(one) for one in arguments]
        return asyncio.get_running_loop().run_in_executor(None, main, words)

    return start


async def drain(settings: Settings) -> None:
    """Consume until nothing is left."""
    async with running(settings) as consumer:
        while await consumer.step():
            pass


async def test_a_loaded_replay_scores_as_the_backtest_says(
    run: Callable[..., "asyncio.Future[int]"],
    connection: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
) -> None:
    folder = recorded(tmp_path)
    out, model = tmp_path / "said.csv", tmp_path / "model.json"
    assert await run(backtest.main, folder, "--out", out, "--model", model) == 0
    assert await run(models.main, "add", model) == 0
    why = "SELECT reason, reason_facts::text FROM galope.model_version"
    added = await connection.fetchrow(why)
    assert tuple(added or ()) == (
        "added from model.json",
        '{"code": "added", "file": "model.json"}',
    )
    assert await run(models.main, "promote", 1) == 0
    assert tuple(await connection.fetchrow(why) or ()) == ("by hand", '{"code": "by_hand"}')
    assert await run(load.main, folder) == 0
    assert await run(load.main, folder) == 0
    await drain(Settings(clock=ClockKind.EVENT))
    rows = await connection.fetch("SELECT external_id, score_probability FROM leads")
    stored = {row["external_id"]: row["score_probability"] for row in rows}
    assert len(stored) == 300
    assert None not in stored.values()
    last = pd.read_csv(out).groupby("lead_id").last()["probability_offline"]
    assert len(last) > 50
    for lead_id, probability in last.items():
        assert stored[lead_id] == pytest.approx(probability, abs=1e-9)
    assert await connection.fetchval("SELECT count(*) FROM galope.outcome") == 300


async def test_a_reserved_column_is_refused(
    run: Callable[..., "asyncio.Future[int]"],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = recorded(tmp_path, leads=3)
    leads = pd.read_csv(folder / "leads.csv.gz").assign(score=1)
    leads.to_csv(folder / "leads.csv.gz", index=False)
    assert await run(load.main, folder) == 1
    assert "score" in capsys.readouterr().err


async def test_training_promotes_reports_and_can_be_undone(
    run: Callable[..., "asyncio.Future[int]"],
    connection: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await run(seed, "--leads", 900, "--partners", 0) == 0
    reports = tmp_path / "reports"
    assert await run(train.main, "--reports", reports) == 0
    measured = json.loads((reports / "training.json").read_text())["candidates"]
    assert set(measured) == {"rules", "scorecard", "random forest", "gradient boosting"}
    assert measured["scorecard"]["auc"] > measured["rules"]["auc"]
    assert {one.name for one in reports.iterdir()} == {
        "model_card.md",
        "training.json",
        "training.md",
        "ranking.png",
        "calibration.png",
        "signals.png",
    }
    champion = "SELECT version FROM galope.model_version WHERE status = 'champion'"
    assert await connection.fetchval(champion) == 1
    assert await run(train.main, "--if-missing") == 0
    assert await run(models.main, "list") == 0
    assert await run(models.main, "show", 1) == 0
    capsys.readouterr()
    assert await run(models.main, "promote", 9) == 1
    assert "no model 9" in capsys.readouterr().err
    assert await run(models.main, "rollback") == 0
    assert await connection.fetchval(champion) is None
    assert await run(train.main, "--if-missing") == 0
    assert await connection.fetchval(champion) is None


async def test_training_answers_the_teams_question_on_the_teams_scale(
    run: Callable[..., "asyncio.Future[int]"],
    connection: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
) -> None:
    assert await run(seed, "--leads", 400, "--partners", 0) == 0
    decided = {"converts": ["asked_price"], "horizon_days": 20, "warm": 0.1, "hot": 0.4}
    await connection.execute(
        "INSERT INTO galope.policy (policy, made_by) VALUES ($1, 'a test')", json.dumps(decided)
    )
    assert await run(train.main, "--reports", tmp_path / "reports") == 0
    kept = await connection.fetchrow(
        "SELECT head, model ->> 'scale' AS scale FROM galope.model_version"
    )
    assert kept is not None
    assert (kept["head"], json.loads(kept["scale"])) == ("qualify_20d", {"warm": 0.1, "hot": 0.4})
    await connection.execute(
        "INSERT INTO galope.policy (policy, made_by) VALUES ($1, 'a test')",
        json.dumps({"converts": ["asked_price"], "horizon_days": 20, "calls_per_day": 2}),
    )
    assert await run(train.main, "--reports", tmp_path / "reports") == 0
    kept = await connection.fetchrow(
        "SELECT model ->> 'scale' AS scale, metrics ->> 'reach' AS reach, metrics ->> 'own_scale'"
        " AS own FROM galope.model_version ORDER BY version DESC LIMIT 1"
    )
    assert kept is not None
    reach, own = Reach.from_json(json.loads(kept["reach"])), Scale(**json.loads(kept["own"]))
    assert json.loads(kept["scale"]) == asdict(own.hot_from(reach.chance_for(2)))
    assert reach.rate_at(reach.chance_for(2)) == pytest.approx(2)
    await connection.execute("DELETE FROM events WHERE event_type = 'asked_price'")
    assert await run(train.main) == TooLittleError.exit_code


async def test_a_recorded_history_has_a_card_and_leaves_nothing_behind(
    run: Callable[..., "asyncio.Future[int]"],
    connection: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
) -> None:
    folder, reports = recorded(tmp_path, leads=600), tmp_path / "reports"
    assert await run(train.main, "--data", folder, "--reports", reports) == 0
    assert {one.name for one in reports.iterdir()} == {"model_card.md"}
    text = (reports / "model_card.md").read_text()
    assert "Of 100 calls made in order of score" in text
    assert "invented" not in text
    assert await connection.fetchval("SELECT count(*) FROM galope.model_version") == 0


async def test_too_little_history_is_said(
    run: Callable[..., "asyncio.Future[int]"], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(train.main) == TooLittleError.exit_code
    assert "Until then scores follow the team's own rules" in capsys.readouterr().err


async def test_outcomes_that_teach_nothing_are_told_of(
    run: Callable[..., "asyncio.Future[int]"],
    connection: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await run(load.main, recorded(tmp_path)) == 0
    await connection.execute("UPDATE galope.outcome SET head = 'another' WHERE converted")
    await connection.execute("UPDATE galope.outcome SET resolved_at = '2001-01-01'")
    others = await connection.fetchval("SELECT count(*) FROM galope.outcome WHERE converted")
    assert await run(train.main) == TooLittleError.exit_code
    said = capsys.readouterr().err
    assert "more have an outcome, but no event before it to learn from" in said
    assert f"Outcomes are kept for another question: {others} for another" in said


async def test_a_file_that_is_no_model_is_refused(
    run: Callable[..., "asyncio.Future[int]"], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.json"
    path.write_text("[]")
    assert await run(models.main, "add", path) == 1
    assert "not a model" in capsys.readouterr().err


async def test_a_sales_table_is_loaded_whole_or_not_at_all(
    run: Callable[..., "asyncio.Future[int]"],
    connection: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "purchases.csv"
    header = "customer;date;amount;family;quantity\n"
    lines = "C-1;02/01/2026;1.000,50;tack;1\nC-1;03/01/2026;-0,50;tack;1\n" * 15
    file.write_text(header + lines + "C-2;03/01/2026;much;tack;1\n", encoding="utf-8")
    for _ in range(2):
        assert await run(load.main, tmp_path) == 0
        said = " ".join(capsys.readouterr().err.split())
        assert "1 rows were left out: row 32: amount 'much' is no number" in said
        assert "PUT /admin/policy" in said
    kept = await connection.fetch(
        "SELECT external_id, event_type, count(*), sum((metadata ->> 'amount')::float8) AS amount,"
        " min(ts) = min(created_at) AS first FROM leads JOIN events ON lead_id = leads.id"
        " GROUP BY 1, 2 ORDER BY 2"
    )
    assert [tuple(row) for row in kept] == [
        ("C-1", "purchase", 15, 15 * 1000.5, True),
        ("C-1", "return", 15, -7.5, False),
    ]
    await connection.execute("ALTER TABLE events ADD CHECK (metadata ->> 'family' <> 'feed')")
    file.write_text(header + "C-3;02/01/2026;1,0;feed;1\n", encoding="utf-8")
    assert await run(load.main, tmp_path) == 1
    assert "Nothing was kept" in " ".join(capsys.readouterr().err.split())
    assert await connection.fetchval("SELECT count(*) FROM leads") == 1


async def test_a_rolling_head_is_learned_from_the_database_beside_the_primary_one(
    run: Callable[..., "asyncio.Future[int]"],
    connection: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = purchases(tmp_path, start=datetime.now(UTC) - timedelta(days=DAYS))
    reports = tmp_path / "reports"
    none = pd.DataFrame(columns=["lead_id", "converted", "resolved_at"])
    none.to_csv(folder / "outcomes.csv.gz", index=False)
    learn = (train.main, "--head", "buy_90d", "--reports", reports, "--min-leads", 50)
    assert await run(*learn) == TooLittleError.exit_code
    assert "Too little history: 0 questions" in capsys.readouterr().err
    await connection.execute(
        "INSERT INTO galope.policy (policy, made_by) VALUES ($1, 'a test')",
        json.dumps({"event_amount": "amount", "event_labels": ["family"]}),
    )
    assert await run(load.main, folder) == 0
    assert await run(*learn) == 0
    (stored,) = await connection.fetch(
        "SELECT head, status, model, metrics FROM galope.model_version"
    )
    assert (stored["head"], stored["status"]) == ("buy_90d", "champion")
    assert json.loads(stored["metrics"])["auc"] > 0.8
    assert "rhythm|overdue" in json.loads(stored["model"])["knots"]
    assert (reports / "buy_90d" / "training.md").exists()
    assert "answers buy_90d" in capsys.readouterr().err
    assert await run(models.main, "--head", "buy_90d", "show", 1) == 0
    assert await run(models.main, "show", 1) == 1
    assert await run(train.main, "--head", "sell") == 1
    assert "There is no head sell" in capsys.readouterr().err
