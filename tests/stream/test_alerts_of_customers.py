"""Customers who are due, slipping, leaving or buy elsewhere; and how many alerts are opened."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import orjson
import pytest

from domain.alerts.judging import LEARNED_EVERY
from domain.alerts.motives import A_WEEK
from domain.heads import CHURN_90D
from domain.policy import OURS
from domain.scorecard import Scale
from online_models.model import Basis, LeadModel
from online_models.rationale import Rationale
from postgres.model_registry import keep_model, make_champion
from tests.stream.alerts import alerts, buys, customer, decide
from tests.stream.replay import DAY, new_lead, streaming

if TYPE_CHECKING:
    from postgres.connect import Connection


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


async def test_a_customer_who_buys_a_family_elsewhere(
    database: str, connection: Connection
) -> None:
    await decide(connection, alerts={"capture": 0.02}, event_labels=["family"])
    everybody = ["racao"] * 6 + ["selaria"] * 4
    async with streaming(database) as stream:
        for number in range(30):
            lead = await customer(connection, name=f"Cliente {number}")
            await buys(connection, lead, *range(10, 110, 10), families=everybody)
        one = await customer(connection, name="Fora")
        await buys(connection, one, *range(10, 210, 10), families=["selaria"] * 20)
        await stream.drain()
        assert not await connection.fetch("SELECT FROM galope.alert")
        stream.clock.ahead += LEARNED_EVERY + 60.0
        await stream.drain()
        assert await alerts(connection, one) == [("capture", "open", True, None)]
        assert await connection.fetchval("SELECT count(*) FROM galope.alert") == 1
        facts = orjson.loads(await connection.fetchval("SELECT facts FROM galope.alert"))
        assert facts["family"] == "racao"
        await buys(connection, one, *[1.0] * 25, families=["racao"] * 25)
        await stream.drain()
        assert await alerts(connection, one) == [("capture", "closed", False, "bought")]


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
    assert await connection.fetchval("SELECT galope.alerts_allowed('waiting')") == 10
    await connection.execute("TRUNCATE galope.policy")
    assert await connection.fetchval("SELECT galope.alerts_allowed('waiting')") == A_WEEK
    await decide(connection, alerts_a_week=10)
    # Five of fifteen, and the five before any was judged.
    assert await connection.fetchval(allowed) == 5
