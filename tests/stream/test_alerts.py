"""Alerts open, change and close with the scores they are about, once each."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import orjson
import pytest

from domain.alerts.motives import WEEK, urgency
from domain.rules import CONTACT
from stream.alerts import Lows
from tests.stream.alerts import HOT, alerts, customer, decide, hot_lead
from tests.stream.replay import (
    DAY,
    How,
    assert_history_continues,
    drained,
    new_event,
    new_lead,
    streaming,
)
from tests.stream.test_recovery import CrashError, crashes, fused

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection


async def test_none_are_opened_unless_somebody_looks_for_them(
    database: str, connection: Connection
) -> None:
    await decide(connection, alerts={})
    async with streaming(database) as stream:
        lead = await hot_lead(connection, stream)
        await customer(connection, 70, 50, 30)
        await stream.drain()
        assert await connection.fetchval("SELECT score >= 70 FROM leads WHERE id = $1", lead)
    assert not await connection.fetch("SELECT FROM galope.alert")


@pytest.mark.parametrize("answer", ["no_reply_3d", CONTACT])
async def test_a_hot_lead_waits_until_somebody_answers(
    database: str, connection: Connection, answer: str
) -> None:
    await decide(connection)
    async with streaming(database) as stream:
        lead = await hot_lead(connection, stream)
        assert await alerts(connection, lead) == [("waiting", "open", True, None)]
        before = await connection.fetchrow("SELECT * FROM galope.alert")
        await new_event(connection, lead, "asked_price")
        await stream.drain()
        after = await connection.fetchrow("SELECT * FROM galope.alert")
        assert before is not None
        assert after is not None
        score = await connection.fetchval("SELECT score FROM leads")
        assert orjson.loads(after["facts"])["score"] == score
        assert after["updated_at"] > before["updated_at"]
        assert after["impact"] > 0.0
        assert sum(points for _, points in orjson.loads(after["reasons"])) == score
        await new_event(connection, lead, answer)
        await stream.drain()
        assert await alerts(connection, lead) == [("waiting", "closed", False, "answered")]
        await new_event(connection, lead, "proposal_click")
        await stream.drain()
    assert [row[1] for row in await alerts(connection, lead)] == ["closed", "open"]
    await assert_history_continues(connection)


async def test_a_lead_that_rises_by_15_points_within_an_hour(
    database: str, connection: Connection
) -> None:
    await decide(connection, alerts={"jumped": 15})
    async with streaming(database) as stream:
        lead = await new_lead(connection)
        await stream.drain()
        await new_event(connection, lead, "asked_price")
        await stream.drain()
        assert await alerts(connection, lead) == []
        await new_event(connection, lead, "proposal_click")
        await stream.drain()
        assert await alerts(connection, lead) == [("jumped", "open", True, None)]
        facts = orjson.loads(await connection.fetchval("SELECT facts FROM galope.alert"))
        assert (facts["from"], facts["to"]) == (0, 22)
        stream.clock.ahead += DAY + 60.0
        await stream.drain()
        assert await alerts(connection, lead) == [("jumped", "closed", False, "expired")]


def test_the_lowest_score_of_an_hour_is_known_after_an_hour() -> None:
    lows, lead, other = Lows(), uuid4(), uuid4()
    assert [lows.add(lead, 40, 0.0), lows.add(lead, 20, 1800.0)] == [0, 0]
    assert lows.add(lead, 30, 3600.0) == 20
    assert lows.add(other, 50, 3700.0) == 50
    # The hour before the last is let go of once it is an hour old.
    assert lows.add(lead, 45, 7200.0) == 30
    assert lows.add(lead, 45, 10_800.0) == 45


async def test_a_slow_rise_is_no_jump(database: str, connection: Connection) -> None:
    await decide(connection, alerts={"jumped": 15})
    async with streaming(database) as stream:
        lead = await new_lead(connection)
        for kind, wait in (("asked_price", 0.0), ("proposal_click", 4000.0)):
            stream.clock.ahead += wait
            await new_event(connection, lead, kind)
            await stream.drain()
        assert await alerts(connection, lead) == []
        stream.clock.ahead += 1800.0
        await new_event(connection, lead, "sent_documents")
        await stream.drain()
        assert await alerts(connection, lead) == [("jumped", "open", True, None)]
        facts = orjson.loads(await connection.fetchval("SELECT facts FROM galope.alert"))
        assert facts["from"] == 12


async def test_one_of_a_lead_says_enough(database: str, connection: Connection) -> None:
    await decide(connection)
    async with streaming(database) as stream:
        lead = await new_lead(connection)
        await stream.drain()
        for kind in ("cta_click", "hook_complete"):
            await new_event(connection, lead, kind)
            await stream.drain()
        assert await alerts(connection, lead) == [("jumped", "open", True, None)]
        await connection.execute(
            "UPDATE leads SET orcamento_faixa = '60k+', prazo_compra = '7d', uf = 'SP'"
        )
        await stream.drain()
        assert await alerts(connection, lead) == [
            ("jumped", "closed", False, "other"),
            ("waiting", "open", True, None),
        ]


async def test_what_somebody_is_done_with_stays_so_until_it_comes_anew(
    database: str, connection: Connection
) -> None:
    await decide(connection)
    async with streaming(database) as stream:
        lead = await hot_lead(connection, stream)
        await connection.execute("UPDATE galope.alert SET state = 'done', closed_at = now()")
        await new_event(connection, lead, "page_view")
        await stream.drain()
        assert await alerts(connection, lead) == [("waiting", "done", True, None)]
        await new_event(connection, lead, "asked_price")
        await stream.drain()
        assert [row[1:3] for row in await alerts(connection, lead)] == [
            ("done", False),
            ("open", True),
        ]


@pytest.mark.parametrize("restart", [False, True])
async def test_alerts_of_motives_nobody_looks_for_any_more_are_closed(
    database: str, connection: Connection, restart: bool
) -> None:
    await decide(connection)
    async with streaming(database) as stream:
        lead = await hot_lead(connection, stream)
        await decide(connection, alerts={"due": 1.0})
        if not restart:
            await stream.drain()
    if restart:
        async with streaming(database) as stream:
            await stream.drain()
    assert await alerts(connection, lead) == [("waiting", "closed", False, "off")]


async def test_a_restart_knows_whose_alerts_are_open(database: str, connection: Connection) -> None:
    await decide(connection)
    async with streaming(database) as stream:
        lead = await hot_lead(connection, stream)
    async with streaming(database) as stream:
        await new_event(connection, lead, "handoff")
        await stream.drain()
    assert [row[3] for row in await alerts(connection, lead)] == ["answered"]


async def test_a_lead_is_gone_with_its_alerts(database: str, connection: Connection) -> None:
    await decide(connection)
    async with streaming(database) as stream:
        lead = await hot_lead(connection, stream)
        other = await hot_lead(connection, stream, "Bia")
        await connection.execute("DELETE FROM leads WHERE id = $1", lead)
        await stream.drain()
        assert await alerts(connection, lead) == []
        assert len(await alerts(connection, other)) == 1
        await connection.execute("TRUNCATE leads CASCADE")
        await stream.drain()
    assert not await connection.fetch("SELECT FROM galope.alert")


async def test_a_lead_that_is_refused_opens_none(database: str, connection: Connection) -> None:
    await decide(connection)
    await connection.execute(
        "ALTER TABLE leads ADD CONSTRAINT none_of_hers CHECK (nome <> 'Má' OR score IS NULL)"
    )
    async with streaming(database) as stream:
        bad = await hot_lead(connection, stream, "Má")
        good = await hot_lead(connection, stream, "Boa")
        assert await alerts(connection, bad) == []
        assert await alerts(connection, good) == [("waiting", "open", True, None)]
        await connection.execute("ALTER TABLE leads DROP CONSTRAINT none_of_hers")
        await new_event(connection, bad)
        await stream.drain()
        assert await alerts(connection, bad) == [("waiting", "open", True, None)]


async def test_killed_before_its_commit_an_alert_is_opened_once(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await decide(connection)
    async with streaming(database) as stream:
        lead = await new_lead(connection, **HOT)
        await stream.drain()
    for kind in ("cta_click", "hook_complete"):
        await new_event(connection, lead, kind)
    async with streaming(database) as stream:

        async def killed(*_: object) -> None:
            message = "killed"
            raise asyncpg.InterfaceError(message)

        with monkeypatch.context() as patch:
            patch.setattr("stream.commit.Commit.finish", killed)
            with pytest.raises(asyncpg.InterfaceError):
                await stream.drain()
    assert await alerts(connection, lead) == []
    async with streaming(database) as stream:
        await stream.drain()
    assert await alerts(connection, lead) == [("waiting", "open", True, None)]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.no_cover
async def test_a_crash_at_any_statement_opens_and_closes_each_once(
    database: str, connection: Connection, *, after: bool
) -> None:
    await decide(connection)
    await drained(database)
    leads: list[UUID] = []
    for fuse in crashes(after=after):
        if leads:
            await new_event(connection, leads[-1], "no_reply_3d")
        leads.append(await new_lead(connection, **HOT))
        for kind in ("cta_click", "hook_complete"):
            await new_event(connection, leads[-1], kind)
        with suppress(CrashError):
            await drained(database, How(wrap=partial(fused, fuse)))
        if fuse.blown:
            await drained(database)
    *answered, waiting = leads
    assert len(answered) > 10
    for lead in answered:
        assert await alerts(connection, lead) == [("waiting", "closed", False, "answered")]
    assert await alerts(connection, waiting) == [("waiting", "open", True, None)]


@pytest.mark.parametrize("wait", [-DAY, 0.0, DAY, 3 * WEEK])
async def test_urgency_is_the_same_in_both_places(connection: Connection, wait: float) -> None:
    there = await connection.fetchval(
        "SELECT galope.urgency(to_timestamp($1::float8), to_timestamp(0))", wait
    )
    assert there == pytest.approx(urgency(wait, 0.0))
