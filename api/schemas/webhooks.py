"""Webhooks, as they are sent and answered."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from api.errors import REFUSED_VALUE
from api.schemas.base import LEAD_ID, Ok, RequestBody, ResponseBody, StorableText, Timestamp
from api.texts import Text


class Topic(StrEnum):
    """What a webhook may tell of."""

    SCORE_CROSSED = "score.crossed"
    STATUS_CHANGED = "status.changed"
    OUTCOME_KNOWN = "outcome.known"
    ALERT_OPENED = "alert.opened"
    EXPERIMENT_CONCLUDED = "experiment.concluded"


Url = Annotated[
    StorableText,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    Field(examples=["https://hooks.example.com/galope"]),
]

Topics = Annotated[list[Topic], Field(min_length=1, max_length=10)]

Threshold = Annotated[int, Field(ge=1, le=100)]

WebhookNumber = Annotated[int, Field(examples=[2])]

Problem = Annotated[str | None, Field(examples=["answered 500"])]


class NewWebhook(RequestBody):
    """Who is to be told of what."""

    url: Url
    topics: Topics = Field(examples=[[Topic.SCORE_CROSSED, Topic.OUTCOME_KNOWN]])
    threshold: Threshold | None = Field(
        default=None,
        examples=[70],
        description="The score whose crossing, up or down, is told; only `score.crossed` needs it.",
    )

    @model_validator(mode="after")
    def _crosses_something(self) -> Self:
        if Topic.SCORE_CROSSED in self.topics and self.threshold is None:
            raise PydanticCustomError(REFUSED_VALUE, Text.WEBHOOK_REQUIRED)
        return self


class MadeWebhook(ResponseBody):
    """A new webhook; its secret is told once and only now."""

    id: WebhookNumber
    secret: str = Field(
        examples=["whsec_…"], description="What signatures are made with: HMAC-SHA256, in base64."
    )


class Webhook(ResponseBody):
    """Who is told of what, and whether they take it; not the secret."""

    id: WebhookNumber
    url: Url
    topics: list[Topic] = Field(examples=[[Topic.SCORE_CROSSED, Topic.OUTCOME_KNOWN]])
    threshold: int | None = Field(examples=[70])
    created_at: Timestamp
    paused_at: Timestamp | None = Field(description="Since when nothing is sent to it.")
    waiting: int = Field(examples=[0], description="How much is still to be sent.")
    parked: int = Field(examples=[3], description="How much was given up after three days.")
    waiting_since: Timestamp | None = Field(description="When the oldest of it happened.")
    problem: Problem


class WebhookList(ResponseBody):
    """Every webhook, the oldest first."""

    items: list[Webhook]


class Delivery(ResponseBody):
    """Something that is still to be received."""

    id: int = Field(examples=[512], description="The same at each try, so that it counts once.")
    topic: Topic = Field(examples=[Topic.STATUS_CHANGED])
    lead_id: UUID | None = Field(examples=[LEAD_ID], description="Whose news it is.")
    experiment: str | None = Field(
        examples=["alert"], description="Of a conclusion, in place of a lead: of which experiment."
    )
    occurred_at: Timestamp
    attempts: int = Field(examples=[4])
    try_at: Timestamp | None = Field(description="When it is tried next; never, once parked.")
    problem: Problem
    parked_at: Timestamp | None


class DeliveryList(ResponseBody):
    """What a webhook's receiver has not taken, the oldest first."""

    items: list[Delivery]


class RemovedWebhook(ResponseBody):
    """A webhook that was removed."""

    ok: Ok
    id: WebhookNumber


class PausedWebhook(ResponseBody):
    """A webhook that is sent nothing for a while."""

    ok: Ok
    id: WebhookNumber
    paused_at: Timestamp


class ResumedWebhook(ResponseBody):
    """A webhook that is sent what waits."""

    ok: Ok
    id: WebhookNumber


class Replayed(ResponseBody):
    """How much of what was given up is tried again."""

    ok: Ok
    replayed: int = Field(examples=[3])
