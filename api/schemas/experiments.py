"""Experiments, as they are sent and answered."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from api.schemas.base import (
    LEAD_ID,
    LeadId,
    NonEmptyLine,
    Ok,
    RequestBody,
    ResponseBody,
    Timestamp,
)
from domain.alerts.motives import Motive
from domain.experiments.declaration import MARGIN, MOST_GUARDRAILS, Kind, Unit

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]

ExperimentName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$", examples=["alert"])]

ArmName = Annotated[str, Field(examples=["alert"])]


class State(StrEnum):
    """How far an experiment has come."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"
    CONCLUDED = "concluded"


class NewArm(RequestBody):
    """One of the things that are compared."""

    name: Name = Field(examples=["alert"])
    weight: Annotated[float, Field(ge=0.0, le=1e6)] = Field(
        default=1.0, examples=[1.0], description="How many units it gets beside the others."
    )


class NewMetric(RequestBody):
    """What an experiment is judged by: event types and days, revenue and days, or a head."""

    events: Annotated[list[NonEmptyLine], Field(max_length=100)] = Field(
        default_factory=list, examples=[["whatsapp_reply"]], description="Any of them is a yes."
    )
    revenue: bool = Field(
        default=False,
        examples=[False],
        description="In their place: the amounts of all events, returns taken off. Arms then have"
        " equal weights.",
    )
    days: Annotated[float, Field(gt=0.0, le=365.0)] | None = Field(
        default=None, examples=[14.0], description="After a lead was served."
    )
    head: NonEmptyLine | None = Field(
        default=None,
        examples=["qualify"],
        description="In place of all these: a head, whose yes-events and horizon these are then.",
    )


class NewGuardrail(RequestBody):
    """An event that must not become more frequent in any arm than in the control."""

    event: NonEmptyLine = Field(examples=["lost_interest"])
    days: Annotated[float, Field(gt=0.0, le=365.0)] = Field(
        examples=[14.0], description="After a lead was served."
    )
    margin: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        default=MARGIN,
        examples=[MARGIN],
        description="How much more frequent it may become: 0.02 is two points.",
    )


class NewExperiment(RequestBody):
    """An experiment to be declared."""

    name: Name = Field(examples=["alert"])
    hypothesis: NonEmptyLine = Field(examples=["Um alerta ao vendedor traz mais respostas"])
    kind: Kind = Field(
        default=Kind.ASKED,
        examples=[Kind.ALERTS],
        description="Who serves the arms: whoever asks for them, or Galope, of actions (`rules` or"
        " `learned` chooses), of alerts (`none` or `alert`) or of models (`champion` or"
        " `challenger` scores).",
    )
    motive: Motive | None = Field(
        default=None, examples=[Motive.LEAVING], description="Of the alerts; for no other kind."
    )
    version: Annotated[int, Field(ge=1, lt=2**63)] | None = Field(
        default=None, examples=[7], description="Of the `challenger`; for no other kind."
    )
    arms: Annotated[list[NewArm], Field(max_length=20)] = Field(
        default_factory=list,
        examples=[[{"name": "none", "weight": 1.0}, {"name": "alert", "weight": 1.0}]],
        description="The first is the control. Where Galope serves them, both in equal parts unless"
        " they are named with their weights.",
    )
    unit: Unit = Field(
        default=Unit.LEAD,
        examples=[Unit.LEAD],
        description="What is given an arm: each lead, or all leads of a partner, or of a UF,"
        " together. Its metric is then the mean of its leads', and arms have equal weights.",
    )
    metric: NewMetric = Field(
        examples=[
            {"events": ["whatsapp_reply"], "days": 14.0},
            {"revenue": True, "days": 30.0},
            {"head": "qualify"},
        ]
    )
    minimum_effect: Annotated[float, Field(ge=-1e9, le=1e9)] = Field(
        examples=[0.05],
        description="The smallest change worth having: of a rate, 0.05 is five points; of revenue,"
        " money a lead. A negative one says that less is better.",
    )
    guardrails: Annotated[list[NewGuardrail], Field(max_length=MOST_GUARDRAILS)] = Field(
        default_factory=list,
        examples=[[{"event": "lost_interest", "days": 14.0, "margin": MARGIN}]],
        description="What must not get worse, whatever the metric does.",
    )
    salt: NonEmptyLine | None = Field(
        default=None,
        examples=["2026-05"],
        description="Makes the allocation independent of other experiments; by default, drawn.",
    )


class DeclaredArm(ResponseBody):
    """One of the things that are compared."""

    name: ArmName
    weight: float = Field(examples=[1.0])


class DeclaredMetric(ResponseBody):
    """What an experiment is judged by."""

    events: list[str] = Field(examples=[["whatsapp_reply"]])
    days: float = Field(examples=[14.0])
    head: str | None = Field(examples=["qualify"])
    revenue: bool = Field(examples=[False])


class DeclaredGuardrail(ResponseBody):
    """What must not get worse."""

    event: str = Field(examples=["lost_interest"])
    days: float = Field(examples=[14.0])
    margin: float = Field(examples=[MARGIN])


