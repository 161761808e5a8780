"""A lead's timeline: everything on record, from before Galope too."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_everything_on_record_is_told_by_date(api: Served, database: str) -> None:
    lead = (await api.lead())["id"]
    await execute(
        database,
        f"INSERT INTO events (lead_id, event_type, ts, metadata) VALUES"
        f" ('{lead}', 'page_view', '2019-05-01 10:00+00', '[1]'),"
        f" ('{lead}', 'talk', '2019-05-02 10:00+00', NULL),"
        f" ('{lead}', 'broken clock', 'infinity', NULL)",
    )
    await execute(
        database,
        f"INSERT INTO lead_notes (lead_id, note_text, created_at)"
        f" VALUES ('{lead}', 'Antiga', '2019-05-01 12:00+00')",
    )
    address = f"/leads/{lead}"
    await api.client.post("/events", json={"lead_id": lead, "event_type": "cta_click"})
    await execute(
        database,
        "INSERT INTO galope.score_history (lead_id, scored_at, cause, score_before, score_after,"
        f" status, probability, points, model_version) VALUES ('{lead}', now(), 'cta_click', 5, 25,"
        " 'CURIOSO', 0.1, '[]', 1)",
    )
    answer = (await api.client.get(f"{address}/timeline")).json()
    told = [(one["kind"], one["type"], one["details"]) for one in answer["items"]]
    assert told == [
        ("score", "cta_click", {"score_before": 5, "score_after": 25}),
        ("event", "cta_click", None),
        ("lead", "created", None),
        ("event", "talk", None),
        ("note", "NOTE", {"text": "Antiga"}),
        ("event", "page_view", [1]),
    ]
    assert not answer["more"]
    first = (await api.client.get(f"{address}/timeline", params={"limit": 2})).json()
    assert (first["items"], first["more"]) == (answer["items"][:2], True)


async def test_a_handoff_names_its_partner(api: Served, database: str) -> None:
    lead = (await api.lead())["id"]
    (partner,) = await execute(
        database,
        "INSERT INTO partners (cnpj, nome_fantasia, uf) VALUES ('1', 'Haras', 'MG')"
        " RETURNING id::text",
    )
    for partner_id in (partner["id"], "no id"):
        event = {"lead_id": lead, "event_type": "handoff", "metadata": {"partner_id": partner_id}}
        (await api.client.post("/events", json=event)).raise_for_status()
    items = (await api.client.get(f"/leads/{lead}/timeline")).json()["items"]
    named = [one["partner"] for one in items if one["type"] == "handoff"]
    assert sorted(named, key=str) == ["Haras", None]


async def test_a_lead_that_is_not_there_has_no_timeline(api: Served) -> None:
    assert (await api.client.get(f"/leads/{uuid4()}/timeline")).status_code == 404
