"""Alerts, as they are sent and answered; in camelCase, as front ends of such inboxes have it."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import (
    CamelBody,
    LeadId,
    NonEmptyLine,
    Ok,
    RequestBody,
    StorableText,
    Timestamp,
)
from domain.actions import Channel
from domain.alerts.motives import Motive, Recommendation, Result

LONGEST_SNOOZE = 365


class Level(StrEnum):
    """Where a priority is among all: the first fifth, the next two, the rest."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    SNOOZED = "snoozed"
    DONE = "done"
    CLOSED = "closed"


class AlertReason(CamelBody):
    """One of what makes the score; the last is the rest, and they add up."""

    code: str = Field(examples=["event:cta_click"])
    text: str = Field(examples=["Clicou no botão de ação"])
    points: int = Field(examples=[20])


class Feedback(CamelBody):
    """What came of an alert."""

    result: Result = Field(examples=["won"])
    notes: str | None = Field(examples=["Fechou por telefone"])
    by: str = Field(examples=["user 5"])
    at: Timestamp


class Alert(CamelBody):
    """Who is to be called, why now, and what to say."""

    id: int = Field(examples=[12])
    lead_id: LeadId
    name: str = Field(examples=["Helena Prado"])
    uf: str | None = Field(examples=["MG"])
    city: str | None = Field(examples=["Uberaba"])
    phone: str | None = Field(examples=["(34) 99999-0000"])
    email: str | None = Field(examples=["helena@example.com"])
    score: int | None = Field(examples=[74])
    motive: Motive = Field(examples=["waiting"])
    motive_text: str = Field(examples=["Quente e esperando"])
    head: str = Field(
        examples=["churn_90d"], description="Whose reasons are given; empty for the primary head."
    )
    priority: float = Field(examples=[9_120.5], description="Impact times urgency.")
    level: Level = Field(examples=["high"])
    impact: float = Field(examples=[12_161.0], description="The money at stake.")
    urgency: float = Field(
        examples=[0.75], description="1 when it is likely lost by now, 0.5 a week before."
    )
    lost_at: Timestamp = Field(description="When what is at stake is likely lost.")
    facts: dict[str, float | str] = Field(
        examples=[{"score": 74, "since": 1_780_000_000.0}], description="What the words say."
    )
    reasons: list[AlertReason]
    why_now: str = Field(examples=["Está com nota 74 e espera resposta há 3 h."])
    what_to_say: str = Field(
        examples=["Responda ao que pediu e combine o próximo passo ainda hoje."]
    )
    words_by: Literal["template", "model"] = Field(
        examples=["template"], description="Who says so: a language model where one is set up."
    )
    recommendation: Recommendation = Field(examples=["answer"])
    recommendation_text: str = Field(examples=["Responder agora"])
    channel: Channel = Field(examples=["whatsapp"])
    owner: str | None = Field(examples=["Bia Rocha"])
    state: AlertState = Field(examples=["closed"])
    snoozed_until: Timestamp | None
    opened_at: Timestamp
    updated_at: Timestamp
    closed_at: Timestamp | None
    closed_reason: str | None = Field(examples=["answered"])
    closed_text: str | None = Field(examples=["Alguém respondeu"])
    feedback: Feedback | None


class MotiveNow(CamelBody):
    """How alerts of a motive fare."""

    motive: Motive = Field(examples=["waiting"])
    motive_text: str = Field(examples=["Quente e esperando"])
    threshold: float = Field(examples=[70], description="From what it holds.")
    open: int = Field(examples=[8])
    opened: int = Field(examples=[31], description="Within a week.")
    allowed: int = Field(
        examples=[460],
        description="Of them at the most: `alerts_a_week`, by the share that was right.",
    )
    judged: int = Field(examples=[40], description="Of the last 90 days, not counting `not_now`.")
    right: int = Field(examples=[36], description="Of these, won or lost.")
    precision: float | None = Field(examples=[0.9], description="Null before any was judged.")


class Alerts(CamelBody):
    """Alerts, the highest priority first, and how each motive that is looked for fares."""

    total: int = Field(examples=[8], description="Alerts that the filters leave.")
    items: list[Alert]
    motives: list[MotiveNow]


class ThresholdThen(CamelBody):
    """What a motive would have come to, had it held from a threshold."""

    motive: Motive = Field(examples=["waiting"])
    threshold: float = Field(examples=[70])
    days: float = Field(
        examples=[90.0], description="Of how many days it is told, 90 at most: history began then."
    )
    a_week: float = Field(examples=[12.5], description="Alerts a week, at most.")
    known: int = Field(
        examples=[90],
        description="Of how many it is known what became of them: not the quick answers alone.",
    )
    precision: float | None = Field(
        examples=[0.6],
        description="Share of these that was right: of `waiting` and `jumped` it qualified, of"
        " `leaving` it bought nothing since, of `due` it bought before it was late. Null where"
        " nothing is known, as of `slipping`: who buys less may yet come back.",
    )


class Thresholds(CamelBody):
    """The last 90 days by threshold, of all motives but `capture`.

    Of `leaving` where its head is asked, of `due` and `slipping` where amounts are declared.
    """

    items: list[ThresholdThen]


class GivenFeedback(RequestBody):
    """What came of an alert, or that it was no use."""

    result: Result = Field(
        examples=["won"],
        description="`won` and `lost` say that it was right, `wrong` that it was not; `not_now`"
        " hides it for a week.",
    )
    notes: Annotated[StorableText, Field(max_length=2000)] | None = Field(
        default=None, examples=["Fechou por telefone"]
    )


class Snooze(RequestBody):
    """For how long an alert is hidden."""

    days: Annotated[int, Field(ge=1, le=LONGEST_SNOOZE)] = Field(default=1, examples=[3])


class AlertOwner(RequestBody):
    """Whom an alert is given to."""

    owner: NonEmptyLine | None = Field(
        default=None,
        examples=["Bia Rocha"],
        description="A user's name or e-mail; nobody for whose the lead is.",
    )


class LookedAgain(CamelBody):
    """That the stream looks at every lead again."""

    ok: Ok
    leads: int = Field(examples=[240])
