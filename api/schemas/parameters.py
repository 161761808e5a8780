"""Query parameters and headers that several calls take."""

from typing import Annotated, Literal

from fastapi import Header, Query

LanguageQuery = Annotated[
    Literal["pt-BR", "es", "en"] | None,
    Query(alias="lang", description="Of the words; by default, that of the reasons."),
]

PartnerSearchQuery = Annotated[
    str | None, Query(max_length=200, description="Part of a name, CNPJ, CNAE or city.")
]

IdempotencyKey = Annotated[
    str | None,
    Header(max_length=200, description="Of the client's choice: sending twice stores once."),
]

StatusQuery = Annotated[str | None, Query(examples=["AQUECENDO"])]

MinScoreQuery = Annotated[float | None, Query(alias="minScore", examples=[40])]

UfQuery = Annotated[str | None, Query(examples=["MG"])]

SegmentQuery = Annotated[str | None, Query(examples=["CAVALOS"])]

LeadSearchQuery = Annotated[
    str | None, Query(max_length=200, description="Part of a name, city, telephone or e-mail.")
]

LimitQuery = Annotated[int, Query(ge=0, le=5000)]

OffsetQuery = Annotated[int, Query(ge=0, le=2**31)]
