"""Partners for a lead: proposed, and learned from what people do with them."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from api.access import Actor
from api.errors import ApiError
from api.services import audit
from api.services.database import STATEMENTS, Database
from api.services.partner_watch import PartnerWatch
from api.texts import Text
from domain.catalogue import Catalogue
from domain.partners.matching import (
    DAY_ZERO,
    Partner,
    PartnerMatch,
    Points,
    Wanted,
    features,
    match,
    ranked,
)
from online_models.model import LeadModel
from online_models.partners.arrays import Candidate
from online_models.partners.index import PartnerIndex
from online_models.partners.weights import day_zero, learn, points
from postgres.connect import Connection

SHOWN = (
    "id",
    "cnpj",
    "razao_social",
    "nome_fantasia",
    "uf",
    "municipio_nome",
    "cnae_principal",
    "segmento",
    "prioridade",
    "verdict",
)
"""What is shown of a partner."""


@dataclass(frozen=True, slots=True)
class MatchRequest:
    """A lead, and what its partners are weighed by."""

    wanted: Wanted
    refused: frozenset[UUID]
    points: Points


class PartnerMatching:
    """Partner matching.

    Parameters
    ----------
    database
        Where leads, partners and verdicts are.
    watch
        The index of partners.
    """

    def __init__(self, database: Database, watch: PartnerWatch) -> None:
        self._database, self._watch = database, watch
        # Weights by how many verdicts made them: reading a model takes longer than a query.
        self._points: tuple[int | None, Points] = (None, DAY_ZERO)

    async def of(self, lead_id: UUID, limit: int, words: Catalogue) -> list[dict[str, Any]]:
        """Return the partners that suit a lead best, the best first; the reasons in words.

        Raises
        ------
        ApiError
            404 when there is no such lead.
        """
        request = await self._request(lead_id)
        index = await self._watch.index()
        proposals = await self._proposed(lead_id, request, limit, index)
        if len(proposals) < limit:  # some are gone or came since the last look
            index = await self._watch.index(in_step=True)
            proposals = await self._proposed(lead_id, request, limit, index)
        return [_item(words, proposal, row) for proposal, row in proposals]

    async def _proposed(
        self, lead_id: UUID, request: MatchRequest, limit: int, index: PartnerIndex
    ) -> list[tuple[PartnerMatch, asyncpg.Record]]:
        candidates = await asyncio.to_thread(
            index.top, request.wanted, request.points, limit, request.refused
        )
        by_id = {candidate.partner_id: candidate for candidate in candidates}
        rows = {
            row["id"]: row
            for row in await self._database.fetch("proposed_partners", lead_id, list(by_id))
        }
        matches = [
            self._match(request, rows[partner_id], candidate)
            for partner_id, candidate in by_id.items()
            if partner_id in rows
        ]
        return [
            (proposal, rows[proposal.partner_id]) for proposal in ranked(matches, request.refused)
        ]

    async def record(
        self, lead_id: UUID, partner_id: UUID, verdict: str, actor: Actor
    ) -> dict[str, Any]:
        """Record what was done with a partner, and learn from it if it is new.

        Parameters
        ----------
        lead_id, partner_id
            The pair.
        verdict
            One of `online_models.partners.weights.VERDICTS`.
        actor
            Who says so, for the audit.

        Raises
        ------
        ApiError
            404 when there is no such lead or partner.
        """
        request = await self._request(lead_id)
        index = await self._watch.index()
        known = await asyncio.to_thread(index.candidate, request.wanted, partner_id)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(STATEMENTS["proposed_partners"], lead_id, [partner_id])
            if row is None:
                raise ApiError(404, Text.PARTNER_NOT_FOUND)
            candidate = known or Candidate(partner_id, 0.0, None)
            pair = features(request.wanted, Partner.of(dict(row)), candidate.likeness, candidate.km)
            model, changed = await _learned(connection, lead_id, partner_id, verdict, pair)
            if changed:
                await audit.record(
                    connection, actor, "partner verdict", lead_id, partner_id=str(partner_id),
                    verdict=verdict,
                )  # fmt: skip
        return {
            "ok": True,
            "lead_id": lead_id,
            "partner_id": partner_id,
            "verdict": verdict,
            "learned": changed,
            "weights": {name: round(worth, 3) for name, worth in points(model).items()},
        }

    async def _request(self, lead_id: UUID) -> MatchRequest:
        row = await self._database.fetchrow("wanted", lead_id)
        if row is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        return MatchRequest(
            Wanted.of(orjson.loads(row["lead"]), row["notes"] or ""),
            frozenset(row["refused"]),
            self._worth(row),
        )

    def _worth(self, row: asyncpg.Record) -> Points:
        if row["verdicts"] != self._points[0]:
            self._points = (
                row["verdicts"],
                points(LeadModel.from_json(orjson.loads(row["model"])))
                if row["model"]
                else DAY_ZERO,
            )
        return self._points[1]

    def _match(
        self, request: MatchRequest, row: asyncpg.Record, candidate: Candidate
    ) -> PartnerMatch:
        pair = features(request.wanted, Partner.of(dict(row)), candidate.likeness, candidate.km)
        return match(candidate.partner_id, pair, request.points, candidate.km)


async def _learned(
    connection: Connection, lead_id: UUID, partner_id: UUID, verdict: str, pair: dict[str, float]
) -> tuple[LeadModel, bool]:
    """Store a verdict, and return the model with it, and whether it is new."""
    stored = await connection.fetchval(STATEMENTS["lock_partner_model"], _json(day_zero()))
    model = LeadModel.from_json(orjson.loads(stored))
    values = (lead_id, partner_id, verdict, orjson.dumps(pair).decode())
    changed = bool(await connection.fetchval(STATEMENTS["record_verdict"], *values))
    if changed:
        learn(model, pair, verdict)
        await connection.execute(STATEMENTS["keep_partner_model"], _json(model))
    return model, changed


def _item(words: Catalogue, proposal: PartnerMatch, row: asyncpg.Record) -> dict[str, Any]:
    return {
        **{name: row[name] for name in SHOWN},
        "score": proposal.compatibility,
        "compatibility": proposal.compatibility,
        "parts": proposal.parts,
        "reasons": [
            {**reason._asdict(), "text": words.match_reason(reason, proposal.km)}
            for reason in proposal.reasons
        ],
        "km": None if proposal.km is None else round(proposal.km, 1),
    }


def _json(model: LeadModel) -> str:
    return orjson.dumps(model.to_json()).decode()
