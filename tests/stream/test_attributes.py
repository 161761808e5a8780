"""What events carry, as the stream takes it up once the team declares it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from domain.heads import QUALIFY
from offline.history import history
from online_models.day_zero import day_zero
from online_models.model import Basis, LeadModel
from online_models.rationale import Rationale
from online_models.spline_features import step
from postgres.connect import OWN, connect
from postgres.model_registry import keep_model, make_champion
from postgres.statements import QUERIES
from stream.reads import Reads
from tests.stream.replay import comparable, drained, new_lead, stored, streaming
from tests.stream.test_policy import decide

if TYPE_CHECKING:
    from uuid import UUID

    from domain.state import LeadState
    from postgres.connect import Connection

DECLARED: dict[str, Any] = {"event_labels": ["campaign", "device"], "event_amount": "amount"}


async def happens(connection: Connection, lead: UUID, metadata: Any, ago: float = 0.0) -> None:
    """Insert an event that carries something."""
    await connection.execute(
        "INSERT INTO events (lead_id, event_type, ts, metadata)"
        " VALUES ($1, 'page_view', now() - make_interval(secs => $2), $3)",
        lead,
        ago,
        json.dumps(metadata),
    )


def counts(state: LeadState) -> dict[str, int]:
    """Return how often each label was carried."""
    return {label: tally.count for label, tally in state.labels.items()}


async def test_what_is_declared_is_counted_live_and_from_the_rows(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection)
    await happens(connection, lead, {"campaign": "Verao", "amount": 10.1, "page": "a"}, ago=9)
    async with streaming(database) as stream:
        await stream.drain()
        before = (await stored(connection))[lead]
        assert (before.labels, before.amounts.count) == ({}, 0)
        await decide(connection, **DECLARED)
        await stream.drain()
        assert counts((await stored(connection))[lead]) == {"campaign=verao": 1}
        await happens(connection, lead, {"campaign": " VERAO ", "device": 7, "amount": "-3.05"})
        await happens(connection, lead, {"campaign": ["verao"], "device": "", "amount": "1e400"})
        await happens(connection, lead, "verao")
        await happens(connection, lead, {"campaign": "x" * 500, "amount": 10**13}, ago=5)
        await connection.execute("INSERT INTO events (lead_id, event_type) VALUES ($1, 'z')", lead)
        await stream.drain()
    live = (await stored(connection))[lead]
    assert counts(live) == {"campaign=verao": 2, "device=7": 1, f"campaign={'x' * 100}": 1}
    assert (live.amounts.count, live.amounts.sum) == (2, 7.05)
    await connection.execute(QUERIES["ask_for_rebuild"])
    await drained(database)
    assert comparable((await stored(connection))[lead]) == comparable(live)
    await decide(connection)
    await drained(database)
    undeclared = (await stored(connection))[lead]
    assert (undeclared.labels, undeclared.amounts.count) == ({}, 0)
    assert await connection.fetchval("SELECT galope.declaration()") is None


async def test_an_event_whose_metadata_is_edited_counts_as_it_reads_now(
    database: str, connection: Connection
) -> None:
    await decide(connection, **DECLARED)
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await happens(connection, lead, {"campaign": "verao", "amount": 2})
        await stream.drain()
        await connection.execute("""UPDATE events SET metadata = '{"campaign": "inverno"}'""")
        await stream.drain()
        state = (await stored(connection))[lead]
    assert (counts(state), state.amounts.count) == ({"campaign=inverno": 1}, 0)


@pytest.mark.parametrize("later", [{}, {"event_labels": ["device"]}, DECLARED])
async def test_an_event_that_was_logged_by_an_earlier_declaration_is_read_anew(
    database: str, connection: Connection, later: dict[str, Any]
) -> None:
    if later != DECLARED:
        await decide(connection, **DECLARED)
    lead = await new_lead(connection)
    await drained(database)
    writer = await connect(database, "test", OWN)
    try:
        async with streaming(database) as stream:
            transaction = writer.transaction()
            await transaction.start()
            await happens(writer, lead, {"campaign": "verao", "device": "tv"})
            await decide(connection, **later)
            await stream.drain()
            await transaction.commit()
            await stream.drain()
            await happens(connection, lead, {"campaign": "verao", "device": "tv"})
            await stream.drain()
    finally:
        await writer.close()
    state = (await stored(connection))[lead]
    keys = later.get("event_labels", [])
    carried = {"campaign": "campaign=verao", "device": "device=tv"}
    assert counts(state) == {carried[key]: 2 for key in keys}
    assert state.count == 2


async def test_an_echo_carries_as_much_as_any_event(database: str, connection: Connection) -> None:
    lead = await new_lead(connection)
    await decide(connection, **DECLARED)
    async with streaming(database) as stream:
        await stream.drain()
        async with connection.transaction():
            await connection.execute("SET LOCAL galope.writing_scores = 'on'")
            await happens(connection, lead, {"campaign": "verao", "amount": 4})
        await stream.drain()
        await happens(connection, lead, {})
        await stream.drain()
    live = (await stored(connection))[lead]
    assert (counts(live), live.amounts.sum) == ({"campaign=verao": 1}, 4.0)


async def champion(connection: Connection) -> None:
    """Store a champion that has learned of a campaign."""
    base = day_zero()
    feature = "label:campaign=verao|count"
    basis = Basis({**base.basis.knots, feature: (0.0, 0.5)}, (), base.basis.directions)
    weights = {**base.weights, step(feature, 1): 1.0}
    model = LeadModel.warm_start(basis, weights, base.intercept, base.scale)
    async with connection.transaction():
        why = Rationale("a test", {})
        version = await keep_model(connection, QUALIFY.name, model, why)
        await make_champion(connection, QUALIFY.name, version, why)


async def test_a_declared_campaign_is_a_reason_and_goes_with_its_declaration(
    database: str, connection: Connection
) -> None:
    await champion(connection)
    lead = await new_lead(connection)
    await happens(connection, lead, {"campaign": "verao"})
    await drained(database)
    plain = await connection.fetchval("SELECT score FROM leads")
    await decide(connection, event_labels=["campaign"])
    await drained(database)
    (row,) = await connection.fetch("SELECT score, score_motivos FROM leads")
    (reason,) = [
        reason
        for reason in json.loads(row["score_motivos"])
        if reason["code"] == "label:campaign=verao"
    ]
    assert (reason["fator"], reason["detalhe"]) == ("Campaign: verao", "once")
    assert row["score"] == plain + reason["impacto"] > plain
    await decide(connection)
    await drained(database)
    assert await connection.fetchval("SELECT score FROM leads") == plain


async def test_training_reads_what_the_stream_reads(database: str, connection: Connection) -> None:
    await decide(connection, **DECLARED)
    lead = await new_lead(connection)
    for place in range(6):
        campaign = {"campaign": f"c{place % 2}"} if place % 3 else {}
        await happens(connection, lead, campaign | {"amount": place}, ago=100 * (place % 4))
    await drained(database)
    (reading,) = (await Reads(connection).leads([lead], QUALIFY.name)).values()
    assert reading is not None
    told = history(str(lead), reading.rows, QUALIFY, None, time.time())
    *_, (_, _, trained) = told.moments()
    live = (await stored(connection))[lead]
    assert trained.labels == live.labels
    assert comparable(trained)["amounts"] == comparable(live)["amounts"]
    assert live.labels.keys() == {"campaign=c0", "campaign=c1"}


async def test_nothing_declared_is_nothing_logged(connection: Connection) -> None:
    lead = await new_lead(connection)
    await happens(connection, lead, {"campaign": "verao", "amount": 3})
    logged = await connection.fetchval(
        "SELECT attributes FROM galope.change_log WHERE kind = 'event'"
    )
    assert logged is None
    plan = await connection.fetch(
        "EXPLAIN (VERBOSE, COSTS OFF) SELECT galope.event_attributes(metadata) FROM events"
    )
    assert any("NULL::jsonb" in line[0] for line in plan), plan


async def test_a_state_that_an_earlier_release_wrote_is_read_anew(
    database: str, connection: Connection
) -> None:
    await decide(connection, **DECLARED)
    lead = await new_lead(connection)
    await happens(connection, lead, {"amount": 4}, ago=9)
    await drained(database)
    await connection.execute(
        "UPDATE galope.lead_state SET state = jsonb_set(state::jsonb, '{amounts}', '[1,400,1,4]')"
    )
    await happens(connection, lead, {"amount": -1})
    await drained(database)
    amounts = (await stored(connection))[lead].amounts
    assert (amounts.sum, amounts.count, amounts.returns) == (3.0, 2, 1)
