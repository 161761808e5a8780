"""What the team decided about its funnel, as Postgres keeps it."""

import orjson

from domain.policy import Policy
from postgres.connect import Connection
from postgres.errors import GalopeError
from postgres.statements import QUERIES


async def policy_now(connection: Connection, installed: Policy) -> Policy:
    """Return what the team decided last, on top of what the installer says."""
    decided = await connection.fetchval(QUERIES["policy"])
    return installed.having(orjson.loads(decided)) if decided else installed


def asking(policy: Policy, head: str | None) -> Policy:
    """Return the policy that asks the head of this name; None for the primary one.

    Raises
    ------
    GalopeError
        When there is no such head.
    """
    try:
        return policy.asking(head)
    except ValueError as error:
        message = f"{str(error).capitalize()}."
        raise GalopeError(message) from error
