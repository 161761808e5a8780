"""Nothing is kept longer than it is said to be."""

import asyncio

import structlog

from api.errors import UNAVAILABLE
from api.services.database import STATEMENTS, Database
from api.settings import Settings

log = structlog.get_logger()

EVERY = 3_600.0
"""Seconds between looks."""

ACTOR = "retention"


async def enforce(database: Database, settings: Settings) -> dict[str, int]:
    """Erase what has been kept for its time, and return how many rows went, by what they were."""
    gone = {}
    for what, days in (
        ("history", settings.keep_history_days),
        ("audit", settings.keep_audit_days),
        ("predictions", settings.keep_predictions_days),
        ("measures", settings.keep_predictions_days),
        ("leads", settings.keep_leads_days),
    ):
        if days:
            async with database.transaction() as connection:
                gone[what] = await connection.fetchval(STATEMENTS[f"expire_{what}"], days)
    return gone


async def run(database: Database, settings: Settings) -> None:
    """Look every hour until cancelled."""
    while True:
        try:
            gone = await enforce(database, settings)
        except UNAVAILABLE as error:
            log.warning("can't look for what has expired", error=type(error).__name__)
        else:
            if any(gone.values()):
                log.info("erased what was kept for its time", **gone)
        await asyncio.sleep(EVERY)
