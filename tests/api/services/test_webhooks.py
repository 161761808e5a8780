"""Webhooks: everything at least once, of each lead in its order, whatever the receiver does."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from api.services.database import STATEMENTS
from api.services.webhooks import Pace
from bench.receiver import receiving
from postgres.statements import QUERIES
from tests.api.hooked import QUICK, SCORE, sending, subscribe, until_row
from tests.api.served import execute

if TYPE_CHECKING:
    from bench.receiver import Receiver
    from tests.api.hooked import Connection

# A wait for an answer that ends while its connection is being made leaves that to the collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
)


async def crossings(connection: Connection, lead: UUID, times: int, above: bool = False) -> None:
    """Have a lead's score cross 70 so many times, the first time upwards unless it is above."""
    for _ in range(times):
        before, after = (90, 20) if above else (20, 90)
        above = not above
        await connection.execute(SCORE, lead, before, after, "QUALIFICADO" if above else "CURIOSO")


def directions(receiver: Receiver, lead: UUID) -> list[str]:
    return [
        event["data"]["direction"]
        for event in receiver.counted
        if event["data"]["lead_id"] == str(lead)
    ]


async def test_a_crossing_is_told_signed_and_without_personal_data(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    number = await subscribe(connection, receiver)
    lead = uuid4()
    async with sending(database):
        await connection.execute(SCORE, lead, None, 69, "AQUECENDO")
        await connection.execute(SCORE, lead, 69, 70, "AQUECENDO")
        await receiver.until(lambda: bool(receiver.taken))
        await until_row(connection, "SELECT NOT EXISTS (SELECT FROM galope.webhook_delivery)")
    (got,) = receiver.taken
    assert got.path == "/hook"
    assert got.event.keys() == {"id", "type", "timestamp", "data"}
    assert got.event["type"] == "score.crossed"
    assert got.event["data"] == {
        "lead_id": str(lead), "threshold": 70, "direction": "up", "score_before": 69, "score": 70,
        "cause": "cta_click", "model_version": 1, "reasons": ["cta_click", "budget"],
    }  # fmt: skip
    secret = await connection.fetchval("SELECT secret FROM galope.webhook WHERE id = $1", number)
    signed = f"{got.event['id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert got.headers["webhook-id"] == got.event["id"]
    assert got.headers["webhook-signature"] == f"v1,{expected}"


async def test_what_commits_late_is_told_and_never_before_its_commit(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    late, early = uuid4(), uuid4()
    await subscribe(connection, receiver)
    other = await asyncpg.connect(database)
    transaction = other.transaction()
    await transaction.start()
    await other.execute(SCORE, late, 20, 90, "QUALIFICADO")
    async with sending(database):
        await connection.execute(SCORE, early, 20, 90, "QUALIFICADO")
        await receiver.until(lambda: directions(receiver, early) == ["up"])
        assert directions(receiver, late) == []
        await transaction.commit()
        await receiver.until(lambda: directions(receiver, late) == ["up"])
    await other.close()


async def test_what_was_before_is_not_told(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    before, after = uuid4(), uuid4()
    await connection.execute(SCORE, before, 20, 90, "QUALIFICADO")
    await subscribe(connection, receiver)
    await connection.execute(SCORE, after, 20, 90, "QUALIFICADO")
    async with sending(database):
        await receiver.until(lambda: directions(receiver, after) == ["up"])
    assert directions(receiver, before) == []


async def test_scores_of_other_heads_are_not_told(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    other, primary = uuid4(), uuid4()
    await subscribe(connection, receiver, "score.crossed", "status.changed")
    await crossings(connection, other, 1)
    await connection.execute("UPDATE galope.score_history SET head = 'buy_90d', status = NULL")
    await crossings(connection, primary, 1)
    async with sending(database):
        await receiver.until(lambda: directions(receiver, primary) == ["up"])
        await until_row(connection, "SELECT NOT EXISTS (SELECT FROM galope.webhook_delivery)")
    assert [event["data"]["lead_id"] for event in receiver.counted] == [str(primary)]


@pytest.mark.parametrize("way", ["down", "500", "slow"])
async def test_a_receiver_that_fails_gets_everything_later_in_order(
    database: str, connection: Connection, receiver: Receiver, way: str
) -> None:
    leads = [uuid4() for _ in range(5)]
    await subscribe(connection, receiver)
    if way == "down":
        await receiver.down()
    elif way == "500":
        receiver.status = 500
    else:
        receiver.answers.clear()
    async with sending(database, QUICK):
        for lead in leads:
            await crossings(connection, lead, 2)
        await until_row(
            connection,
            "SELECT count(*) = 5 AND min(attempts) > 1 FROM galope.webhook_delivery"
            " WHERE problem IS NOT NULL",
        )
        for lead in leads:
            await crossings(connection, lead, 2)
        receiver.status = 200
        receiver.answers.set()
        if way == "down":
            await receiver.up()
        await receiver.until(lambda: all(len(directions(receiver, lead)) == 4 for lead in leads))
        await until_row(connection, "SELECT NOT EXISTS (SELECT FROM galope.webhook_delivery)")
    assert all(directions(receiver, lead) == ["up", "down"] * 2 for lead in leads)


async def test_who_is_stopped_in_between_sends_it_again_with_the_same_id(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    lead = uuid4()
    await subscribe(connection, receiver)
    receiver.answers.clear()
    pace = Pace(look_s=0.01, timeout_s=0.1, first_retry_s=0.02)
    async with sending(database, pace):
        await crossings(connection, lead, 3)
        await receiver.asked.wait()
    receiver.answers.set()  # takes what nobody waits for any more
    async with sending(database, pace):
        await receiver.until(lambda: len(directions(receiver, lead)) == 3)
    assert len(receiver.taken) > len(receiver.counted)
    assert directions(receiver, lead) == ["up", "down", "up"]


async def test_two_that_send_at_once_send_each_once(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    leads = [uuid4() for _ in range(20)]
    await subscribe(connection, receiver)
    async with sending(database), sending(database):
        for _ in range(2):
            await asyncio.gather(*(one_more(database, lead) for lead in leads))
        await until_row(
            connection, "SELECT count(*) = 40 FROM galope.score_history WHERE xid IS NOT NULL"
        )
        await receiver.until(lambda: len(receiver.counted) == 40)
    assert len(receiver.taken) == 40
    assert all(directions(receiver, lead) == ["up", "down"] for lead in leads)


async def one_more(dsn: str, lead: UUID) -> None:
    last = await execute(
        dsn, "SELECT score_after FROM galope.score_history WHERE lead_id = $1 ORDER BY id", lead
    )
    connection = await asyncpg.connect(dsn)
    await crossings(connection, lead, 1, above=bool(last))
    await connection.close()


async def test_a_receiver_that_fails_holds_up_no_other(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    lead = uuid4()
    async with receiving() as stuck:
        stuck.answers.clear()
        await subscribe(connection, stuck)
        await subscribe(connection, receiver)
        async with sending(database):
            await crossings(connection, lead, 1)
            await stuck.asked.wait()
            await receiver.until(lambda: directions(receiver, lead) == ["up"])
            assert stuck.taken == []


async def test_what_nobody_takes_is_parked_and_said_so(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    lead = uuid4()
    number = await subscribe(connection, receiver)
    receiver.status = 500
    pace = Pace(look_s=0.01, first_retry_s=0.02, longest_retry_s=0.02, timeout_s=0.5, give_up_s=0.0)
    async with sending(database, pace):
        await crossings(connection, lead, 2)
        await until_row(
            connection,
            "SELECT count(*) = 2 FROM galope.webhook_delivery WHERE parked_at IS NOT NULL",
        )
    [row] = await connection.fetch(STATEMENTS["webhooks"])
    assert (row["waiting"], row["parked"], row["problem"]) == (0, 2, "answered 500")
    rows = await connection.fetch(
        "SELECT facts FROM galope.audit WHERE action = 'webhook deliveries parked'"
    )
    assert sum(json.loads(row["facts"])["parked"] for row in rows) == 2
    receiver.status = 200
    assert await connection.fetchval(STATEMENTS["replay_deliveries"], number) == 2
    async with sending(database):
        await receiver.until(lambda: directions(receiver, lead) == ["up", "down"])


async def paused(connection: Connection, number: int) -> None:
    assert await connection.fetchval(STATEMENTS["pause_webhook"], number) is not None


async def test_what_happens_in_a_pause_is_told_after_it_in_order(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    leads = [uuid4() for _ in range(5)]
    number = await subscribe(connection, receiver)
    async with sending(database):
        for lead in leads:
            await crossings(connection, lead, 2)
        await receiver.until(lambda: len(receiver.counted) == 10)
        await paused(connection, number)
        for lead in leads:
            await crossings(connection, lead, 3)
        await until_row(connection, "SELECT count(*) = 15 FROM galope.webhook_delivery")
        # What it is fed from is gone by the time it is resumed.
        await connection.execute("DELETE FROM galope.score_history")
        [row] = await connection.fetch(STATEMENTS["webhooks"])
        assert (row["waiting"], row["paused_at"] is None) == (15, False)
        assert not await connection.fetch(STATEMENTS["claim_deliveries"], number, 16, 1, 1, 1)
    # Another that is not paused is told meanwhile.
    async with sending(database):
        await subscribe(connection, receiver)
        await crossings(connection, uuid4(), 1)
        await receiver.until(lambda: len(receiver.counted) == 11)
        await until_row(connection, "SELECT count(*) = 16 FROM galope.webhook_delivery")
        await connection.fetchval(STATEMENTS["resume_webhook"], number)
        await receiver.until(lambda: len(receiver.counted) == 27)
        await until_row(connection, "SELECT NOT EXISTS (SELECT FROM galope.webhook_delivery)")
    assert all(directions(receiver, lead) == ["up", "down", "up", "down", "up"] for lead in leads)


async def test_who_is_paused_and_stopped_while_it_sends_loses_nothing(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    lead = uuid4()
    number = await subscribe(connection, receiver)
    receiver.answers.clear()
    pace = Pace(look_s=0.01, timeout_s=0.1, first_retry_s=0.02)
    async with sending(database, pace):
        await crossings(connection, lead, 3)
        await receiver.asked.wait()
        await paused(connection, number)
    receiver.answers.set()
    async with sending(database, pace):
        await crossings(connection, lead, 1, above=True)
        await until_row(connection, "SELECT count(*) = 4 FROM galope.webhook_delivery")
        await connection.fetchval(STATEMENTS["resume_webhook"], number)
        await receiver.until(lambda: len(directions(receiver, lead)) == 4)
    assert directions(receiver, lead) == ["up", "down", "up", "down"]


async def test_a_pause_is_not_counted_among_the_days_of_trying(
    connection: Connection, receiver: Receiver
) -> None:
    number = await subscribe(connection, receiver)
    await connection.execute(
        "INSERT INTO galope.webhook_delivery"
        " (webhook_id, lead_id, topic, occurred_at, facts, tried_since)"
        " SELECT $1, gen_random_uuid(), 'score.crossed', now(), '{}',"
        " now() - days * interval '1 day' FROM unnest(ARRAY[6, 1]) AS days",
        number,
    )
    await paused(connection, number)
    await connection.execute("UPDATE galope.webhook SET paused_at = now() - interval '5 days'")
    await paused(connection, number)  # goes on from when it was first
    assert await connection.fetchval(STATEMENTS["resume_webhook"], number) == number
    rows = await connection.fetch(
        "SELECT round(extract(epoch FROM now() - tried_since) / 86400)::int AS days"
        " FROM galope.webhook_delivery ORDER BY id"
    )
    # Tried for a day before the pause, and come within it.
    assert [row["days"] for row in rows] == [1, 0]
    # Who was not paused is changed in nothing.
    assert await connection.fetchval(STATEMENTS["resume_webhook"], number) == number
    assert await connection.fetchval(STATEMENTS["resume_webhook"], number + 1) is None


async def test_a_name_that_leads_inside_by_now_is_not_followed(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    await subscribe(connection, receiver)
    await connection.execute("UPDATE galope.webhook SET url = replace(url, 'http:', 'https:')")
    async with sending(database, private=False):
        await crossings(connection, uuid4(), 1)
        await until_row(
            connection,
            "SELECT problem LIKE 'UrlRefusedError: 127.0.0.1 é um endereço privado%'"
            " FROM galope.webhook_delivery",
        )
    assert receiver.taken == []


async def test_a_lead_that_is_erased_is_told_of_no_more(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    lead: Any = uuid4()
    await subscribe(connection, receiver)
    receiver.status = 500
    async with sending(database, QUICK):
        await crossings(connection, lead, 2)
        await until_row(connection, "SELECT problem IS NOT NULL FROM galope.webhook_delivery")
    await connection.execute(QUERIES["forget_leads"], [lead])
    assert not await connection.fetchval("SELECT count(*) FROM galope.webhook_delivery")


async def test_a_snapshot_of_another_cluster_begins_anew(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    await subscribe(connection, receiver)
    await connection.execute(
        "UPDATE galope.webhook SET snapshot = format('%s:%s:', x, x)::pg_snapshot"
        " FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000000 AS x) AS far"
    )
    before, after = uuid4(), uuid4()
    await crossings(connection, before, 1)
    await connection.execute("UPDATE galope.score_history SET xid = '999999999'")
    async with sending(database):
        await until_row(
            connection,
            "SELECT pg_snapshot_xmax(snapshot) <= pg_snapshot_xmax(pg_current_snapshot())"
            " FROM galope.webhook",
        )
        await crossings(connection, after, 1)
        await receiver.until(lambda: directions(receiver, after) == ["up"])
    assert directions(receiver, before) == []


async def test_what_is_due_is_found_at_once_among_very_much(
    connection: Connection, receiver: Receiver
) -> None:
    number = await subscribe(connection, receiver)
    await connection.execute(
        "INSERT INTO galope.webhook_delivery (webhook_id, lead_id, topic, occurred_at, facts)"
        " SELECT $1, md5((n % 5000)::text)::uuid, 'score.crossed', now(), '{}'"
        " FROM generate_series(1, 10000) AS n",
        number,
    )
    await connection.execute(
        "SET statement_timeout = '5s'; SET enable_seqscan = off; SET jit = off"
    )
    due = await connection.fetch(STATEMENTS["claim_deliveries"], number, 16, 10.0, 5.0, 900.0)
    assert len({row["lead_id"] for row in due}) == 16
    assert max(row["id"] for row in due) <= await connection.fetchval(
        "SELECT min(id) + 4999 FROM galope.webhook_delivery"
    )
