"""A machine's events, as the stream leaves them out once the team says so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from domain.heads import QUALIFY
from domain.machines import MANY, WINDOW
from offline.history import history
from postgres.statements import QUERIES
from stream.reads import Reads
from tests.stream.replay import How, comparable, drained, new_event, new_lead, stored, streaming
from tests.stream.test_learning import outcomes
from tests.stream.test_policy import decide

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection

BEGAN = 1_700_000_000
"""The beginning of a window, in seconds since 1970."""


INSERT = "INSERT INTO events (lead_id, event_type, ts) VALUES ($1, $2, to_timestamp($3))"


async def burst(connection: Connection, lead: UUID, events: int, at: float = BEGAN) -> None:
    """Have a program view pages, one statement each, within one window."""
    for number in range(events):
        moment = at + WINDOW * number / (events + 1)
        await connection.execute(INSERT, lead, "page_view", moment)


async def score(connection: Connection) -> int:
    found: int = await connection.fetchval("SELECT score FROM leads")
    return found


@pytest.mark.parametrize("pages", [1, 7, 25])
async def test_page_views_of_a_program_leave_the_score_as_it_was(
    database: str, connection: Connection, pages: int
) -> None:
    lead = await new_lead(connection)
    await new_event(connection, lead, "cta_click", ago=60)
    await decide(connection, leave_out_machines=True)
    async with streaming(database) as stream:
        await stream.drain()
        before = await score(connection)
        for _ in range(25 // pages):
            await burst(connection, lead, pages, at=BEGAN)
            await stream.drain()
        state = (await stored(connection))[lead]
        assert state.machines is not None
        assert (state.machines.left_out, state.count) == (25 // pages * pages, 1)
        assert await score(connection) == before
        await decide(connection)
        await stream.drain()
        assert await score(connection) > before
        assert (await stored(connection))[lead].machines is None


@pytest.mark.parametrize("cached", [1, 100])
async def test_live_and_from_the_rows_are_one_also_for_what_comes_late(
    database: str, connection: Connection, cached: int
) -> None:
    await decide(connection, leave_out_machines=True)
    lead, other = await new_lead(connection), await new_lead(connection, "Bia")
    async with streaming(database, How(cached=cached)) as stream:
        await burst(connection, lead, MANY - 1)
        await stream.drain()
        for window in range(1, 7):
            await burst(connection, lead, 2, at=BEGAN + WINDOW * window)
            await new_event(connection, other)
            await stream.drain()
        assert (await stored(connection))[lead].count == MANY - 1 + 12
        # Of the oldest window, whose count is kept no longer.
        await burst(connection, lead, 1)
        await stream.drain()
        await burst(connection, lead, 3)
        await stream.drain()
    live = (await stored(connection))[lead]
    assert live.machines is not None
    assert (live.count, live.machines.left_out) == (12, MANY + 3)
    await connection.execute(QUERIES["ask_for_rebuild"])
    await drained(database)
    rebuilt = (await stored(connection))[lead]
    assert comparable(rebuilt) == comparable(live)
    assert rebuilt.machines == live.machines
    await connection.execute("DELETE FROM events WHERE lead_id = $1 AND ts < to_timestamp($2)",
                             lead, BEGAN + 1)  # fmt: skip
    await drained(database)
    assert (await stored(connection))[lead].count > 12


async def test_what_a_machine_did_decides_nothing_and_teaches_nothing(
    database: str, connection: Connection
) -> None:
    await decide(connection, leave_out_machines=True, converts=["cta_click"])
    lead = await new_lead(connection)
    async with streaming(database) as stream:
        await new_event(connection, lead, "asked_price", ago=3_600)
        await connection.execute(INSERT, lead, "cta_click", BEGAN + 2)
        await stream.drain()
        assert (await outcomes(connection))[lead][:2] == (True, "cta_click")
        await burst(connection, lead, MANY - 1)
        await stream.drain()
        assert await outcomes(connection) == {}
    (reading,) = (await Reads(connection).leads([lead], QUALIFY.name)).values()
    assert reading is not None
    told = history(str(lead), reading.rows, QUALIFY, None, time.time())
    assert [kind for kind, _ in told.events] == ["asked_price"]
