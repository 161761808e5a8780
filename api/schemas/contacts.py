"""Contacts with leads, as they are sent and answered."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import LEAD_ID, RequestBody

LastContacts = Annotated[
    dict[UUID, datetime], Field(examples=[{LEAD_ID: "2026-05-04T12:00:01+00:00"}])
]
"""When each lead and the team were last in touch, by lead."""


class NewContact(RequestBody):
    """How a person of the team got in touch with a lead."""

    channel: Literal["call", "whatsapp", "email"] = Field(examples=["whatsapp"])
