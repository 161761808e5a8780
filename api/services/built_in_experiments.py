"""Experiments whose arms Galope serves: whether they can start, and what their end changes."""

import orjson

from api.access import Actor
from api.services import policy_decisions
from api.services.database import STATEMENTS
from api.services.model_changes import score_with
from domain.experiments.declaration import (
    BuiltInArm,
    Experiment,
    Finding,
    Kind,
)
from domain.experiments.refusals import Learned, why_not_now
from domain.policy import Policy
from online_models.rationale import Rationale
from postgres.connect import Connection
from postgres.model_registry import champion_version
from postgres.policy import policy_now
from postgres.statements import QUERIES


async def why_not_startable(
    connection: Connection, experiment: Experiment, installed: Policy
) -> Finding | None:
    """Return why an experiment's arms can't be served at present, or None where they can.

    Nobody else starts one until the transaction under way ends.
    """
    await connection.execute(STATEMENTS["start_alone"])
    rows = await connection.fetch(QUERIES["running_experiments"])
    running = [Experiment.from_json(row["name"], orjson.loads(row["declared"])) for row in rows]
    policy = await policy_now(connection, installed)
    head = policy.head.name
    learned = Learned(
        await connection.fetchrow(QUERIES["action_model"]) is not None,
        await champion_version(connection, head),
        await connection.fetchval(QUERIES["model_version"], head, experiment.version) is not None,
    )
    return why_not_now(experiment, policy, running, learned)


async def adopted(
    connection: Connection, actor: Actor, experiment: Experiment, arm: str, installed: Policy
) -> None:
    """Have every lead be served one arm from now on.

    Parameters
    ----------
    connection
        Where, in a transaction.
    actor
        Who says so.
    experiment
        The one that is concluded.
    arm
        Alerts that are not worth it are looked for no more, by the team's policy. Who chooses
        actions goes on until the draws say otherwise, and the model that scores until another is
        shown to be better.
    installed
        What the installer says of the funnel, where the team does not.

    Raises
    ------
    ApiError
        When the version is none of the primary head's any more, or another change is being made.
    """
    if experiment.kind is Kind.ACTIONS:
        await connection.execute(STATEMENTS["let_decide"], arm == BuiltInArm.LEARNED)
    elif experiment.version is not None and arm == BuiltInArm.CHALLENGER:
        head = (await policy_now(connection, installed)).head.name
        why = Rationale(
            f"experiment {experiment.name}", {"code": "experiment", "experiment": experiment.name}
        )
        await score_with(connection, head, experiment.version, why)
    elif experiment.motive is not None and arm == BuiltInArm.HELD_BACK:
        policy = await policy_now(connection, installed)
        alerts = {name: at for name, at in policy.alerts.items() if name != experiment.motive}
        newest = await connection.fetchrow(STATEMENTS["decisions"], 1)
        decided = orjson.loads(newest["decided"]) if newest else {}
        await policy_decisions.store(connection, installed, actor, decided | {"alerts": alerts})
