"""The experiments whose arms Galope serves itself: who has which, and who was served."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.experiments.declaration import Experiment, Kind


class Exposure(NamedTuple):
    """That a lead is served its arm, with its score before that can have changed anything."""

    experiment_id: int
    lead_id: UUID
    arm: str
    score: int


class Running(NamedTuple):
    """An experiment that runs."""

    id: int
    experiment: Experiment

    def serve(self, lead_id: UUID, score: int) -> Exposure:
        """Return that a lead with this score is served its arm."""
        return Exposure(self.id, lead_id, self.experiment.arm_of(str(lead_id)), score)


@dataclass(frozen=True, slots=True)
class Experiments:
    """The running experiments whose arms Galope serves.

    Parameters
    ----------
    actions
        Of who chooses actions, if there is one.
    alerts
        Of opening alerts, by their motive.
    """

    actions: Running | None = None
    alerts: Mapping[str, Running] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[asyncpg.Record]) -> "Experiments":
        """Return those of the statement ``running_experiments``."""
        running = [
            Running(row["id"], Experiment.from_json(row["name"], orjson.loads(row["declared"])))
            for row in rows
        ]
        actions = (one for one in running if one.experiment.kind is Kind.ACTIONS)
        alerts = {str(one.experiment.motive): one for one in running if one.experiment.motive}
        return cls(next(actions, None), alerts)


NO_EXPERIMENTS = Experiments()
