"""Webhooks over HTTP: added with a reason when refused, listed without the secret, replayed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from api.texts import Text
from tests.api.served import execute, served

if TYPE_CHECKING:
    from tests.api.served import Row, Served

PUBLIC = "https://93.184.216.34/hook"


def hook(**more: object) -> Row:
    return {"url": PUBLIC, "topics": ["status.changed"]} | more


async def test_a_secret_is_told_once(api: Served, database: str) -> None:
    made = await api.client.post("/admin/webhooks", json=hook(topics=["outcome.known"] * 2))
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    listed = await api.client.get("/admin/webhooks")
    [item] = listed.json()["items"]
    assert made.json()["secret"] not in listed.text
    assert (item["id"], item["url"], item["topics"]) == (1, PUBLIC, ["outcome.known"])
    assert (item["waiting"], item["parked"], item["problem"]) == (0, 0, None)
    gone = await api.client.delete("/admin/webhooks/1")
    assert gone.json() == {"ok": True, "id": 1}
    again = await api.client.delete("/admin/webhooks/1")
    assert (again.status_code, again.json()["error"]) == (404, Text.WEBHOOK_NOT_FOUND)
    rows = await execute(database, "SELECT action, facts FROM galope.audit ORDER BY id")
    assert [(row["action"], json.loads(row["facts"])) for row in rows] == [
        ("webhook added", {"webhook": 1}),
        ("webhook removed", {"webhook": 1}),
    ]


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("hooks.example.com", Text.URL_UNREADABLE),
        ("ftp://example.com/", Text.URL_UNREADABLE),
        ("https://", Text.URL_UNREADABLE),
        ("https://ana:secret@example.com/", Text.URL_UNREADABLE),
        ("https://example.com:port/", Text.URL_UNREADABLE),
        ("http://93.184.216.34/", Text.URL_WITHOUT_TLS),
        ("https://no-such-host.invalid/", Text.HOST_UNKNOWN.format(host="no-such-host.invalid")),
        *(
            (f"https://{host}/", Text.HOST_PRIVATE.format(host=host.strip("[]")))
            for host in (
                "localhost", "127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254",
                "100.64.0.1", "[::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "2130706433",
            )
        ),
    ],
)  # fmt: skip
async def test_what_is_no_address_is_refused(api: Served, url: str, error: str) -> None:
    answer = await api.client.post("/admin/webhooks", json=hook(url=url))
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_inside_is_allowed_where_the_setting_says_so(database: str) -> None:
    async with served(database, webhook_private=True) as api:
        answer = await api.client.post("/admin/webhooks", json=hook(url="http://127.0.0.1:9/"))
        assert answer.status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": PUBLIC},
        hook(topics=[]),
        hook(topics=["alert.weighed"]),
        hook(topics=["score.crossed"]),
        hook(topics=["score.crossed"], threshold=0),
    ],
)
async def test_it_is_told_what_of(api: Served, body: Row) -> None:
    answer = await api.client.post("/admin/webhooks", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, Text.WEBHOOK_REQUIRED)


async def test_what_was_parked_is_listed_and_replayed(api: Served, database: str) -> None:
    await api.client.post("/admin/webhooks", json=hook())
    await execute(
        database,
        "INSERT INTO galope.webhook_delivery"
        " (webhook_id, lead_id, topic, occurred_at, facts, attempts, try_at, problem, parked_at)"
        " SELECT 1, $1, 'status.changed', now(), '{}', 9, now() + '1 day', 'answered 500', p"
        " FROM (VALUES (now()), (NULL)) AS v (p)",
        uuid4(),
    )
    every, parked = [
        (await api.client.get(f"/admin/webhooks/1/deliveries?parked={only}")).json()["items"]
        for only in ("false", "true")
    ]
    assert (len(every), len(parked)) == (2, 1)
    assert (parked[0]["attempts"], parked[0]["problem"]) == (9, "answered 500")
    assert (parked[0]["try_at"], every[1]["parked_at"]) == (None, None)
    replayed = await api.client.post("/admin/webhooks/1/replay")
    assert replayed.json() == {"ok": True, "replayed": 1}
    for path in ("/admin/webhooks/7/deliveries", "/admin/webhooks/7/replay"):
        method = "GET" if path.endswith("deliveries") else "POST"
        unknown = await api.client.request(method, path)
        assert (unknown.status_code, unknown.json()["error"]) == (404, Text.WEBHOOK_NOT_FOUND)


async def test_it_is_paused_and_resumed_and_the_audit_says_so(api: Served, database: str) -> None:
    await api.client.post("/admin/webhooks", json=hook())
    first, again = [(await api.client.post("/admin/webhooks/1/pause")).json() for _ in range(2)]
    assert first == again
    (item,) = (await api.client.get("/admin/webhooks")).json()["items"]
    assert item["paused_at"] == first["paused_at"]
    resumed = await api.client.post("/admin/webhooks/1/resume")
    assert resumed.json() == {"ok": True, "id": 1}
    (item,) = (await api.client.get("/admin/webhooks")).json()["items"]
    assert item["paused_at"] is None
    rows = await execute(database, "SELECT action FROM galope.audit ORDER BY id")
    assert [row["action"] for row in rows] == [
        "webhook added", "webhook paused", "webhook paused", "webhook resumed"
    ]  # fmt: skip
    for action in ("pause", "resume"):
        unknown = await api.client.post(f"/admin/webhooks/7/{action}")
        assert (unknown.status_code, unknown.json()["error"]) == (404, Text.WEBHOOK_NOT_FOUND)
