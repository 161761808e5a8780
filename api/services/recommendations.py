"""What became of recommendations, counted by action and channel."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import asyncpg
import orjson

from api.services.database import STATEMENTS, Database
from domain.actions import Action, Channel
from domain.heads import Head
from domain.recommendations import (
    WINDOW,
    Response,
    Result,
    Settled,
    deciding,
    settle,
    texts,
)
from domain.rules import CONTACT, CONTACT_NOTE
from postgres.statements import QUERIES


async def recommendations(database: Database, head: Head, days: int) -> dict[str, Any]:
    """Return what became of the recommendations of some days.

    Parameters
    ----------
    database
        Where they are kept.
    head
        The primary head.
    days
        How far back.
    """
    window = timedelta(seconds=WINDOW)
    async with database.transaction() as connection:
        [kept] = await connection.fetch(STATEMENTS["recommendations_kept"], days, window)
        rows = await connection.fetch(
            STATEMENTS["recommendations"], days, window, sorted(deciding(head)), CONTACT, _texts(),
            CONTACT_NOTE,
        )  # fmt: skip
    items = _counted(head, rows)
    settled = sum(item["recommendations"] for item in items)
    return {"days": days, **kept, "settled": settled, "items": items}


async def learned_actions(database: Database, floor: float) -> dict[str, Any]:
    """Return what was learned of actions.

    Parameters
    ----------
    database
        Where it is kept.
    floor
        The least probability of an action; 0 where none is drawn.
    """
    async with database.connection() as connection:
        drawn = await connection.fetchval(QUERIES["draws"])
        row = await connection.fetchrow(QUERIES["action_report"])
    said = {"floor": floor, "drawn": drawn, "decides": False, "fitted_at": None, "report": None}
    if row is None:
        return said
    report = orjson.loads(row["report"])
    return said | {
        "decides": bool(floor and row["is_valid"] and report["decides"]),
        "fitted_at": row["fitted_at"],
        "report": report
        | {
            name: datetime.fromtimestamp(at, UTC)
            for name in ("since", "concluded_at")
            if (at := report.get(name)) is not None
        },
    }


@cache
def _texts() -> list[str]:
    """Return how recommendations may read, each after its action and channel."""
    return [
        f"{action} {channel} {text}"
        for action in Action
        for channel in Channel
        for text in texts(action, channel)
    ]


def _counted(head: Head, rows: list[asyncpg.Record]) -> list[dict[str, Any]]:
    leads: dict[tuple[str, str], int] = {}
    counts: dict[tuple[str, str], Counter[Settled]] = {}
    for row in rows:
        key = (row["action"], row["channel"])
        leads[key] = row["leads"]
        settled = settle(head, Action(row["action"]), {*row["stood"]}, {*row["within"]})
        counts.setdefault(key, Counter())[settled] += row["recommendations"]
    return [
        {
            "action": action,
            "channel": channel,
            "recommendations": counted.total(),
            "leads": leads[action, channel],
            **{str(response): _came(counted, response) for response in Response},
        }
        for (action, channel), counted in counts.items()
    ]


def _came(counted: Counter[Settled], response: Response) -> dict[str, int]:
    came = {str(result): counted[Settled(response, result)] for result in Result}
    return {"recommendations": sum(came.values()), **came}
