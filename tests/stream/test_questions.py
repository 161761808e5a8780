"""Heads beside the primary one learn: asked at moments, answered once, and each answer learned."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from bench.heads import ask, declare, model, others
from bench.testbed import QUERIES as BENCH
from domain.heads import Anchor, Head
from domain.outcomes import QUIET
from domain.policy import OURS
from online_models.contest import BETS, Contest
from online_models.learner import CONTENDERS, Learner
from online_models.rationale import Rationale
from postgres.model_registry import champion_versions
from postgres.policy import policy_now
from tests.stream.replay import DAY, How, drained, new_event, new_lead, streaming
from tests.stream.test_recovery import CrashError, crashes, fused

if TYPE_CHECKING:
    from postgres.connect import Connection

DECIDE = BENCH["decide"]

YES = "budget_confirmed"
"""What answers yes to ``other_1``, within 90 days."""

BASIS = Rationale("a test's", {})


async def kept(connection: Connection) -> list[dict[str, Any]]:
    """Return all questions, in the order in which they are answered."""
    rows = await connection.fetch(
        "SELECT *, extract(epoch FROM asked_at)::float8 AS asked,"
        " extract(epoch FROM matures_at)::float8 AS matures, nome"
        " FROM galope.question JOIN leads ON leads.id = lead_id"
        " ORDER BY matures_at, head, lead_id, asked_at"
    )
    return [dict(row) | {"snapshot": json.loads(row["snapshot"])} for row in rows]


async def learned(connection: Connection, head: str) -> Any:
    """Return what a head's contenders have learned, as it is stored; None before."""
    text = await connection.fetchval("SELECT state FROM galope.learner WHERE head = $1", head)
    return None if text is None else json.loads(text)


async def assert_learned_is_a_replay(connection: Connection, name: str = "other_1") -> None:
    """Fail unless learning from the answered questions anew comes to the same, to the bit."""
    policy = (await policy_now(connection, OURS)).asking(name)
    learner = Learner(model(policy))
    together: dict[Any, list[dict[str, Any]]] = {}
    for row in await kept(connection):
        if row["head"] == name and row["converted"] is not None:
            together.setdefault((row["matures_at"], row["lead_id"]), []).append(row)
    for rows in together.values():
        moments = [row["snapshot"]["features"] for row in rows]
        learner.learn(moments, rows[0]["converted"])
        learner.judge(
            moments, [row["snapshot"]["probabilities"] for row in rows], rows[0]["converted"]
        )
    stored = await learned(connection, name)
    assert stored == orjson.loads(orjson.dumps(learner.to_json()))


async def test_sampled_events_ask_each_head_and_others_none(
    database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 2)
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute("DELETE FROM galope.question")
        for event in range(8):
            await new_event(connection, lead, ago=100.0 - event)
        await stream.drain()
    found = await kept(connection)
    assert [(row["head"], row["snapshot"]["event_index"]) for row in found] == [
        (head, index) for index in (1, 3, 8) for head in ("other_1", "other_2")
    ]
    versions = await champion_versions(connection, ["other_1", "other_2"])
    for row in found:
        assert row["matures"] == pytest.approx(row["asked"] + 90 * DAY, abs=1e-5)
        assert row["snapshot"]["at"] == pytest.approx(row["asked"], abs=1e-5)
        assert row["model_version"] == versions[row["head"]]
        assert sorted(row["snapshot"]["probabilities"]) == sorted(CONTENDERS)
        assert row["converted"] is None


async def test_a_head_without_a_model_is_not_asked(database: str, connection: Connection) -> None:
    await connection.execute(DECIDE, json.dumps({"others": [others(1)[0].to_json()]}))
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await new_event(connection, lead)
        await stream.tick()
    assert await kept(connection) == []


async def test_the_first_yes_answers_and_silence_does_once_the_horizon_has_passed(
    database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 1)
    leads = {name: await new_lead(connection, name) for name in ("Ana", "Bia", "Caio")}
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute("DELETE FROM galope.question")
        # Before the moment it answers nothing; at the moment neither.
        await new_event(connection, leads["Bia"], YES, ago=50.0)
        await stream.drain()
        for lead in leads.values():
            await new_event(connection, lead, ago=40.0)
        await stream.drain()
        await new_event(connection, leads["Ana"], YES, ago=20.0)
        await new_event(connection, leads["Ana"], YES, ago=10.0)
        await stream.tick()
        assert {row["converted"] for row in await kept(connection)} == {None}
        assert await learned(connection, "other_1") is None
        stream.clock.ahead = 91 * DAY
        await stream.tick()
        answered = [row for row in await kept(connection) if row["converted"] is not None]
        assert {(row["nome"], row["source"]): row["converted"] for row in answered} == {
            ("Ana", YES): True,
            ("Ana", "horizon"): False,
            ("Bia", "horizon"): False,
            ("Caio", "horizon"): False,
        }
        state = await learned(connection, "other_1")
        assert (state["learned"], state["contest"]["judged"]) == (len(answered), len(answered))
        await assert_learned_is_a_replay(connection)
        # Scores are made by what was learned from now on.
        before = stream.model.others["other_1"]
        assert before.learned == len(answered)
        await new_event(connection, leads["Caio"])
        await stream.drain()
        assert await connection.fetchval(
            "SELECT learned FROM galope.score_history WHERE head = 'other_1' ORDER BY id DESC"
        ) == len(answered)


