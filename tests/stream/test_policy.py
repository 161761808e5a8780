"""What the team decides, as the stream takes it up: outcomes, rule points and bands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from domain.policy import OURS, Policy
from online_models.day_zero import day_zero
from online_models.learner import Learner
from postgres.model_registry import load_learner
from postgres.statements import QUERIES
from tests.stream.child import child, scores
from tests.stream.replay import (
    DAY,
    assert_history_continues,
    drained,
    new_event,
    new_lead,
    streaming,
)
from tests.stream.test_learning import learned, outcomes

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection


async def decide(connection: Connection, **decided: Any) -> None:
    """Decide as the API does, where there is no champion."""
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO galope.policy (policy, made_by) VALUES ($1, 'a test')", json.dumps(decided)
        )
        await connection.execute(QUERIES["ask_for_rebuild"])


async def scores_of(connection: Connection) -> dict[UUID, int]:
    """Return every lead's score."""
    return {
        row["id"]: row["score"] for row in await connection.fetch("SELECT id, score FROM leads")
    }


async def known_lead(database: str, connection: Connection, *events: str) -> UUID:
    """Insert a lead that did something, one thing after another, with the stream at work."""
    lead = await new_lead(connection)
    await drained(database)
    for ago, event_type in zip(range(len(events), 0, -1), events, strict=True):
        await new_event(connection, lead, event_type, ago=ago)
        await drained(database)
    return lead


@pytest.mark.parametrize("restarted", [False, True])
async def test_what_counts_as_success_is_looked_for_anew(
    database: str, connection: Connection, *, restarted: bool
) -> None:
    won = await known_lead(database, connection, "page_view", "handoff")
    asked = await known_lead(database, connection, "page_view", "asked_price")
    assert await outcomes(connection) == {won: (True, "handoff", False)}
    async with streaming(database) as stream:
        await decide(connection, converts=["asked_price"])
        if not restarted:
            await stream.drain()
    await drained(database)
    assert await outcomes(connection) == {asked: (True, "asked_price", False)}
    assert (await learned(connection))["learned"] == 2
    await new_event(connection, won, "asked_price")
    await drained(database)
    assert (await outcomes(connection))[won] == (True, "asked_price", False)
    await decide(connection)
    await drained(database)
    assert await outcomes(connection) == {won: (True, "handoff", False)}


async def test_the_answer_of_an_event_may_turn(database: str, connection: Connection) -> None:
    lead = await known_lead(database, connection, "page_view", "lost_interest")
    assert await outcomes(connection) == {lead: (False, "lost_interest", False)}
    await decide(connection, converts=["lost_interest"], loses=[])
    await drained(database)
    assert await outcomes(connection) == {lead: (True, "lost_interest", False)}
    expected = Learner(day_zero())
    (row,) = await connection.fetch("SELECT snapshots FROM galope.prediction")
    features = [one["features"] for one in json.loads(row["snapshots"])]
    expected.learn(features, converted=False)
    expected.learn(features, converted=True)
    assert await learned(connection) == expected.to_json()


async def test_what_was_imported_stays_whatever_is_decided(
    database: str, connection: Connection
) -> None:
    lead = await known_lead(database, connection, "page_view")
    await connection.execute(
        "INSERT INTO galope.outcome VALUES ($1, 'qualify', true, now(), 'import')", lead
    )
    await decide(connection, converts=["asked_price"])
    await drained(database)
    assert await outcomes(connection) == {lead: (True, "import", False)}


async def test_another_horizon_is_another_question_and_going_back_finds_the_first(
    database: str, connection: Connection
) -> None:
    lead = await known_lead(database, connection, "page_view")
    await connection.execute("UPDATE leads SET created_at = now() - interval '8 days'")
    await new_event(connection, lead, "handoff")
    await drained(database)
    before = await learned(connection)
    assert before["learned"] == 1
    await decide(connection, horizon_days=7)
    async with streaming(database) as stream:
        assert stream.model.head.horizon == 7 * DAY
        await stream.drain()
    rows = await connection.fetch(
        "SELECT head, converted, source FROM galope.outcome ORDER BY head"
    )
    assert [tuple(row) for row in rows] == [
        ("qualify", True, "handoff"),
        ("qualify_7d", False, "horizon"),
    ]
    await decide(connection)
    await drained(database)
    state = await connection.fetchval("SELECT state FROM galope.learner WHERE head = 'qualify'")
    assert json.loads(state) == before


async def test_scores_follow_the_points_and_come_back(
    database: str, connection: Connection
) -> None:
    clicked = await known_lead(database, connection, "cta_click")
    replied = await known_lead(database, connection, "whatsapp_reply")
    before = await scores_of(connection)
    assert before == {clicked: 20, replied: 8}
    async with streaming(database) as stream:
        await decide(connection, points={"whatsapp_reply": 45})
        await stream.drain()
        assert await scores_of(connection) == {clicked: 20, replied: 45}
        await new_event(connection, clicked, "whatsapp_reply")
        await stream.drain()
        assert (await scores_of(connection))[clicked] == 65
        await connection.execute("DELETE FROM events WHERE lead_id = $1", clicked)
        await new_event(connection, clicked, "cta_click")
        await decide(connection)
        await stream.drain()
    assert await scores_of(connection) == before
    await assert_history_continues(connection)


async def test_what_was_learned_of_other_points_is_not_gone_on_with(
    database: str, connection: Connection
) -> None:
    await known_lead(database, connection, "page_view", "handoff")
    await decide(connection, points={"cta_click": 50})
    async with streaming(database) as stream:
        version, learner = stream.model.trainer.version, stream.model.trainer.learner
    assert (version, learner.learned) == (0, 0)
    assert learner.model("frozen").weights == day_zero(Policy(points={"cta_click": 50})).weights
    await decide(connection)
    assert (await load_learner(connection, OURS))[1].learned == 1


@pytest.mark.usefixtures("unmeasured_children")
async def test_a_stream_killed_before_it_took_a_decision_up_takes_it_up_then(
    database: str, connection: Connection
) -> None:
    lead = await known_lead(database, connection, "cta_click", "asked_price")
    async with child(database) as stream:
        await stream.says("streaming")
        await stream.killed()
    await decide(connection, converts=["asked_price"], points={"cta_click": 60})
    async with scores(database) as heard, child(database) as stream:
        await stream.says("starting over")
        await stream.killed()
    async with scores(database) as heard, child(database) as stream:

        async def taken_up() -> bool:
            return await scores_of(connection) == {lead: 72} and bool(await outcomes(connection))

        await heard.until(taken_up)
        await decide(connection)

        async def undone() -> bool:
            return await scores_of(connection) == {lead: 32} and not await outcomes(connection)

        await heard.until(undone)
        assert stream.process.returncode is None
