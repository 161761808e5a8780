"""What is tried on a lead, as it is sent and answered."""

from typing import Annotated

from pydantic import Field

from api.schemas.base import (
    JsonObject,
    LeadId,
    NonEmptyLine,
    Probability,
    RequestBody,
    ResponseBody,
    ScorePoints,
    StatusName,
    Version,
)
from api.schemas.events import KIND
from api.schemas.scores import Reasons


class TriedEvent(RequestBody):
    """An event to try."""

    event_type: Annotated[NonEmptyLine, KIND] = Field(examples=["whatsapp_reply"])
    metadata: JsonObject | None = None


class WhatIf(RequestBody):
    """What to try on a lead."""

    events: list[TriedEvent] = Field(default=[], max_length=1000)
    profile: JsonObject = Field(default={}, examples=[{"orcamento_faixa": "60k+"}])


class WhatIfScore(ResponseBody):
    """A score, before or after what was tried."""

    score: ScorePoints
    status: StatusName
    motivos: Reasons
    probability_qualified: Probability
    next_action: str = Field(
        examples=["Confirmar orçamento, prazo e necessidade por WhatsApp"],
        description="What the rules suggest, also where actions are drawn.",
    )


class WhatIfResult(ResponseBody):
    """What trying did."""

    lead_id: LeadId
    before: WhatIfScore
    after: WhatIfScore
    delta: int = Field(examples=[0])
    model_version: Version
