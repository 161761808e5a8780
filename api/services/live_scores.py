"""A lead's live score: the stored one when it is fresh, else awaited, else worked out here."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any
from uuid import UUID

import orjson

from api.errors import ApiError
from api.services.database import Database
from api.services.score_changes import ScoreChanges
from api.settings import Settings
from api.texts import Text
from domain.building import build
from domain.catalogue import catalogue
from domain.scorecard import Scorecard
from domain.scoring import score_lead
from postgres.model_registry import load_learner
from postgres.policy import policy_now
from stream.cache import CachedLead
from stream.experiments import read_experiments
from stream.reads import Reads
from stream.writeback import Rescore, Writeback

PATIENCE = 2.0
"""Seconds that a caller waits for the stream to take up what was just committed."""


@dataclass(frozen=True, slots=True)
class LiveScore:
    """A lead and its score as of now.

    Parameters
    ----------
    lead
        Its row, by column.
    score, status, reasons
        The score, where it places the lead, and the reasons that add up to it.
    engine, model_name, probability, scored_at, meta
        Which model said so, and when.
    """

    lead: dict[str, Any]
    score: int | None
    status: str
    reasons: list[dict[str, Any]]
    engine: str | None
    model_name: str | None
    probability: float | None
    scored_at: datetime | None
    meta: dict[str, Any]

    @property
    def diagnostics(self) -> dict[str, Any]:
        """Where the score comes from, as the contract has it."""
        return {
            "engine": self.engine,
            "model_name": self.model_name,
            "probability_qualified": self.probability,
            "scored_at": self.scored_at,
            "meta": self.meta,
        }


class LiveScores:
    """Live scores.

    Parameters
    ----------
    database
        Where they are.
    changes
        What says that the stream committed some.
    settings
        Language, time zone, and which columns are personal.
    """

    def __init__(self, database: Database, changes: ScoreChanges, settings: Settings) -> None:
        self._database = database
        self._changes = changes
        self._writeback = Writeback(catalogue(settings.language), settings.zone)
        self._installed = settings.installed
        self._personal = settings.personal

    async def live(self, lead_id: UUID) -> LiveScore:
        """Return a lead with its score as of now.

        While a stream is at work, what it has not taken up yet is waited for. Without one, the
        score is worked out by the stream's own code and not stored.

        Raises
        ------
        ApiError
            When there is no such lead.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            row = await self._database.fetchrow("stored_score", lead_id)
            if row is None:
                raise ApiError(404, Text.LEAD_NOT_FOUND)
            if not row["stale"]:
                return _stored(row)
            left = deadline - time.monotonic()
            if left <= 0 or not row["streaming"]:
                return await self._worked_out(lead_id, orjson.loads(row["lead"]))
            await self._changes.wait(min(left, 0.1))

    async def read(self, lead_id: UUID) -> tuple[Rescore, Scorecard]:
        """Read a lead from its rows and score it, and return what it was scored with.

        Raises
        ------
        ApiError
            When there is no such lead.
        """
        async with self._database.connection() as connection:
            policy = await policy_now(connection, self._installed)
            version, learner = await load_learner(connection, policy)
            card = learner.scorecard(version)
            experiments = await read_experiments(connection, policy.head.name, card.scale)
            readings = await Reads(connection).leads([lead_id], policy.head.name)
        reading = readings.get(lead_id)
        if reading is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        now, challenger = time.time(), experiments.models
        lead = CachedLead(build(reading.rows, now, self._personal).state, None, reading.score)
        if challenger is not None and challenger.compares(lead.state):
            card = challenger.card_by(challenger.running.arm_of(lead_id), card)
        scored = score_lead(lead.state, card, now)
        return Rescore(lead_id, lead, lead.score, scored, "read", now, inf), card

    def reasons(self, scored: Rescore) -> list[dict[str, Any]]:
        """Return a scoring's reasons as they are stored."""
        reasons: list[dict[str, Any]] = orjson.loads(self._writeback.reasons(scored))
        return reasons

    async def _worked_out(self, lead_id: UUID, lead: dict[str, Any]) -> LiveScore:
        scored, card = await self.read(lead_id)
        async with self._database.connection() as connection:
            policy = await policy_now(connection, self._installed)
        return LiveScore(
            lead,
            scored.scored.score,
            scored.scored.status,
            self.reasons(scored),
            "galope",
            f"galope {policy.head.name} v{card.name}",
            scored.scored.propensity,
            datetime.fromtimestamp(scored.scored_at, UTC),
            {"model_version": card.version, "learned": card.learned},
        )


def _stored(row: Any) -> LiveScore:
    return LiveScore(
        orjson.loads(row["lead"]),
        row["score"],
        row["status"],
        orjson.loads(row["motivos"]),
        row["engine"],
        row["model_name"],
        row["probability"],
        row["scored_at"],
        orjson.loads(row["meta"]),
    )
