"""Training sees leads as the stream does: the same rows come to the same states and outcomes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from domain.heads import QUALIFY
from domain.state import LeadState
from offline.train import read_histories
from tests.stream.replay import comparable, drained, stored

if TYPE_CHECKING:
    from postgres.connect import Connection

CREATED = ["1970-01-01 00:00:00+00", "1999-12-31", "infinity", "-infinity", "2024-05-06"]


@pytest.mark.parametrize("created_at", [*CREATED, None])
async def test_training_and_the_stream_agree(
    database: str, connection: Connection, created_at: str | None
) -> None:
    await connection.execute("ALTER TABLE leads ALTER created_at DROP NOT NULL")
    await connection.execute("ALTER TABLE events ALTER ts DROP NOT NULL")
    lead = await connection.fetchval(
        "INSERT INTO leads (nome, segmento_interesse, uf, created_at)"
        " VALUES ('Ana', 'CAVALOS', 'MG', $1::text::timestamptz) RETURNING id",
        created_at,
    )
    await connection.execute(
        "INSERT INTO events (lead_id, event_type, ts) SELECT $1, kind, at::timestamptz FROM (VALUES"
        " ('page_view', '2024-05-07'), ('lost_interest', '2024-05-06 12:00'), ('handoff', NULL),"
        " ('handoff', '1980-01-01'), ('cta_click', 'infinity'), ('cta_click', '2024-05-06 18:00')"
        ") AS e (kind, at)",
        lead,
    )
    await drained(database)
    now = time.time()
    (history,) = await read_histories(connection, QUALIFY, now, frozenset())
    trained = LeadState(history.created_at, history.profile)
    for kind, at in history.events:
        trained.fold(kind, at)
    live = (await stored(connection))[lead]
    if created_at in {None, "infinity"}:
        # Both say now, and now moves on.
        assert trained.created_at == now
        assert now - 60 < live.created_at <= now
        live.created_at = now
    assert comparable(trained) == comparable(live)
    outcome = await connection.fetchrow("SELECT * FROM galope.outcome")
    assert (history.outcome is None) == (outcome is None)
    if outcome is not None and history.outcome is not None:
        assert (outcome["converted"], outcome["source"]) == (
            history.outcome.converted,
            history.outcome.source,
        )
