"""The group that a lead is in is kept as things happen, and anew when groups are fitted anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.stream.replay import (
    assert_equals_replay,
    drained,
    fit_groups,
    new_event,
    new_lead,
    streaming,
)

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection

GROUPED = "SELECT lead_id, number FROM galope.lead_group"


async def grouped(connection: Connection) -> dict[UUID, int]:
    return {row["lead_id"]: row["number"] for row in await connection.fetch(GROUPED)}


async def test_a_lead_changes_its_group_with_what_it_does(
    database: str, connection: Connection
) -> None:
    first, second = [await new_lead(connection, name) for name in ("Ana", "Bia")]
    await drained(database)
    assert await grouped(connection) == {}  # no groups were fitted
    await fit_groups(connection, (1, 2))
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
    await fit_groups(connection, (1, 2))
    await drained(database)
    assert await grouped(connection) == {lead: 1}
    await fit_groups(connection, (7, 2))
    await drained(database)
    assert await grouped(connection) == {lead: 7}
    await connection.execute("DELETE FROM leads")
    await drained(database)
    assert await grouped(connection) == {}
