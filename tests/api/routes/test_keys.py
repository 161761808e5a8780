"""Keys over HTTP: told once, listed without what they are, never the last admin's taken away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.texts import Text
from tests.api.served import execute, key, served

if TYPE_CHECKING:
    from tests.api.served import Row, Served


async def made(api: Served, role: str, headers: dict[str, str] | None = None, **more: Any) -> Row:
    body = {"name": f"a {role}", "role": role} | more
    answer = await api.client.post("/admin/keys", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    found: Row = answer.json()
    return found


async def test_a_key_is_told_once_and_works(database: str) -> None:
    admin = await key(database, "admin")
    async with served(database, demo=False) as api:
        assert (await api.client.get("/leads")).status_code == 401
        ingest = await made(api, "ingest", admin, days=30)
        listed = await api.client.get("/admin/keys", headers=admin)
        assert listed.json()["asked_for"] is True
        first, second = listed.json()["items"]
        assert (first["name"], first["role"]) == ("a admin", "admin")
        assert (first["expires_at"], second["revoked_at"]) == (None, None)
        assert second["expires_at"] > second["created_at"]
        for secret in (admin["Authorization"].removeprefix("Bearer "), ingest["key"]):
            assert secret.removeprefix("galope_") not in listed.text
        gone = await api.client.delete(f"/admin/keys/{ingest['id']}", headers=admin)
        assert gone.json() == {"ok": True, "id": ingest["id"]}
    async with served(database, demo=False) as api:
        refused = await api.client.post(
            "/leads", json={}, headers={"Authorization": f"Bearer {ingest['key']}"}
        )
        assert refused.status_code == 401
    rows = await execute(database, "SELECT action, facts FROM galope.audit ORDER BY id")
    assert [(row["action"], json.loads(row["facts"])) for row in rows] == [
        ("key made", {"key": ingest["id"], "role": "ingest"}),
        ("key revoked", {"key": ingest["id"]}),
    ]


@pytest.mark.parametrize("role", ["ingest", "admin"])
async def test_the_first_key_is_made_at_the_terminal(api: Served, role: str) -> None:
    early = await api.client.post("/admin/keys", json={"name": "site", "role": role})
    assert (early.status_code, early.json()["error"]) == (409, Text.ADMIN_KEY_FIRST)
    assert (await api.client.get("/admin/keys")).json() == {"items": [], "asked_for": False}


async def test_nobody_is_locked_out(api: Served, database: str) -> None:
    await key(database, "admin")
    await made(api, "ingest")
    last = await api.client.delete("/admin/keys/1")
    assert (last.status_code, last.json()["error"]) == (409, Text.LAST_ADMIN_KEY)
    await made(api, "admin")
    assert (await api.client.delete("/admin/keys/1")).status_code == 200
    again = await api.client.delete("/admin/keys/1")
    assert (again.status_code, again.json()["error"]) == (404, Text.KEY_NOT_FOUND)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, Text.KEY_REQUIRED),
        ({"name": "site"}, Text.KEY_REQUIRED),
        ({"name": " ", "role": "admin"}, Text.KEY_REQUIRED),
        ({"name": "site", "role": "king"}, Text.KEY_REQUIRED),
        ({"name": "site", "role": "admin", "days": 0}, "Valor inválido em: days"),
    ],
)
async def test_a_key_needs_a_name_and_a_role(api: Served, body: Row, error: str) -> None:
    answer = await api.client.post("/admin/keys", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
