"""Alerts open, change and close with the scores they are about, once each."""

from __future__ import annotations

import json
from math import log
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
import pytest

from bench.testbed import QUERIES as BENCH
from domain.alerts.motives import THRESHOLDS, WEEK, urgency
from domain.heads import CHURN_90D
from domain.policy import OURS
from domain.scorecard import Scale
from online_models.model import Basis, LeadModel
from online_models.rationale import Rationale
from postgres.model_registry import keep_model, make_champion
from postgres.statements import QUERIES
from tests.stream.replay import DAY, assert_history_continues, new_event, new_lead, streaming

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection
    from tests.stream.replay import Stream

HOT = {"orcamento_faixa": "60k+", "prazo_compra": "7d", "uf": "SP"}
"""Answers of a lead that scores 70 once it clicks."""

COLUMNS = "motive, state, holds, closed_reason, facts"


async def decide(connection: Connection, **decided: Any) -> None:
    """Decide as the API does; amounts are declared."""
    decided = {"event_amount": "amount", "alerts": THRESHOLDS, **decided}
    async with connection.transaction():
        await connection.execute(BENCH["decide"], json.dumps(decided))
        await connection.execute(QUERIES["ask_for_rebuild"])


async def alerts(connection: Connection, lead: UUID) -> list[tuple[Any, ...]]:
    """Return a lead's alerts: motive, state, whether it holds, and why it was closed."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM galope.alert WHERE lead_id = $1 ORDER BY id", lead
    )
    return [tuple(row)[:4] for row in rows]


async def buys(connection: Connection, lead: UUID, *days_ago: float, amount: float = 100.0) -> None:
    """Have a customer buy so many days ago."""
    for days in days_ago:
        await connection.execute(
            "INSERT INTO events (lead_id, event_type, ts, metadata) "
            "VALUES ($1, 'purchase', now() - make_interval(secs => $2), $3)",
            lead,
            days * DAY,
            json.dumps({"amount": amount}),
        )


async def customer(connection: Connection, *days_ago: float, name: str = "Ana") -> UUID:
    """Add a customer of two years."""
    lead = await new_lead(connection, name)
    await connection.execute(
        "UPDATE leads SET created_at = now() - interval '730 days' WHERE id = $1", lead
    )
    await buys(connection, lead, *days_ago)
    return lead


async def hot_lead(connection: Connection, stream: Stream, name: str = "Ana") -> UUID:
    """Add a lead that is hot, and waits."""
    lead = await new_lead(connection, name, **HOT)
    for kind in ("cta_click", "hook_complete"):
        await new_event(connection, lead, kind)
        await stream.drain()
    return lead


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


async def test_a_hot_lead_waits_until_somebody_answers(
    database: str, connection: Connection
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
        await new_event(connection, lead, "no_reply_3d")
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


async def test_a_customer_is_due_when_the_usual_day_comes(
    database: str, connection: Connection
) -> None:
    await decide(connection, alerts={"due": 1.0})
    async with streaming(database) as stream:
        lead = await customer(connection, 85, 65, 45, 25, 5)
        await stream.drain()
        assert await alerts(connection, lead) == []
        stream.clock.ahead = 15 * DAY + 3600.0
        await stream.drain()
        assert await alerts(connection, lead) == [("due", "open", True, None)]
        row = await connection.fetchrow(
            "SELECT impact, extract(epoch FROM lost_at - since)::float8 AS wait FROM galope.alert"
        )
        assert row is not None
        assert (row["impact"], round(row["wait"] / DAY)) == (100.0, 20)
        await buys(connection, lead, 0.0)
        await stream.drain()
        assert await alerts(connection, lead) == [("due", "closed", False, "bought")]


async def test_a_loyal_customer_who_buys_less_is_slipping_until_it_buys(
    database: str, connection: Connection
) -> None:
    await decide(connection, alerts={"slipping": 0.5, "due": 1.0})
    async with streaming(database) as stream:
        quiet = await customer(connection, *range(60, 700, 20))
        steady = await customer(connection, *range(5, 700, 20), name="Bia")
        await stream.drain()
        assert await alerts(connection, quiet) == [("slipping", "open", True, None)]
        assert await alerts(connection, steady) == []
        await buys(connection, quiet, 0.5, 0.4, 0.3, 0.2)
        await stream.drain()
        assert await alerts(connection, quiet) == [("slipping", "closed", False, "bought")]


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


async def leaving(connection: Connection, probability: float) -> None:
    """Have the head of who leaves say the same chance of everybody."""
    policy = OURS.having({"others": [CHURN_90D.to_json()]}).asking(CHURN_90D.name)
    basis = Basis({"hours_known": (0.0, 1.0)}, (), policy.directions)
    model = LeadModel.warm_start(basis, {}, log(probability / (1.0 - probability)), Scale())
    async with connection.transaction():
        version = await keep_model(connection, CHURN_90D.name, model, Rationale("a test's", {}))
        await make_champion(connection, CHURN_90D.name, version, Rationale("a test's", {}))


async def test_a_customer_is_leaving_by_the_head_that_asks_it(
    database: str, connection: Connection
) -> None:
    await decide(connection, others=[CHURN_90D.to_json()])
    await leaving(connection, 0.7)
    async with streaming(database) as stream:
        lead = await customer(connection, 70, 50, 30)
        nobody = await new_lead(connection, "Bia")
        await stream.tick()
        assert await alerts(connection, lead) == [("leaving", "open", True, None)]
        assert await alerts(connection, nobody) == []
        row = await connection.fetchrow("SELECT head, impact, facts FROM galope.alert")
        assert row is not None
        assert row["head"] == CHURN_90D.name
        assert orjson.loads(row["facts"])["chance"] == pytest.approx(0.7)
        await leaving(connection, 0.1)
        await stream.tick()
        states = {row[0]: row[1:] for row in await alerts(connection, lead)}
        assert states["leaving"] == ("closed", False, "bought")


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


async def test_of_too_many_in_a_week_the_least_are_closed(
    database: str, connection: Connection
) -> None:
    await decide(connection, alerts={"due": 1.0}, alerts_a_week=2)
    async with streaming(database) as stream:
        for amount in (10.0, 30.0, 20.0, 5.0):
            lead = await customer(connection, name=str(amount))
            await buys(connection, lead, 70, 50, 30, amount=amount)
            await stream.drain()
        rows = await connection.fetch("SELECT impact, state, closed_reason FROM galope.alert")
        assert {(row["impact"], row["state"], row["closed_reason"]) for row in rows} == {
            (10.0, "closed", "surplus"),
            (30.0, "open", None),
            (20.0, "open", None),
            (5.0, "closed", "surplus"),
        }


async def test_what_was_wrong_bounds_what_is_opened(database: str, connection: Connection) -> None:
    await decide(connection, alerts={"due": 1.0}, alerts_a_week=10)
    async with streaming(database) as stream:
        await customer(connection, 70, 50, 30)
        await stream.drain()
    allowed = "SELECT galope.alerts_allowed('due')"
    assert await connection.fetchval(allowed) == 10
    for number in range(15):
        await connection.execute(
            "INSERT INTO galope.alert (lead_id, motive, head, impact, since, lost_at, facts, "
            "reasons, recommendation, channel, state, holds, opened_at, updated_at, closed_at, "
            "result, feedback_at) VALUES (gen_random_uuid(), 'due', '', 1, now(), now(), '{}', "
            "'[]', 'reorder', 'email', 'done', false, now(), now(), now(), $1, now())",
            "won" if number < 5 else "wrong",
        )
    # Five of fifteen, and the five before any was judged.
    assert await connection.fetchval(allowed) == 5


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


@pytest.mark.parametrize("wait", [-DAY, 0.0, DAY, 3 * WEEK])
async def test_urgency_is_the_same_in_both_places(connection: Connection, wait: float) -> None:
    there = await connection.fetchval(
        "SELECT galope.urgency(to_timestamp($1::float8), to_timestamp(0))", wait
    )
    assert there == pytest.approx(urgency(wait, 0.0))
