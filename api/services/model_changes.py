"""Another version of a model's that scores."""

import asyncpg

from api.errors import ApiError
from api.texts import Text
from online_models.rationale import Rationale
from postgres.connect import Connection
from postgres.model_registry import make_champion


async def score_with(
    connection: Connection, head: str, version: int | None, why: Rationale
) -> None:
    """Have a version of a head's score, or the rules where it is None, in a transaction.

    Raises
    ------
    ApiError
        When the head has no such version, or another change is being made.
    """
    try:
        if not await make_champion(connection, head, version, why):
            raise ApiError(404, Text.MODEL_NOT_FOUND)
    except asyncpg.UniqueViolationError as error:
        raise ApiError(409, Text.BUSY) from error
