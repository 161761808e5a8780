"""Models, their measures and their contest, as they are sent and answered."""

from typing import Any

from pydantic import Field

from api.schemas.base import Ok, RequestBody, ResponseBody, Timestamp, Version

MEASURES = {"auc": 0.79, "ece": 0.02, "leads": 600, "base_rate": 0.22}


class NamedVersion(ResponseBody):
    """A model version, with its name."""

    id: str = Field(examples=["3"])
    label: str = Field(examples=["galope qualify v3"])
    status: str = Field(examples=["champion"])


class FineTuning(ResponseBody):
    """How a model was fitted."""

    best_params: dict[str, Any] | None = Field(
        examples=[{"C": 0.5}], description="None where nothing was tuned, as now."
    )
    summary: dict[str, Any] | None = Field(examples=[MEASURES])


class ModelInfo(ResponseBody):
    """The model that scores; none is available before training."""

    available: bool = Field(examples=[True])
    winner: NamedVersion | None
    runner_up: NamedVersion | None
    fine_tuning: FineTuning
    selection_reasons: list[str] = Field(examples=[["added from june.json"]])
    report_path: str | None = Field(examples=["reports/training.md"])
    report_updated_at: Timestamp | None


class ModelMetrics(ResponseBody):
    """How a model version does, as last measured."""

    version: Version
    head: str = Field(examples=["qualify"])
    contender: str = Field(examples=["champion"])
    measured_at: Timestamp
    metrics: dict[str, Any] = Field(examples=[MEASURES])


class ModelVersion(ResponseBody):
    """A model that is kept."""

    version: Version
    status: str = Field(examples=["champion"])
    scores: bool = Field(examples=[True], description="Whether scores come from it.")
    reason: str = Field(
        examples=["added from june.json"], description="Why it has its status, in English."
    )
    reason_facts: dict[str, Any] = Field(
        examples=[{"code": "added", "file": "june.json"}],
        description="The same as a code and what it speaks of; empty where a person wrote it.",
    )
    created_at: Timestamp
    promoted_at: Timestamp | None
    metrics: dict[str, Any] = Field(
        examples=[MEASURES], description="How training found it; empty where none did."
    )


class Challenger(ResponseBody):
    """A contender that does not score, and how near it is to taking over."""

    name: str = Field(examples=["quick"])
    evidence: float = Field(
        ge=0,
        le=1,
        examples=[0.4],
        description="What speaks for it, as a share of what is wanted, by logarithm.",
    )


class ContestStanding(ResponseBody):
    """The contest between what the model was trained to and what it has learned since."""

    version: Version = Field(description="The model that all contenders began from.")
    champion: str = Field(examples=["frozen"], description="Who scores.")
    judged: int = Field(examples=[120], description="Leads judged since the champion became it.")
    chance: float = Field(
        ge=0,
        le=1,
        examples=[0.5],
        description="The evidence that chance alone comes to by now, on average.",
    )
    challengers: list[Challenger] = Field(description="The one most spoken for first.")


class KeptModels(ResponseBody):
    """The models that are kept, the one that scores first."""

    items: list[ModelVersion]
    learned: int = Field(examples=[130], description="Leads learned from since the version began.")
    contest: ContestStanding | None = Field(
        description="None before the stream has learned anything."
    )
    horizon_days: float = Field(examples=[30], description="Days until a lead is judged.")
    first_judged_at: Timestamp | None = Field(
        description="When the first lead scored is judged; None when no lead was scored."
    )


class ModelChange(RequestBody):
    """Why the model that scores is changed."""

    reason: str | None = Field(
        default=None, min_length=1, max_length=200, examples=["the new form is live"]
    )


class ChangedModel(ResponseBody):
    """Which model scores from now on."""

    ok: Ok
    version: Version | None = Field(description="None for the team's rules.")
