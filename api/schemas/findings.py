"""Findings, as they are listed and settled."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api.schemas.base import LEAD_ID, Ok, RequestBody, ResponseBody, Timestamp
from domain.anomalies import Anomaly

OTHER_ID = "0d6a6a3a-6c0c-4f0e-9a55-0a5d2a8a7f11"

FindingNumber = Annotated[int, Field(examples=[12])]


class Settlement(StrEnum):
    """How a finding was settled."""

    MERGED = "merged"
    FIXED = "fixed"
    IGNORED = "ignored"


class Settled(StrEnum):
    """How anybody may settle a finding."""

    FIXED = "fixed"
    IGNORED = "ignored"


class NewSettlement(RequestBody):
    """How a finding is settled."""

    settlement: Settled = Field(
        examples=[Settled.IGNORED],
        description="`fixed` comes back where it is found with other facts; `ignored` never does.",
    )


class Finding(ResponseBody):
    """Something odd of a lead or a partner."""

    id: FindingNumber
    code: Anomaly = Field(examples=[Anomaly.SAME_LEAD], description="What; stable.")
    text: str = Field(
        examples=["Parece o mesmo lead que Ana Prado: telefone e nome iguais ou parecidos (99 %)."],
        description="The same in words.",
    )
    facts: dict[str, Any] = Field(
        examples=[{"alike": ["phones", "name"], "likeness": 0.99}],
        description="What says so, for any language.",
    )
    lead_id: UUID | None = Field(examples=[LEAD_ID])
    partner_id: UUID | None = Field(
        examples=[OTHER_ID], description="In place of the lead where it is about a partner."
    )
    other_id: UUID | None = Field(examples=[OTHER_ID], description="Who else it is about.")
    name: str | None = Field(examples=["Ana Prado Neves"])
    other_name: str | None = Field(examples=["Ana Prado"])
    found_at: Timestamp
    settlement: Settlement | None = Field(examples=[Settlement.IGNORED])
    settled_at: Timestamp | None
    settled_by: str | None = Field(examples=["user 2"])


class FindingList(ResponseBody):
    """What was found."""

    items: list[Finding] = Field(description="The newest first.")
    open: dict[str, int] = Field(
        examples=[{Anomaly.SAME_LEAD: 1}], description="How much is open, by kind."
    )
    searched_at: Timestamp | None = Field(description="When it was last looked for over HTTP.")


class Searched(ResponseBody):
    """How much a search found, by kind, settled or not."""

    ok: Ok
    found: dict[str, int] = Field(examples=[{Anomaly.SAME_LEAD: 1}])


class SettledFinding(ResponseBody):
    """A finding that was settled, or is open again."""

    ok: Ok
    id: FindingNumber
    settlement: Settlement | None = Field(examples=[Settlement.IGNORED])
