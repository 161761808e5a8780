"""Keeping what was learned: outcomes, models, and what a head's contenders have come to."""

from postgres.connect import Connection
from postgres.model_registry import keep_model, make_champion
from postgres.statements import QUERIES
from stream.trainer import Trained


async def keep_learned(connection: Connection, head: str, trained: Trained) -> int:
    """Keep a head's outcomes and what was learned of them, in the transaction under way.

    Parameters
    ----------
    connection
        Where.
    head
        The head's name.
    trained
        What training came to.

    Returns
    -------
    int
        The version that scores now.
    """
    if trained.outcomes:
        columns = list(zip(*trained.outcomes, strict=True))
        await connection.execute(QUERIES["keep_outcomes"], head, *columns)
    if trained.reopened:
        await connection.execute(QUERIES["drop_outcomes"], head, trained.reopened)
    version = trained.version
    if trained.champion is not None:
        champion = trained.champion
        version = await keep_model(connection, head, champion.model, champion.why)
        await make_champion(connection, head, version, champion.why)
    if trained.learned is not None:
        learned = trained.learned
        await connection.execute(
            QUERIES["keep_learner"],
            head,
            version,
            learned.leads,
            learned.state,
            learned.base_version,
        )
    return version
