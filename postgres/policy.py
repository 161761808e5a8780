"""What the team decided about its funnel, as Postgres keeps it."""

import orjson

from domain.policy import Policy
from postgres.connect import Connection
from postgres.statements import QUERIES


async def policy_now(connection: Connection, installed: Policy) -> Policy:
    """Return what the team decided last, on top of what the installer says."""
    decided = await connection.fetchval(QUERIES["policy"])
    return installed.having(orjson.loads(decided)) if decided else installed
