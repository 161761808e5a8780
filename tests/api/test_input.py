"""Bad input: a clear error, nothing half-written, nothing told of the inside."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from api.guard import HEADERS, Pace
from tests.api.served import execute, served

if TYPE_CHECKING:
    from tests.api.served import Served

INJECTIONS = ["'; DROP TABLE leads; --", "' OR '1'='1", "$1", "%s", "\\'; SELECT 1", "{0}"]
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("content", [b"{", b"", b"\xff", b'{"nome": ', b"[]", b"null", b"7"])
@pytest.mark.parametrize("path", ["/leads", "/events", "/events/batch", "/crm/move"])
@pytest.mark.no_cover
async def test_what_is_no_json_object_is_refused(api: Served, path: str, content: bytes) -> None:
    answer = await api.client.post(path, content=content, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        {"nome": ["a"], "segmento_interesse": "b"},
        {"nome": {"a": 1}, "segmento_interesse": "b"},
        {"nome": "a\0b", "segmento_interesse": "b"},
        {"nome": "a" * 301, "segmento_interesse": "b"},
        {"nome": " ", "segmento_interesse": "b"},
    ],
)
async def test_a_wrong_lead_is_refused(api: Served, database: str, body: dict[str, Any]) -> None:
    assert (await api.client.post("/leads", json=body)).status_code == 400
    assert await execute(database, "SELECT FROM leads") == []


@pytest.mark.parametrize(
    "metadata", ['{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": 1e999}', '"\\u0000"', "1e999"]
)
async def test_metadata_that_can_not_be_stored_fails_alone(api: Served, metadata: str) -> None:
    lead = await api.lead()
    bad = f'{{"lead_id": "{lead["id"]}", "event_type": "x", "metadata": {metadata}}}'
    good = {"lead_id": lead["id"], "event_type": "x"}
    answers = await asyncio.gather(
        *(api.client.post("/events", json=good) for _ in range(5)),
        api.client.post("/events", content=bad, headers=JSON),
        *(api.client.post("/events", json=good) for _ in range(5)),
    )
    statuses = [one.status_code for one in answers]
    assert statuses.pop(5) in {201, 400}
    assert set(statuses) == {201}


async def test_a_huge_body_is_refused(api: Served) -> None:
    body = b'{"nome": "' + b"a" * 10_000_000 + b'"}'
    answer = await api.client.post("/leads", content=body, headers=JSON)
    assert (answer.status_code, bool(answer.json()["error"])) == (413, True)

    async def piecemeal() -> Any:
        for _ in range(200):
            yield b" " * 50_000

    answer = await api.client.post("/leads", content=piecemeal(), headers=JSON)
    assert answer.status_code == 413


@pytest.mark.parametrize("text", INJECTIONS)
async def test_sql_is_only_text(api: Served, database: str, text: str) -> None:
    lead = await api.lead(nome=text, cidade=text, orcamento_faixa=text)
    assert lead["nome"] == lead["cidade"] == text
    for path in ("/leads", "/leads/count", "/partners", "/crm/board"):
        params = {"status": text, "uf": text, "segment": text, "q": text, "stage": text}
        assert (await api.client.get(path, params=params)).status_code == 200
    event = {"lead_id": lead["id"], "event_type": text, "metadata": {text: text}}
    assert (await api.client.post("/events", json=event)).json()["metadata"] == {text: text}
    note = await api.client.post(f"/leads/{lead['id']}/notes", json={"note": text})
    assert note.status_code == 200
    action = {"texto": text, "data": "2027-05-05"}
    saved = await api.client.post(f"/leads/{lead['id']}/next-action", json=action)
    assert saved.json()["next_action"]["text"] == text
    assert len(await execute(database, "SELECT FROM leads")) == 1


@pytest.mark.parametrize("lead_id", ["x", "1", "null", "%00", "7c0f5c1e", "é"])
@pytest.mark.parametrize("path", ["", "/score-diagnostics", "/history", "/next-action", "/notes"])
@pytest.mark.no_cover
async def test_an_id_that_is_none_is_refused(api: Served, lead_id: str, path: str) -> None:
    answer = await api.client.get(f"/leads/{lead_id}{path}")
    assert (answer.status_code, answer.json()["error"]) == (400, "id inválido")


async def test_an_unknown_lead_is_said_to_be(api: Served, database: str) -> None:
    lead_id = str(uuid4())
    for method, path, body in (
        ("GET", f"/leads/{lead_id}", None),
        ("DELETE", f"/leads/{lead_id}", None),
        ("PATCH", f"/leads/{lead_id}", {"cidade": "x"}),
        ("POST", f"/leads/{lead_id}/score", None),
        ("GET", f"/leads/{lead_id}/score-diagnostics", None),
        ("GET", f"/leads/{lead_id}/history", None),
        ("GET", f"/leads/{lead_id}/explanation", None),
        ("POST", f"/leads/{lead_id}/what-if", {}),
        ("GET", f"/leads/{lead_id}/personal-data", None),
        ("GET", f"/crm/leads/{lead_id}/managerial-report", None),
        ("GET", f"/leads/{lead_id}/next-action", None),
        ("POST", f"/leads/{lead_id}/next-action", {"texto": "x"}),
        ("DELETE", f"/leads/{lead_id}/next-action", None),
        ("POST", f"/leads/{lead_id}/notes", {"note": "x"}),
        ("POST", f"/leads/{lead_id}/apply-rule", {"rule_code": "asked_price"}),
        ("DELETE", f"/leads/{lead_id}/events/{uuid4()}", None),
        ("POST", "/crm/move", {"lead_id": lead_id, "stage": "INBOX"}),
        ("POST", "/handoff", {"lead_id": lead_id}),
        ("POST", "/events", {"lead_id": lead_id, "event_type": "x"}),
    ):
        answer = await api.client.request(method, path, json=body)
        assert (answer.status_code, answer.json()["error"]) == (404, "Lead não encontrado"), path
    for table in ("leads", "events", "lead_notes"):
        assert await execute(database, f"SELECT FROM {table}") == []


async def test_unknown_addresses_and_methods_are_said_to_be(api: Served) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("PUT", "/health", 405)):
        answer = await api.client.request(method, path)
        assert (answer.status_code, list(answer.json())) == (status, ["error"])


async def test_every_answer_has_its_headers(api: Served) -> None:
    for path in ("/health", "/leads", "/nowhere", "/leads/x", "/stream/leads"):
        async with api.client.stream("GET", path) as answer:
            for name, value in HEADERS:
                assert value.decode() in answer.headers[name.decode()]
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "server" not in answer.headers


async def test_who_sends_too_much_is_asked_to_wait(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    allows = Pace.allows
    monkeypatch.setattr(Pace, "allows", lambda pace, caller, _: allows(pace, caller, 0.0))
    async with served(database, api_ingest_rate=3) as api:
        lead = await api.lead()
        event = {"lead_id": lead["id"], "event_type": "x"}
        answers = await asyncio.gather(*(api.client.post("/events", json=event) for _ in range(12)))
        statuses = [one.status_code for one in answers]
        assert statuses.count(429) >= 8
        refused = next(one for one in answers if one.status_code == 429)
        assert refused.headers["retry-after"]
        assert refused.json()["error"]
        assert (await api.client.get("/leads")).status_code == 200
        stored = len(await execute(database, "SELECT FROM events"))
        assert stored == statuses.count(201)


async def test_a_client_that_hangs_up_harms_nobody(api: Served) -> None:
    url = api.client.base_url
    for sent in (
        b"POST /leads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
        b"GET /stream/leads HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /leads HTTP/1.1\r\nHost: loc",
    ):
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(sent)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    await api.lead()


async def test_the_log_names_no_person(api: Served, capfd: pytest.CaptureFixture[str]) -> None:
    lead = await api.lead(nome="Zuleica Quaresma", email="zuleica@example.com")
    await api.client.get("/crm/board", params={"q": "Zuleica"})
    await api.client.get(f"/leads/{lead['id']}")
    await api.client.post("/leads", json={"nome": "Zuleica\0"})
    said = "".join(capfd.readouterr())
    assert "Zuleica" not in said
    assert "zuleica@" not in said
    assert lead["id"] not in said
