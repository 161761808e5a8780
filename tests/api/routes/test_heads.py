"""Heads beside the primary one: what they say of a lead, of whom the most, live and in files."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import orjson

from api.texts import Text
from bench.heads import declare
from bench.testbed import QUERIES as BENCH
from tests.api.served import execute
from tests.stream.child import child
from tests.stream.replay import drained, new_event

if TYPE_CHECKING:
    from postgres.connect import Connection
    from tests.api.served import Served

DECIDE = BENCH["decide"]


async def test_a_leads_other_scores_have_reasons_that_add_up(
    api: Served, database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 2)
    lead = await api.lead()
    for kind in ("cta_click", "cta_click", "asked_price"):
        await new_event(connection, lead["id"], kind)
        await drained(database)
    path = f"/leads/{lead['id']}/history"
    items = (await api.client.get(f"/leads/{lead['id']}/heads")).json()["items"]
    assert [item["head"] for item in items] == ["other_1", "other_2"]
    for item in items:
        said = item["said"]
        assert sum(reason["impacto"] for reason in said["motivos"]) == said["score"]
        assert 0 < said["probability"] < 1
        assert said["model_version"] == item["model_version"]
        clicked = next(one for one in said["motivos"] if one["code"] == "event:cta_click")
        assert (clicked["fator"], clicked["args"]["count"]) == ("Clicou no botão de ação", 2)
        history = (await api.client.get(path, params={"head": item["head"]})).json()["items"]
        assert history[0]["score_after"] == said["score"]
        assert history[0]["scored_at"] == said["since"]
        for one in history:
            moved = sum(change["after"] - change["before"] for change in one["changes"])
            assert moved == one["score_after"] - (one["score_before"] or 0)
    primary = (await api.client.get(path)).json()["items"]
    now = (await api.client.get(f"/leads/{lead['id']}")).json()
    assert primary[0]["score_after"] == now["score"]
    timeline = (await api.client.get(f"/leads/{lead['id']}/timeline")).json()
    assert len([one for one in timeline["items"] if one["kind"] == "score"]) == len(primary)


async def test_a_head_without_a_model_says_so(api: Served, database: str) -> None:
    lead = await api.lead()
    other = {"name": "buy_60d", "converts": ["purchase"], "horizon_days": 60, "anchor": "rolling"}
    decided = await api.client.put("/admin/policy", json={"others": [other]})
    assert decided.status_code == 200
    await drained(database)
    [asked] = (await api.client.get("/heads")).json()["items"]
    assert (asked["head"], asked["model_version"], asked["horizon_days"]) == ("buy_60d", None, 60)
    [item] = (await api.client.get(f"/leads/{lead['id']}/heads")).json()["items"]
    assert (item["head"], item["said"]) == ("buy_60d", None)
    ranking = (await api.client.get("/heads/buy_60d/leads")).json()
    assert (ranking["total"], ranking["items"]) == (0, [])


async def test_leads_are_listed_by_what_a_head_says(
    api: Served, database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 1)
    quiet, busy = await api.lead(nome="Quieta"), await api.lead(nome="Ativa", uf="SP")
    for _ in range(4):
        await new_event(connection, busy["id"], "cta_click")
    await drained(database)
    address = "/heads/other_1/leads"
    found = (await api.client.get(address)).json()
    assert [one["lead_id"] for one in found["items"]] == [busy["id"], quiet["id"]]
    first, second = found["items"]
    assert (found["total"], first["nome"], first["uf"]) == (2, "Ativa", "SP")
    least = {"min_probability": (first["probability"] + second["probability"]) / 2}
    some = (await api.client.get(address, params=least)).json()
    assert (some["total"], some["items"]) == (1, [first])
    paged = (await api.client.get(address, params={"limit": 1, "offset": 1})).json()
    assert (paged["total"], paged["items"]) == (2, [second])


async def test_a_head_that_is_not_asked_is_not_found(api: Served) -> None:
    lead = await api.lead()
    for path in ("/heads/none/leads", f"/leads/{lead['id']}/history?head=none"):
        answer = await api.client.get(path)
        assert (answer.status_code, answer.json()["error"]) == (404, Text.HEAD_NOT_FOUND)
    nobody = "00000000-0000-0000-0000-000000000000"
    answer = await api.client.get(f"/leads/{nobody}/heads")
    assert (answer.status_code, answer.json()["error"]) == (404, Text.LEAD_NOT_FOUND)
    bad = await api.client.get("/heads/none/leads", params={"min_probability": 2})
    assert bad.status_code == 400


async def test_the_live_stream_tells_other_heads_where_they_are_asked_for(
    api: Served, database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 1)
    lead = await api.lead()
    await drained(database)  # else first scores may come with an event, and for another cause
    async with child(database) as stream:
        await stream.says("streaming")
        primary, other = ("score", None), ("head", "other_1")
        for heads, wanted in ((True, {primary, other}), (False, {primary})):
            found: set[tuple[str, str | None]] = set()
            cause, event = "", ""
            params = {"heads": heads, "lead_id": lead["id"]}
            async with api.client.stream("GET", "/stream/leads", params=params) as answer:
                lines = answer.aiter_lines()
                while not (await anext(lines)).startswith("id: "):
                    pass
                await new_event(connection, lead["id"], "cta_click")
                await new_event(connection, lead["id"], "asked_price")
                while cause != "asked_price" or not wanted <= found:
                    line = await anext(lines)
                    if line.startswith("event: "):
                        event = line[7:]
                    elif line.startswith("data: "):
                        change = orjson.loads(line[6:])
                        found.add((event, change["head"]))
                        cause = change["cause"]
            assert found == wanted


async def test_exports_have_the_scores_of_other_heads(
    api: Served, database: str, connection: Connection
) -> None:
    plain = (await api.client.get("/leads.csv")).text
    await declare(connection, DECIDE, 2)
    lead = await api.lead()
    await drained(database)
    [row] = csv.DictReader((await api.client.get("/leads.csv")).text.splitlines())
    stored = await execute(database, "SELECT head, score, probability FROM galope.score")
    for one in stored:
        assert row[f"score:{one['head']}"] == str(one["score"])
        assert float(row[f"probability:{one['head']}"]) == one["probability"]
    assert len(stored) == 2
    assert set(row) - set(plain.removeprefix("\ufeff").strip().split(",")) >= {"score:other_1"}
    assert lead["id"] in row.values()


async def test_a_heads_models_are_listed_measured_and_taken_back(
    api: Served, database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 2)
    lead = await api.lead()
    await drained(database)
    await new_event(connection, lead["id"], "cta_click")
    await drained(database)
    await execute(
        database,
        "INSERT INTO galope.model_metric (head, version, contender, metrics)"
        """ VALUES ('other_2', 2, 'champion', '{"auc": 0.7}'), """
        """ ('qualify', 1, 'champion', '{"auc": 0.8}')""",
    )
    of_head = {"head": "other_2"}
    models = (await api.client.get("/ml/models", params=of_head)).json()
    (only,) = models["items"]
    assert (only["scores"], models["horizon_days"], models["contest"]) == (True, 90.0, None)
    assert models["first_judged_at"] is not None
    for path in ("/ml/metrics", "/ml/metrics/history"):
        found = (await api.client.get(path, params=of_head)).json()
        assert [(one["head"], one["metrics"]["auc"]) for one in found] == [("other_2", 0.7)]
        found = (await api.client.get(path)).json()
        assert [(one["head"], one["metrics"]["auc"]) for one in found] == [("qualify", 0.8)]
    taken = await api.client.post("/ml/rollback", params=of_head)
    assert taken.json() == {"ok": True, "version": None}
    path = f"/ml/models/{only['version']}/promote"
    assert (await api.client.post(path)).status_code == 404
    assert (await api.client.post(path, params=of_head)).json()["version"] == only["version"]


async def test_a_head_that_is_not_asked_has_no_models(api: Served) -> None:
    calls = [
        *(("GET", path) for path in ("/ml/models", "/ml/metrics", "/ml/metrics/history")),
        *(("POST", path) for path in ("/ml/rollback", "/ml/models/1/promote")),
    ]
    for method, path in calls:
        answer = await api.client.request(method, path, params={"head": "nothing"})
        assert (answer.status_code, answer.json()["error"]) == (404, Text.HEAD_NOT_FOUND)
