"""Partners, as they are answered."""

from uuid import UUID

from pydantic import Field

from api.schemas.base import ResponseBody

PARTNER_ID = "2b8f4b52-9d0e-4c58-8c06-4b1f0c2d7a33"


class Partner(ResponseBody):
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


class SegmentTotal(ResponseBody):
    """How many partners a segment has."""

    segmento: str | None = Field(examples=["CAVALOS"])
    total: int = Field(examples=[240])
