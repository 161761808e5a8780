"""What webhooks tell of: alerts, conclusions of experiments, statuses and outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from api.services.database import STATEMENTS
from postgres.statements import QUERIES
from tests.api.hooked import QUICK, SCORE, sending, subscribe, until_row

if TYPE_CHECKING:
    from bench.receiver import Receiver
    from tests.api.hooked import Connection

# A wait for an answer that ends while its connection is being made leaves that to the collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
)

ALERT = """
    INSERT INTO galope.alert (
        lead_id, motive, head, impact, since, lost_at, facts, reasons, recommendation, channel,
        state, holds, opened_at, updated_at, closed_at, closed_reason
    )
    SELECT $1, motive, '', 100, now(), now(), '{}', '[]', 'answer', 'whatsapp',
           state, state = 'open', now(), now(), CASE WHEN state = 'closed' THEN now() END, reason
    FROM (VALUES ('due', 'closed', 'surplus'), ('waiting', 'open', NULL))
        AS a (motive, state, reason)
"""


async def test_an_opened_alert_is_told_once_unless_there_are_too_many(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    await subscribe(connection, receiver, "alert.opened")
    lead = uuid4()
    async with sending(database):
        await connection.execute(ALERT, lead)
        await receiver.until(lambda: bool(receiver.taken))
        await connection.execute("UPDATE galope.alert SET impact = 200")
        await connection.execute(ALERT.replace("'waiting'", "'jumped'"), lead)
        await receiver.until(lambda: len(receiver.taken) == 2)
        await until_row(connection, "SELECT NOT EXISTS (SELECT FROM galope.webhook_delivery)")
    told = [event["data"] for event in receiver.counted]
    assert [one["motive"] for one in told] == ["waiting", "jumped"]
    assert told[0].keys() == {
        "lead_id", "alert", "motive", "head", "impact", "lost_at", "recommendation", "channel",
    }  # fmt: skip


async def test_a_conclusion_is_told_once_and_only_when_it_is_one(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    number = await subscribe(connection, receiver, "experiment.concluded")
    receiver.status = 500
    async with sending(database, QUICK):
        for name in ("stopped", "taken back", "price"):
            declared = '{"arms": [{"name": "low"}, {"name": "high"}]}'
            await connection.fetchval(STATEMENTS["declare_experiment"], name, declared)
            await connection.fetchval(STATEMENTS["start_experiment"], name, 100, 2.0)
            await connection.fetchval(STATEMENTS["stop_experiment"], name)
        undone = connection.transaction()
        await undone.start()
        assert await connection.fetchval(STATEMENTS["conclude_experiment"], "taken back", "low")
        await undone.rollback()
        assert await connection.fetchval(STATEMENTS["conclude_experiment"], "price", "high")
        assert not await connection.fetchval(STATEMENTS["conclude_experiment"], "price", "low")
        await until_row(connection, "SELECT problem IS NOT NULL FROM galope.webhook_delivery")
        await connection.execute(QUERIES["forget_missing_leads"])
        (row,) = await connection.fetch(STATEMENTS["deliveries"], number, False, 9)
        assert (row["lead_id"], row["experiment"]) == (None, "price")
        receiver.status = 200
        await until_row(connection, "SELECT NOT EXISTS (SELECT FROM galope.webhook_delivery)")
    (told,) = (event["data"] for event in receiver.counted)
    assert told.keys() == {"experiment", "adopted", "control", "started_at", "ended_at"}
    assert (told["experiment"], told["adopted"], told["control"]) == ("price", "high", "low")


async def test_each_topic_is_told_to_who_asked_for_it(
    database: str, connection: Connection, receiver: Receiver
) -> None:
    await subscribe(connection, receiver, "status.changed", "outcome.known")
    lead = uuid4()
    outcome = ([lead], [True], [1767225600.0], ["handoff"])
    for status, score in (("CURIOSO", 20), ("CURIOSO", 30), ("QUALIFICADO", 80)):
        await connection.execute(SCORE, lead, None if score == 20 else 20, score, status)
    for evaluated in (False, True):
        await connection.execute(QUERIES["keep_outcomes"], "primary", *outcome, [evaluated])
    async with sending(database):
        await receiver.until(lambda: len(receiver.taken) == 3)
        taken_back = ([lead], [False], [1767225600.0], ["discard"], [False])
        await connection.execute(QUERIES["keep_outcomes"], "primary", *taken_back)
        await receiver.until(lambda: len(receiver.taken) == 4)
    told = [(event["type"], event["data"]) for event in receiver.counted]
    assert [topic for topic, _ in told] == ["status.changed"] * 2 + ["outcome.known"] * 2
    assert [(data["status_before"], data["status"]) for _, data in told[:2]] == [
        (None, "CURIOSO"),
        ("CURIOSO", "QUALIFICADO"),
    ]
    assert [(data["converted"], data["source"]) for _, data in told[2:]] == [
        (True, "handoff"),
        (False, "discard"),
    ]
