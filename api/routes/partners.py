"""Partners: listed, counted, summed up by segment."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from api.access import Viewer
from api.dependencies import Galope
from api.responses import Json
from api.routes.leads import Limit, Offset, Segment, Uf, containing
from api.schemas.base import Answered, Total

router = APIRouter(tags=["partners"])

PARTNER_ID = "2b8f4b52-9d0e-4c58-8c06-4b1f0c2d7a33"

Search = Annotated[
    str | None, Query(max_length=200, description="Part of a name, CNPJ, CNAE or city.")
]


class Partner(Answered):
    """A partner, with whatever columns its table has."""

    id: UUID = Field(examples=[PARTNER_ID])
    cnpj: str = Field(examples=["12345678000190"])
    razao_social: str | None = Field(default=None, examples=["Haras Boa Vista Ltda"])
    nome_fantasia: str | None = Field(default=None, examples=["Haras Boa Vista"])
    uf: str = Field(examples=["MG"])
    municipio_nome: str | None = Field(default=None, examples=["Uberaba"])
    cnae_principal: str | None = Field(default=None, examples=["0152102"])
    segmento: str | None = Field(default=None, examples=["CAVALOS"])
    prioridade: int | None = Field(default=None, examples=[1])


class SegmentTotal(Answered):
    """How many partners a segment has."""

    segmento: str | None = Field(examples=["CAVALOS"])
    total: int = Field(examples=[240])


@router.get("/partners", response_model=list[Partner], summary="List partners")
async def listed(
    galope: Galope, _: Viewer, uf: Uf = None, segment: Segment = None, q: Search = None,
    limit: Limit = 100, offset: Offset = 0,
) -> Json:  # fmt: skip
    """Return a page of partners by priority, 1 first, then by name."""
    filters = (uf, segment, containing(q))
    return Json(await galope.database.fetchval("partners_page", *filters, limit, offset))


@router.get("/partners/count", response_model=Total, summary="Count partners")
async def counted(
    galope: Galope, _: Viewer, uf: Uf = None, segment: Segment = None, q: Search = None
) -> Json:
    """Return how many partners the same filters find."""
    filters = (uf, segment, containing(q))
    return Json({"total": await galope.database.fetchval("partners_count", *filters)})


@router.get("/partners/summary", response_model=list[SegmentTotal], summary="Partners by segment")
async def summary(galope: Galope, _: Viewer, uf: Uf = None) -> Json:
    """Return how many partners each segment has."""
    return Json(await galope.database.fetchval("partners_summary", uf))
