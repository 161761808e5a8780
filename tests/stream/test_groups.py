"""The group that a lead is in is kept as things happen, and anew when groups are fitted anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from domain.directions import FREE
from domain.grouping import Grouping
from tests.stream.replay import assert_equals_replay, drained, new_event, new_lead, streaming

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection

GROUPED = "SELECT lead_id, number FROM galope.lead_group"


async def fit(connection: Connection, numbers: tuple[int, int]) -> None:
    """Keep two groups: leads that clicked, by whichever number comes last, and others."""
    by_clicks = {"event:cta_click|count": (0.0, 1.0)}
    grouping = Grouping(0, numbers, (0.0, -0.5), by_clicks, FREE)
    await connection.execute(
        "INSERT INTO galope.grouping (kind, model, groups, stability)"
        " VALUES ('leads', $1, '[]', 1)",
        json.dumps(grouping.to_json()),
    )


async def grouped(connection: Connection) -> dict[UUID, int]:
    return {row["lead_id"]: row["number"] for row in await connection.fetch(GROUPED)}


async def test_a_lead_changes_its_group_with_what_it_does(
    database: str, connection: Connection
) -> None:
    first, second = [await new_lead(connection, name) for name in ("Ana", "Bia")]
    await drained(database)
    assert await grouped(connection) == {}  # no groups were fitted
    await fit(connection, (1, 2))
    async with streaming(database) as stream:
        await stream.drain()
        assert await grouped(connection) == {first: 1, second: 1}
        await new_event(connection, second, "cta_click")
        third = await new_lead(connection, "Caio")
        await stream.drain()
        assert await grouped(connection) == {first: 1, second: 2, third: 1}
    await assert_equals_replay(connection)


async def test_a_new_fit_puts_every_lead_into_its_groups(
    database: str, connection: Connection
) -> None:
    lead = await new_lead(connection, "Ana")
    await fit(connection, (1, 2))
    await drained(database)
    assert await grouped(connection) == {lead: 1}
    await fit(connection, (7, 2))
    await drained(database)
    assert await grouped(connection) == {lead: 7}
    await connection.execute("DELETE FROM leads")
    await drained(database)
    assert await grouped(connection) == {}
