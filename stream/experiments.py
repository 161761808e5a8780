"""The experiments whose arms Galope serves itself: who has which, and who was served."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from uuid import UUID

import orjson
import structlog

from domain.experiments.declaration import BuiltInArm, Experiment, Kind
from domain.scorecard import Scale, Scorecard
from domain.state import LeadState
from postgres.connect import Connection
from postgres.model_registry import UnreadableModelError, load_version
from postgres.statements import QUERIES

log = structlog.get_logger()

KNOWN_AFTER = 5.0
"""Seconds after its start from which a stream knows of an experiment, with some to spare."""


class Exposure(NamedTuple):
    """That a lead is served its arm, with its score before that can have changed anything."""

    experiment_id: int
    lead_id: UUID
    arm: str
    score: int | None


class Running(NamedTuple):
    """An experiment that runs."""

    id: int
    experiment: Experiment

    def arm_of(self, lead_id: UUID) -> str:
        """Return the arm of a lead."""
        return self.experiment.arm_of(str(lead_id))

    def serve(self, lead_id: UUID, score: int | None) -> Exposure:
        """Return that a lead with this score is served its arm."""
        return Exposure(self.id, lead_id, self.arm_of(lead_id), score)


class Challenger(NamedTuple):
    """A model that scores new leads of one arm in the champion's place.

    Parameters
    ----------
    running
        The experiment.
    since
        Leads that came before, in seconds since 1970, are no part: no score that people know jumps.
    card
        What the model says, on the champion's scale: the team's bands are the same in both arms.
    """

    running: Running
    since: float
    card: Scorecard

    def compares(self, state: LeadState) -> bool:
        """Tell whether a lead is part of the experiment."""
        return state.created_at >= self.since

    def card_by(self, arm: str, champion: Scorecard) -> Scorecard:
        """Return what a lead of an arm is scored with."""
        return self.card if arm == BuiltInArm.CHALLENGER else champion


@dataclass(frozen=True, slots=True)
class Experiments:
    """The running experiments whose arms Galope serves.

    Parameters
    ----------
    actions
        Of who chooses actions, if there is one.
    alerts
        Of opening alerts, by their motive.
    models
        Of which model scores, if there is one.
    number
        Stands for all of them; None where none runs.
    """

    actions: Running | None = None
    alerts: Mapping[str, Running] = field(default_factory=dict)
    models: Challenger | None = None
    number: int | None = None

    def held_back(self, lead_id: UUID) -> list[str]:
        """Return the motives whose alerts a lead goes without."""
        return [
            motive
            for motive, running in self.alerts.items()
            if running.arm_of(lead_id) == BuiltInArm.HELD_BACK
        ]


NO_EXPERIMENTS = Experiments()


async def read_experiments(connection: Connection, head: str, scale: Scale) -> Experiments:
    """Return the running experiments whose arms Galope serves.

    Parameters
    ----------
    connection
        Where from.
    head
        The primary head's name.
    scale
        Of its champion.
    """
    rows = await connection.fetch(QUERIES["running_experiments"])
    actions, alerts, models = None, {}, None
    for row in rows:
        experiment = Experiment.from_json(row["name"], orjson.loads(row["declared"]))
        running = Running(row["id"], experiment)
        if experiment.kind is Kind.ACTIONS:
            actions = running
        elif experiment.motive is not None:
            alerts[str(experiment.motive)] = running
        elif experiment.version is not None:
            try:
                model = await load_version(connection, head, experiment.version)
            except UnreadableModelError as error:
                log.warning("nobody is served", experiment=row["name"], error=str(error))
            else:
                card = replace(model, scale=scale).scorecard(experiment.version)
                models = Challenger(running, row["started_at"] + KNOWN_AFTER, card)
    return Experiments(actions, alerts, models, rows[0]["number"] if rows else None)