class Experiment(ResponseBody):
    """An experiment: what was declared, and how far it has come."""

    name: str = Field(examples=["alert"])
    hypothesis: str = Field(examples=["Um alerta ao vendedor traz mais respostas"])
    kind: Kind = Field(examples=[Kind.ALERTS])
    motive: Motive | None = Field(examples=[Motive.LEAVING])
    version: int | None = Field(examples=[7], description="Of the `challenger`.")
    arms: list[DeclaredArm]
    unit: Unit = Field(examples=[Unit.LEAD])
    metric: DeclaredMetric
    minimum_effect: float = Field(examples=[0.05])
    guardrails: list[DeclaredGuardrail]
    salt: str = Field(examples=["2026-05"])
    status: State = Field(examples=[State.RUNNING])
    planned_units: int | None = Field(
        examples=[1461], description="Of all arms together; known once it was started."
    )
    planned_weeks: float | None = Field(
        examples=[3.2], description="Until the metric of the last of them is known."
    )
    served: int = Field(examples=[612], description="Units that were served an arm.")
    adopted: str | None = Field(examples=["alert"], description="What every lead is served now.")
    created_at: Timestamp
    started_at: datetime | None = Field(examples=["2026-05-05T09:00:00+00:00"])
    ended_at: datetime | None = Field(
        examples=["2026-05-28T09:00:00+00:00"], description="Since when no arm is served by lot."
    )
    concluded_at: datetime | None = Field(
        examples=["2026-05-29T14:30:00+00:00"],
        description="Since when every lead is served `adopted`; later than `ended_at` where it was"
        " stopped before.",
    )


class ExperimentList(ResponseBody):
    """Every experiment, the newest first."""

    items: list[Experiment]


class Conclusion(RequestBody):
    """What every lead is to be served from now on."""

    arm: NonEmptyLine = Field(examples=["alert"])


class ChangedExperiment(ResponseBody):
    """An experiment that was changed."""

    ok: Ok
    name: str = Field(examples=["alert"])


class Served(RequestBody):
    """Whom an arm is served to."""

    lead_id: LeadId


class ServedArm(ResponseBody):
    """The arm that a lead has."""

    experiment: str = Field(examples=["alert"])
    lead_id: str = Field(examples=[LEAD_ID])
    unit: str | None = Field(
        examples=[LEAD_ID],
        description="Whose arm that is: the lead's id, a partner's, or a UF; null: it has none.",
    )
    arm: ArmName
    counted: bool = Field(
        examples=[True],
        description="Whether the lead is part of the experiment: it runs, and the lead has a unit.",
    )
    reason: str | None = Field(
        examples=["O experimento não está correndo."], description="Why it is no part of it."
    )


class ArmFigures(ResponseBody):
    """What is known of an arm, of the metric or of a guardrail."""

    name: ArmName
    known: int = Field(
        examples=[280], description="Units that were served it whose answer is known."
    )
    rate: float | None = Field(
        examples=[0.16],
        description="Of these, the share with a yes, or of revenue the money a lead; of partners"
        " and UFs the mean of theirs.",
    )
    difference: float | None = Field(
        examples=[0.062],
        description="From the control, adjusted for what was known before; null of it.",
    )
    low: float | None = Field(
        examples=[0.011], description="Of the difference, whenever one looks; null: not yet known."
    )
    high: float | None = Field(examples=[0.113], description="As `low`.")


class ArmReading(ArmFigures):
    """An arm's figures."""

    served: int = Field(examples=[306], description="Units that were served it.")


class Standing(StrEnum):
    """What is known of a guardrail: held so far, broken, or not known yet."""

    HELD = "held"
    BROKEN = "broken"
    UNKNOWN = "unknown"


STOP = (
    "Pare: com alert, “Perdeu o interesse” em até 14 dias acontece mais do que com none, de +2,3 a"
    " +9,1 pontos, sabido desde 12/05/2026; o limite é +2,0."
)


class GuardrailReport(DeclaredGuardrail):
    """What is known of something that must not get worse."""

    standing: Standing = Field(examples=[Standing.BROKEN])
    sentence: str = Field(examples=[STOP])
    broken_by: str | None = Field(examples=["alert"], description="The arm that broke it first.")
    broken_since: date | None = Field(
        examples=["2026-05-12"], description="The day, in UTC, by whose end that was known."
    )
    arms: list[ArmFigures]


class ExperimentReport(ResponseBody):
    """What an experiment's figures say at this moment, and what to do."""

    experiment: Experiment
    verdict: str = Field(examples=["guardrail_broken"], description="A code for `sentence`.")
    sentence: str = Field(examples=[STOP])
    ratio_holds: bool = Field(
        examples=[True], description="Whether units came to arms as declared."
    )
    ratio_evidence: float = Field(
        examples=[0.12], description="For other ratios; from 1,000 on the declared one is broken."
    )
    fraction: float = Field(examples=[0.39], description="How much of the plan is known.")
    arms: list[ArmReading]
    guardrails: list[GuardrailReport]
