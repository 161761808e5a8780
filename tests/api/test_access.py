"""Each role against each call; and who is let in at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from api.access import Role
from api.errors import ApiError
from api.texts import Text
from tests.api.served import described, execute, key, served

if TYPE_CHECKING:
    from tests.api.served import Served

OPEN = {("get", "/health"), ("get", "/api/health"), ("post", "/hooks/{source}")}
INGEST = {
    ("post", "/leads"),
    ("post", "/events"),
    ("post", "/events/batch"),
    ("post", "/experiments/{name}/arm"),
}
ADMIN = {
    ("delete", "/leads/{lead_id}"),
    ("post", "/leads/bulk-delete"),
    ("get", "/leads/{lead_id}/personal-data"),
    ("post", "/admin/ml/retrain"),
    ("post", "/admin/ml/audit"),
    ("post", "/admin/ml/anomalies"),
    ("post", "/admin/ml/segments"),
    ("put", "/ml/anomalies/{number}/merge"),
    ("delete", "/ml/anomalies/{number}/merge"),
    ("post", "/ml/models/{version}/promote"),
    ("post", "/ml/rollback"),
    ("get", "/admin/policy"),
    ("put", "/admin/policy"),
    ("post", "/admin/policy/{version}/restore"),
    ("get", "/admin/keys"),
    ("post", "/admin/keys"),
    ("delete", "/admin/keys/{number}"),
    ("post", "/admin/users"),
    ("patch", "/admin/users/{number}"),
    ("post", "/admin/users/{number}/password"),
    ("delete", "/admin/users/{number}"),
    ("get", "/admin/experiments"),
    ("post", "/admin/experiments"),
    ("get", "/admin/experiments/{name}"),
    ("post", "/admin/experiments/{name}/start"),
    ("post", "/admin/experiments/{name}/stop"),
    ("post", "/admin/experiments/{name}/conclude"),
    ("post", "/api/alerts/refresh"),
    ("get", "/admin/webhooks"),
    ("post", "/admin/webhooks"),
    ("delete", "/admin/webhooks/{number}"),
    ("get", "/admin/webhooks/{number}/deliveries"),
    ("post", "/admin/webhooks/{number}/replay"),
    ("post", "/admin/webhooks/{number}/pause"),
    ("post", "/admin/webhooks/{number}/resume"),
    ("post", "/admin/dedup-leads"),
    ("post", "/imports/{import_id}/undo"),
    ("post", "/demo/seed-leads"),
    ("post", "/demo/seed-partners"),
    ("post", "/demo/reset-seeded-leads"),
    ("post", "/demo/reset"),
    ("post", "/demo/reset-partners"),
    ("post", "/crm/seed"),
}
ANYBODYS = {
    ("post", "/leads/{lead_id}/score"),
    ("post", "/leads/{lead_id}/what-if"),
    ("post", "/api/distribution/segment"),
    ("post", "/session"),
    ("delete", "/session"),
    ("put", "/session/password"),
}
MAY = {
    "ingest": {"ingest"},
    "viewer": {"viewer"},
    "operator": {"ingest", "viewer", "operator"},
    "admin": {"ingest", "viewer", "operator", "admin"},
}


def needed(call: tuple[str, str]) -> str:
    """Return the least role for a call, as the README has it."""
    if call in INGEST:
        return "ingest"
    if call in ADMIN:
        return "admin"
    return "viewer" if call[0] == "get" or call in ANYBODYS else "operator"


def all_calls() -> list[tuple[str, str]]:
    """Return the method and path of every call there is."""
    paths = described()["paths"]
    return sorted((method, path) for path, methods in paths.items() for method in methods)


def test_every_call_that_is_named_here_exists() -> None:
    found = all_calls()
    assert set(found) >= OPEN | INGEST | ADMIN | ANYBODYS
    assert len(found) > 60


async def asked(api: Served, call: tuple[str, str], headers: dict[str, str]) -> tuple[int, Any]:
    """Make a call with a body that none accepts, so that nothing is done; return the answer."""
    method, path = call
    address = path.replace("{lead_id}", str(uuid4())).replace("{dimension}", "family")
    body = None if method in {"get", "delete"} else "nothing"
    async with api.client.stream(method, address, headers=headers, json=body) as answer:
        if answer.headers["content-type"].startswith("text/event-stream"):
            return answer.status_code, None
        await answer.aread()
        is_json = answer.headers["content-type"] == "application/json"
        return answer.status_code, answer.json() if is_json else None


async def not_now(*_: str) -> None:
    """Stand for a command that is running already, so that none is started."""
    raise ApiError(409, Text.BUSY)


async def test_each_role_may_make_its_calls_and_no_other(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.services.commands.run", not_now)
    keys = {role: await key(database, role) for role in MAY}
    async with served(database, demo=False) as api:
        for call in all_calls():
            for role, may in MAY.items():
                status, said = await asked(api, call, keys[role])
                allowed = call in OPEN or needed(call) in may
                refused = status == 403 and said["error"] == Text.NOT_ALLOWED
                assert refused is not allowed, (call, role, status, said)
                assert status not in {401, 500}, (call, role)
            if call not in OPEN:
                status, said = await asked(api, call, {})
                assert (status, said["error"]) == (401, Text.NO_KEY), call


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Basic YTpi", "Bearer '; --"])
async def test_a_wrong_key_is_refused(api: Served, header: str) -> None:
    answer = await api.client.get("/leads", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_expired_or_revoked_key_is_refused(database: str) -> None:
    good, expired, revoked = [await key(database, "viewer", days=1) for _ in range(3)]
    await execute(database, "UPDATE galope.api_key SET expires_at = now() WHERE id = 2")
    await execute(database, "UPDATE galope.api_key SET revoked_at = now() WHERE id = 3")
    async with served(database) as api:
        for headers, status in ((good, 200), (expired, 401), (revoked, 401)):
            assert (await api.client.get("/leads", headers=headers)).status_code == status
        same = {"X-API-Key": good["Authorization"].removeprefix("Bearer ")}
        assert (await api.client.get("/leads", headers=same)).status_code == 200


async def test_keys_are_asked_for_outside_the_demo(database: str) -> None:
    async with served(database, demo=False) as api:
        assert (await api.client.get("/leads")).status_code == 401
        made = await api.client.post("/admin/keys", json={"name": "x", "role": "admin"})
        assert made.status_code == 401
    async with served(database, demo=True) as api:
        assert (await api.client.get("/leads")).status_code == 200


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host", "X-Forwarded-Proto"],
)
async def test_what_a_proxy_passes_on_needs_a_key(database: str, header: str) -> None:
    admin = await key(database, "admin")
    async with served(database, demo=True) as api:
        for sent, status in (({}, 401), (admin, 200)):
            answer = await api.client.get("/admin/keys", headers=sent | {header: "203.0.113.7"})
            assert answer.status_code == status


async def test_a_key_is_not_stored(database: str) -> None:
    headers = await key(database, "admin")
    secret = headers["Authorization"].removeprefix("Bearer ")
    (row,) = await execute(database, "SELECT to_jsonb(k)::text AS row FROM galope.api_key AS k")
    assert secret not in row["row"]
    assert secret.removeprefix("galope_") not in row["row"]


async def test_a_page_from_elsewhere_can_not_use_a_keyless_api(api: Served) -> None:
    foreign = await api.client.post("/demo/reset", headers={"Origin": "https://evil.example.com"})
    assert (foreign.status_code, foreign.json()["error"]) == (403, Text.FOREIGN_ORIGIN)
    rebound = await api.client.get("/leads", headers={"Host": "evil.example.com"})
    assert rebound.status_code == 401
    cross = await api.client.get("/leads", headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403
    here = await api.client.get("/leads", headers={"Origin": "http://localhost:3000"})
    assert here.headers["access-control-allow-origin"] == "http://localhost:3000"


async def test_allowed_origins_are_told_to_browsers(database: str) -> None:
    origin = "https://crm.example.com"
    asks = {"Origin": origin, "Access-Control-Request-Method": "PATCH"}
    async with served(database, api_origins=f"{origin}, https://b.example.com") as api:
        answer = await api.client.options("/leads", headers=asks)
        assert answer.headers["access-control-allow-origin"] == origin
        plain = await api.client.options("/leads", headers={"Origin": origin})
        assert (plain.status_code, plain.headers["access-control-allow-origin"]) == (204, origin)
        other = await api.client.options(
            "/leads", headers=asks | {"Origin": "https://c.example.com"}
        )
        assert "access-control-allow-origin" not in other.headers


async def test_what_empties_tables_needs_the_demo(database: str) -> None:
    headers = await key(database, Role.ADMIN)
    async with served(database, demo=False) as api:
        for path, body in (
            ("/demo/reset", None),
            ("/demo/seed-leads", {"n": 1}),
            ("/demo/seed-partners", {"n": 1}),
            ("/demo/reset-seeded-leads", None),
            ("/demo/reset-partners", None),
            ("/crm/seed", None),
            ("/admin/dedup-leads", {"dry_run": False}),
        ):
            answer = await api.client.post(path, json=body, headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (403, Text.ONLY_IN_DEMO), path
