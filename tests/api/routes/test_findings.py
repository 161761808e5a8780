"""Findings over HTTP: looked for, listed in words, settled, and merges undone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from api.texts import Text
from tests.api.routes.test_alerts import hot, look_for
from tests.api.served import execute
from tests.stream.replay import drained

if TYPE_CHECKING:
    from postgres.connect import Connection
    from tests.api.served import Row, Served

SETTLEMENT = "/ml/anomalies/{id}/settlement"
MERGE = "/ml/anomalies/{id}/merge"

EVERYTHING = """
SELECT 'lead', to_jsonb(l) - 'updated_at' FROM leads AS l
UNION ALL SELECT 'event', to_jsonb(e) FROM events AS e
UNION ALL SELECT 'note', to_jsonb(n) FROM lead_notes AS n
UNION ALL SELECT 'owner', to_jsonb(o) FROM galope.lead_owner AS o
UNION ALL SELECT 'feedback', to_jsonb(f) FROM galope.partner_feedback AS f
UNION ALL SELECT 'outcome', to_jsonb(o) FROM galope.outcome AS o
ORDER BY 1, 2
"""

HELD = """
INSERT INTO events (lead_id, event_type) SELECT {second}, 'cta_click' FROM generate_series(1, 3);
INSERT INTO events (lead_id, event_type) SELECT {first}, 'page_view';
INSERT INTO lead_notes (lead_id, note_text) VALUES ({second}, 'ligar'), ({first}, 'outra');
INSERT INTO galope.user (name, email, role) VALUES ('Bia', 'bia@example.com', 'seller');
INSERT INTO galope.lead_owner SELECT {second}, id FROM galope.user;
INSERT INTO galope.partner_feedback (lead_id, partner_id, verdict, features)
    VALUES ({second}, gen_random_uuid(), 'kept', '{{}}');
