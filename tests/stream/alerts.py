"""Alerts, for tests: what the team looks for, hot leads and customers."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from domain.alerts.motives import THRESHOLDS
from tests.stream import replay
from tests.stream.replay import DAY, new_event, new_lead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from postgres.connect import Connection
    from tests.stream.replay import Stream

HOT = {"orcamento_faixa": "60k+", "prazo_compra": "7d", "uf": "SP"}
"""Answers of a lead that scores 70 once it clicks."""

COLUMNS = "motive, state, holds, closed_reason, facts"


async def decide(connection: Connection, **decided: Any) -> None:
    """Decide as the API does; amounts are declared."""
    await replay.decide(connection, **{"event_amount": "amount", "alerts": THRESHOLDS, **decided})


async def alerts(connection: Connection, lead: UUID) -> list[tuple[Any, ...]]:
    """Return a lead's alerts: motive, state, whether it holds, and why it was closed."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM galope.alert WHERE lead_id = $1 ORDER BY id", lead
    )
    return [tuple(row)[:4] for row in rows]


async def buys(
    connection: Connection,
    lead: UUID,
    *days_ago: float,
    amount: float = 100.0,
    families: Sequence[str] = (),
) -> None:
    """Have a customer buy so many days ago."""
    for days, family in zip_longest(days_ago, families):
        await connection.execute(
            "INSERT INTO events (lead_id, event_type, ts, metadata) "
            "VALUES ($1, 'purchase', now() - make_interval(secs => $2), $3)",
            lead,
            days * DAY,
            json.dumps({"amount": amount, "family": family}),
        )


async def customer(connection: Connection, *days_ago: float, name: str = "Ana") -> UUID:
    """Add a customer of two years."""
    lead = await new_lead(connection, name)
    await connection.execute(
        "UPDATE leads SET created_at = now() - interval '730 days' WHERE id = $1", lead
    )
    await buys(connection, lead, *days_ago)
    return lead


async def hot_lead(connection: Connection, stream: Stream, name: str = "Ana") -> UUID:
    """Add a lead that is hot, and waits."""
    lead = await new_lead(connection, name, **HOT)
    for kind in ("cta_click", "hook_complete"):
        await new_event(connection, lead, kind)
        await stream.drain()
    return lead
