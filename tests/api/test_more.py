"""What the contract lacked: history, explanation, what-if, batches, sending twice, CSV, metrics."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.api.served import execute
from tests.stream.child import child

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_the_history_says_what_moved(api: Served, database: str) -> None:
    lead = await api.lead()
    address = f"/leads/{lead['id']}"
    async with child(database) as stream:
        await stream.says("streaming")
        for kind in ("cta_click", "asked_price", "no_reply_3d"):
            await api.client.post("/events", json={"lead_id": lead["id"], "event_type": kind})
            await api.client.post(f"{address}/score")
    items = (await api.client.get(f"{address}/history")).json()["items"]
    assert [(one["cause"], one["score_before"], one["score_after"]) for one in items[:2]] == [
        ("no_reply_3d", 37, 31),
        ("asked_price", 25, 37),
    ]
    assert items[0]["cause_text"] == "Sem resposta há 3 dias"
    for one in items:
        moved = sum(change["after"] - change["before"] for change in one["changes"])
        assert moved == one["score_after"] - (one["score_before"] or 0)
    first = (await api.client.get(f"{address}/history", params={"limit": 1})).json()
    rest = await api.client.get(f"{address}/history", params={"before": first["next_before"]})
    assert first["items"] + rest.json()["items"] == items
    assert rest.json()["next_before"] is None


async def test_a_score_is_explained_in_words(api: Served) -> None:
    lead = await api.lead(email="ana@example.com")
    await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "cta_click"})
    said = (await api.client.get(f"/leads/{lead['id']}/explanation")).json()
    assert said["score"] == sum(one["impacto"] for one in said["motivos"]) == 25
    assert said["text"][0].startswith("A nota é 25 de 0 a 100")
    assert any("LGPD" in line for line in said["text"])
    answers = {one["field"]: one["value"] for one in said["data_used"]["profile"]}
    assert answers["uf"] == "MG"
    assert answers["email"] == answers["nome"] == 1.0
    (event,) = said["data_used"]["events"]
    assert (event["event_type"], event["count"]) == ("cta_click", 1)
    assert said["model"]["version"] == 0


async def test_what_if_stores_nothing(api: Served, database: str) -> None:
    lead = await api.lead()
    tried = {
        "events": [{"event_type": "cta_click"}, {"event_type": "whatsapp_reply"}],
        "profile": {"orcamento_faixa": "60k+", "uf": None},
    }
    trial = (await api.client.post(f"/leads/{lead['id']}/what-if", json=tried)).json()
    assert trial["before"]["score"] == 5
    assert trial["after"]["score"] == 20 + 8 + 30
    assert trial["delta"] == 53
    assert sum(one["impacto"] for one in trial["after"]["motivos"]) == 58
    moved = {"event_type": "crm_manual_move", "metadata": {"to_stage": "QUALIFICADO"}}
    body = {"events": [moved, *({"event_type": "cta_click"} for _ in range(9))]}
    again = (await api.client.post(f"/leads/{lead['id']}/what-if", json=body)).json()
    assert again["before"] == trial["before"]
    assert await execute(database, "SELECT FROM events") == []


async def test_a_batch_is_stored_whole_or_not_at_all(api: Served, database: str) -> None:
    lead = await api.lead()
    good = {"lead_id": lead["id"], "event_type": "page_view"}
    answer = await api.client.post("/events/batch", json={"events": [good] * 1000})
    assert answer.status_code == 201
    assert len({one["id"] for one in answer.json()["events"]}) == 1000
    for bad, named in (
        ({"lead_id": str(uuid4()), "event_type": "x"}, "events.1"),
        ({"lead_id": "x", "event_type": "x"}, "events.1.lead_id"),
        ({"lead_id": lead["id"]}, "events.1.event_type"),
    ):
        answer = await api.client.post("/events/batch", json={"events": [good, bad]})
        assert answer.status_code == 400
        assert [one["field"] for one in answer.json()["fields"]] == [named]
    for events in ([], [good] * 1001):
        answer = await api.client.post("/events/batch", json={"events": events})
        assert answer.status_code == 400
    (row,) = await execute(database, "SELECT count(*) AS stored FROM events")
    assert row["stored"] == 1000


async def test_what_is_sent_twice_is_stored_once(api: Served, database: str) -> None:
    lead = await api.lead()
    event = {"lead_id": lead["id"], "event_type": "cta_click"}
    named = event | {"event_id": str(uuid4())}
    header = {"Idempotency-Key": "form 7"}
    for body, headers in ((named, {}), (event, header)):
        answers = await asyncio.gather(
            *(api.client.post("/events", json=body, headers=headers) for _ in range(5))
        )
        assert {one.status_code for one in answers} == {201}
        assert len({one.text for one in answers}) == 1
        other = body | {"event_type": "other"}
        conflict = await api.client.post("/events", json=other, headers=headers)
        assert conflict.status_code == 409
    assert len(await execute(database, "SELECT FROM events")) == 2
    batch = {"events": [event, event]}
    for _ in range(2):
        assert (
            await api.client.post("/events/batch", json=batch, headers=header)
        ).status_code == 201
    assert len(await execute(database, "SELECT FROM events")) == 4
    body = {"nome": "Bia", "segmento_interesse": "EVENTOS"}
    first = await api.client.post("/leads", json=body, headers=header)
    await execute(database, "UPDATE leads SET created_at = now() - interval '2 hours'")
    again = await api.client.post("/leads", json=body, headers=header)
    assert (again.json()["id"], again.json()["deduplicated"]) == (first.json()["id"], True)


async def test_the_same_form_sent_at_once_makes_one_lead(api: Served, database: str) -> None:
    body = {"nome": "Bia", "segmento_interesse": "EVENTOS", "email": "bia@example.com"}
    answers = await asyncio.gather(*(api.client.post("/leads", json=body) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] * 7 + [201]
    assert len(await execute(database, "SELECT FROM leads")) == 1


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
async def test_a_csv_runs_nothing(api: Served, formula: str) -> None:
    lead = await api.lead(nome=f"a{formula}", cidade=f"x{formula}")
    await api.client.patch(
        f"/leads/{lead['id']}", json={"cidade": formula, "nome": 'Ana "A"; B,\n'}
    )
    answer = await api.client.get("/leads.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    cells = dict(zip(header, row, strict=True))
    assert cells["id"] == lead["id"]
    assert cells["nome"].startswith('Ana "A"; B,')
    assert cells["cidade"] == f"'{formula.strip()}"


async def test_csvs_have_every_row(api: Served, database: str) -> None:
    await execute(
        database,
        "INSERT INTO leads (nome, segmento_interesse, uf) SELECT 'n' || n, 's', 'MG'"
        " FROM generate_series(1, 2500) AS n",
    )
    await execute(
        database,
        "INSERT INTO partners (cnpj, uf) SELECT n::text, 'MG' FROM generate_series(1, 1500) AS n",
    )
    for path, rows in (
        ("/leads.csv", 2500), ("/partners.csv", 1500), ("/leads.csv?uf=SP", 0),
        ("/leads.csv?q=N249", 11), ("/partners.csv?q=149", 12),
    ):  # fmt: skip
        text = (await api.client.get(path)).content.decode("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(text)))) == rows + 1


async def test_a_csv_may_be_for_excel_in_portuguese(api: Served) -> None:
    await api.lead(nome="Ana; B", cidade="a,b")
    answer = await api.client.get("/leads.csv", params={"separator": ";"})
    text = io.StringIO(answer.content.decode("utf-8-sig"), newline="")
    header, row = csv.reader(text, delimiter=";")
    cells = dict(zip(header, row, strict=True))
    assert (cells["nome"], cells["cidade"]) == ("Ana; B", "a,b")
    assert (await api.client.get("/leads.csv", params={"separator": "x"})).status_code == 400


async def test_prometheus_is_told(api: Served) -> None:
    await api.lead()
    answer = await api.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    said = answer.text
    assert 'galope_http_requests_total{method="POST",route="/leads",status="201"}' in said
    for name in ("heartbeat_age_seconds", "leads_due", "sse_readers", "change_log_bytes"):
        assert f"galope_{name}" in said


async def test_the_models_measures_are_listed(api: Served, database: str) -> None:
    assert (await api.client.get("/ml/metrics")).json() == []
    await execute(
        database,
        "INSERT INTO galope.model_metric (version, head, contender, measured_at, metrics) VALUES"
        " (1, 'qualify', 'frozen', now() - interval '1 day', '{}'),"
        """ (1, 'qualify', 'frozen', now(), '{"auc": 0.8}'),"""
        """ (2, 'qualify', 'quick', now(), '{"auc": 0.9}')""",
    )
    listed = (await api.client.get("/ml/metrics")).json()
    assert [(one["version"], one["metrics"]) for one in listed] == [
        (2, {"auc": 0.9}),
        (1, {"auc": 0.8}),
    ]


async def test_every_call_is_described_with_an_example(api: Served) -> None:
    spec = (await api.client.get("/openapi.json")).json()
    for path, methods in spec["paths"].items():
        for method, call in methods.items():
            assert call["summary"], (method, path)
            assert call["description"], (method, path)
    for name, schema in spec["components"]["schemas"].items():
        assert schema.get("description") or name in {"HTTPValidationError", "ValidationError"}, name
