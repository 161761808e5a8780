"""``python -m api`` and ``python -m api.keys`` as processes."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time

import asyncpg
import pytest
from structlog.testing import capture_logs

from api import keys
from api.services.authentication import ensure_guarded
from api.settings import Settings
from api.texts import Text
from demo.seed import Plan, rows_of, seed
from tests.api.served import at_terminal, key, served
from tests.postgres.test_install import role
from tests.stream.child import ROOT


async def ended(*arguments: str, **settings: str) -> tuple[int, str]:
    """Run a command to its end; return its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, cwd=ROOT, env=os.environ | settings,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_it_does_not_start_for_everybody_without_a_key(database: str) -> None:
    code, said = await ended("api", DATABASE_URL=database, GALOPE_API_HOST="0.0.0.0")  # noqa: S104
    assert code == 1
    assert "python -m api.keys add" in said
    assert "Traceback" not in said


async def test_it_does_not_start_on_what_is_no_address() -> None:
    code, said = await ended("api", DATABASE_URL="mysql://localhost/crm", GALOPE_API_PORT="0")
    assert code == 1
    assert "DATABASE_URL is not an address" in said
    assert "Traceback" not in said


async def test_it_says_what_keeps_it_from_answering(
    database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    await connection.execute("DROP SCHEMA galope CASCADE")
    with capture_logs() as logged:
        await ensure_guarded(Settings.model_validate({"DATABASE_URL": database}))
    assert [one["log_level"] for one in logged] == ["warning"]
    assert "--install" in logged[0]["error"]


async def test_with_a_key_it_starts_for_everybody_and_ends_when_told(database: str) -> None:
    await key(database, "viewer")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api", cwd=ROOT, stderr=asyncio.subprocess.PIPE,
        env=os.environ
        | {"DATABASE_URL": database, "GALOPE_API_HOST": "0.0.0.0", "GALOPE_API_PORT": "0"},  # noqa: S104
    )  # fmt: skip
    assert process.stderr is not None
    while b"running on" not in (line := await process.stderr.readline()):
        assert line
    process.terminate()
    await process.stderr.read()
    assert await process.wait() == 0


IMPORT = "5a0e7c0e-3c0f-4f43-9a5e-7a1e1c3f5d10"

CSV = base64.b64encode(b"nome;segmento\nBia Lemos;CAVALOS").decode()

EXPERIMENT: dict[str, object] = {
    "name": "alert",
    "hypothesis": "It helps",
    "arms": [{"name": "none"}, {"name": "alert"}],
    "metric": {"events": ["page_view"], "days": 1},
    "minimum_effect": -0.3,
}

CALLS: tuple[tuple[str, str, dict[str, object] | None], ...] = (
    ("POST", "/events", {"lead_id": "{id}", "event_type": "cta_click"}),
    ("POST", "{lead}/score", None),
    ("POST", "{lead}/what-if", {}),
    ("GET", "{lead}/history", None),
    ("GET", "{lead}/explanation", None),
    ("PATCH", "{lead}", {"cidade": "Uberaba"}),
    ("POST", "/crm/move", {"lead_id": "{id}", "stage": "QUALIFICADO"}),
    ("POST", "/handoff", {"lead_id": "{id}"}),
    ("POST", "{lead}/notes", {"note": "NEXT_ACTION|2027-05-05|10:00|Ligar"}),
    ("POST", "{lead}/apply-rule", {"rule_code": "asked_price"}),
    ("GET", "{lead}/managerial-report", None),
    ("GET", "/crm/board", None),
    ("GET", "/crm/board/counts", None),
    ("GET", "/partners", None),
    ("GET", "/leads.csv", None),
    ("GET", "/metrics", None),
    ("GET", "/ml/model-info", None),
    ("GET", "/ml/models", None),
    ("GET", "/ml/metrics/history", None),
    ("POST", "/ml/rollback", None),
    ("POST", "/admin/keys", {"name": "a", "role": "admin"}),
    ("POST", "/admin/keys", {"name": "b", "role": "admin"}),
    ("DELETE", "/admin/keys/1", None),
    ("GET", "/admin/keys", None),
    ("GET", "/users", None),
    ("POST", "/admin/users", {"name": "Bia", "email": "bia@example.com", "role": "admin"}),
    ("POST", "/session", {"email": "bia@example.com"}),
    ("PUT", "/crm/owners", {"lead_ids": ["{id}"], "owner": "Bia"}),
    ("GET", "/leads?owner=Bia", None),
    ("GET", "/crm/owners", None),
    ("PUT", "/crm/owners", {"lead_ids": ["{id}"]}),
    ("PATCH", "/admin/users/1", {"role": "admin"}),
    ("POST", "/admin/users/1/password", None),
    ("DELETE", "/admin/users/1", None),
    ("GET", "/admin/policy", None),
    ("PUT", "/admin/policy", {"horizon_days": 7}),
    ("POST", "/admin/policy/0/restore", None),
    ("GET", "{lead}/timeline", None),
    ("POST", "/crm{lead}/contacts", {"channel": "call"}),
    ("GET", "/crm/contacts", None),
    ("GET", "/origins", None),
    ("GET", "/funnel", None),
    ("POST", "/origins/costs", {"origin": "feira", "day": "2026-05-04", "amount": 10}),
    ("GET", "/origins/costs", None),
    ("DELETE", "/origins/costs/1", None),
    ("POST", "/admin/experiments", EXPERIMENT),
    ("POST", "/admin/experiments/alert/start", None),
    ("POST", "/experiments/alert/arm", {"lead_id": "{id}"}),
    ("GET", "/admin/experiments", None),
    ("GET", "/admin/experiments/alert", None),
    ("POST", "/admin/experiments/alert/stop", None),
    ("POST", "/admin/experiments/alert/conclude", {"arm": "none"}),
    ("POST", "/imports/preview", {"content": CSV}),
    ("POST", "/imports", {"content": CSV, "import_id": IMPORT}),
    ("POST", "/imports/events/preview", {"content": CSV}),
    ("POST", "/imports/events", {"content": CSV, "import_id": IMPORT}),
    ("GET", "/imports", None),
    ("POST", f"/imports/{IMPORT}/undo", None),
    ("POST", "/admin/webhooks", {"url": "https://93.184.216.34/", "topics": ["outcome.known"]}),
    ("GET", "/admin/webhooks", None),
    ("GET", "/admin/webhooks/1/deliveries", None),
    ("POST", "/admin/webhooks/1/replay", None),
    ("DELETE", "/admin/webhooks/1", None),
    ("GET", "/api/alerts?lead_id={id}", None),
    ("POST", "/api/alerts/1/snooze", {"days": 2}),
    ("POST", "/api/alerts/1/assign", {"owner": None}),
    ("POST", "/api/alerts/1/done", None),
    ("POST", "/api/alerts/1/feedback", {"result": "won"}),
    ("POST", "/api/alerts/refresh", None),
    ("POST", "/admin/dedup-leads", {"dry_run": False}),
    ("POST", "{lead}/matches/{partner}/feedback", {"verdict": "kept"}),
    ("GET", "/recommendations/partners?lead_id={id}", None),
    ("POST", "/admin/ml/retrain", {"min_rows": 20}),
    ("POST", "/admin/ml/audit", None),
    ("GET", "{lead}/personal-data", None),
    ("DELETE", "{lead}", None),
)
"""What the API's role may do, in an order in which each call works. `{lead}` is an address."""


