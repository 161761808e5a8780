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
class Asked:
    """A lead, and what its partners are weighed by."""

    wanted: Wanted
    refused: frozenset[UUID]
    points: Points


class Matches:
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
        asked = await self._asked(lead_id)
        index = await self._watch.index()
        found = await self._proposed(lead_id, asked, limit, index)
        if len(found) < min(limit, len(index)):  # some are gone since the last look
            index = await self._watch.index(in_step=True)
            found = await self._proposed(lead_id, asked, limit, index)
        return [_item(words, one, row) for one, row in found]

    async def _proposed(
        self, lead_id: UUID, asked: Asked, limit: int, index: PartnerIndex
    ) -> list[tuple[PartnerMatch, asyncpg.Record]]:
        found = await asyncio.to_thread(index.top, asked.wanted, asked.points, limit, asked.refused)
        by_id = {one.partner_id: one for one in found}
        rows = {
            row["id"]: row
            for row in await self._database.fetch("proposed_partners", lead_id, list(by_id))
        }
        matches = [self._match(asked, rows[one], by_id[one]) for one in by_id if one in rows]
        return [(one, rows[one.partner_id]) for one in ranked(matches, asked.refused)]

    async def record(
        self, lead_id: UUID, partner_id: UUID, verdict: str, who: Actor
    ) -> dict[str, Any]:
        """Record what was done with a partner, and learn from it unless it was known.

        Parameters
        ----------
        lead_id, partner_id
            The pair.
        verdict
            One of `online_models.partners.weights.VERDICTS`.
        who
            Who says so, for the audit.

        Raises
        ------
        ApiError
            404 when there is no such lead or partner.
        """
        asked = await self._asked(lead_id)
        index = await self._watch.index()
        known = await asyncio.to_thread(index.candidate, asked.wanted, partner_id)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(STATEMENTS["proposed_partners"], lead_id, [partner_id])
            if row is None:
                raise ApiError(404, Text.PARTNER_NOT_FOUND)
            candidate = known or Candidate(partner_id, 0.0, None)
            found = features(asked.wanted, Partner.of(dict(row)), candidate.likeness, candidate.km)
            model = LeadModel.from_json(
                orjson.loads(
                    await connection.fetchval(STATEMENTS["lock_partner_model"], _json(day_zero()))
                )
            )
            news = await connection.fetchval(
                STATEMENTS["record_verdict"],
                lead_id,
                partner_id,
                verdict,
                orjson.dumps(found).decode(),
            )
            if news:
                learn(model, found, verdict)
                await connection.execute(STATEMENTS["keep_partner_model"], _json(model))
                await audit.record(
                    connection, who, "partner verdict", lead_id, partner_id=str(partner_id),
                    verdict=verdict,
                )  # fmt: skip
        return {
            "ok": True,
            "lead_id": lead_id,
            "partner_id": partner_id,
            "verdict": verdict,
            "learned": bool(news),
            "weights": {name: round(worth, 3) for name, worth in points(model).items()},
        }

    async def _asked(self, lead_id: UUID) -> Asked:
        row = await self._database.fetchrow("wanted", lead_id)
        if row is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        return Asked(
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

    def _match(self, asked: Asked, row: asyncpg.Record, known: Candidate) -> PartnerMatch:
        found = features(asked.wanted, Partner.of(dict(row)), known.likeness, known.km)
        return match(known.partner_id, found, asked.points, known.km)


def _item(words: Catalogue, found: PartnerMatch, row: asyncpg.Record) -> dict[str, Any]:
    return {
        **{name: row[name] for name in SHOWN},
        "score": found.compatibility,
        "compatibility": found.compatibility,
        "parts": found.parts,
        "reasons": [
            {**reason._asdict(), "text": words.match_reason(reason, found.km)}
            for reason in found.reasons
        ],
        "km": None if found.km is None else round(found.km, 1),
    }


def _json(model: LeadModel) -> str:
    return orjson.dumps(model.to_json()).decode()
