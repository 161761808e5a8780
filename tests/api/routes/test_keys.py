"""Keys over HTTP: told once, listed without what they are, never the last admin's taken away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.texts import Text
from tests.api.served import execute, served

if TYPE_CHECKING:
    from tests.api.served import Row, Served


async def made(api: Served, role: str, by: str | None = None, **more: Any) -> Row:
    headers = {"Authorization": f"Bearer {by}"} if by else {}
    body = {"name": f"a {role}", "role": role} | more
    answer = await api.client.post("/admin/keys", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    found: Row = answer.json()
    return found


async def test_a_key_is_told_once_and_works(database: str) -> None:
    async with served(database, demo=False) as api:
        assert (await api.client.get("/admin/keys")).json() == {"items": [], "asked_for": False}
        admin = await made(api, "admin")
    async with served(database, demo=False) as api:
        assert (await api.client.get("/leads")).status_code == 401
        ingest = await made(api, "ingest", admin["key"], days=30)
        headers = {"Authorization": f"Bearer {admin['key']}"}
        listed = await api.client.get("/admin/keys", headers=headers)
        assert listed.json()["asked_for"] is True
        first, second = listed.json()["items"]
        assert (first["id"], first["name"], first["role"]) == (admin["id"], "a admin", "admin")
        assert (first["expires_at"], second["revoked_at"]) == (None, None)
        assert second["expires_at"] > second["created_at"]
        for key in (admin["key"], ingest["key"]):
            assert key.removeprefix("galope_") not in listed.text
        gone = await api.client.delete(f"/admin/keys/{ingest['id']}", headers=headers)
        assert gone.json() == {"ok": True, "id": ingest["id"]}
    async with served(database, demo=False) as api:
        refused = await api.client.post(
            "/leads", json={}, headers={"Authorization": f"Bearer {ingest['key']}"}
        )
        assert refused.status_code == 401
    rows = await execute(database, "SELECT action, facts FROM galope.audit ORDER BY id")
    assert [(row["action"], json.loads(row["facts"])) for row in rows] == [
        ("key made", {"key": admin["id"], "role": "admin"}),
        ("key made", {"key": ingest["id"], "role": "ingest"}),
        ("key revoked", {"key": ingest["id"]}),
    ]


async def test_nobody_is_locked_out(api: Served) -> None:
    early = await api.client.post("/admin/keys", json={"name": "site", "role": "ingest"})
    assert (early.status_code, early.json()["error"]) == (409, Text.ADMIN_KEY_FIRST)
    first = await made(api, "admin")
    await made(api, "ingest")
    last = await api.client.delete(f"/admin/keys/{first['id']}")
    assert (last.status_code, last.json()["error"]) == (409, Text.LAST_ADMIN_KEY)
    await made(api, "admin")
    assert (await api.client.delete(f"/admin/keys/{first['id']}")).status_code == 200
    again = await api.client.delete(f"/admin/keys/{first['id']}")
    assert (again.status_code, again.json()["error"]) == (404, Text.KEY_NOT_FOUND)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "site"},
        {"name": " ", "role": "admin"},
        {"name": "site", "role": "king"},
        {"name": "site", "role": "admin", "days": 0},
    ],
)
async def test_a_key_needs_a_name_and_a_role(api: Served, body: Row) -> None:
    answer = await api.client.post("/admin/keys", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, Text.KEY_REQUIRED)