ALERT = """
    INSERT INTO galope.alert (lead_id, motive, head, impact, since, lost_at, facts, reasons,
                              recommendation, channel, opened_at, updated_at)
    VALUES ($1, 'due', '', 1, now(), now(), '{"gap_days": 9, "last": 0, "order": 1}', '[]',
            'reorder', 'email', now(), now())
"""


async def test_a_role_with_the_grants_can_do_it_all(
    database: str, connection: asyncpg.Connection[asyncpg.Record]
) -> None:
    grants = (ROOT / "sql" / "grants_api.sql").read_text(encoding="utf-8")
    history = Plan(leads=300, partners=1, days=90, seed=3, now=time.time())
    await seed(connection, rows_of(history))
    partner = await connection.fetchval("SELECT id FROM partners")
    async with role(database, connection) as (name, dsn):
        async with served(dsn) as api:
            lacking = await api.client.get("/leads")
            assert (lacking.status_code, lacking.json()["error"]) == (503, Text.NOT_READY)
        await connection.execute(grants.replace(':"role"', name))
        async with served(dsn) as api:
            await key(database, "admin")
            lead = await api.lead()
            await connection.execute(ALERT, lead["id"])
            names = {"lead": f"/leads/{lead['id']}", "id": lead["id"], "partner": partner}
            for method, path, body in CALLS:
                filled = json.dumps(body).replace("{id}", lead["id"])
                sent = json.loads(filled)
                address = path.format(**names)
                answer = await api.client.request(method, address, json=sent)
                assert answer.is_success, (path, answer.text)
        as_role = await asyncpg.connect(dsn)
        try:
            for table in ("audit", "policy", "cursor", "api_key"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await as_role.execute(f"DELETE FROM galope.{table}")
            assert await as_role.fetchval("SELECT galope.expire_audit(30)") == 0
        finally:
            await as_role.close()


async def test_a_senseless_setting_is_told_in_a_sentence(database: str) -> None:
    code, said = await ended("api", DATABASE_URL=database, GALOPE_API_PORT="soon")
    assert code == 2
    assert said.startswith("Setting GALOPE_API_PORT can't be 'soon'")


async def test_keys_are_listed_and_revoked(database: str) -> None:
    code, said = await ended(
        *("api.keys", "add", "Bia", "--role", "operator", "--days", "1"), DATABASE_URL=database
    )
    assert (code, "Key 1 for Bia, role operator" in said) == (0, True)
    secret = {"Authorization": f"Bearer {said.splitlines()[-1]}"}
    async with served(database, demo=False) as api:
        assert (await api.client.get("/leads", headers=secret)).status_code == 200
    code, said = await ended("api.keys", "list", DATABASE_URL=database)
    assert (code, "operator" in said) == (0, True)
    assert (await ended("api.keys", "revoke", "1", DATABASE_URL=database))[0] == 0
    code, said = await ended("api.keys", "revoke", "1", DATABASE_URL=database)
    assert (code, "There is no key 1 that works" in said) == (1, True)


@pytest.mark.parametrize("arguments", [("add", "x"), ("add", "x", "--role", "king"), ()])
async def test_a_key_needs_a_role(database: str, arguments: tuple[str, ...]) -> None:
    assert (await at_terminal(keys.main, database, *arguments))[0] == 2
