"""Partner matching over HTTP: ranked with reasons, recorded, learned from, never out of date."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
import pytest_asyncio

from api.access import Role
from api.app import calls
from api.services.authentication import hashed
from api.services.database import STATEMENTS, Database
from api.services.partner_matching import PartnerMatching
from api.services.partner_watch import PartnerWatch
from api.settings import Settings
from domain.catalogue import catalogue
from domain.partners.matching import DAY_ZERO, PARTS
from tests.api.partners import always_looking, new_partner
from tests.stream.replay import new_lead

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from postgres.connect import Connection

ALIASES = ["/crm/leads/{}/matches", "/leads/{}/matches", "/recommendations/partners?lead_id={}"]


@asynccontextmanager
async def serving(dsn: str, *, demo: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    """Run the application on a database and yield a client of it."""
    app = calls(Settings(database_url=dsn, demo=demo))
    async with app.router.lifespan_context(app):
        services = app.state.services
        matching = PartnerMatching(services.database, always_looking(services.database))
        app.state.services = replace(services, matching=matching)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield client


@pytest_asyncio.fixture
async def client(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application on the test's own database."""
    async with serving(database) as client:
        yield client


async def items_of(client: httpx.AsyncClient, lead: UUID, **params: Any) -> list[dict[str, Any]]:
    """Return a lead's matches."""
    answer = await client.get(f"/crm/leads/{lead}/matches", params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    for item in items:
        assert sum(item["parts"].values()) == item["compatibility"] == item["score"]
        assert item["parts"].keys() == PARTS.keys()
        assert 1 <= len(item["reasons"]) <= 3
    return items


async def test_partners_come_ranked_with_reasons(
    client: httpx.AsyncClient, connection: Connection
) -> None:
    lead = await new_lead(connection, uf="MG", cidade="Uberaba")
    far = await new_partner(connection, uf="RS", segmento="CAVALOS", prioridade=1)
    near = await new_partner(
        connection,
        uf="SP",
        municipio_nome="Franca",
        segmento="CAVALOS",
        cnae_principal="0152-1/02",
        prioridade=1,
        razao_social="Haras Exemplo LTDA",
    )
    here = await new_partner(connection, municipio_nome="UBERABA", segmento="Cavalos", prioridade=2)
    items = await items_of(client, lead)
    assert [item["id"] for item in items] == [str(one) for one in (near, here, far)]
    assert items[0]["parts"]["segment"] == 30
    assert [reason["text"] for reason in items[0]["reasons"]] == [
        "mesmo segmento",
        "CNAE relacionado",
        "parceiro de prioridade 1",
    ]
    assert {"razao_social": "Haras Exemplo LTDA", "uf": "SP"}.items() <= items[0].items()
    assert [reason["text"] for reason in items[1]["reasons"]][1] == "mesma cidade"


@pytest.mark.parametrize("path", ALIASES)
async def test_every_name_of_the_call_answers(
    client: httpx.AsyncClient, connection: Connection, path: str
) -> None:
    lead = await new_lead(connection)
    for _ in range(3):
        await new_partner(connection)
    answer = await client.get(path.format(lead), params={"lead_id": str(lead), "limit": 2})
    assert answer.status_code == 200
    assert len(answer.json()["items"]) == 2


async def test_the_managerial_report_names_them(
    client: httpx.AsyncClient, connection: Connection
) -> None:
    lead = await new_lead(connection, uf="MG")
    far = await new_partner(connection, uf="RS", segmento="CAVALOS")
    answer = await client.get(f"/crm/leads/{lead}/managerial-report")
    (top,) = answer.json()["report"]["partner_matching"]["top_matches"]
    assert (top["id"], top["reasons"][0]["text"]) == (str(far), "mesmo segmento")


async def test_notes_count(client: httpx.AsyncClient, connection: Connection) -> None:
    lead = await new_lead(connection)
    for name in ("Haras do Vale", "Haras Aurora Boreal", "Haras Central"):
        await new_partner(connection, razao_social=name)
    await connection.execute(
        "INSERT INTO lead_notes (lead_id, note_text) VALUES ($1, 'visitou a Aurora Boreal'), "
        "($1, NULL)",
        lead,
    )
    items = await items_of(client, lead)
    assert items[0]["razao_social"] == "Haras Aurora Boreal"
    assert items[0]["parts"]["text"] > items[1]["parts"]["text"]


@pytest.mark.parametrize("path", ALIASES)
async def test_an_unknown_lead_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    missing = str(uuid4())
    answer = await client.get(path.format(missing), params={"lead_id": missing})
    assert (answer.status_code, answer.json()["error"]) == (404, "Lead não encontrado")


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/crm/leads/7/matches", "id inválido"),
        ("/leads/x'; DROP TABLE partners/matches", "id inválido"),
        ("/recommendations/partners", "lead_id é obrigatório"),
    ],
)
async def test_what_can_not_be_asked(client: httpx.AsyncClient, path: str, error: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_partners_of_any_quality_are_ranked(
    client: httpx.AsyncClient, connection: Connection
) -> None:
    lead = await new_lead(connection, segmento_interesse="Égua mansa p/ menina", uf=None)
    rows: list[dict[str, Any]] = [
        {"contato": None, "endereco": None, "cnaes_secundarios": None, "prioridade": None},
        {"contato": "null", "endereco": "[1, 2]", "cnae_principal": "02/02/4930"},
        {"endereco": '{"lat": "x", "lon": null}', "cnaes_secundarios": [None, "", "152102"]},
        {"uf": "??", "segmento": "criador de cavalos (PO)", "prioridade": 9},
        {"uf": "", "municipio_nome": " ", "razao_social": "\u200b", "prioridade": -1},
        {"endereco": '"texto"', "cnae_principal": "99", "segmento": ""},
    ]
    ids = {str(await new_partner(connection, **row)) for row in rows}
    items = await items_of(client, lead, limit=50)
    assert {item["id"] for item in items} == ids
    assert items[0]["segmento"] == "criador de cavalos (PO)"


async def test_changes_of_partners_are_seen(
    client: httpx.AsyncClient, connection: Connection
) -> None:
    lead = await new_lead(connection, uf="MG", cidade="Uberaba")
    assert await items_of(client, lead) == []
    kept, other = await new_partner(connection), await new_partner(connection, uf="SP")
    assert [item["id"] for item in await items_of(client, lead)] == [str(kept), str(other)]
    # The team's application need not touch updated_at.
    await connection.execute("UPDATE partners SET segmento = 'CAVALOS' WHERE id = $1", other)
    assert [item["id"] for item in await items_of(client, lead)] == [str(other), str(kept)]
    await connection.execute("DELETE FROM partners WHERE id = $1", other)
    assert [item["id"] for item in await items_of(client, lead)] == [str(kept)]
    await connection.execute("TRUNCATE partners")
    assert await items_of(client, lead) == []


async def test_who_is_gone_since_the_last_look_is_replaced(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    times = itertools.count()
    async with Database(database, 2, 10.0) as pool:
        # Every look takes a second by this clock, so that calls are answered beside them.
        watch = PartnerWatch(pool, clock=lambda: float(next(times)))
        matching = PartnerMatching(pool, watch)
        await new_partner(connection)
        assert len(await matching.of(lead, 5, catalogue("en"))) == 1
        await connection.execute("TRUNCATE partners")
        there = {await new_partner(connection) for _ in range(3)}
        assert {item["id"] for item in await matching.of(lead, 5, catalogue("en"))} == there
        watch.close()


async def say(
    client: httpx.AsyncClient, lead: UUID, partner: UUID, verdict: str, prefix: str = "/crm"
) -> dict[str, Any]:
    """Record a verdict and return the answer."""
    path = f"{prefix}/leads/{lead}/matches/{partner}/feedback"
    answer = await client.post(path, json={"verdict": verdict})
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


@pytest.mark.parametrize("prefix", ["/crm", ""])
async def test_a_verdict_is_recorded_once_with_what_it_was_given_on(
    client: httpx.AsyncClient, connection: Connection, prefix: str
) -> None:
    lead = await new_lead(connection, uf="MG")
    partner = await new_partner(connection, segmento="CAVALOS", prioridade=1)
    assert (await say(client, lead, partner, "kept", prefix))["learned"]
    again = await say(client, lead, partner, "kept", prefix)
    assert not again["learned"]
    changed = await say(client, lead, partner, "contacted", prefix)
    assert changed["learned"]
    row = await connection.fetchrow("SELECT * FROM galope.partner_feedback")
    assert row is not None
    assert (row["lead_id"], row["partner_id"], row["verdict"]) == (lead, partner, "contacted")
    features = orjson.loads(row["features"])
    assert {"segment": 1.0, "state": 1.0, "priority_1": 1.0}.items() <= features.items()
    assert await connection.fetchval("SELECT verdicts FROM galope.partner_model") == 2
    assert [item["verdict"] for item in await items_of(client, lead)] == ["contacted"]


async def test_weights_learn_and_a_restart_keeps_them(
    client: httpx.AsyncClient, connection: Connection, database: str
) -> None:
    leads = [await new_lead(connection, name, uf="MG") for name in ("Ana", "Bia", "Caio", "Davi")]
    near = await new_partner(connection, uf="SP", segmento="CAVALOS", prioridade=1)
    before = (await items_of(client, leads[0]))[0]
    for lead in leads[1:3]:
        await say(client, lead, near, "refused")
    said = await say(client, leads[3], near, "refused")
    assert said["weights"]["neighbour"] < DAY_ZERO["neighbour"]
    assert said["weights"]["city"] > DAY_ZERO["city"]
    after = await connection.fetchval("SELECT model FROM galope.partner_model")
    async with serving(database) as restarted:
        item = (await items_of(restarted, leads[0]))[0]
        assert item["compatibility"] < before["compatibility"]
        said = await say(restarted, leads[0], near, "contacted")
    assert said["weights"]["segment"] > 0
    assert await connection.fetchval("SELECT model FROM galope.partner_model") != after
    assert await connection.fetchval("SELECT verdicts FROM galope.partner_model") == 4


async def test_verdicts_at_once_are_all_learned(
    client: httpx.AsyncClient, connection: Connection
) -> None:
    lead = await new_lead(connection)
    partners = [await new_partner(connection) for _ in range(20)]
    answers = await asyncio.gather(*(say(client, lead, one, "kept") for one in partners))
    assert all(answer["learned"] for answer in answers)
    assert await connection.fetchval("SELECT verdicts FROM galope.partner_model") == 20


async def test_a_refused_partner_comes_last_for_that_lead_only(
    client: httpx.AsyncClient, connection: Connection
) -> None:
    lead, other = await new_lead(connection, uf="MG"), await new_lead(connection, "Bia", uf="MG")
    best = await new_partner(connection, segmento="CAVALOS")
    poor = await new_partner(connection, uf="RS", prioridade=3)
    await say(client, lead, best, "refused")
    assert [item["id"] for item in await items_of(client, lead)] == [str(poor), str(best)]
    assert [item["id"] for item in await items_of(client, lead, limit=1)] == [str(poor)]
    assert [item["id"] for item in await items_of(client, other)] == [str(best), str(poor)]


async def test_a_verdict_on_nobody_is_not_recorded(
    client: httpx.AsyncClient, connection: Connection
) -> None:
    lead, partner = await new_lead(connection), await new_partner(connection)
    for path, error in (
        (f"/crm/leads/{uuid4()}/matches/{partner}/feedback", "Lead não encontrado"),
        (f"/crm/leads/{lead}/matches/{uuid4()}/feedback", "Parceiro não encontrado"),
    ):
        answer = await client.post(path, json={"verdict": "kept"})
        assert (answer.status_code, answer.json()["error"]) == (404, error)
    assert await connection.fetchval("SELECT count(*) FROM galope.partner_feedback") == 0
    assert await connection.fetchval("SELECT count(*) FROM galope.partner_model") == 0


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"verdict": "sold"}', b'{"verdict": null}', b"[]"])
async def test_a_verdict_that_is_none(
    client: httpx.AsyncClient, connection: Connection, body: bytes
) -> None:
    lead, partner = await new_lead(connection), await new_partner(connection)
    path = f"/crm/leads/{lead}/matches/{partner}/feedback"
    answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    expected = "JSON inválido" if body == b"{" else "verdict é obrigatório"
    assert answer.json()["error"].startswith(expected)


@pytest.mark.parametrize(
    ("role", "reads", "says"),
    [
        (None, 401, 401),
        (Role.INGEST, 403, 403),
        (Role.VIEWER, 200, 403),
        (Role.OPERATOR, 200, 200),
        (Role.ADMIN, 200, 200),
    ],
)
async def test_who_may_read_and_who_may_say(
    database: str, connection: Connection, role: Role | None, reads: int, says: int
) -> None:
    lead, partner = await new_lead(connection), await new_partner(connection)
    await connection.execute(STATEMENTS["add_key"], "Ana", role or Role.ADMIN, hashed("k"), None)
    headers = {"X-API-Key": "k"} if role else {}
    async with serving(database, demo=False) as client:
        for path in ALIASES:
            params = {"lead_id": str(lead)}
            answer = await client.get(path.format(lead), params=params, headers=headers)
            assert answer.status_code == reads
        path = f"/crm/leads/{lead}/matches/{partner}/feedback"
        answer = await client.post(path, json={"verdict": "kept"}, headers=headers)
    assert answer.status_code == says
    recorded = await connection.fetchval("SELECT count(*) FROM galope.partner_feedback")
    assert recorded == (says == 200)


async def test_an_erased_lead_takes_its_verdicts_with_it(
    client: httpx.AsyncClient, connection: Connection
) -> None:
    lead, partner = await new_lead(connection), await new_partner(connection)
    await say(client, lead, partner, "kept")
    await connection.execute(STATEMENTS["forget_leads"], [lead])
    assert await connection.fetchval("SELECT count(*) FROM galope.partner_feedback") == 0
    await say(client, lead, partner, "kept")
    await connection.execute("DELETE FROM leads")
    await connection.execute(STATEMENTS["forget_missing_leads"])
    assert await connection.fetchval("SELECT count(*) FROM galope.partner_feedback") == 0
