"""Ways in: only who knows the secret, each form once, when it was filled in."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

import pytest

from api.texts import Text
from tests.api.payloads import GOOGLE, HUBSPOT, META, RD_STATION
from tests.api.served import Served, execute, served

if TYPE_CHECKING:
    from httpx import Response

SECRETS = {
    "hook_meta_secret": "an app secret",
    "hook_google_secret": GOOGLE["google_key"],
    "hook_rdstation_secret": "said by RD",
    "hook_hubspot_secret": "said by HubSpot",
}


async def sent(api: Served, source: str, payload: Any, **more: Any) -> Response:
    """Send a payload as the product does."""
    body = json.dumps(payload).encode()
    headers = {"Content-Type": "application/json"}
    address = f"/hooks/{source}?segment=CAVALOS"
    if source == "meta":
        digest = hmac.new(b"an app secret", body, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature-256"] = f"sha256={digest}"
    elif source == "rdstation":
        address += "&key=said by RD"
    elif source == "hubspot":
        headers["X-Hook-Key"] = "said by HubSpot"
    return await api.client.post(address, content=body, headers=headers | more)


@pytest.mark.parametrize(
    ("source", "payload", "at"),
    [
        ("meta", META, "2026-05-04 12:00:01+00:00"),
        ("google", GOOGLE, None),
        ("rdstation", RD_STATION, "2026-05-04 12:00:01+00:00"),
        ("hubspot", HUBSPOT, "2026-05-04 12:00:01+00:00"),
    ],
)
async def test_each_is_stored_once_with_its_time(
    database: str, source: str, payload: dict[str, Any], at: str | None
) -> None:
    async with served(database, demo=False, **SECRETS) as api:
        first = await sent(api, source, payload)
        assert (first.status_code, first.json()["stored"]) == (200, 1)
        again = await sent(api, source, payload)
        assert again.json() == first.json() | {"stored": 0}
    [lead] = await execute(database, "SELECT * FROM leads")
    [event] = await execute(database, "SELECT * FROM events")
    assert first.json()["lead_ids"] == [str(lead["id"])]
    assert (lead["segmento_interesse"], event["event_type"]) == ("CAVALOS", "hook_complete")
    facts = json.loads(event["metadata"])
    assert facts["source"] == source
    assert "example.com" not in event["metadata"]
    if at:
        assert (str(lead["created_at"]), str(event["ts"])) == (at, at)


async def test_somebody_known_comes_again(database: str) -> None:
    later = RD_STATION | {"event_timestamp": "2026-05-05T10:00:00-03:00"}
    async with served(database, demo=False, **SECRETS) as api:
        for payload in (RD_STATION, later):
            assert (await sent(api, "rdstation", payload)).json()["stored"] == 1
    assert len(await execute(database, "SELECT FROM leads")) == 1
    assert len(await execute(database, "SELECT FROM events")) == 2


async def test_who_does_not_know_the_secret_is_turned_away(database: str) -> None:
    async with served(database, demo=False, **SECRETS) as api:
        for source, payload in (("meta", META), ("rdstation", RD_STATION), ("hubspot", HUBSPOT)):
            answer = await api.client.post(f"/hooks/{source}?key=guessed", json=payload)
            assert (answer.status_code, answer.json()["error"]) == (401, Text.HOOK_SECRET)
        answer = await api.client.post("/hooks/google", json=GOOGLE | {"google_key": "guessed"})
        assert answer.status_code == 401
        forged = await sent(api, "meta", META, **{"X-Hub-Signature-256": "sha256=00"})
        assert forged.status_code == 401
    assert await execute(database, "SELECT FROM leads") == []


async def test_nothing_is_taken_before_a_secret_is_set(api: Served) -> None:
    answer = await api.client.post("/hooks/meta?key=", json=META)
    assert (answer.status_code, answer.json()["error"]) == (404, Text.HOOK_NOT_SET_UP)
    other = await api.client.post("/hooks/other", json={})
    assert other.status_code == 400


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({}, Text.HOOK_REQUIRED),
        ([], Text.HOOK_REQUIRED),
        ({"contact": {"uuid": "u", "name": None}}, Text.LEAD_REQUIRED),
        ({"contact": "nobody"}, Text.HOOK_REQUIRED),
    ],
)
async def test_what_is_none_is_refused(database: str, payload: Any, error: str) -> None:
    async with served(database, **SECRETS) as api:
        answer = await sent(api, "rdstation", payload)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
        broken = await api.client.post("/hooks/rdstation?key=said by RD", content=b"{")
        assert (broken.status_code, broken.json()["error"]) == (400, Text.BAD_JSON)