async def test_the_quiet_are_asked_once_a_month(database: str, connection: Connection) -> None:
    await declare(connection, DECIDE, 1)
    await new_lead(connection, "Ana")
    async with streaming(database) as stream:
        await stream.tick()
        await stream.tick()
        (first,) = await kept(connection)
        assert first["snapshot"]["event_index"] == 0
        for month in (1, 2):
            stream.clock.ahead += QUIET
            await stream.tick()
            await stream.tick()
            assert len(await kept(connection)) == 1 + month


async def test_a_head_that_is_asked_once_learns_of_a_lead_once(
    database: str, connection: Connection
) -> None:
    head = Head("answers", frozenset({YES}), frozenset(), 20 * DAY, Anchor.CREATED)
    await ask(connection, DECIDE, [head])
    won, silent = await new_lead(connection, "Ana"), await new_lead(connection, "Bia")
    async with streaming(database) as stream:
        await stream.drain()
        for lead in (won, silent):
            for _ in range(3):
                await new_event(connection, lead)
        await stream.drain()
        await new_event(connection, won, YES)
        for _ in range(4):
            await new_event(connection, won)
        await stream.drain()
        asked = [(row["nome"], row["snapshot"]["event_index"]) for row in await kept(connection)]
        assert sorted(asked) == [("Ana", 1), ("Ana", 3), ("Ana", 8), ("Bia", 1), ("Bia", 3)]
        stream.clock.ahead = 21 * DAY
        await stream.tick()
        # After the answer was known there is nothing to predict.
        answered = [
            (row["nome"], row["snapshot"]["event_index"], row["converted"])
            for row in await kept(connection)
        ]
        assert sorted(answered) == [
            *(("Ana", 1, True), ("Ana", 3, True), ("Bia", 1, False), ("Bia", 3, False)),
        ]
        assert (await learned(connection, "answers"))["learned"] == 2
        await assert_learned_is_a_replay(connection, "answers")
        await new_event(connection, silent)
        await stream.drain()
        assert len(await kept(connection)) == 4


async def test_nothing_is_kept_of_a_lead_that_is_gone(
    database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 1)
    lead, other = await new_lead(connection, "Ana"), await new_lead(connection, "Bia")
    async with streaming(database) as stream:
        await stream.tick()
        await stream.tick()
        assert len(await kept(connection)) == 2
        await connection.execute("DELETE FROM leads WHERE id = $1", lead)
        await stream.drain()
        left = await connection.fetch("SELECT lead_id FROM galope.question")
        assert [row["lead_id"] for row in left] == [other]
        await connection.execute("TRUNCATE leads CASCADE")
        await stream.drain()
        assert await connection.fetchval("SELECT count(*) FROM galope.question") == 0


async def test_a_challenger_takes_over_and_is_the_next_version(
    database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 1)
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await stream.drain()
        await new_event(connection, lead)
        await stream.drain()
        trainer = stream.model.trainers["other_1"]
        before = trainer.version
        wanted = trainer.learner.contest.wanted
        trainer.learner.contest = Contest(
            "frozen", {"steady": [0.0] * len(BETS), "quick": [2.0 * wanted] * len(BETS)}
        )
        stream.clock.ahead = 91 * DAY
        await stream.tick()
        version = stream.model.others["other_1"].version
        assert version > before
        assert await champion_versions(connection, ["other_1"]) == {"other_1": version}
        running = stream.model.trainers["other_1"].learner.to_json()
        await stream.tick()
        said = await connection.fetch("SELECT model_version FROM galope.score WHERE head <> ''")
        assert {row["model_version"] for row in said} == {version}
    async with streaming(database) as stream:
        assert stream.model.trainers["other_1"].learner.to_json() == running
    facts = await connection.fetchval(
        "SELECT reason_facts FROM galope.model_version WHERE version = $1", version
    )
    assert (json.loads(facts)["name"], json.loads(facts)["before"]) == ("quick", "frozen")


async def test_a_restart_goes_on_learning_where_it_was(
    database: str, connection: Connection
) -> None:
    await declare(connection, DECIDE, 2)
    how = How()
    for day in (0, 91, 182):
        how.clock.ahead = day * DAY
        lead = await new_lead(connection)
        await drained(database, how)
        await new_event(connection, lead, ago=-how.clock.ahead)
        await drained(database, how)
        how.clock.ahead += 2.0
        await drained(database, how)
    assert (await learned(connection, "other_2"))["learned"] > 2
    await assert_learned_is_a_replay(connection, "other_1")
    await assert_learned_is_a_replay(connection, "other_2")


@pytest.mark.timeout(300)  # behind the admin's tests there may be little of the machine left
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.no_cover
async def test_a_crash_at_any_statement_learns_each_answer_once(
    database: str, connection: Connection, *, after: bool
) -> None:
    await declare(connection, DECIDE, 2)
    leads = [await new_lead(connection, name) for name in ("Ana", "Bia")]
    await drained(database)
    clock = How().clock
    turn = 0
    for turn, fuse in enumerate(crashes(after=after)):
        for place, lead in enumerate(leads):
            # As rare as the model says: no challenger takes over.
            kind = "page_view" if (turn + 3 * place) % 9 else YES
            await new_event(connection, lead, kind, ago=-clock.ahead)
        clock.ahead += 91 * DAY
        with suppress(CrashError):
            await drained(database, How(clock=clock, wrap=partial(fused, fuse)))
        if fuse.blown:
            clock.ahead += 2.0
            await drained(database, How(clock=clock))
    assert turn > 10
    for head in ("other_1", "other_2"):
        answered = [
            row
            for row in await kept(connection)
            if row["head"] == head and row["converted"] is not None
        ]
        assert (await learned(connection, head))["learned"] == len(answered) > turn
        await assert_learned_is_a_replay(connection, head)
