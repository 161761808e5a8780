"""What is odd of a database: found, kept, and once settled not again."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from domain.anomalies import Anomaly
from domain.directions import FREE
from domain.state import DAY
from offline.anomalies import main, out_of_pattern
from offline.history import History

if TYPE_CHECKING:
    import asyncpg
    import pytest

    Connection = asyncpg.Connection[asyncpg.Record]

ROWS = """
INSERT INTO leads (id, nome, segmento_interesse, uf, prazo_compra, whatsapp, created_at) VALUES
    ('00000000-0000-4000-8000-000000000001', 'Ana Prado Neves', 'CAVALOS', 'MG', '7d',
     '+55 34 99999-0000', now() - interval '2 days'),
    ('00000000-0000-4000-8000-000000000002', 'ana prado', 'CAVALOS', 'MG', '30d', '3499990000',
     now() - interval '1 day'),
    ('00000000-0000-4000-8000-000000000003', 'Rui Lobo', 'CAVALOS', 'RS', '30d', '11 98888-1111',
     now() + interval '40 days');
INSERT INTO leads (nome, segmento_interesse)
    SELECT 'Lead ' || md5(n::text), 'CAVALOS' FROM generate_series(1, 200) AS n;
INSERT INTO events (lead_id, event_type, ts)
    SELECT id, 'page_view', now() - interval '1 hour' FROM leads WHERE nome LIKE 'Lead %';
INSERT INTO events (lead_id, event_type, ts)
    SELECT '00000000-0000-4000-8000-000000000002'::uuid, 'cta_click', now() - n * interval '1 hour'
    FROM generate_series(1, 40) AS n
    UNION ALL SELECT '00000000-0000-4000-8000-000000000001', 'page_view', now() + interval '9 days';
INSERT INTO partners (cnpj, nome_fantasia, uf, segmento, cnae_principal, contato) VALUES
    ('11.222.333/0001-81', 'Haras Lobo', 'MG', 'CAVALOS', '6201-5/01', NULL),
    ('11222333000181', 'Lobo Haras', 'MG', 'CAVALOS', '0152-1/02', NULL);
INSERT INTO galope.lead_state (lead_id, state, score, rescore_at) VALUES
    ('00000000-0000-4000-8000-000000000003', '{"machines": [[], 24, 1.0]}', 0, 'infinity');
"""

BY_CODE = "SELECT code, count(*) FROM galope.finding WHERE settlement IS NULL GROUP BY code"


async def still_open(connection: Connection) -> dict[str, int]:
    return {row["code"]: row["count"] for row in await connection.fetch(BY_CODE)}


async def searched(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    assert await asyncio.to_thread(main, ["--json"]) == 0


async def test_what_is_odd_is_found_kept_and_settled_once(
    database: str,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await connection.execute(ROWS)
    await searched(database, monkeypatch)
    told = capsys.readouterr().out
    counts = json.loads(told.splitlines()[-1])
    assert counts == {code: 1 for code in Anomaly if code != Anomaly.UNUSUAL} | {
        Anomaly.UNUSUAL: counts[Anomaly.UNUSUAL]
    }
    assert await still_open(connection) == counts
    unusual = await connection.fetch(
        "SELECT lead_id::text, facts FROM galope.finding WHERE code = 'unusual'"
    )
    facts = {row["lead_id"][-1]: row["facts"] for row in unusual}
    assert "event:cta_click" in facts["2"]
    kept = str(await connection.fetch("SELECT * FROM galope.finding"))
    assert "Ana" not in told + kept
    assert "999990000" not in told + kept
    await connection.execute(
        "UPDATE galope.finding SET settlement = CASE code WHEN 'place_disagrees' THEN 'fixed'"
        " WHEN 'machine' THEN 'fixed' ELSE 'ignored' END, settled_at = now(), settled_by = 'x'"
    )
    await connection.execute("UPDATE leads SET whatsapp = '21 98888-1111' WHERE nome = 'Rui Lobo'")
    await searched(database, monkeypatch)
    # What was said to be put right and is found with other facts is open again.
    assert await still_open(connection) == {"place_disagrees": 1}
    await connection.execute("UPDATE leads SET uf = 'RJ' WHERE nome = 'Rui Lobo'")
    await searched(database, monkeypatch)
    assert await still_open(connection) == {}
    assert await connection.fetchval("SELECT count(*) FROM galope.finding") >= 7


def test_a_lead_that_has_just_come_is_not_out_of_pattern() -> None:
    came = [(number % 97) * DAY for number in range(399)] + [400 * DAY]
    leads = [
        History(str(place), at, {"uf": "mg"}, [("page_view", at)], None)
        for place, at in enumerate(came)
    ]
    assert list(out_of_pattern(leads, FREE, 400 * DAY)) == []


async def test_the_command_says_how_much(
    database: str,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await connection.execute(ROWS)
    monkeypatch.setenv("DATABASE_URL", database)
    assert await asyncio.to_thread(main, []) == 0
    assert "same_partner" in capsys.readouterr().out
