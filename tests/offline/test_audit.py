"""The audit's command line against a real database."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import pytest_asyncio

from demo.seed import main as seed
from domain.bands import HOT
from offline import audit, load
from offline.findings import Code
from postgres.errors import TooLittleError
from postgres.settings import Settings
from stream.__main__ import running
from tests.offline.purchases import DAYS, purchases

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]

LEADS = 700


@pytest_asyncio.fixture
async def seeded(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The demo's leads in the test's own database, whose address is in the environment."""
    monkeypatch.setenv("DATABASE_URL", database)
    assert await asyncio.to_thread(seed, ["--leads", str(LEADS), "--partners", "0"]) == 0
    yield


async def audited(*words: str) -> int:
    return await asyncio.to_thread(audit.main, words)


async def drained() -> None:
    """Score every lead there is."""
    async with running(Settings()) as consumer:
        while await consumer.step():
            pass


@pytest.mark.usefixtures("seeded")
async def test_a_healthy_database_has_nothing_serious(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await drained()
    reports = tmp_path / "reports"
    assert await audited("--reports", str(reports)) == 0
    assert "Serious findings: 0" in " ".join(capsys.readouterr().err.split())
    found = json.loads((reports / "audit.json").read_text())
    assert found["serious"] == 0
    assert 0 < found["converted"] < found["resolved"] < found["leads"] <= LEADS
    assert len(found["unchecked"]) == 1  # the demo's outcomes came before its first scores
    page = (reports / "audit.md").read_text()
    assert "Serious findings: 0" in page
    assert found["unchecked"][0] in page


@pytest.mark.usefixtures("seeded")
async def test_a_leak_is_named_and_is_serious(
    connection: "Connection", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await connection.execute("ALTER TABLE leads ADD COLUMN paid_with text")
    await connection.execute(
        "UPDATE leads SET paid_with = 'pix' FROM events AS e"
        " WHERE e.lead_id = leads.id AND e.event_type = 'handoff'"
    )
    assert await audited("--json", "--reports", str(tmp_path)) == audit.SERIOUS
    said = capsys.readouterr().out
    assert said == (tmp_path / "audit.json").read_text() + "\n"
    findings = {one["code"]: one for one in json.loads(said)["findings"]}
    assert findings[Code.TELLS_ALONE]["subject"] == "profile:paid_with|pix"
    assert findings[Code.TELLS_ALONE]["figure"] == pytest.approx(1)
    assert "profile:paid_with|pix" in (tmp_path / "audit.md").read_text()


@pytest.mark.usefixtures("seeded")
async def test_handoffs_that_answer_the_score_are_found(
    connection: "Connection", capsys: pytest.CaptureFixture[str]
) -> None:
    """A machine hands off at 70: everybody scores 30 at first, who converts 75 just before.

    What is scored after the outcome says nothing: there everybody has 90.
    """
    await connection.execute(
        "INSERT INTO galope.score_history (lead_id, scored_at, cause, score_before, score_after,"
        " status, probability, points, model_version)"
        " SELECT lead_id, at, 'page_view', before, after, 'AQUECENDO', 0.5, $1::json, 0 FROM ("
        "  SELECT id, created_at, NULL::int, 30 FROM leads"
        "  UNION ALL SELECT lead_id, ts - interval '2 s', 30, 75 FROM events"
        "   WHERE event_type = 'handoff'"
        "  UNION ALL SELECT id, created_at + interval '31 days', 30, 90 FROM leads"
        " ) AS said (lead_id, at, before, after) ORDER BY at",
        json.dumps([("event:page_view", 10), ("start", 20)]),
    )
    assert await audited("--json") == audit.SERIOUS
    findings = {one["code"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert findings[Code.SCORE_DECIDES]["subject"] == "score >= 75"
    assert findings[Code.CONVERTED_BY_MACHINE]["subject"] == f"score >= {HOT}"
    assert findings[Code.CONVERTED_BY_MACHINE]["figure"] == 1
    assert findings[Code.SAME_REASONS]["subject"] == "event:page_view"


async def test_a_rolling_head_is_audited_by_its_own_answers_and_scores(
    database: str,
    connection: "Connection",
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Who has bought nothing for 150 days is marked, and everybody has one reason to buy."""
    monkeypatch.setenv("DATABASE_URL", database)
    folder = purchases(tmp_path, start=datetime.now(UTC) - timedelta(days=DAYS))
    none = pd.DataFrame(columns=["lead_id", "converted", "resolved_at"])
    none.to_csv(folder / "outcomes.csv.gz", index=False)
    assert await asyncio.to_thread(load.main, [str(folder)]) == 0
    await connection.execute("ALTER TABLE leads ADD COLUMN gone text")
    await connection.execute(
        "UPDATE leads SET gone = 'yes' WHERE NOT EXISTS ("
        " SELECT FROM events WHERE lead_id = leads.id AND ts > now() - interval '150 days')"
    )
    await connection.execute(
        "INSERT INTO galope.score_history"
        " (lead_id, head, scored_at, cause, score_after, probability, points, model_version)"
        " SELECT id, 'buy_90d', now(), 'purchase', 30, 0.5, $1::json, 1 FROM leads",
        json.dumps([("event:purchase", 30)]),
    )
    assert await audited("--head", "buy_90d", "--json") == audit.SERIOUS
    found = json.loads(capsys.readouterr().out)
    findings = {one["code"]: one for one in found["findings"]}
    assert findings[Code.ONLY_ONE_OUTCOME]["subject"] == "profile:gone"
    assert findings[Code.SAME_REASONS]["subject"] == "event:purchase"
    assert 0 < found["converted"] < found["resolved"] <= 150
    assert found["unchecked"] == []
    assert await audited("--head", "sell") == 1
    assert "There is no head sell" in capsys.readouterr().err
    assert await audited() == TooLittleError.exit_code  # nobody qualified


async def test_too_little_history_is_said(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    assert await audited() == TooLittleError.exit_code
    assert "0 leads with a known outcome" in capsys.readouterr().err


async def test_a_database_without_galope_is_said(
    empty_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)
    assert await audited() == 1
    assert "not installed" in capsys.readouterr().err


def test_exit_codes_are_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        audit.main(["--help"])
    assert f"{audit.SERIOUS} something serious" in " ".join(capsys.readouterr().out.split())
