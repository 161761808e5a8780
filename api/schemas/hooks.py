"""What other products' webhooks send is theirs; what they are answered."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Header, Query
from pydantic import Field

from api.schemas.base import LEAD_ID, NonEmptyLine, Ok, ResponseBody

Source = Literal["meta", "google", "rdstation", "hubspot"]

Key = Annotated[
    str | None, Query(max_length=300, description="The secret, where it stands in the address.")
]

KeyHeader = Annotated[
    str | None,
    Header(alias="X-Hook-Key", max_length=300, description="The secret, where a header has it."),
]

Signature = Annotated[
    str | None,
    Header(alias="X-Hub-Signature-256", max_length=300, description="Of the body, by Meta."),
]

Segment = Annotated[
    NonEmptyLine | None,
    Query(description="Segment of leads whose form does not ask for it."),
]


class Taken(ResponseBody):
    """What became of what was sent."""

    ok: Ok
    lead_ids: list[UUID] = Field(examples=[[LEAD_ID]], description="Whom it is of.")
    stored: int = Field(examples=[1], description="How much of it was not there yet.")
