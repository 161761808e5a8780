"""Actions that are drawn: each is kept once with its probabilities, and what was learned is met."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from bench.decision_world import drawn_team
from domain.actions import Action
from domain.recommendations import FEWEST_DRAWS, WINDOW
from domain.rules import CONTACT
from domain.state import HOUR
from offline.actions import fit
from online_models.action_choice import LearnedActions
from online_models.action_policy import ActionPolicy
from postgres.install import install
from postgres.statements import QUERIES
from tests.postgres.test_mapped_columns import deals, writing
from tests.postgres.test_mapping import new_deal, sales
from tests.stream.replay import (
    Clock,
    How,
    decide,
    drained,
    new_event,
    new_lead,
    send_in_pieces,
    streaming,
)
from tests.stream.test_recovery import crash_everywhere

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection

__all__ = ["deals", "sales"]

FLOOR = 0.1

NUMBER = {"whatsapp": "62 99999-0000"}


async def kept(connection: Connection, lead: UUID) -> list[dict[str, Any]]:
    """Return how actions were drawn for a lead, in order."""
    rows = await connection.fetch(
        "SELECT decision::text AS decision FROM galope.score_history"
        " WHERE lead_id = $1 AND decision IS NOT NULL ORDER BY id",
        lead,
    )
    return [json.loads(row["decision"]) for row in rows]


async def on_the_lead(connection: Connection, lead: UUID) -> dict[str, Any]:
    """Return what stands on a lead to be done next."""
    action = await connection.fetchval("SELECT next_best_action FROM leads WHERE id = $1", lead)
    read: dict[str, Any] = json.loads(action)
    return read


async def teach(connection: Connection, *, best: Action, decides: bool = True) -> None:
    """Keep what has learned that an action helps everybody, and whether it decides."""
    policy = ActionPolicy(FLOOR)
    for _ in range(200):
        for action in (Action.CONFIRM, Action.NURTURE, Action.REPLY):
            policy.learn(action, {}, Action.REPLY, reward=action is best)
    learned = LearnedActions(policy, {})
    await connection.execute(
        QUERIES["keep_action_model"],
        json.dumps(learned.to_json()),
        json.dumps({"decides": decides}),
    )


async def test_a_draw_is_kept_with_what_it_was_drawn_among(
    database: str, connection: Connection
) -> None:
    await decide(connection, action_floor=FLOOR)
    async with streaming(database) as stream:
        lead = await new_lead(connection, **NUMBER)
        await stream.drain()
        await new_event(connection, lead, "cta_click")
        await stream.drain()
    first, second = await kept(connection, lead)
    assert (first["suggested"], second["suggested"]) == ("nurture", "reply")
    assert first["chances"] == pytest.approx({"confirm": 0.1, "nurture": 0.9})
    assert second["chances"] == pytest.approx({"confirm": 0.1, "nurture": 0.1, "reply": 0.8})
    assert second["features"]["event:cta_click|count"] > 0
    action = await on_the_lead(connection, lead)
    assert action["code"] == second["action"]
    assert action["draw"]["suggested"] == "reply"
    assert action["draw"]["chances"] == pytest.approx(second["chances"])


async def test_events_that_change_nothing_of_the_question_draw_nothing(
    database: str, connection: Connection
) -> None:
    await decide(connection, action_floor=FLOOR)
    lead = await new_lead(connection, **NUMBER)
    async with streaming(database) as stream:
        for _ in range(10):
            await new_event(connection, lead, "cta_click")
            await stream.drain()
        await connection.execute("UPDATE leads SET cidade = 'Goiânia'")
        await stream.drain()
    assert [draw["suggested"] for draw in await kept(connection, lead)] == ["reply"]


async def standing(connection: Connection, leads: list[UUID]) -> dict[UUID, Any]:
    """Return what stands on leads, of which each has one draw that says the same."""
    found = {}
    for lead in leads:
        [draw] = await kept(connection, lead)
        action = await on_the_lead(connection, lead)
        assert (action["code"], action["draw"]["chances"]) == (
            draw["action"],
            pytest.approx(draw["chances"]),
        )
        found[lead] = draw
    return found


async def test_a_draw_stands_whatever_is_learned_decided_forgotten_or_begun_anew(
    database: str, connection: Connection
) -> None:
    """It is kept once, and what stands on the lead is what is kept."""
    await decide(connection, action_floor=0.05)
    leads = [await new_lead(connection, f"Lead {number}", **NUMBER) for number in range(12)]
    for lead in leads:
        await new_event(connection, lead, "cta_click")
    await drained(database)
    before = await standing(connection, leads)
    await teach(connection, best=Action.NURTURE)
    async with streaming(database, How(cached=1)) as stream:  # a restart, with a tiny cache
        await stream.tick()
        await connection.execute("UPDATE galope.lead_state SET rescore_at = now()")
        await stream.tick()
        assert await standing(connection, leads) == before
        await decide(connection, action_floor=0.2, alerts={"waiting": 70})
        await stream.drain()
        await connection.execute("UPDATE leads SET cidade = 'Goiânia'")
        await stream.drain()
    assert await standing(connection, leads) == before


async def test_what_was_drawn_three_days_ago_is_drawn_anew(
    database: str, connection: Connection
) -> None:
    await decide(connection, action_floor=FLOOR)
    clock = Clock()
    lead = await new_lead(connection, **NUMBER)
    async with streaming(database, How(clock=clock)) as stream:
        await stream.drain()
        due = (await on_the_lead(connection, lead))["due_at"]
        clock.ahead += WINDOW + 60.0
        await connection.execute("UPDATE galope.lead_state SET rescore_at = now()")
        await stream.tick()
    first, second = await kept(connection, lead)
    assert (first["suggested"], second["suggested"]) == ("nurture", "nurture")
    assert second["at"] - first["at"] >= WINDOW
    # Neglect shows and grows: another draw is no later due.
    assert (await on_the_lead(connection, lead))["due_at"] == due


async def test_a_draw_waits_while_nobody_is_to_turn_to_the_lead(
    database: str, connection: Connection
) -> None:
    """A contact puts it off for as long as the team says, and it is the same draw afterwards."""
    await decide(connection, action_floor=FLOOR, hours_between_contacts=2)
    clock = Clock()
    lead = await new_lead(connection, **NUMBER)
    async with streaming(database, How(clock=clock)) as stream:
        await stream.drain()
        drawn = (await on_the_lead(connection, lead))["draw"]
        await new_event(connection, lead, CONTACT)
        await stream.drain()
        assert "draw" not in await on_the_lead(connection, lead)
        clock.ahead += 2 * HOUR + 60.0
        await connection.execute("UPDATE galope.lead_state SET rescore_at = now()")
        await stream.tick()
        assert (await on_the_lead(connection, lead))["draw"] == drawn
    assert len(await kept(connection, lead)) == 1


async def test_nothing_is_drawn_where_the_rules_decide_or_people_do(
    database: str, connection: Connection
) -> None:
    async with streaming(database) as stream:
        ruled = await new_lead(connection, **NUMBER)
        await stream.drain()
        assert "draw" not in await on_the_lead(connection, ruled)
        await decide(connection, action_floor=FLOOR)
        silent = await new_lead(connection)
        sent = await new_lead(connection, status="ENVIADO", **NUMBER)
        saved = await new_lead(connection, next_action_text="visitar o haras", **NUMBER)
        await new_event(connection, saved, "next_action_saved")
        await stream.drain()
        assert "draw" in await on_the_lead(connection, ruled)
        for lead in (silent, sent, saved):
            assert "draw" not in await on_the_lead(connection, lead)
            assert not await kept(connection, lead)
        assert (
            await connection.fetchval("SELECT next_action_text FROM leads WHERE id = $1", saved)
            == "visitar o haras"
        )
        await decide(connection, action_floor=0.0)
        await stream.drain()
    action = await on_the_lead(connection, ruled)
    assert (action["code"], "draw" in action) == ("nurture", False)


async def test_recommendations_are_counted_as_without_draws(
    database: str, connection: Connection
) -> None:
    """A draw of what was recommended already makes it no other recommendation."""
    lead = await new_lead(connection, **NUMBER)
    async with streaming(database) as stream:
        await stream.drain()
        await decide(connection, action_floor=0.02)
        await stream.drain()
        action = await on_the_lead(connection, lead)
    recommended = await connection.fetchval(
        "SELECT array_agg(action ORDER BY id) FROM galope.score_history WHERE action IS NOT NULL"
    )
    expected = ["nurture"] if action["code"] == "nurture" else ["nurture", action["code"]]
    assert recommended == expected
    assert len(await kept(connection, lead)) == 1


async def test_a_lead_that_somebody_holds_has_its_draw_kept_once(
    database: str, connection: Connection
) -> None:
    await decide(connection, action_floor=FLOOR)
    lead = await new_lead(connection, **NUMBER)
    other = await asyncpg.connect(database)
    async with streaming(database) as stream:
        async with other.transaction():
            await other.execute("SELECT FROM leads FOR UPDATE")
            await stream.drain()
        await stream.tick()
    await other.close()
    await standing(connection, [lead])


async def test_what_was_learned_is_taken_up_and_scores_nothing_anew(
    database: str, connection: Connection
) -> None:
    await decide(connection, action_floor=0.05)
    scored = "SELECT count(*) FROM galope.score_history"
    async with streaming(database) as stream:
        before = await new_lead(connection, **NUMBER)
        await stream.drain()
        count = await connection.fetchval(scored)
        await teach(connection, best=Action.NURTURE)
        await stream.tick()
        assert await connection.fetchval(scored) == count
        after = await new_lead(connection, "Ben", **NUMBER)
        await new_event(connection, after, "cta_click")
        await stream.drain()
    await standing(connection, [before])
    [drawn] = await kept(connection, after)
    assert drawn["suggested"] == "reply"
    assert drawn["chances"]["nurture"] > 0.85
    assert drawn["chances"]["reply"] == pytest.approx(0.05, abs=0.03)


async def test_what_was_not_shown_to_help_decides_nothing(
    database: str, connection: Connection
) -> None:
    await decide(connection, action_floor=FLOOR)
    await teach(connection, best=Action.CONFIRM, decides=False)
    lead = await new_lead(connection, **NUMBER)
    await drained(database)
    [draw] = await kept(connection, lead)
    assert draw["chances"] == pytest.approx({"confirm": 0.1, "nurture": 0.9})


@pytest.mark.parametrize("model", ["{}", "[]", '{"models": {"reply": {"names": ["a"]}}}', "null"])
async def test_what_can_not_be_read_leaves_the_rules_to_decide(
    database: str, connection: Connection, model: str
) -> None:
    await decide(connection, action_floor=FLOOR)
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute(QUERIES["keep_action_model"], model, '{"decides": true}')
        await stream.tick()
        lead = await new_lead(connection, **NUMBER)
        await stream.drain()
    [draw] = await kept(connection, lead)
    assert draw["chances"] == pytest.approx({"confirm": 0.1, "nurture": 0.9})


async def test_what_nobody_looked_at_for_long_decides_no_more(
    database: str, connection: Connection
) -> None:
    await decide(connection, action_floor=0.05)
    await teach(connection, best=Action.CONFIRM)
    await connection.execute(
        "UPDATE galope.action_model SET valid_until = now() + (fitted_at - valid_until)"
    )
    lead = await new_lead(connection, **NUMBER)
    await drained(database)
    [draw] = await kept(connection, lead)
    assert draw["chances"]["nurture"] == pytest.approx(0.95)


async def test_of_mapped_rows_a_draw_is_kept_once_too(
    empty_database: str, deals: Connection
) -> None:
    await install(deals, writing())
    await decide(deals, action_floor=FLOOR)
    await new_deal(deals)
    async with streaming(empty_database) as stream:
        await stream.drain()
        lead = await deals.fetchval("SELECT lead_id FROM galope.score")
        await deals.execute("UPDATE galope.lead_state SET rescore_at = now()")
        await stream.tick()
    draws = await kept(deals, lead)
    action = json.loads(await deals.fetchval("SELECT next_action::text FROM galope.score"))
    assert [draw["action"] for draw in draws] == ([action["code"]] if "draw" in action else [])


@pytest.mark.parametrize("piece", [1, 1000], ids=["sent lead by lead", "all at once"])
@pytest.mark.no_cover
async def test_a_crash_at_any_statement_keeps_each_draw_once(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    send_in_pieces(monkeypatch, piece)
    await decide(connection, action_floor=FLOOR)
    leads: list[UUID] = []

    async def happens() -> None:
        if leads:
            await new_event(connection, leads[-1], "cta_click")
        leads.append(await new_lead(connection, **NUMBER))

    await crash_everywhere(database, happens)
    assert len(leads) > 10
    for lead in leads[:-1]:
        assert [draw["suggested"] for draw in await kept(connection, lead)] == ["nurture", "reply"]


async def test_what_comes_within_three_days_of_a_draw_is_what_is_learned_from(
    database: str, connection: Connection
) -> None:
    """Draws are kept, time passes, and some answer: in time, or too late."""
    await decide(connection, action_floor=FLOOR)
    async with streaming(database) as stream:
        leads = [await new_lead(connection, f"Lead {number}", **NUMBER) for number in range(3)]
        await stream.drain()
        await connection.execute(
            "UPDATE galope.score_history SET scored_at = scored_at - interval '4 days'"
        )
        await new_event(connection, leads[0], "asked_price", 3 * 86_400.0)
        await new_event(connection, leads[1], "asked_price", 0.5 * 86_400.0)
        await stream.drain()
    window = timedelta(seconds=WINDOW)
    rows = await connection.fetch(QUERIES["decisions"], window, ["asked_price"], 100 * window)
    helped = {row["lead_id"]: row["helped"] for row in rows}
    assert helped == {str(leads[0]): True, str(leads[1]): False, str(leads[2]): False}


async def test_a_model_that_was_fitted_scores(database: str, connection: Connection) -> None:
    learned, report = fit(drawn_team(FEWEST_DRAWS, best=Action.NURTURE), FLOOR, decided=True)
    await connection.execute(
        QUERIES["keep_action_model"], json.dumps(learned.to_json()), json.dumps(report)
    )
    await decide(connection, action_floor=FLOOR)
    lead = await new_lead(connection, **NUMBER)
    await drained(database)
    assert [draw["suggested"] for draw in await kept(connection, lead)] == ["nurture"]
