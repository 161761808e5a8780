"""Segments over HTTP: found, named, kept on leads, and demand for partners."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from api.texts import Text
from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served

ROWS = """
INSERT INTO leads (nome, segmento_interesse, uf, orcamento_faixa, prazo_compra)
    SELECT 'Lead ' || n, 'CAVALOS', (ARRAY['MG', 'SP'])[1 + n % 2],
           (ARRAY['0-5k', '20k-60k', '60k+'])[1 + n % 3], (ARRAY['7d', '90d'])[1 + n % 2]
    FROM generate_series(1, 240) AS n;
INSERT INTO events (lead_id, event_type)
    SELECT l.id, k.kind
    FROM leads AS l, (VALUES ('cta_click', 3), ('page_view', 2)) AS k (kind, every),
         generate_series(1, 9) AS n
    WHERE right(l.nome, 1)::int % k.every = 0;
INSERT INTO partners (cnpj, nome_fantasia, uf, segmento) VALUES ('1', 'Haras Lobo', 'MG', 'cavalos')
"""


async def test_groups_are_found_named_and_kept_on_leads(api: Served, database: str) -> None:
    nothing = (await api.client.get("/ml/segments")).json()
    assert (nothing["leads"], nothing["partners"], nothing["demand"]) == (None, None, [])
    for statement in ROWS.split(";"):
        await execute(database, statement)
    answer = await api.client.post("/admin/ml/segments")
    assert answer.status_code == 200, answer.text
    assert answer.json()["said"].startswith("leads: ")
    found = (await api.client.get("/ml/segments")).json()
    groups = found["leads"]["items"]
    assert sum(group["size"] for group in groups) == 240
    assert sum(group["share"] for group in groups) == pytest.approx(1)
    assert len({group["name"] for group in groups}) == len(groups) in range(3, 7)
    assert {group["advice"] for group in groups} == {"wait"}  # no outcome is known yet
    assert found["partners"] is None  # one is too few
    cells = {cell["uf"]: cell for cell in found["demand"]}
    assert (cells["MG"]["leads_per_partner"], cells["MG"]["star"]) == (120, "Haras Lobo")
    assert (cells["MG"]["advice"], cells["SP"]["advice"]) == ("star", "nobody")
    (row,) = await execute(database, "SELECT lead_id, number FROM galope.lead_group LIMIT 1")
    mine = (await api.client.get(f"/leads/{row['lead_id']}/segment")).json()
    assert mine["number"] == row["number"]
    assert mine["name"] in {group["name"] for group in groups}
    # The same leads have the same groups, whatever number a new fit gave them.
    before = await execute(database, "SELECT * FROM galope.lead_group ORDER BY 1")
    await api.client.post("/admin/ml/segments")
    assert await execute(database, "SELECT * FROM galope.lead_group ORDER BY 1") == before


async def test_leads_are_listed_counted_and_exported_by_their_group(
    api: Served, database: str
) -> None:
    ids = [(await api.lead(nome=f"Lead {number}"))["id"] for number in range(3)]
    await execute(
        database,
        "INSERT INTO galope.grouping (kind, model, groups, stability)"
        """ VALUES ('leads', '{}', '[{"number": 2}, {"number": 5}, {"number": 7}]', 0.97)""",
    )
    await execute(
        database,
        "INSERT INTO galope.lead_group SELECT id::uuid, number"
        " FROM unnest($1::text[], $2::int[]) AS g (id, number)",
        ids, [5, 2, 5],
    )  # fmt: skip
    for group, there in ((2, ids[1:2]), (5, ids[::2]), (7, [])):
        asked = {"group": group}
        leads = (await api.client.get("/leads", params=asked)).json()
        assert {lead["id"] for lead in leads} == set(there)
        assert {lead["lead_group"] for lead in leads} <= {group}
        assert (await api.client.get("/leads/count", params=asked)).json()["total"] == len(there)
        file = (await api.client.get("/leads.csv", params=asked)).text
        assert [lead_id in file for lead_id in ids] == [lead_id in there for lead_id in ids]
    everybody = await api.client.get("/leads", params={"group": ""})
    assert len(everybody.json()) == 3
    assert (await api.client.get(f"/leads/{ids[0]}")).json()["lead_group"] == 5
    board = (await api.client.get("/crm/board")).json()["items"]
    assert {card["id"]: card["lead_group"] for card in board} == dict(
        zip(ids, (5, 2, 5), strict=True)
    )


@pytest.mark.parametrize("path", ["/leads", "/leads/count", "/leads.csv"])
async def test_a_group_that_there_is_not_is_refused_with_the_reason(
    api: Served, database: str, path: str
) -> None:
    before = await api.client.get(path, params={"group": 2})
    assert (before.status_code, before.json()["error"]) == (400, Text.UNKNOWN_GROUP)
    for groups in ([2], [5]):
        await execute(
            database,
            "INSERT INTO galope.grouping (kind, model, groups, stability)"
            " SELECT 'leads', '{}', jsonb_agg(jsonb_build_object('number', n)), 0.9"
            " FROM unnest($1::int[]) AS n",
            groups,
        )
        status = 200 if groups == [2] else 400
        assert (await api.client.get(path, params={"group": 2})).status_code == status
    for nothing in ("0", "x", "2.5", str(2**31)):
        refused = await api.client.get(path, params={"group": nothing})
        assert refused.status_code == 400
        assert [field["field"] for field in refused.json()["fields"]] == ["group"]


async def test_too_few_are_not_grouped(api: Served) -> None:
    lead = await api.lead()
    answer = await api.client.post("/admin/ml/segments")
    assert (answer.status_code, answer.json()["error"]) == (400, Text.TOO_FEW_TO_GROUP)
    mine = (await api.client.get(f"/leads/{lead['id']}/segment")).json()
    assert (mine["number"], mine["name"], mine["marks"]) == (None, None, [])
    unknown = await api.client.get(f"/leads/{uuid4()}/segment")
    assert (unknown.status_code, unknown.json()["error"]) == (404, Text.LEAD_NOT_FOUND)
