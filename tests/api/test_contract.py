"""Every row of the contract, against the running API and, where it matters, the running stream."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from api.texts import Text
from domain.catalogue import LANGUAGES
from tests.api.served import execute, served
from tests.stream.child import child

if TYPE_CHECKING:
    from tests.api.served import Served

MISSING = str(uuid4())
SCORE_META = {"engine", "model_name", "probability_qualified"}


async def test_health(api: Served) -> None:
    answer = await api.client.get("/health")
    assert answer.json() == {
        "status": "UP",
        "features": {"crm_next_action": True, "score_diagnostics": True, "ml_model_info": True},
    }


async def test_health_is_down_where_galope_is_not_installed(empty_database: str) -> None:
    async with served(empty_database) as api:
        answer = await api.client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (500, "DOWN")


async def test_a_lead_is_captured_once(api: Served) -> None:
    first = await api.lead(email="ana.prado+site@gmail.com")
    assert first["deduplicated"] is False
    again = await api.client.post(
        "/leads",
        json={
            "nome": "ANA prado",
            "segmento_interesse": "CAVALOS",
            "uf": "mg",
            "email": "AnaPrado@gmail.com",
            "cidade": "Uberaba",
        },
    )
    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert again.json()["deduplicated"] is True
    assert again.json()["dedupe_window_minutes"] == 60


@pytest.mark.parametrize(
    "different",
    [
        {"email": "other@example.com"},
        {"uf": "SP"},
        {"segmento_interesse": "EVENTOS"},
        {"email": "ana@example.com", "cidade": "Araxá"},
        {"email": ""},
    ],
)
async def test_another_lead_is_another_lead(api: Served, different: dict[str, str]) -> None:
    first = await api.lead(email="ana@example.com", cidade="Uberaba")
    assert (await api.lead(**different))["id"] != first["id"]


async def test_a_telephone_is_the_same_however_it_is_written(api: Served) -> None:
    first = await api.lead(whatsapp="+55 (34) 99999-0000")
    again = await api.client.post(
        "/leads",
        json={
            "nome": "Ana Prado",
            "segmento_interesse": "CAVALOS",
            "uf": "MG",
            "whatsapp": "034999990000",
        },
    )
    assert again.json()["id"] == first["id"]


async def test_after_an_hour_a_lead_is_new(api: Served, database: str) -> None:
    first = await api.lead()
    await execute(database, "UPDATE leads SET created_at = now() - interval '61 minutes'")
    assert (await api.lead())["id"] != first["id"]


@pytest.mark.parametrize("body", [{"nome": "Ana"}, {"segmento_interesse": "CAVALOS"}, {}])
async def test_a_lead_needs_a_name_and_a_segment(api: Served, body: dict[str, str]) -> None:
    answer = await api.client.post("/leads", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "nome e segmento_interesse são obrigatórios"


async def test_leads_are_listed_filtered_and_counted(api: Served, database: str) -> None:
    for number, uf in enumerate(("MG", "SP", "SP")):
        await api.lead(nome=f"Lead {number}", uf=uf, cidade=f"100% {uf}")
    await execute(database, "UPDATE leads SET score = 50, status = 'AQUECENDO' WHERE uf = 'SP'")
    listed = (await api.client.get("/leads", params={"limit": 2})).json()
    assert [one["nome"] for one in listed] == ["Lead 2", "Lead 1"]
    rest = (await api.client.get("/leads", params={"limit": 2, "offset": 2})).json()
    assert [one["nome"] for one in rest] == ["Lead 0"]
    for filters, total in (
        ({"uf": "SP"}, 2),
        ({"status": "CURIOSO"}, 1),
        ({"minScore": "50"}, 2),
        ({"segment": "EVENTOS"}, 0),
        ({"uf": "SP", "minScore": "51"}, 0),
        ({"q": "lead"}, 3),
        ({"q": "0% sp", "uf": "SP"}, 2),
        ({"q": "1%s"}, 0),
    ):
        found = (await api.client.get("/leads", params=filters)).json()
        count = (await api.client.get("/leads/count", params=filters)).json()
        table = (await api.client.get("/leads.csv", params=filters)).text
        assert (len(found), count) == (total, {"total": total})
        assert len(table.splitlines()) == total + 1
    assert (await api.client.get("/leads", params={"limit": 5001})).status_code == 400


async def test_duplicates_are_hidden(api: Served, database: str) -> None:
    await api.lead()
    await execute(
        database,
        "INSERT INTO leads (nome, segmento_interesse, uf) SELECT nome, segmento_interesse, uf"
        " FROM leads",
    )
    assert len((await api.client.get("/leads")).json()) == 1
    assert (await api.client.get("/leads/count")).json() == {"total": 1}


async def test_one_lead(api: Served) -> None:
    lead = await api.lead()
    found = (await api.client.get(f"/leads/{lead['id']}")).json()
    assert found["nome"] == "Ana Prado"
    assert {"score", "status", "crm_stage", "score_motivos", "next_action_text"} <= set(found)


async def test_a_lead_is_deleted(api: Served) -> None:
    lead = await api.lead()
    answer = (await api.client.delete(f"/leads/{lead['id']}")).json()
    assert answer["ok"] is True
    assert (answer["deleted"], answer["deleted_ids"]) == (1, [lead["id"]])
    assert answer["message"]
    assert (await api.client.get(f"/leads/{lead['id']}")).status_code == 404


async def test_leads_are_deleted_in_bulk(api: Served) -> None:
    lead = await api.lead()
    body = {"ids": [lead["id"], MISSING, "x", 7, lead["id"]]}
    answer = (await api.client.post("/leads/bulk-delete", json=body)).json()
    assert answer["deleted_ids"] == [lead["id"]]
    assert answer["requested"] == 5
    assert answer["not_found_ids"] == [MISSING]
    assert answer["invalid_ids"] == ["x", 7]


@pytest.mark.parametrize(("method", "path"), [("PATCH", ""), ("PUT", ""), ("POST", "/update")])
async def test_a_lead_is_changed(api: Served, method: str, path: str) -> None:
    lead = await api.lead(cidade="Uberaba")
    address = f"/leads/{lead['id']}{path}"
    answer = await api.client.request(method, address, json={"orcamento_faixa": "60k+"})
    changed = answer.json()["lead"]
    assert answer.json()["ok"] is True
    assert (changed["orcamento_faixa"], changed["cidade"]) == ("60k+", "Uberaba")
    nothing = await api.client.request(method, address, json={"score": 99})
    assert (nothing.status_code, bool(nothing.json()["error"])) == (400, True)


async def test_an_event_is_recorded(api: Served) -> None:
    lead = await api.lead()
    body = {"lead_id": lead["id"], "event_type": "cta_click", "metadata": {"page": "/haras"}}
    answer = await api.client.post("/events", json=body)
    event = answer.json()
    assert answer.status_code == 201
    assert body.items() <= event.items()
    assert {"id", "ts"} <= set(event)
    for missing in ({"event_type": "x"}, {"lead_id": lead["id"]}, {}):
        refused = await api.client.post("/events", json=missing)
        assert refused.status_code == 400
        assert refused.json()["error"] == "lead_id e event_type são obrigatórios"


async def test_a_score_is_fresh_with_a_stream_and_without(api: Served, database: str) -> None:
    lead = await api.lead()
    await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "cta_click"})
    alone = (await api.client.post(f"/leads/{lead['id']}/score")).json()
    async with child(database) as stream:
        await stream.says("streaming")
        await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "asked_price"})
        live = (await api.client.post(f"/leads/{lead['id']}/score")).json()
        stored = (await api.client.get(f"/leads/{lead['id']}")).json()
        said = (await api.client.get(f"/leads/{lead['id']}/score-diagnostics")).json()
    for one in (alone, live):
        assert sum(reason["impacto"] for reason in one["motivos"]) == one["score"]
        assert set(one["meta"]) == SCORE_META
        assert set(one["diagnostics"]) == SCORE_META | {"scored_at", "meta"}
        assert set(one["motivos"][0]) == {"fator", "impacto", "detalhe"}
    assert alone["score"] == 25
    assert live["score"] == stored["score"] == said["score"] == 37
    assert said["lead_id"] == lead["id"]
    assert said["diagnostics"]["engine"] == "galope"


NEXT_ACTIONS = [
    f"{root}/{{id}}/{name}"
    for root in ("/leads", "/crm/leads", "/crm/lead")
    for name in ("next-action", "proxima-acao")
]


@pytest.mark.parametrize("address", [*NEXT_ACTIONS, "/crm/next-action", "/crm/proxima-acao"])
async def test_a_next_action_is_saved_read_and_cleared(
    api: Served, database: str, address: str
) -> None:
    lead = await api.lead()
    path = address.format(id=lead["id"])
    named = {} if "{id}" in address else {"lead_id": lead["id"]}
    wanted = {"text": "Ligar", "date": "2027-05-05", "time": "10:30"}
    for method, body in (
        ("POST", {"texto": "Ligar", "data": "05/05/2027", "hora": "10:30"}),
        ("PATCH", {"next_action_time": "10:30"}),
        ("PUT", {"proxima_acao": "Ligar", "next_action_date": "2027-05-05"}),
    ):
        answer = await api.client.request(method, path, json=named | body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["next_action"] == answer.json()["proxima_acao"] == wanted
        assert answer.json()["lead"]["id"] == lead["id"]
    read = (await api.client.get(path, params=named)).json()
    assert read["next_action"] == wanted
    cleared = (await api.client.delete(path, params=named)).json()
    assert cleared["next_action"] == {"text": None, "date": None, "time": None}
    kinds = await execute(database, "SELECT event_type FROM events ORDER BY ts")
    assert [row["event_type"] for row in kinds] == ["next_action_saved"] * 3 + [
        "next_action_cleared"
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"texto": "Ligar", "hora": "10:00"},
        {"texto": "Ligar", "data": "2027-13-01"},
        {"texto": "Ligar", "data": "2027-05-05", "hora": "25:00"},
        {"data": "2027-05-05"},
    ],
)
async def test_a_senseless_next_action_is_refused(api: Served, body: dict[str, str]) -> None:
    lead = await api.lead()
    answer = await api.client.post(f"/leads/{lead['id']}/next-action", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_the_board(api: Served, database: str, prefix: str) -> None:
    for number, (status, stage) in enumerate(
        [
            ("CURIOSO", "INBOX"),
            ("AQUECENDO", "INBOX"),
            ("CURIOSO", "QUALIFICADO"),
            ("ENVIADO", "AQUECENDO"),
        ]
    ):
        lead = await api.lead(nome=f"Lead {number}")
        await execute(
            database,
            "UPDATE leads SET status = $2, crm_stage = $3, score = $4 WHERE id = $1",
            *(lead["id"], status, stage, number),
        )
    best = await api.client.get(f"{prefix}/board", params={"order": "best", "limit": 3})
    assert [one["nome"] for one in best.json()["items"]] == ["Lead 3", "Lead 2", "Lead 1"]
    items = (await api.client.get(f"{prefix}/board")).json()["items"]
    stages = [(one["nome"], one["crm_stage"]) for one in items]
    assert stages == [
        ("Lead 3", "ENVIADO"),
        ("Lead 2", "QUALIFICADO"),
        ("Lead 1", "AQUECENDO"),
        ("Lead 0", "INBOX"),
    ]
    some = await api.client.get(f"{prefix}/board", params={"stage": "AQUECENDO"})
    assert [one["nome"] for one in some.json()["items"]] == ["Lead 1"]
    page = await api.client.get(f"{prefix}/board", params={"limit": 1, "offset": 1, "q": "lead"})
    assert [one["nome"] for one in page.json()["items"]] == ["Lead 2"]


@pytest.mark.parametrize(
    ("stage", "status", "score"),
    [
        ("INBOX", "CURIOSO", 39),
        ("AQUECENDO", "AQUECENDO", 55),
        ("QUALIFICADO", "QUALIFICADO", 70),
        ("ENVIADO", "ENVIADO", 70),
    ],
)
async def test_a_card_is_moved(
    api: Served, database: str, stage: str, status: str, score: int
) -> None:
    lead = await api.lead()
    await execute(database, "UPDATE leads SET score = 55, status = 'AQUECENDO'")
    body = {"lead_id": lead["id"], "stage": stage}
    answer = (await api.client.post("/crm/move", json=body)).json()
    transition = {
        "from_stage": "AQUECENDO",
        "to_stage": stage,
        "from_status": "AQUECENDO",
        "to_status": status,
        "from_score": 55,
        "to_score": score,
    }
    assert answer["ok"] is True
    assert answer["transition"] == transition
    assert (answer["lead"]["status"], answer["lead"]["crm_stage"]) == (status, stage)
    (event,) = await execute(database, "SELECT event_type, metadata::text FROM events")
    assert event["event_type"] == "crm_manual_move"
    async with child(database) as stream:
        await stream.says("streaming")
        live = (await api.client.post(f"/leads/{lead['id']}/score")).json()
        gate = await api.client.post(
            f"/crm/leads/{lead['id']}/apply-rule", json={"rule_code": "sent_documents"}
        )
    # The stream keeps a moved card where it is; one put back may rise by what the lead does.
    assert live["status"] == status
    open_now = stage in {"QUALIFICADO", "ENVIADO"}
    assert gate.json()["qualification_gate"]["open"] is open_now


async def test_an_unknown_stage_is_refused(api: Served) -> None:
    lead = await api.lead()
    answer = await api.client.post("/move", json={"lead_id": lead["id"], "stage": "LUA"})
    assert (answer.status_code, answer.json()["error"]) == (400, "stage inválido")


@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_a_card_that_is_elsewhere_stays_there(
    api: Served, database: str, prefix: str
) -> None:
    lead = await api.lead()
    await execute(database, "UPDATE leads SET status = 'AQUECENDO'")
    rows = "SELECT l::text, (SELECT count(*) FROM events) AS events FROM leads AS l"
    before = await execute(database, rows)
    body = {"lead_id": lead["id"], "stage": "QUALIFICADO"}
    refused = await api.client.post(f"{prefix}/move", json=body | {"expected_stage": "CURIOSO"})
    assert refused.status_code == 409
    assert refused.json() == {
        "error": "O lead já está em outra etapa",
        "current_stage": "AQUECENDO",
    }
    unknown = await api.client.post(f"{prefix}/move", json=body | {"expected_stage": "LUA"})
    assert (unknown.status_code, unknown.json()["error"]) == (400, "stage inválido")
    assert await execute(database, rows) == before
    moved = await api.client.post(f"{prefix}/move", json=body | {"expected_stage": "aquecendo"})
    assert moved.json()["transition"]["from_stage"] == "AQUECENDO"


async def test_of_two_who_move_a_card_at_once_one_is_refused(api: Served, database: str) -> None:
    lead = await api.lead()
    move = {"lead_id": lead["id"], "expected_stage": "INBOX"}
    answers = await asyncio.gather(
        *(
            api.client.post("/crm/move", json=move | {"stage": stage})
            for stage in ("AQUECENDO", "QUALIFICADO")
        )
    )
    done, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert (done.status_code, refused.status_code) == (200, 409)
    (row,) = await execute(database, "SELECT crm_stage FROM leads")
    assert row["crm_stage"] == done.json()["lead"]["crm_stage"] == refused.json()["current_stage"]


@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_the_rules(api: Served, prefix: str) -> None:
    items = (await api.client.get(f"{prefix}/event-rules")).json()["items"]
    rules = {one["code"]: one for one in items}
    assert len(rules) == 18
    assert rules["no_budget_now"] == {
        "code": "no_budget_now",
        "label": "Sem orçamento agora",
        "event_type": "no_budget_now",
        "delta": -20,
        "direction": "down",
        "signal_patch": {"budget_confirmed": False},
    }


@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_a_rule_is_applied(api: Served, database: str, prefix: str) -> None:
    lead = await api.lead()
    address = f"{prefix}/leads/{lead['id']}/apply-rule"
    async with child(database) as stream:
        await stream.says("streaming")
        body = {"rule_code": "budget_confirmed", "metadata": {"a": 1}, "source": "ligação"}
        answer = (await api.client.post(address, json=body)).json()
    assert answer["ok"] is True
    assert answer["rule"]["code"] == "budget_confirmed"
    assert answer["lead"]["score"] == answer["transition"]["to_score"] == 20
    assert answer["qualification_gate"] == {
        "open": False,
        "missing_signals": ["timeline_confirmed", "need_confirmed"],
    }
    unknown = await api.client.post(address, json={"rule_code": "lua"})
    assert unknown.status_code == 400
    assert "budget_confirmed" in unknown.json()["allowed_rules"]


async def test_an_event_recorded_by_mistake_is_taken_back(api: Served, database: str) -> None:
    lead, other = await api.lead(), await api.lead(nome="Bia Prado")
    outcomes = "SELECT FROM galope.outcome"
    async with child(database) as stream:
        await stream.says("streaming")
        address = f"/leads/{lead['id']}/apply-rule"
        await api.client.post(address, json={"rule_code": "budget_confirmed"})
        applied = (await api.client.post(address, json={"rule_code": "lost_interest"})).json()
        assert len(await execute(database, outcomes)) == 1
        event = f"events/{applied['event_id']}"
        elsewhere = await api.client.delete(f"/leads/{other['id']}/{event}")
        assert (elsewhere.status_code, elsewhere.json()["error"]) == (404, Text.EVENT_NOT_FOUND)
        assert len(await execute(database, "SELECT FROM events")) == 2
        undone = (await api.client.delete(f"/leads/{lead['id']}/{event}")).json()
        assert await execute(database, outcomes) == []
    (left,) = await execute(database, "SELECT event_type FROM events")
    assert left["event_type"] == "budget_confirmed"
    assert undone["lead"]["score"] == undone["transition"]["to_score"] == 20
    assert undone["transition"] == {
        "from_stage": applied["transition"]["to_stage"],
        "to_stage": applied["transition"]["from_stage"],
        "from_status": applied["transition"]["to_status"],
        "to_status": applied["transition"]["from_status"],
        "from_score": applied["transition"]["to_score"],
        "to_score": applied["transition"]["from_score"],
    }
    again = await api.client.delete(f"/leads/{lead['id']}/{event}")
    assert (again.status_code, again.json()["error"]) == (404, Text.EVENT_NOT_FOUND)
    (row,) = await execute(
        database, "SELECT lead_id::text, facts FROM galope.audit WHERE action = 'event taken back'"
    )
    assert tuple(row) == (lead["id"], '{"event_type": "lost_interest"}')


@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_notes(api: Served, prefix: str) -> None:
    lead = await api.lead()
    address = f"{prefix}/leads/{lead['id']}/notes"
    for note in ("Prefere à tarde", "NEXT_ACTION|05/05/2027|10:30|Ligar"):
        assert (await api.client.post(address, json={"note": note})).json() == {"ok": True}
    notes = (await api.client.get(address)).json()["notes"]
    assert [one["text"] for one in notes] == ["Ligar", "Prefere à tarde"]
    assert set(notes[0]) == {"id", "type", "text", "date", "hour", "created_at"}
    assert (notes[0]["type"], notes[0]["date"], notes[0]["hour"]) == (
        "NEXT_ACTION",
        "2027-05-05",
        "10:30",
    )
    action = (await api.client.get(f"/leads/{lead['id']}/next-action")).json()["next_action"]
    assert action == {"text": "Ligar", "date": "2027-05-05", "time": "10:30"}
    assert (await api.client.post(address, json={})).status_code == 400


@pytest.mark.parametrize("name", ["managerial-report", "relatorio-gerencial"])
async def test_the_managerial_report(api: Served, name: str) -> None:
    lead = await api.lead()
    answer = (await api.client.get(f"/crm/leads/{lead['id']}/{name}")).json()
    assert answer["ok"] is True
    assert set(answer["report"]) == {
        "lead_snapshot",
        "executive_summary",
        "routing",
        "qualification_intelligence",
        "engagement",
        "crm_context",
        "partner_matching",
        "managerial_risks",
        "managerial_recommendations",
        "governance",
    }
    assert "Sem telefone nem e-mail" in answer["report"]["managerial_risks"]


def texts_of(report: dict[str, Any]) -> list[str]:
    """Return all that a report says in words of its own."""
    score = report["qualification_intelligence"]
    return [
        report["executive_summary"],
        report["routing"]["next_best_action"],
        score["summary"],
        *(reason["fator"] for reason in score["motivos"]),
        *report["managerial_risks"],
        *report["managerial_recommendations"],
        *(one["text"] for one in report["partner_matching"]["top"][0]["reasons"]),
        report["governance"]["note"],
    ]


async def test_the_managerial_report_speaks_the_readers_language(database: str) -> None:
    await execute(
        database, "INSERT INTO partners (cnpj, uf, segmento) VALUES ('1', 'MG', 'CAVALOS')"
    )
    async with served(database, language="es") as api:
        lead = await api.lead()
        await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "cta_click"})
        reports = {
            language: (
                await api.client.get(
                    f"/crm/leads/{lead['id']}/managerial-report", params={"lang": language or []}
                )
            ).json()["report"]
            for language in (None, *LANGUAGES)
        }
        unknown = await api.client.get(
            f"/crm/leads/{lead['id']}/managerial-report", params={"lang": "fr"}
        )
    assert unknown.status_code == 400
    assert texts_of(reports[None]) == texts_of(reports["es"])
    assert reports["en"]["executive_summary"] == (
        "Ana Prado (CAVALOS, MG) has score 25 and stands in Curious."
    )
    said = {language: set(texts_of(reports[language])) for language in LANGUAGES}
    assert said["pt-BR"] & said["es"] == {"Estado"}
    assert not said["es"] & said["en"]
    assert not said["pt-BR"] & said["en"]
    for report in reports.values():
        score = report["qualification_intelligence"]
        assert sum(one["impacto"] for one in score["motivos"]) == score["score"] == 25


async def test_a_qualified_lead_is_handed_off(api: Served, database: str) -> None:
    lead = await api.lead()
    body = {"lead_id": lead["id"], "channel": "whatsapp"}
    early = await api.client.post("/handoff", json=body)
    assert (early.status_code, early.json()["current_status"]) == (409, "CURIOSO")
    await execute(database, "UPDATE leads SET status = 'QUALIFICADO'")
    assert (await api.client.post("/handoff", json=body)).json() == {"ok": True}
    (row,) = await execute(database, "SELECT status, event_type FROM leads, events")
    assert tuple(row) == ("ENVIADO", "handoff")
    again = await api.client.post("/handoff", json=body)
    assert (again.status_code, again.json()["current_status"]) == (409, "ENVIADO")


async def test_partners(api: Served, database: str) -> None:
    await execute(
        database,
        "INSERT INTO partners (cnpj, nome_fantasia, uf, segmento, prioridade) VALUES"
        " ('1', 'Beta', 'MG', 'CAVALOS', 2), ('2', 'Alfa', 'MG', 'CAVALOS', 2),"
        " ('3', 'Zeta', 'SP', 'EVENTOS', 1)",
    )

    async def names(**filters: str) -> list[str]:
        found = await api.client.get("/partners", params=filters)
        count = await api.client.get("/partners/count", params=filters)
        assert count.json() == {"total": len(found.json())}
        return [one["nome_fantasia"] for one in found.json()]

    assert await names() == ["Zeta", "Alfa", "Beta"]
    assert await names(uf="MG") == ["Alfa", "Beta"]
    assert await names(segment="EVENTOS") == ["Zeta"]
    assert await names(q="alf") == ["Alfa"]
    assert await names(q="%") == []
    summary = (await api.client.get("/partners/summary", params={"uf": "MG"})).json()
    assert summary == [{"segmento": "CAVALOS", "total": 2}]


async def test_the_model_before_and_after_training(api: Served) -> None:
    info = (await api.client.get("/ml/model-info")).json()
    assert (info["available"], info["winner"]) == (False, None)
    assert {"runner_up", "fine_tuning", "selection_reasons", "report_path"} <= set(info)
    few = await api.client.post("/admin/ml/retrain", json={"min_rows": 200})
    assert (few.status_code, few.json()["min_rows"]) == (400, 200)
    unexpected = await api.client.post("/admin/ml/retrain", json={"expected_leads": 5})
    assert (unexpected.status_code, unexpected.json()["found_leads"]) == (409, 0)
    seeded = await api.client.post("/demo/seed-leads", json={"n": 400, "replace": True, "seed": 3})
    assert seeded.json()["ok"] is True
    trained = (await api.client.post("/admin/ml/retrain", json={"min_rows": 100})).json()
    assert trained["ok"] is True
    assert set(trained["report"]) >= {"version", "candidates"}
    info = (await api.client.get("/ml/model-info")).json()
    assert info["available"] is trained["promoted"]


async def test_duplicates_are_merged(api: Served, database: str) -> None:
    lead = await api.lead()
    for minutes in (50, 100):
        await execute(
            database,
            "INSERT INTO leads (nome, segmento_interesse, uf, created_at) SELECT nome,"
            " segmento_interesse, uf, created_at + make_interval(mins => $2) FROM leads"
            " WHERE id = $1",
            *(lead["id"], minutes),
        )
    await execute(database, "INSERT INTO events (lead_id, event_type) SELECT id, 'x' FROM leads")
    counted = (await api.client.post("/admin/dedup-leads")).json()
    assert (counted["dry_run"], counted["groups"], counted["duplicate_rows"]) == (True, 1, 2)
    assert counted["moved"] == {"events": 2, "notes": 0}
    merged = await api.client.post("/admin/dedup-leads", json={"dry_run": False})
    assert merged.json()["deleted_rows"] == 2
    (row,) = await execute(
        database, "SELECT lead_id::text, count(*) AS events FROM events GROUP BY lead_id"
    )
    assert tuple(row) == (lead["id"], 3)


async def test_the_demos_calls(api: Served, database: str) -> None:
    async def ids() -> list[str]:
        rows = await execute(database, "SELECT id::text FROM leads ORDER BY id")
        return [row["id"] for row in rows]

    alone = await api.client.post("/demo/seed-leads", json={"n": 5, "seed": 4})
    assert (alone.status_code, await ids()) == (400, [])
    body = {"n": 5, "seed": 4, "replace": True}
    assert (await api.client.post("/demo/seed-leads", json=body)).status_code == 200
    first = await ids()
    assert (await api.client.post("/demo/seed-leads", json=body)).status_code == 200
    assert (len(first), await ids()) == (5, first)
    assert (await api.client.post("/demo/seed-partners", json={"n": 3})).status_code == 200
    own = await api.lead()
    assert (await api.client.post("/demo/reset-seeded-leads")).json()["ok"] is True
    assert await ids() == [own["id"]]
    assert (await api.client.post("/demo/reset")).json() == {"ok": True, "deleted": 1}
    assert await ids() == []
    assert (await api.client.get("/partners/count")).json() == {"total": 3}
