"""The models in Postgres: their versions, the champion of a head, and what was learned since."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from domain.policy import Policy
from online_models.day_zero import day_zero
from online_models.learner import Learner
from online_models.model import LeadModel
from online_models.rationale import Rationale
from postgres.connect import Connection
from postgres.errors import GalopeError
from postgres.statements import QUERIES


class UnreadableModelError(GalopeError):
    """The champion's snapshot, or what was learned since, is not one that this Galope reads."""

    def __init__(self, version: int, error: Exception) -> None:
        super().__init__(
            f"Model {version} can't be read: {error}. Promote another one, or train again."
        )
        self.version = version


async def champion_version(connection: Connection, head: str) -> int:
    """Return the version that scores for a head; 0, day zero, when none is stored."""
    return await connection.fetchval(QUERIES["champion_version"], head) or 0


async def champion_versions(connection: Connection, heads: Sequence[str]) -> dict[str, int]:
    """Return by head, in order of name, the versions that score, of the heads that have one."""
    rows = await connection.fetch(QUERIES["champion_versions"], heads)
    return {row["head"]: row["version"] for row in rows}


async def load_learner(connection: Connection, policy: Policy) -> tuple[int, Learner]:
    """Return the version that scores, and what was learned since it began to.

    Parameters
    ----------
    connection
        Where from.
    policy
        Names the head, and says what day zero is.

    Raises
    ------
    UnreadableModelError
        When the champion's snapshot can't be read.
    """
    head = policy.head.name
    champion = await connection.fetchrow(QUERIES["champion"], head)
    version = champion["version"] if champion else 0
    learned = await connection.fetchrow(QUERIES["learner"], head)
    try:
        model = _model(champion["model"] if champion else None, policy)
        if learned and learned["model_version"] == version:
            # Not the champion, where one of the contenders took over.
            base = _model(learned["base"], policy)
            state = orjson.loads(learned["state"])
            # Day zero with other rules is another model, but has the same number.
            if Learner.began_as(base, state):
                return version, Learner.from_json(base, state, learned["base_version"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableModelError(version, error) from error
    return version, Learner(model, version)


async def load_version(connection: Connection, head: str, version: int) -> LeadModel:
    """Return a version of a head's, as it was kept.

    Raises
    ------
    UnreadableModelError
        When there is none that this Galope reads.
    """
    stored = await connection.fetchval(QUERIES["model_version"], head, version)
    try:
        return LeadModel.from_json(orjson.loads(stored or "null"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableModelError(version, error) from error


def _model(stored: str | None, policy: Policy) -> LeadModel:
    """Return a model as it is stored, or day zero where none is."""
    return LeadModel.from_json(orjson.loads(stored)) if stored else day_zero(policy)


async def keep_model(
    connection: Connection,
    head: str,
    model: LeadModel,
    why: Rationale,
    metrics: Mapping[str, Any] | None = None,
) -> int:
    """Keep a model as a candidate, and return its version.

    Parameters
    ----------
    connection
        Where to.
    head
        The name of the head it is for.
    model
        What is kept.
    why
        Kept with the version.
    metrics
        How training found it, where it was trained.
    """
    version: int = await connection.fetchval(
        QUERIES["store_model"],
        head,
        json.dumps(model.to_json()),
        json.dumps(metrics or {}),
        why.text,
        json.dumps(why.facts),
    )
    return version


async def make_champion(
    connection: Connection, head: str, version: int | None, why: Rationale
) -> bool:
    """Make a version of a head's the one that scores, in the transaction under way.

    Parameters
    ----------
    connection
        In a transaction: for a moment no version scores.
    head
        The head's name.
    version
        The version, or None for the team's rules.
    why
        Kept with the version.

    Returns
    -------
    bool
        Whether the head has that version; if not, the transaction must be given up.
    """
    await connection.execute(QUERIES["retire_champion"], head)
    if version is None:
        return True
    facts = json.dumps(why.facts)
    promoted: str | None = await connection.fetchval(QUERIES["promote"], version, why.text, facts)
    return promoted == head
