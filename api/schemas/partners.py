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


class PartnerCard(ResponseBody):
    """A partner under the names of the board's client."""

    id: UUID = Field(examples=[PARTNER_ID])
    cnpj: str = Field(examples=["12345678000190"])
    razao_social: str | None = Field(examples=["Haras Boa Vista Ltda"])
    nome_fantasia: str | None = Field(examples=["Haras Boa Vista"])
    uf: str = Field(examples=["MG"])
    cidade: str | None = Field(examples=["Uberaba"])
    municipio: str | None = Field(examples=["Uberaba"])
    segmento: str | None = Field(examples=["CAVALOS"])
    prioridade: int | None = Field(examples=[1])
    cnae: str | None = Field(examples=["0152102"])
    contato: str | None = Field(examples=["34999990000"], description="Telephone, or else e-mail.")
