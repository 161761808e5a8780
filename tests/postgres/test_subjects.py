"""Where subjects and their events are read from: functions that the planner puts in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postgres.connect import Connection


async def test_it_is_read_where_no_table_stands_in_the_way(connection: Connection) -> None:
    """The planner puts the functions' text in the place of the call, and nothing depends on it."""
    for query in (
        "SELECT lead_id FROM galope.subjects() WHERE lead_id = gen_random_uuid()",
        "SELECT count(*) FROM galope.subject_events() WHERE lead_id = ANY ('{}'::uuid[])",
        "SELECT FROM galope.lead_state AS s"
        " WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = s.lead_id)",
    ):
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {query}"))
        assert "Function Scan" not in plan
    await connection.execute("ALTER TABLE leads ALTER COLUMN created_at TYPE timestamptz(3)")
    await connection.execute("DROP TABLE events")
