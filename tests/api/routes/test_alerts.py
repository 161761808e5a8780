"""The inbox: who is to be called and why, given out, put off, done with and judged."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest

from api.texts import Text
from domain.alerts.motives import THRESHOLDS
from domain.state import DAY
from tests.api.served import execute, served
from tests.api.services.test_phrasing import Model, serving
from tests.api.users import team
from tests.stream.replay import drained, new_event

if TYPE_CHECKING:
    from postgres.connect import Connection
    from tests.api.served import Served

HOT = {"orcamento_faixa": "60k+", "prazo_compra": "7d", "uf": "SP"}


async def look_for(api: Served, **decided: Any) -> None:
    body = {"alerts": {"waiting": 70}, **decided}
    assert (await api.client.put("/admin/policy", json=body)).status_code == 200


async def hot(api: Served, connection: Connection, database: str, **answers: Any) -> dict[str, Any]:
    """Return the alert of a new hot lead."""
    lead = await api.lead(**HOT | answers)
    for kind in ("cta_click", "hook_complete", "asked_price"):
        await new_event(connection, lead["id"], kind)
    await drained(database)
    items = (await inbox(api))["items"]
    return next(item for item in items if item["leadId"] == lead["id"])


async def inbox(api: Served, **filters: Any) -> dict[str, Any]:
    answer = await api.client.get("/api/alerts", params=filters)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def test_an_alert_says_who_why_now_and_what_to_say(
    api: Served, database: str, connection: Connection
) -> None:
    await look_for(api)
    alert = await hot(api, connection, database, nome="Helena Prado", whatsapp="34 99999-0000")
    assert (alert["name"], alert["phone"]) == ("Helena Prado", "34 99999-0000")
    assert re.fullmatch(r"Está com nota \d+ e espera resposta há 1 min\.", alert["whyNow"]), alert[
        "whyNow"
    ]
    assert alert["whatToSay"] == "Responda ao que pediu e combine o próximo passo ainda hoje."
    assert alert["priority"] == pytest.approx(alert["impact"] * alert["urgency"])
    assert sum(reason["points"] for reason in alert["reasons"]) == alert["score"]
    assert len(alert["reasons"]) == 4
    assert (alert["level"], alert["state"], alert["feedback"]) == ("high", "open", None)
    assert alert["recommendationText"] == "Responder agora"
    one = (await api.client.get(f"/api/alerts/{alert['id']}")).json()
    assert one["leadId"] == alert["leadId"]


async def test_the_inbox_is_filtered(api: Served, database: str, connection: Connection) -> None:
    await look_for(api)
    for name, budget in (("Ana Rica", "60k+"), ("Bia Pobre", "20k-60k")):
        await hot(api, connection, database, nome=name, orcamento_faixa=budget)
    found = await inbox(api)
    assert [item["name"] for item in found["items"]] == ["Ana Rica", "Bia Pobre"]
    assert [item["level"] for item in found["items"]] == ["high", "low"]
    for filters, names in (
        ({"q": "pobre"}, ["Bia Pobre"]),
        ({"priority": "high"}, ["Ana Rica"]),
        ({"motivo": "due"}, []),
        ({"owner": "-"}, ["Ana Rica", "Bia Pobre"]),
        ({"owner": "ninguém"}, []),
        ({"top_n": 1}, ["Ana Rica"]),
        ({"state": "done"}, []),
    ):
        assert [item["name"] for item in (await inbox(api, **filters))["items"]] == names, filters
    assert (await inbox(api, top_n=1))["total"] == 2
    one = found["items"][1]["leadId"]
    assert [item["leadId"] for item in (await inbox(api, lead_id=one))["items"]] == [one]
    for bad in ({"priority": "x"}, {"motivo": "x"}, {"top_n": 0}, {"state": "x"}):
        assert (await api.client.get("/api/alerts", params=bad)).status_code == 400


async def test_feedback_labels_an_alert_and_bounds_its_motive(
    api: Served, database: str, connection: Connection
) -> None:
    await look_for(api, alerts_a_week=100)
    results = {}
    for result in ("won", "lost", "wrong", "not_now"):
        alert = await hot(api, connection, database, nome=result)
        answer = await api.client.post(
            f"/api/alerts/{alert['id']}/feedback", json={"result": result, "notes": "disse"}
        )
        results[result] = answer.json()
    assert {result: one["state"] for result, one in results.items()} == {
        "won": "done", "lost": "done", "wrong": "closed", "not_now": "snoozed",
    }  # fmt: skip
    assert results["wrong"]["closedText"] == "Não era útil"
    assert results["won"]["feedback"]["notes"] == "disse"
    found = await inbox(api)
    assert found["items"] == []
    [motive] = found["motives"]
    assert (motive["judged"], motive["right"], motive["precision"]) == (3, 2, pytest.approx(2 / 3))
    assert (motive["open"], motive["opened"], motive["allowed"]) == (1, 4, 88)
    assert [one["name"] for one in (await inbox(api, state="snoozed"))["items"]] == ["not_now"]
    changed = await api.client.post(
        f"/api/alerts/{results['won']['id']}/feedback", json={"result": "wrong"}
    )
    assert (changed.json()["state"], changed.json()["feedback"]["result"]) == ("done", "wrong")
    audited = await execute(
        database, "SELECT count(*) AS n FROM galope.audit WHERE action = 'alert judged'"
    )
    assert audited[0]["n"] == 5


async def test_put_off_and_done_with(api: Served, database: str, connection: Connection) -> None:
    await look_for(api)
    alert = await hot(api, connection, database)
    path = f"/api/alerts/{alert['id']}"
    snoozed = (await api.client.post(f"{path}/snooze", json={"days": 3})).json()
    assert (snoozed["state"], (await inbox(api))["total"]) == ("snoozed", 0)
    await execute(database, "UPDATE galope.alert SET snoozed_until = now()")
    assert (await inbox(api))["total"] == 1
    done = await api.client.post(f"{path}/done")
    assert (done.json()["state"], done.json()["closedReason"]) == ("done", "done")
    for call, body in (("done", None), ("snooze", {"days": 1}), ("assign", {"owner": None})):
        again = await api.client.post(f"{path}/{call}", json=body)
        assert (again.status_code, again.json()["error"]) == (409, Text.ALERT_OVER)
    await new_event(connection, alert["leadId"], "page_view")
    await drained(database)
    assert (await inbox(api))["total"] == 0


async def test_what_is_over_is_listed_by_lead_the_newest_first(
    api: Served, database: str, connection: Connection
) -> None:
    await look_for(api)
    poor, rich, still_open = [
        await hot(api, connection, database, nome=name, orcamento_faixa=budget)
        for name, budget in (("Ana", "20k-60k"), ("Bia", "60k+"), ("Caio", "60k+"))
    ]
    await api.client.post(f"/api/alerts/{rich['id']}/done")
    await api.client.post(f"/api/alerts/{poor['id']}/feedback", json={"result": "wrong"})
    over = (await inbox(api, state="over"))["items"]
    assert [(item["id"], item["closedReason"]) for item in over] == [
        (poor["id"], "wrong"), (rich["id"], "done"),
    ]  # fmt: skip
    [own] = (await inbox(api, state="over", lead_id=rich["leadId"]))["items"]
    assert (own["id"], own["closedText"]) == (rich["id"], "Feito")
    assert (await inbox(api, state="over", lead_id=still_open["leadId"]))["total"] == 0


async def test_a_contact_answers_what_waited(
    api: Served, database: str, connection: Connection
) -> None:
    await look_for(api)
    alert = await hot(api, connection, database)
    await api.client.post(f"/crm/leads/{alert['leadId']}/contacts", json={"channel": "call"})
    one = (await api.client.get(f"/api/alerts/{alert['id']}")).json()
    assert (one["state"], one["closedText"]) == ("closed", "Alguém respondeu")
    await new_event(connection, alert["leadId"], "asked_price")
    await drained(database)
    assert (await inbox(api))["total"] == 1


async def test_given_to_somebody(api: Served, database: str, connection: Connection) -> None:
    await look_for(api)
    alert = await hot(api, connection, database)
    path = f"/api/alerts/{alert['id']}/assign"
    unknown = await api.client.post(path, json={"owner": "Ninguém"})
    assert (unknown.status_code, unknown.json()["error"]) == (404, Text.USER_NOT_FOUND)
    keys = await team(api)
    stolen = await api.client.post(path, json={"owner": "Caio"}, headers=keys["Bia"])
    assert (stolen.status_code, stolen.json()["error"]) == (403, Text.NOT_YOURS)
    given = await api.client.post(path, json={"owner": "caio@example.com"}, headers=keys["Guto"])
    assert given.json()["owner"] == "Caio"
    assert (await inbox(api, owner="caio"))["total"] == 1
    back = await api.client.post(path, json={"owner": None}, headers=keys["Guto"])
    assert back.json()["owner"] is None
    looked = await api.client.post(path.replace("assign", "done"), headers=keys["Vera"])
    assert looked.status_code == 403


async def test_unknown_alerts_and_bad_bodies_are_refused(api: Served) -> None:
    for method, path, body in (
        ("GET", "/api/alerts/7", None),
        ("POST", "/api/alerts/7/done", None),
        ("POST", "/api/alerts/7/snooze", {}),
        ("POST", "/api/alerts/7/assign", {}),
        ("POST", "/api/alerts/7/feedback", {"result": "won"}),
    ):
        answer = await api.client.request(method, path, json=body)
        assert (answer.status_code, answer.json()["error"]) == (404, Text.ALERT_NOT_FOUND)
    bad = await api.client.post("/api/alerts/7/feedback", json={"result": "great"})
    assert (bad.status_code, bad.json()["error"]) == (400, Text.RESULT_REQUIRED)
    assert (await api.client.post("/api/alerts/7/snooze", json={"days": 0})).status_code == 400
    unknown = await api.client.put("/admin/policy", json={"alerts": {"weird": 1}})
    assert unknown.status_code == 400


async def test_every_lead_is_looked_at_again_when_asked(
    api: Served, database: str, connection: Connection
) -> None:
    await api.lead()
    await drained(database)
    scored = "SELECT count(*) AS n FROM galope.score_history"
    [before] = await execute(database, scored)
    answer = await api.client.post("/api/alerts/refresh")
    assert answer.json() == {"ok": True, "leads": 1}
    await drained(database)
    [after] = await execute(database, scored)
    assert after["n"] == before["n"] + 1


async def test_thresholds_tell_of_the_last_90_days(
    api: Served, database: str, connection: Connection
) -> None:
    others = [{"name": "leave", "loses": ["purchase"], "anchor": "rolling"}]
    await look_for(api, others=others, event_amount="amount")
    _, won = [await hot(api, connection, database, nome=name) for name in ("Ana", "Bia")]
    lead = won["leadId"]
    await new_event(connection, lead, "handoff")
    await drained(database)
    said = [(0.2, 9), (0.7, 8), (0.4, 7), (0.9, 6)]
    for chance, days in said:
        await execute(
            database,
            "INSERT INTO galope.score_history (lead_id, head, scored_at, cause, score_after,"
            " probability, points, model_version)"
            " VALUES ($1, 'leave', now() - make_interval(days => $2), 'time', 1, $3, '[]', 1)",
            UUID(lead), days, chance,
        )  # fmt: skip
    first, last = time.time() - 19 * DAY, time.time() - 15 * DAY
    await execute(
        database,
        "UPDATE galope.lead_state"
        " SET state = jsonb_set(state::jsonb, '{amounts}', $1::jsonb)::json",
        f"[3, 300, {last}, 1, 0, [3, {first}, {last}, 1, 1, 1]]",
    )

    async def told() -> dict[tuple[str, float], dict[str, Any]]:
        items = (await api.client.get("/api/alerts/thresholds")).json()["items"]
        return {(one["motive"], one["threshold"]): one for one in items}

    by = await told()
    assert by["waiting", 70]["aWeek"] == 2
    assert (by["waiting", 70]["known"], by["waiting", 70]["precision"]) == (0, None)
    await execute(
        database,
        "UPDATE galope.score_history SET scored_at = scored_at - interval '42 days'"
        " WHERE head = ''",
    )
    by = await told()
    assert by["waiting", 70]["aWeek"] == pytest.approx(2 / 6, rel=1e-3)
    assert by["waiting", 70]["days"] == pytest.approx(42, rel=1e-3)
    assert (by["waiting", 70]["known"], by["waiting", 70]["precision"]) == (1, 1.0)
    assert by["leaving", 0.6]["aWeek"] == pytest.approx(1 / (9 / 7))
    assert (by["leaving", 0.6]["precision"], by["leaving", 0.95]["precision"]) == (1.0, None)


async def test_thresholds_of_rises_and_purchases_tell_of_the_last_90_days(
    api: Served, database: str, connection: Connection
) -> None:
    await look_for(api, event_amount="amount")
    lead = UUID((await hot(api, connection, database, nome="Ana"))["leadId"])
    await execute(database, "DELETE FROM galope.score_history")
    for minutes, before, after in ((900, None, 60), (300, 30, 35), (280, 35, 42), (200, 42, 50)):
        await execute(
            database,
            "INSERT INTO galope.score_history"
            " (lead_id, scored_at, cause, score_before, score_after, probability, points,"
            " model_version)"
            " VALUES ($1, now() - make_interval(mins => $2), 'x', $3, $4, 0.5, '[]', 0)",
            lead, minutes, before, after,
        )  # fmt: skip
    for days in (60, 50, 40, 25):
        await execute(
            database,
            "INSERT INTO events (lead_id, event_type, ts, metadata)"
            " VALUES ($1, 'purchase', now() - make_interval(days => $2), $3)",
            lead, days, '{"amount": 100}',
        )  # fmt: skip
    items = (await api.client.get("/api/alerts/thresholds")).json()["items"]
    by = {(one["motive"], one["threshold"]): one for one in items}
    rises = {step: by["jumped", step]["aWeek"] for step in (5, 10, 15)}
    assert rises == {5: 1, 10: 1, 15: 0}  # 12 points within an hour; the first score is no rise
    assert by["due", 1]["aWeek"] == pytest.approx(2 / (60 / 7), rel=1e-3)
    assert (by["due", 1]["known"], by["due", 1]["precision"]) == (2, 0.5)
    assert by["slipping", 0.5]["precision"] is None
    assert not any(one["motive"] == "capture" for one in items)


async def test_what_is_looked_for_is_decided(api: Served) -> None:
    await look_for(api, alerts=dict(THRESHOLDS), alerts_a_week=50)
    now = (await api.client.get("/admin/policy")).json()["in_force"]
    assert (now["alerts"], now["alerts_a_week"]) == (dict(THRESHOLDS), 50)
    assert [one["motive"] for one in (await inbox(api))["motives"]] == list(THRESHOLDS)


async def test_a_language_model_words_an_alert(database: str, connection: Connection) -> None:
    said = {"why": "Espera por você.", "say": "Oi! Vamos combinar o próximo passo?"}
    model = Model(orjson.dumps(said).decode())
    async with serving(model) as url, served(database, llm_url=url) as api:
        await look_for(api)
        alert = await hot(api, connection, database, nome="Helena Prado", email="h@example.com")
        assert alert["wordsBy"] == "template"
        model.held.set()
        one = (await api.client.get(f"/api/alerts/{alert['id']}")).json()
        assert (one["whyNow"], one["whatToSay"], one["wordsBy"]) == (*said.values(), "model")
        [listed] = (await inbox(api))["items"]
        assert (listed["whyNow"], listed["wordsBy"]) == (said["why"], "model")
    told = orjson.dumps(model.asked).decode()
    assert "Helena" not in told
    assert "example.com" not in told


async def merge(database: str, kept: str, extra: str) -> None:
    await execute(database, "SELECT galope.merge_lead($1, $2)", UUID(kept), UUID(extra))


async def test_an_open_alert_of_a_merged_lead_is_opened_anew_only_where_it_holds(
    api: Served, database: str, connection: Connection
) -> None:
    await look_for(api)
    for answered in (False, True):
        kept = await api.lead(nome=f"Caio {answered}")
        alert = await hot(api, connection, database, nome=f"Dora {answered}")
        if answered:
            await new_event(connection, kept["id"], "no_reply_3d")
        await merge(database, kept["id"], alert["leadId"])
        assert (await inbox(api, lead_id=kept["id"]))["total"] == 0
        await drained(database)
        waits = (await inbox(api, lead_id=kept["id"]))["items"]
        assert [one["motive"] for one in waits] == ([] if answered else ["waiting"])
        [over] = (await inbox(api, state="over", lead_id=kept["id"]))["items"]
        assert (over["id"], over["closedText"]) == (alert["id"], "Lead juntado a outro")


async def test_what_came_of_a_merged_lead_s_alert_goes_on_counting(
    api: Served, database: str, connection: Connection
) -> None:
    await look_for(api)
    kept = await api.lead(nome="Caio")
    alert = await hot(api, connection, database, nome="Dora")
    await api.client.post(f"/api/alerts/{alert['id']}/feedback", json={"result": "won"})
    await merge(database, kept["id"], alert["leadId"])
    await drained(database)
    found = await inbox(api)
    assert (found["total"], found["motives"][0]["judged"]) == (0, 1)
    [own] = (await inbox(api, state="over", lead_id=kept["id"]))["items"]
    assert own["feedback"]["result"] == "won"
    parted = "SELECT galope.part_leads($1, $2)"
    await execute(database, parted, UUID(kept["id"]), UUID(alert["leadId"]))
    await drained(database)
    [back] = (await inbox(api, state="over", lead_id=alert["leadId"]))["items"]
    assert (back["id"], (await inbox(api))["total"]) == (alert["id"], 0)


async def test_of_two_alerts_of_a_motive_that_of_the_lead_that_is_kept_stays(
    api: Served, database: str, connection: Connection
) -> None:
    await look_for(api)
    own, other = [await hot(api, connection, database, nome=name) for name in ("Caio", "Dora")]
    await api.client.post(f"/api/alerts/{other['id']}/done")
    await merge(database, own["leadId"], other["leadId"])
    await drained(database)
    assert [one["id"] for one in (await inbox(api))["items"]] == [own["id"]]
