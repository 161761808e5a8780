"""From a page of changes to a batch: each event folded once, and what can't be is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.stream.replay import (
    How,
    assert_equals_replay,
    assert_history_continues,
    new_event,
    new_lead,
    streaming,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any
    from uuid import UUID

    from stream.connect import Connection
    from stream.store import Rows


@pytest.mark.parametrize("batch", [1, 2, 20_000])
async def test_an_event_committed_between_the_page_and_the_rows_is_folded_once(
    database: str, connection: Connection, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with streaming(database, How(batch)) as stream:
        lead = await new_lead(connection)
        read = stream.store.rows

        async def late(lead_ids: Sequence[UUID]) -> dict[UUID, Rows]:
            if lead in lead_ids:
                await new_event(connection, lead, "cta_click")
                await new_event(connection, lead, "page_view")
            return await read(lead_ids)

        monkeypatch.setattr(stream.store, "rows", late)
        await stream.consumer.step()
        monkeypatch.undo()
        await stream.drain()
        await assert_equals_replay(connection)
        await new_event(connection, lead, "page_view")
        await stream.drain()
    await assert_equals_replay(connection)
    await assert_history_continues(connection)
