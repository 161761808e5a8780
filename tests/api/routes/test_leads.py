"""Leads captured, listed, changed and deleted."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from api.texts import Text
from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served

MISSING = str(uuid4())


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
        {"whatsapp": "34988887777"},
    ],
)
async def test_another_lead_is_another_lead(api: Served, different: dict[str, str]) -> None:
    first = await api.lead(email="ana@example.com", cidade="Uberaba")
    assert (await api.lead(**different))["id"] != first["id"]


@pytest.mark.parametrize(
    ("name", "telephone"),
    [
        ("Ana Prado", "034999990000"),
        ("Ana Prado", "34 9999-0000"),
        ("Ana Prado", "+55 34 9999 0000"),
        ("A\u0301na Prado", "+55 (34) 99999-0000"),
    ],
)
async def test_a_person_is_the_same_however_name_and_telephone_are_written(
    api: Served, name: str, telephone: str
) -> None:
    first = await api.lead(nome=unicodedata.normalize("NFC", name), whatsapp="+55 (34) 99999-0000")
    again = await api.client.post(
        "/leads",
        json={"nome": name, "segmento_interesse": "CAVALOS", "uf": "MG", "whatsapp": telephone},
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


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("score", ["Zé", "Ágata", "bruno"]),
        ("-score", ["bruno", "Ágata", "Zé"]),
        ("nome", ["Ágata", "bruno", "Zé"]),
        ("-nome", ["Zé", "bruno", "Ágata"]),
        ("stage", ["Zé", "Ágata", "bruno"]),
        ("orcamento_faixa", ["bruno", "Zé", "Ágata"]),
        ("-orcamento_faixa", ["Zé", "bruno", "Ágata"]),
        ("-cidade", ["bruno", "Ágata", "Zé"]),
        ("created_at", ["Zé", "Ágata", "bruno"]),
    ],
)
async def test_a_page_is_of_all_leads_in_order(
    api: Served, database: str, sort: str, names: list[str]
) -> None:
    await api.lead(nome="Zé", orcamento_faixa="20k-60k", cidade="")
    await api.lead(nome="Ágata", cidade="Bagé")
    await api.lead(nome="bruno", orcamento_faixa="5k-20k", cidade="Óbidos")
    await execute(
        database,
        "UPDATE leads SET score = CASE nome WHEN 'Zé' THEN 9 WHEN 'Ágata' THEN 41 ELSE 100 END,"
        " status = CASE nome WHEN 'Zé' THEN 'CURIOSO' WHEN 'Ágata' THEN 'AQUECENDO'"
        " ELSE 'QUALIFICADO' END",
    )
    pages = [
        (await api.client.get("/leads", params={"sort": sort, "limit": 1, "offset": at})).json()
        for at in range(4)
    ]
    assert [lead["nome"] for page in pages for lead in page] == names


async def test_an_order_that_there_is_not_is_refused(api: Served) -> None:
    assert (await api.client.get("/leads", params={"sort": "senha"})).status_code == 400
    assert (await api.client.get("/leads", params={"sort": ""})).status_code == 200


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
    blank = {"status": "", "uf": "", "segment": "", "minScore": "", "q": "%"}
    for sent, rows in (
        ({"limit": "abc", "offset": "-4"}, 3),
        ({"limit": "0"}, 1),
        ({"limit": "90000"}, 3),
        (blank, 3),
    ):
        assert len((await api.client.get("/leads", params=sent)).json()) == rows
    assert (await api.client.get("/leads", params={"minScore": "x"})).status_code == 400


async def test_all_are_listed_in_order_however_many(api: Served, database: str) -> None:
    await execute(
        database,
        "INSERT INTO leads (nome, segmento_interesse, created_at) SELECT 'Lead ' || n, 'CAVALOS',"
        " now() - make_interval(mins => n * 61) FROM generate_series(1, 2500) AS n",
    )
    expected = [f"Lead {n}" for n in range(1, 2501)]
    leads = (await api.client.get("/leads")).json()
    assert [row["nome"] for row in leads] == expected
    cards = (await api.client.get("/crm/board")).json()["items"]
    assert [row["nome"] for row in cards] == expected


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_older_names_of_answers_are_known(api: Served, method: str) -> None:
    lead = await api.lead()
    sent = {"orcamento": "60k+", "prazo": "7d", "segmento": "EVENTOS"}
    answer = await api.client.request(method, f"/leads/{lead['id']}", json=sent)
    changed = answer.json()["lead"]
    names = ("orcamento_faixa", "prazo_compra", "segmento_interesse")
    assert [changed[name] for name in names] == ["60k+", "7d", "EVENTOS"]


async def test_who_leaves_no_contact_is_who_left_one_within_the_hour(api: Served) -> None:
    first = await api.lead(email="ana@example.com", cidade="Uberaba")
    body = {"nome": "ana prado", "segmento_interesse": "CAVALOS", "uf": "MG"}
    again = (await api.client.post("/leads", json=body)).json()
    assert (again["id"], again["deduplicated"]) == (first["id"], True)


@pytest.mark.parametrize(
    ("field", "values", "text"),
    [
        (
            "email",
            ["ana", "ana@", "@x.com", "a b@x.com", "ana@x"],
            Text.BAD_EMAIL,
        ),
        ("whatsapp", ["1234567", "1" * 16, "ligue já", "34 9999-000x"], Text.BAD_PHONE),
    ],
)
async def test_a_contact_that_is_plainly_none_is_refused(
    api: Served, field: str, values: list[str], text: str
) -> None:
    body = {"nome": "Ana", "segmento_interesse": "CAVALOS"}
    lead = await api.lead()
    for value in values:
        refused = await api.client.post("/leads", json=body | {field: value})
        assert (refused.status_code, refused.json()["error"]) == (400, text)
        kept = await api.client.patch(f"/leads/{lead['id']}", json={field: value})
        assert (kept.status_code, kept.json()["error"]) == (400, text)
    for fine in ("+55 (34) 99999-0000", "") if field == "whatsapp" else ("Ana@x.com.br", ""):
        assert (await api.client.post("/leads", json=body | {field: fine})).is_success


async def test_a_refusal_names_the_field_that_is_wrong(api: Served) -> None:
    body = {"nome": "Ana", "segmento_interesse": "CAVALOS", "cidade": "x" * 301}
    answer = await api.client.post("/leads", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "Valor inválido em: cidade")


async def test_a_state_that_is_none_is_left_out(api: Served) -> None:
    assert (await api.lead(uf="mg"))["uf"] == "MG"
    assert (await api.lead(uf="MGX"))["uf"] is None


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


async def test_the_same_form_sent_at_once_makes_one_lead(api: Served, database: str) -> None:
    body = {"nome": "Bia", "segmento_interesse": "EVENTOS", "email": "bia@example.com"}
    answers = await asyncio.gather(*(api.client.post("/leads", json=body) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] * 7 + [201]
    assert len(await execute(database, "SELECT FROM leads")) == 1
