"""Query parameters and headers that several calls take.

Front ends send what a field of theirs holds: an empty one asks for nothing, and a number that can't
be read, or that is out of bounds, asks for what comes nearest.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Header, Query
from pydantic import BeforeValidator, Field

ALL = 50_000
"""Rows of a list at the most; without a limit, so many are sent."""


def clipped(low: int, high: int, otherwise: int | None = None) -> Callable[[Any], int | None]:
    """Return what reads a whole number and brings it within bounds.

    Parameters
    ----------
    low, high
        The bounds.
    otherwise
        What stands for a number that can't be read.

    Examples
    --------
    >>> limit = clipped(1, 50, 10)
    >>> [limit(text) for text in ("8", "100", "0", "abc", "")]
    [8, 50, 1, 10, 10]
    """

    def read(value: Any) -> int | None:
        try:
            return min(max(int(value), low), high)
        except (TypeError, ValueError):
            return otherwise

    return read


def meant(value: Any) -> bool:
    """Return whether a switch is on: on, unless it says clearly that it is off.

    For switches that keep things from being lost.

    Examples
    --------
    >>> [meant(value) for value in (True, "sim", "true", False, "false", 0)]
    [True, True, True, False, False, False]
    """
    return str(value).strip().lower() not in OFF


OFF = frozenset({"false", "0", "no", "não", "nao", "off"})


def _given(value: Any) -> Any:
    return None if value == "" else value


Given = BeforeValidator(_given)
"""An empty parameter is as good as none."""

HeadQuery = Annotated[
    str | None,
    Given,
    Query(examples=["buy_60d"], description="A head beside the primary one; without, the primary."),
]

StatusQuery = Annotated[str | None, Given, Query(examples=["AQUECENDO"])]
MinScoreQuery = Annotated[float | None, Given, Query(alias="minScore", examples=[40])]
UfQuery = Annotated[str | None, Given, Query(examples=["MG"])]
SegmentQuery = Annotated[str | None, Given, Query(examples=["CAVALOS"])]
Search = Annotated[str, Field(max_length=200)]
LeadSearchQuery = Annotated[
    Search | None, Given, Query(description="Part of a name, city, telephone or e-mail.")
]
PartnerSearchQuery = Annotated[
    Search | None, Given, Query(description="Part of a name, CNPJ, CNAE or city.")
]
OwnerQuery = Annotated[
    Search | None,
    Given,
    Query(
        description="Whom leads are with: a user's name or e-mail; - for nobody.",
        examples=["Bia Rocha"],
    ),
]
TeamQuery = Annotated[
    Search | None,
    Given,
    Query(description="Leads that are with those of a team of users.", examples=["Sul"]),
]
GroupNumber = Annotated[int, Field(ge=1, lt=2**31)]
LeadSort = Annotated[
    str,
    Field(
        pattern="^-?(score|nome|stage|segmento_interesse|cidade|orcamento_faixa|prazo_compra"
        "|created_at|owner)$"
    ),
]
PartnerSort = Annotated[str, Field(pattern="^-?(nome|segmento|cidade|prioridade)$")]
SORT = "By what; a minus before it turns the order round."
LeadSortQuery = Annotated[LeadSort | None, Given, Query(description=SORT, examples=["-score"])]
PartnerSortQuery = Annotated[PartnerSort | None, Given, Query(description=SORT, examples=["nome"])]
LimitQuery = Annotated[
    int | None,
    BeforeValidator(clipped(1, ALL)),
    Query(description=f"Rows at the most; without it, all, up to {ALL:,}."),
]
OffsetQuery = Annotated[int, BeforeValidator(clipped(0, 2**31, 0)), Query()]
MatchLimitQuery = Annotated[
    int, BeforeValidator(clipped(1, 50, 10)), Query(description="How many partners, 50 at most.")
]
LanguageQuery = Annotated[
    Literal["pt-BR", "es", "en"] | None,
    Query(alias="lang", description="Of the words; by default, that of the reasons."),
]
IdempotencyKey = Annotated[
    str | None,
    Header(max_length=200, description="Of the client's choice: sending twice stores once."),
]