INSERT INTO galope.outcome VALUES ({second}, 'default', true, now(), 'imported')
"""


async def twins(api: Served, database: str) -> tuple[Row, Row]:
    """Make two leads that are likely one, the second with more of everything."""
    first = await api.lead(nome="Ana Prado Neves", whatsapp="+55 34 99999-0000")
    second = await api.lead(
        nome="ana prado", whatsapp="3499990000", email="ana@example.com", prazo_compra="90d"
    )
    await execute(database, "UPDATE leads SET created_at = now() - interval '1 day'"
                  " WHERE id = $1", first["id"])  # fmt: skip
    held = HELD.format(first=f"'{first['id']}'::uuid", second=f"'{second['id']}'::uuid")
    for statement in held.split(";"):
        await execute(database, statement)
    return first, second


async def looked_for(api: Served) -> Row:
    answer = await api.client.post("/admin/ml/anomalies")
    assert answer.status_code == 200, answer.text
    found: Row = (await api.client.get("/ml/anomalies")).json()
    return found


async def test_a_merge_is_undone_and_all_is_as_it_was(api: Served, database: str) -> None:
    first, second = await twins(api, database)
    found = await looked_for(api)
    assert found["open"] == {"same_lead": 1}
    assert found["searched_at"]
    [item] = found["items"]
    assert (item["lead_id"], item["other_id"]) == (first["id"], second["id"])
    assert item["text"].startswith("Parece o mesmo lead que ana prado: telefone")
    before = await execute(database, EVERYTHING)
    merged = await api.client.put(MERGE.format(**item))
    assert merged.json() == {"ok": True, "id": item["id"], "settlement": "merged"}
    (kept,) = await execute(database, "SELECT * FROM leads")
    assert (str(kept["id"]), kept["prazo_compra"], kept["email"]) == (
        first["id"], "90d", "ana@example.com",
    )  # fmt: skip
    assert kept["whatsapp"] == "+55 34 99999-0000"
    for table, rows in (("events", 4), ("lead_notes", 2), ("galope.lead_owner", 1)):
        found_rows = await execute(database, f"SELECT FROM {table} WHERE lead_id = $1", kept["id"])
        assert len(found_rows) >= rows, table
    settled = (await api.client.get("/ml/anomalies?settled=true")).json()
    assert [one["settlement"] for one in settled["items"]] == ["merged"]
    again = await api.client.put(MERGE.format(**item))
    assert (again.status_code, again.json()["error"]) == (409, Text.NOT_MERGEABLE)
    ignored = await api.client.put(SETTLEMENT.format(**item), json={"settlement": "ignored"})
    assert (ignored.status_code, ignored.json()["error"]) == (409, Text.FINDING_MERGED)
    # What happens meanwhile stays where it happened.
    await execute(database, "INSERT INTO events (lead_id, event_type) VALUES ($1, 'x')", kept["id"])
    parted = await api.client.delete(MERGE.format(**item))
    assert parted.json() == {"ok": True, "id": item["id"], "settlement": None}
    await execute(database, "DELETE FROM events WHERE event_type = 'x'")
    assert await execute(database, EVERYTHING) == before
    assert await execute(database, "SELECT FROM galope.merged_lead") == []
    assert (await api.client.get("/ml/anomalies")).json()["open"] == {"same_lead": 1}
    nothing = await api.client.delete(MERGE.format(**item))
    assert (nothing.status_code, nothing.json()["error"]) == (409, Text.NOT_MERGED)


DECIDED = """
UPDATE galope.alert SET owner = $2, snoozed_until = now() + $3 * interval '1 day' WHERE id = $1
"""

OPEN_ALERTS = """
SELECT lead_id::text, owner, round(extract(epoch FROM snoozed_until - now()) / 86400)::int AS days
FROM galope.alert WHERE state = 'open'
"""


async def decisions(database: str) -> dict[str, tuple[str | None, int | None]]:
    """Return whom the open alert of each lead is with, and for how many days it is put off."""
    rows = await execute(database, OPEN_ALERTS)
    return {row["lead_id"]: (row["owner"], row["days"]) for row in rows}


@pytest.mark.parametrize(
    ("own", "other", "merged"),
    [
        ((None, None), ("Bia", 5), ("Bia", 5)),
        (("Caio", None), ("Bia", 5), ("Caio", 5)),
        (("Caio", 9), ("Bia", 5), ("Caio", 9)),
        (("Caio", 2), (None, None), ("Caio", 2)),
    ],
)
async def test_what_people_decided_of_alerts_outlives_a_merge_and_its_end(
    api: Served,
    database: str,
    connection: Connection,
    own: tuple[str | None, int | None],
    other: tuple[str | None, int | None],
    merged: tuple[str | None, int | None],
) -> None:
    await look_for(api)
    kept, extra = [await hot(api, connection, database, nome=name) for name in ("Ana", "Dora")]
    for alert, decided in ((kept, own), (extra, other)):
        await execute(database, DECIDED, alert["id"], *decided)
    both = (UUID(kept["leadId"]), UUID(extra["leadId"]))
    await execute(database, "SELECT galope.merge_lead($1, $2)", *both)
    assert await decisions(database) == {kept["leadId"]: merged}
    await drained(database)
    assert await decisions(database) == {kept["leadId"]: merged}
    await execute(database, "SELECT galope.part_leads($1, $2)", *both)
    await drained(database)
    assert await decisions(database) == {kept["leadId"]: own, extra["leadId"]: other}


async def test_what_was_decided_since_a_merge_stays_when_leads_are_parted(
    api: Served, database: str, connection: Connection
) -> None:
    await look_for(api)
    kept, extra = [await hot(api, connection, database, nome=name) for name in ("Ana", "Dora")]
    await execute(database, DECIDED, extra["id"], "Bia", 5)
    both = (UUID(kept["leadId"]), UUID(extra["leadId"]))
    await execute(database, "SELECT galope.merge_lead($1, $2)", *both)
    await execute(database, DECIDED, kept["id"], "Guto", 3)
    await execute(database, "SELECT galope.part_leads($1, $2)", *both)
    await drained(database)
    assert await decisions(database) == {kept["leadId"]: ("Guto", 3), extra["leadId"]: ("Bia", 5)}


async def test_an_alert_opened_in_place_of_a_merged_one_is_its_owner_s(
    api: Served, database: str, connection: Connection
) -> None:
    await look_for(api)
    kept = await api.lead(nome="Ana")
    extra = await hot(api, connection, database, nome="Dora")
    await execute(database, DECIDED, extra["id"], "Bia", 5)
    both = (UUID(kept["id"]), UUID(extra["leadId"]))
    await execute(database, "SELECT galope.merge_lead($1, $2)", *both)
    await drained(database)
    assert await decisions(database) == {kept["id"]: ("Bia", 5)}


async def test_a_lead_that_others_refer_to_is_not_merged(api: Served, database: str) -> None:
    _, second = await twins(api, database)
    await execute(
        database,
        "CREATE TABLE public.orders (lead_id uuid REFERENCES leads (id) ON DELETE CASCADE)",
    )
    [item] = (await looked_for(api))["items"]
    await execute(database, "INSERT INTO public.orders VALUES ($1)", second["id"])
    refused = await api.client.put(MERGE.format(**item))
    assert (refused.status_code, refused.json()["error"]) == (
        409, Text.HELD_ELSEWHERE.format(table="public.orders"),
    )  # fmt: skip
    await execute(database, "DELETE FROM public.orders")
    assert (await api.client.put(MERGE.format(**item))).status_code == 200


async def test_what_is_settled_is_not_found_again(api: Served) -> None:
    await api.lead(nome="Rui Lobo", prazo_compra="7d", whatsapp="11 98888-1111")
    items = (await looked_for(api))["items"]
    assert {item["code"] for item in items} == {"hurry_without_budget", "place_disagrees"}
    for item in items:
        answer = await api.client.put(SETTLEMENT.format(**item), json={"settlement": "ignored"})
        assert answer.json()["settlement"] == "ignored"
    assert (await looked_for(api))["items"] == []
    [item] = (await api.client.get("/ml/anomalies?settled=true&code=place_disagrees")).json()[
        "items"
    ]
    assert (item["settled_by"], bool(item["settled_at"])) == ("local", True)
    assert (await api.client.delete(SETTLEMENT.format(**item))).json()["settlement"] is None
    assert len((await looked_for(api))["items"]) == 1
    assert (await api.client.put(MERGE.format(**item))).json()["error"] == Text.NOT_MERGEABLE


async def test_what_is_not_there_or_not_said(api: Served) -> None:
    await api.lead(prazo_compra="7d")
    [item] = (await looked_for(api))["items"]
    for method, path in (("PUT", MERGE), ("DELETE", MERGE), ("DELETE", SETTLEMENT)):
        answer = await api.client.request(method, path.format(id=10**6))
        assert (answer.status_code, answer.json()["error"]) == (404, Text.FINDING_NOT_FOUND)
    for body in ({}, {"settlement": "merged"}):
        answer = await api.client.put(SETTLEMENT.format(**item), json=body)
        assert (answer.status_code, answer.json()["error"]) == (400, Text.SETTLEMENT_REQUIRED)
