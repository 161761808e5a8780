"""A trigger of the team's that writes an event for each score: no loop, and nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from tests.stream.replay import assert_equals_replay, new_event, new_lead, stored, streaming

if TYPE_CHECKING:
    import asyncpg

    from tests.stream.replay import Stream

    Connection = asyncpg.Connection[asyncpg.Record]

ANSWERS_EACH_WRITE = """
CREATE FUNCTION answer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO events (lead_id, event_type) VALUES (NEW.id, 'page_view');
    RETURN NULL;
END $$;
CREATE TRIGGER answer AFTER UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION answer();
"""


async def batches(stream: Stream, most: int) -> int:
    """Consume until nothing is left, and return how many batches that took, at most so many."""
    for taken in range(most):
        took = await stream.consumer.step()
        await stream.consumer.finish()
        if not took:
            return taken
    return most


async def test_an_event_written_beneath_a_score_counts_and_rescores_nothing(
    database: str, connection: Connection
) -> None:
    lead, other = await new_lead(connection), await new_lead(connection, "Other")
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute(ANSWERS_EACH_WRITE)
        with capture_logs() as logs:
            await new_event(connection, lead, "cta_click")
            assert await batches(stream, 10) == 2
            await new_event(connection, lead, "cta_click")
            assert await batches(stream, 10) == 2
        warnings = [line for line in logs if line["log_level"] == "warning"]
        assert [line["event_type"] for line in warnings] == ["page_view"]
    causes = await connection.fetch(
        "SELECT cause FROM galope.score_history WHERE lead_id = $1", lead
    )
    assert [row["cause"] for row in causes] == ["rebuild", "cta_click", "cta_click"]
    kept = await stored(connection)
    assert {kind: tally.count for kind, tally in kept[lead].tallies.items()} == {
        "cta_click": 2,
        "page_view": 2,
    }
    assert not kept[other].tallies
    await assert_equals_replay(connection)
