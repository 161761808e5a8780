"""What became of recommendations, over HTTP."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from api.services.database import STATEMENTS
from bench.decision_world import drawn_team
from domain.actions import Action, Channel, NextBestAction
from domain.catalogue import catalogue
from offline.actions import fit
from postgres.statements import QUERIES
from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served

RECOMMENDED = """
INSERT INTO galope.score_history
    (lead_id, scored_at, cause, score_after, status, probability, points, model_version, action,
     channel)
SELECT $1::text::uuid, now() - make_interval(hours => $2), 'x', 5, 'CURIOSO', 0.1, '[]', 0, $3, $4
"""

HAPPENED = """
INSERT INTO events (lead_id, event_type, ts, metadata)
SELECT $1::text::uuid, $2, now() - make_interval(hours => $3),
       jsonb_build_object('next_action_text', $4::text)
"""

CONTACTED = """
INSERT INTO lead_notes (lead_id, note_type, note_text, created_at)
SELECT $1::text::uuid, $2, 'call', now() - make_interval(hours => $3)
"""


class World:
    """Leads for whom something was recommended, and what happened to them, so many hours ago."""

    def __init__(self, api: Served, database: str) -> None:
        self.api, self.database = api, database

    async def recommended(self, hours: int, action: str = "reply", lead: str = "") -> str:
        """Recommend something for a lead, or for a new one, by WhatsApp."""
        lead = lead or (await self.api.lead(nome=f"Lead {hours} {action}"))["id"]
        await execute(self.database, RECOMMENDED, lead, hours, action, "whatsapp")
        return lead

    async def happened(self, lead: str, kind: str, hours: int, text: str = "") -> None:
        """Record an event."""
        await execute(self.database, HAPPENED, lead, kind, hours, text)

    async def contacted(self, lead: str, hours: int, kind: str = "CONTACT") -> None:
        """Note a contact."""
        await execute(self.database, CONTACTED, lead, kind, hours)

    async def found(self, **asked: Any) -> dict[str, Any]:
        """Return what is answered; actions by name."""
        answer = await self.api.client.get("/ml/recommendations", params=asked)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        said["items"] = {item["action"]: item for item in said["items"]}
        return said


@pytest.fixture
def world(api: Served, database: str) -> World:
    """Nobody yet."""
    return World(api, database)


def counts(came: dict[str, int]) -> dict[str, int]:
    """Return the counts that are not zero."""
    return {name: count for name, count in came.items() if count}


async def test_nothing_is_told_before_the_first(world: World) -> None:
    assert await world.found() == {
        "days": 90, "since": None, "settled": 0, "leads": 0, "unsettled": 0, "items": {},
    }  # fmt: skip


async def test_recommendations_are_counted_once_their_window_is_over(world: World) -> None:
    followed = await world.recommended(200)
    await world.contacted(followed, 190)
    await world.happened(followed, "budget_confirmed", 140)
    ignored = await world.recommended(100)
    await world.contacted(ignored, 90, "NOTE")
    await world.happened(ignored, "cta_click", 99)
    await world.happened(ignored, "budget_confirmed", 27)  # too late
    open_still = await world.recommended(71)
    await world.contacted(open_still, 70)
    said = await world.found()
    assert (said["settled"], said["leads"], said["unsettled"]) == (2, 2, 1)
    since = datetime.fromisoformat(said["since"])
    assert 199 < (datetime.now(since.tzinfo) - since).total_seconds() / 3600 < 201
    item = said["items"]["reply"]
    assert (item["channel"], item["recommendations"], item["leads"]) == ("whatsapp", 2, 2)
    assert counts(item["followed"]) == {"recommendations": 1, "progress": 1}
    assert counts(item["ignored"]) == {"recommendations": 1, "click": 1}
    assert counts(item["changed"]) == {}


async def test_a_recommendation_stands_until_the_next_one(world: World) -> None:
    lead = await world.recommended(110)
    await world.recommended(100, "confirm", lead)
    await world.recommended(90, "reply", lead)
    await world.happened(lead, "crm_contact", 95)
    await world.happened(lead, "whatsapp_reply", 50)
    said = await world.found()
    assert (said["settled"], said["leads"]) == (3, 1)
    assert counts(said["items"]["confirm"]["followed"]) == {"recommendations": 1, "reply": 1}
    reply = said["items"]["reply"]
    assert (reply["recommendations"], reply["leads"]) == (2, 1)
    assert counts(reply["ignored"]) == {"recommendations": 2, "reply": 2}


async def test_another_action_changes_it_and_putting_it_off_does_not(world: World) -> None:
    changed, off, cleared = [await world.recommended(hours) for hours in (100, 101, 102)]
    text = catalogue("es").action(NextBestAction(Action.REPLY, Channel.WHATSAPP, 0.0))
    await world.happened(changed, "next_action_saved", 99, "Visitar")
    await world.happened(off, "next_action_saved", 99, text)
    await world.happened(cleared, "next_action_cleared", 99)
    item = (await world.found())["items"]["reply"]
    assert [item[name]["recommendations"] for name in ("followed", "changed", "ignored")] == [
        0, 1, 2,
    ]  # fmt: skip


async def test_a_move_by_hand_says_where_to(world: World, database: str) -> None:
    sent, moved = [await world.recommended(hours, "handoff") for hours in (100, 101)]
    for lead, stage in ((sent, "ENVIADO"), (moved, "AQUECENDO")):
        await world.happened(lead, "crm_manual_move", 99)
        await execute(
            database,
            "UPDATE events SET metadata = jsonb_build_object('to_stage', $2::text)"
            " WHERE lead_id = $1::text::uuid", lead, stage,
        )  # fmt: skip
    item = (await world.found())["items"]["handoff"]
    assert counts(item["followed"]) == {"recommendations": 1, "nothing": 1}
    assert counts(item["ignored"]) == {"recommendations": 1, "nothing": 1}


async def test_only_the_days_that_are_asked_for_are_counted(world: World) -> None:
    for hours in (90, 200, 300):
        await world.recommended(hours)
    assert [(await world.found(days=days))["settled"] for days in (4, 9, 90)] == [1, 2, 3]
    refused = await world.api.client.get("/ml/recommendations", params={"days": 3})
    assert refused.status_code == 400


async def test_what_was_learned_of_actions_is_told(api: Served, database: str) -> None:
    async def told() -> dict[str, Any]:
        answer = await api.client.get("/ml/actions")
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    nothing = {"floor": 0.0, "drawn": 0, "decides": False, "fitted_at": None, "report": None}
    assert await told() == nothing
    decided = await api.client.put("/admin/policy", json={"action_floor": 0.05})
    assert decided.status_code == 200
    assert await told() == nothing | {"floor": 0.05}
    draws = drawn_team(400, best=Action.NURTURE, helped=0.9, floor=0.2)
    learned, report = fit(draws, 0.05, decided=False)
    await execute(
        database,
        QUERIES["keep_action_model"],
        json.dumps(learned.to_json()),
        json.dumps(report),
    )
    said = await told()
    assert said["decides"]
    assert said["report"]["tested"] == 200
    assert said["report"]["difference"]["low"] > 0
    assert {*said["report"]["learned"]} == {"ips", "snips", "dr"}
    await execute(database, STATEMENTS["let_decide"], False)
    said = await told()
    assert not said["decides"]
    assert said["report"]["concluded_at"] is not None
    await execute(database, STATEMENTS["let_decide"], True)
    assert (await told())["decides"]
    # The team may always have the rules back.
    await api.client.put("/admin/policy", json={"action_floor": 0})
    assert not (await told())["decides"]


@pytest.mark.parametrize("floor", [-0.1, 0.005, 0.21, 0.5])
async def test_a_floor_that_would_hide_the_rules_is_refused(api: Served, floor: float) -> None:
    refused = await api.client.put("/admin/policy", json={"action_floor": floor})
    assert refused.status_code == 400
    assert "action_floor" in refused.text
