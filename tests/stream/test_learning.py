"""Outcomes from what people did, and models that learn from them: once, in order, and for good."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from domain.outcomes import SAMPLED_EVENTS
from online_models.contest import BETS, Contest
from online_models.day_zero import day_zero
from online_models.learner import CONTENDERS, Learner
from tests.stream.child import child, scores
from tests.stream.replay import (
    DAY,
    How,
    drained,
    new_event,
    new_lead,
    send_in_pieces,
    streaming,
)
from tests.stream.test_recovery import CrashError, crashes, fused

if TYPE_CHECKING:
    from postgres.connect import Connection

Outcomes = dict[UUID, tuple[bool, str, bool]]


async def outcomes(connection: Connection) -> Outcomes:
    """Return what is known of every lead: converted, source, evaluated."""
    rows = await connection.fetch("SELECT * FROM galope.outcome")
    return {row["lead_id"]: (row["converted"], row["source"], row["evaluated"]) for row in rows}


async def learned(connection: Connection) -> Any:
    """Return what the models have learned, as it is stored."""
    text = await connection.fetchval("SELECT state FROM galope.learner")
    return None if text is None else json.loads(text)


async def snapshots(connection: Connection) -> list[Any]:
    """Return every snapshot that is kept, in order."""
    rows = await connection.fetch("SELECT snapshots FROM galope.prediction")
    kept = [snapshot for row in rows for snapshot in json.loads(row["snapshots"])]
    return sorted(kept, key=lambda one: one["event_index"])


async def known_leads(database: str, connection: Connection, count: int) -> list[UUID]:
    """Insert leads and have the stream know them."""
    leads = [await new_lead(connection, uf="MG", prazo_compra="7d") for _ in range(count)]
    await drained(database)
    return leads


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        (["page_view"], None),
        (["page_view", "handoff"], (True, "handoff", False)),
        (["lost_interest"], (False, "lost_interest", False)),
        (["lost_interest", "handoff"], (True, "handoff", False)),
        (["handoff", "invalid_contact"], (False, "invalid_contact", False)),
        (["handoff", "handoff"], (True, "handoff", False)),
    ],
    ids=["open", "converted", "lost", "won back", "taken back", "said twice"],
)
async def test_outcomes_are_what_people_did_last(
    database: str,
    connection: Connection,
    events: list[str],
    outcome: tuple[bool, str, bool] | None,
) -> None:
    (lead,) = await known_leads(database, connection, 1)
    for ago, event_type in zip(range(len(events), 0, -1), events, strict=True):
        await new_event(connection, lead, event_type, ago=ago)
        await drained(database)
    assert (await outcomes(connection)).get(lead) == outcome


async def test_a_manual_move_is_an_outcome_and_a_status_is_not(
    database: str, connection: Connection
) -> None:
    moved, written = await known_leads(database, connection, 2)
    await connection.execute(
        "INSERT INTO events (lead_id, event_type, metadata)"
        """ VALUES ($1, 'crm_manual_move', '{"to_stage": "QUALIFICADO"}')""",
        moved,
    )
    await connection.execute(
        "UPDATE leads SET status = 'QUALIFICADO', score = 99 WHERE id = $1", written
    )
    await drained(database)
    assert await outcomes(connection) == {moved: (True, "crm_manual_move:QUALIFICADO", False)}


async def test_a_silent_horizon_is_a_no_and_models_are_evaluated_then(
    database: str, connection: Connection
) -> None:
    silent, won = await known_leads(database, connection, 2)
    async with streaming(database) as stream:
        await new_event(connection, silent)
        await new_event(connection, won)
        await stream.drain()
        await new_event(connection, won, "handoff")
        await stream.drain()
        assert await outcomes(connection) == {won: (True, "handoff", False)}
        assert (await learned(connection))["contest"]["judged"] == 0
        stream.clock.ahead = 31 * DAY
        await stream.drain()
    assert await outcomes(connection) == {
        silent: (False, "horizon", True),
        won: (True, "handoff", True),
    }
    state = await learned(connection)
    assert (state["learned"], state["contest"]["judged"]) == (2, 2)


async def test_an_outcome_that_is_deleted_is_open_again(
    database: str, connection: Connection
) -> None:
    (lead,) = await known_leads(database, connection, 1)
    event = await new_event(connection, lead, "handoff")
    await drained(database)
    assert lead in await outcomes(connection)
    await connection.execute("DELETE FROM events WHERE id = $1", event)
    await drained(database)
    assert lead not in await outcomes(connection)


async def test_what_was_imported_stays(database: str, connection: Connection) -> None:
    (lead,) = await known_leads(database, connection, 1)
    await connection.execute(
        "INSERT INTO galope.outcome VALUES ($1, 'qualify', true, now(), 'import')", lead
    )
    await connection.execute("INSERT INTO galope.change_log (kind) VALUES ('reset')")
    await drained(database)
    assert (await outcomes(connection))[lead] == (True, "import", False)


async def test_snapshots_are_kept_until_the_outcome_and_learned_then(
    database: str, connection: Connection
) -> None:
    (lead,) = await known_leads(database, connection, 1)
    for ago in range(40, 0, -1):
        await new_event(connection, lead, "page_view", ago=ago)
    await drained(database)
    rows = await snapshots(connection)
    assert {row["event_index"] for row in rows} == {n for n in SAMPLED_EVENTS if n <= 40}
    model = day_zero()
    for row in rows:
        said = model.predict(row["features"])
        assert row["probabilities"] == pytest.approx(dict.fromkeys(CONTENDERS, said))
    await new_event(connection, lead, "handoff")
    await new_event(connection, lead)
    await drained(database)
    expected = Learner(day_zero())
    expected.learn([row["features"] for row in rows], True)
    assert await learned(connection) == expected.to_json()
    assert await snapshots(connection) == rows


async def test_a_reversed_outcome_is_learned_again_once(
    database: str, connection: Connection
) -> None:
    (lead,) = await known_leads(database, connection, 1)
    expected = Learner(day_zero())
    await new_event(connection, lead, ago=9)
    await drained(database)
    (snapshot,) = await snapshots(connection)
    features = snapshot["features"]
    for ago, event_type in ((5, "lost_interest"), (4, "handoff"), (3, "handoff"), (2, "page_view")):
        await new_event(connection, lead, event_type, ago=ago)
        await drained(database)
    expected.learn([features], False)
    expected.learn([features], True)
    assert await learned(connection) == expected.to_json()


NOW = 1_750_000_000
KINDS = ("page_view", "hook_complete", "cta_click", "whatsapp_reply", "handoff", "lost_interest")


async def begin(connection: Connection, leads: int) -> None:
    """Empty the world, and bring the same leads into it."""
    await connection.execute("TRUNCATE galope.learner, galope.prediction, galope.outcome")
    await connection.execute("TRUNCATE leads CASCADE")
    await connection.executemany(
        "INSERT INTO leads (id, nome, segmento_interesse, created_at)"
        " VALUES ($1, 'Ana', 'CAVALOS', to_timestamp($2))",
        [(UUID(int=n), NOW) for n in range(1, leads + 1)],
    )


async def act(connection: Connection, leads: int, events: int) -> None:
    """Have the leads do the same things."""
    chance = random.Random(4)  # noqa: S311 - repeatable
    await connection.executemany(
        "INSERT INTO events (lead_id, event_type, ts) VALUES ($1, $2, to_timestamp($3))",
        [
            (UUID(int=chance.randint(1, leads)), chance.choice(KINDS), NOW + second)
            for second in range(events)
        ],
    )


async def uninterrupted(database: str, connection: Connection, leads: int, events: int) -> Any:
    """Return what is learned of `act` when nothing comes in between."""
    await begin(connection, leads)
    await drained(database, How(by_event_time=True))
    await act(connection, leads, events)
    await drained(database, How(by_event_time=True))
    return await learned(connection)


@pytest.mark.parametrize("batch", [1, 7, 64])
async def test_what_is_learned_does_not_depend_on_how_changes_were_cut(
    database: str, connection: Connection, batch: int
) -> None:
    whole = await uninterrupted(database, connection, 12, 150)
    assert whole["learned"] > 5
    await begin(connection, 12)
    await drained(database, How(by_event_time=True))
    await act(connection, 12, 150)
    await drained(database, How(batch, by_event_time=True))
    assert await learned(connection) == whole


@pytest.mark.timeout(300)  # behind the admin's tests there may be little of the machine left
@pytest.mark.parametrize(("piece", "after"), [(9, False), (9, True), (1, True)])
@pytest.mark.no_cover
async def test_a_crash_at_any_statement_neither_skips_nor_repeats_one(
    database: str,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    *,
    piece: int,
    after: bool,
) -> None:
    send_in_pieces(monkeypatch, piece)
    whole = await uninterrupted(database, connection, 3, 8)
    assert whole["learned"] > 1
    for fuse in crashes(after=after):
        await begin(connection, 3)
        await drained(database, How(by_event_time=True))
        await act(connection, 3, 8)
        with suppress(CrashError):
            await drained(database, How(5, by_event_time=True, wrap=partial(fused, fuse)))
        if fuse.blown:
            await drained(database, How(5, by_event_time=True))
        assert await learned(connection) == whole


@pytest.mark.usefixtures("unmeasured_children")
async def test_kill_9_while_learning_leaves_the_same_weights(
    database: str, connection: Connection
) -> None:
    leads, events = 40, 1_500
    whole = await uninterrupted(database, connection, leads, events)
    await begin(connection, leads)
    await drained(database, How(by_event_time=True))
    await act(connection, leads, events)
    slowly = {"GALOPE_CLOCK": "event", "GALOPE_BATCH_EVENTS": "5"}
    for batches in (1, 7, 30):
        async with scores(database) as heard, child(database, **slowly) as stream:
            await heard.batches(batches)
            await stream.killed()
    half_way = await learned(connection)
    assert half_way is not None
    assert half_way["learned"] < whole["learned"]
    await drained(database, How(by_event_time=True))
    assert await learned(connection) == whole


async def test_a_restart_goes_on_with_what_was_learned(
    database: str, connection: Connection
) -> None:
    (lead,) = await known_leads(database, connection, 1)
    await new_event(connection, lead, ago=9)
    await new_event(connection, lead, "handoff", ago=5)
    await drained(database)
    async with streaming(database) as stream:
        await new_event(connection, lead)
        await stream.drain()
    meta = await connection.fetchval("SELECT score_meta FROM leads WHERE id = $1", lead)
    assert json.loads(meta) == {"model_version": 0, "learned": 1}
    assert await connection.fetchval("SELECT max(learned) FROM galope.score_history") == 1


async def test_promoting_a_model_begins_learning_anew(
    database: str, connection: Connection
) -> None:
    (lead,) = await known_leads(database, connection, 1)
    await new_event(connection, lead, ago=9)
    await new_event(connection, lead, "handoff", ago=5)
    await drained(database)
    version = await connection.fetchval(
        "INSERT INTO galope.model_version (head, status, model, reason)"
        " VALUES ('qualify', 'champion', $1, 'a test') RETURNING version",
        json.dumps(day_zero().to_json()),
    )
    await new_event(connection, lead)
    await drained(database)
    meta = await connection.fetchval("SELECT score_meta FROM leads WHERE id = $1", lead)
    assert json.loads(meta) == {"model_version": version, "learned": 0}


async def test_a_challenger_that_takes_over_is_a_version_that_says_why(
    database: str, connection: Connection
) -> None:
    nearly = Contest("frozen", {"steady": [0.0] * len(BETS), "quick": [1e6] * len(BETS)}, 70)
    state = Learner(day_zero()).to_json() | {"contest": nearly.to_json()}
    await connection.execute(
        "INSERT INTO galope.learner (head, model_version, learned, state, base_version)"
        " VALUES ('qualify', 0, 90, $1, 0)",
        json.dumps(state),
    )
    (lead,) = await known_leads(database, connection, 1)
    how = How()
    async with streaming(database, how) as stream:
        await new_event(connection, lead)
        await stream.drain()
        how.clock.ahead = 31 * DAY
        await stream.drain()
        # All contenders go on learning from where they were, whether or not the stream is stopped.
        came = datetime.now(UTC) + timedelta(days=31)
        later = await new_lead(connection, created_at=came)
        for kind in ("page_view", "handoff"):
            await stream.drain()
            await new_event(connection, later, kind, ago=-how.clock.ahead)
        await stream.drain()
        running = stream.model.trainer.learner
        assert running.learned == 2
    async with streaming(database, how) as stream:
        restarted = stream.model.trainer.learner
        assert restarted.to_json() == running.to_json()
        assert restarted.scorecard(1) == running.scorecard(1)
    row = await connection.fetchrow("SELECT * FROM galope.model_version")
    assert row is not None
    assert (row["status"], row["head"]) == ("champion", "qualify")
    assert row["reason"].startswith("quick did better than frozen on the last of 71 leads judged")
    assert json.loads(row["reason_facts"]) == {
        "code": "took_over",
        "name": "quick",
        "before": "frozen",
        "judged": 71,
    }
    kept = await connection.fetchval("SELECT model_version FROM galope.learner")
    assert kept == row["version"]


async def test_a_state_is_committed_as_its_batch_left_it(
    database: str, connection: Connection
) -> None:
    """The next batch folds the same states while what this one taught is being looked up."""
    leads, events, batch = 3, 300, 10
    await begin(connection, leads)
    await drained(database, How(by_event_time=True))
    await act(connection, leads, events)
    for steps in range(1, events // batch):
        async with streaming(database, How(batch, by_event_time=True)) as stream:
            for _ in range(min(steps, 4)):
                await stream.consumer.step()
        taken, folded = await connection.fetchrow(
            """
            SELECT (SELECT count(*) FROM galope.change_log AS c, galope.cursor AS k
                    WHERE c.kind = 'event'
                      AND (pg_visible_in_snapshot(c.xid, k.snapshot)
                           OR (c.xid, c.id) <= (k.after_xid, k.after_id))),
                   (SELECT coalesce(sum((tally.value ->> 0)::int), 0)
                    FROM galope.lead_state AS s, json_each(s.state -> 'tallies') AS tally)
            """
        ) or (0, 0)
        assert taken == folded
        if taken == events:
            return
    pytest.fail("the events were never all taken")
