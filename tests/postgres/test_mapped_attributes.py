"""``value`` and ``label`` of a source: what its events carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from postgres.install import install
from postgres.statements import QUERIES
from tests.postgres.test_mapping import mapping, new_deal, sales, tallies
from tests.stream.replay import drained, streaming

if TYPE_CHECKING:
    from postgres.connect import Connection

__all__ = ["sales"]


async def carried(connection: Connection, key: int) -> dict[str, Any]:
    """Return what a deal's state holds of what its events carry."""
    state = await connection.fetchval(
        "SELECT state FROM galope.lead_state WHERE lead_id = galope.subject_id($1::bigint)", key
    )
    values = orjson.loads(state)
    labels = {label: tally[0] for label, tally in values.get("labels", {}).items()}
    return {"labels": labels, "amounts": values.get("amounts", [0, 0])[:2]}


async def test_amounts_and_labels_of_a_source(empty_database: str, sales: Connection) -> None:
    plain = mapping()
    said = mapping(source={"value": "nullif(seconds, '')::numeric", "label": "page"})
    await install(sales, plain)
    deal, other = await new_deal(sales), await new_deal(sales)
    visit = "INSERT INTO sales.visit (deal, page, seconds) VALUES ($1, $2, $3)"
    await sales.execute(visit, deal, "Horses", "10.25")
    await drained(empty_database)
    assert await carried(sales, deal) == {"labels": {}, "amounts": [0, 0]}
    await install(sales, said)
    async with streaming(empty_database) as stream:
        await stream.drain()
        assert await carried(sales, deal) == {"labels": {"page=horses": 1}, "amounts": [1, 1025]}
        for page, seconds in (("horses ", "-0.25"), (None, ""), ("", "NaN"), ("feed", "9e15")):
            await sales.execute(visit, deal, page, seconds)
        await sales.execute("UPDATE sales.deal SET stage = 'won' WHERE id = $1", deal)
        await stream.drain()
        expected = {"labels": {"page=horses": 2, "page=feed": 1}, "amounts": [2, 1000]}
        assert await carried(sales, deal) == expected
        assert (await tallies(sales, deal))["stage:won"] == 1
        letters = await sales.fetch("SELECT FROM galope.dead_letter")
        await sales.execute(QUERIES["ask_for_rebuild"])
        await stream.drain()
        assert await carried(sales, deal) == expected
        await sales.execute("UPDATE sales.visit SET seconds = '7' WHERE seconds = '10.25'")
        await sales.execute("UPDATE sales.visit SET deal = $1 WHERE page = 'feed'", other)
        await stream.drain()
    assert (await carried(sales, deal))["amounts"] == [2, 675]
    assert await carried(sales, other) == {"labels": {"page=feed": 1}, "amounts": [0, 0]}
    assert not letters
    await install(sales, mapping(source={"label": "upper(page)"}))
    await drained(empty_database)
    assert await carried(sales, other) == {"labels": {"label=feed": 1}, "amounts": [0, 0]}
    await install(sales, plain)
    await drained(empty_database)
    assert await carried(sales, other) == {"labels": {}, "amounts": [0, 0]}
