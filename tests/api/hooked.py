"""Webhooks that are sent while a test looks, and what they are to tell of."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from api.services.database import STATEMENTS
from api.services.webhooks import Pace, new_secret, sending_webhooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg

    from bench.receiver import Receiver

    Connection = asyncpg.Connection[asyncpg.Record]

PACE = Pace(look_s=0.01, timeout_s=5.0, first_retry_s=0.02, longest_retry_s=0.05)

QUICK = Pace(look_s=0.01, timeout_s=0.2, first_retry_s=0.02, longest_retry_s=0.05)

SCORE = """
INSERT INTO galope.score_history
    (lead_id, scored_at, cause, score_before, score_after, status, probability, model_version,
     points)
VALUES ($1, now(), 'cta_click', $2, $3, $4, 0.5, 1,
        '[["start", 9], ["budget", -3], ["cta_click", 20]]')
"""


async def subscribe(connection: Connection, receiver: Receiver, *topics: str) -> int:
    values = (receiver.url, new_secret(), topics or ("score.crossed",), 70)
    number: int = await connection.fetchval(STATEMENTS["add_webhook"], *values)
    return number


@asynccontextmanager
async def sending(dsn: str, pace: Pace = PACE, *, private: bool = True) -> AsyncIterator[None]:
    async with sending_webhooks(dsn, private=private, pace=pace) as webhooks:
        running = asyncio.create_task(webhooks.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def until_row(connection: Connection, question: str) -> None:
    """Look at the database until something is so; the test's time limit ends it."""
    while not await connection.fetchval(question):  # noqa: ASYNC110 - no event says so
        await asyncio.sleep(0.01)
