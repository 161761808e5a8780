"""The answer of the health check."""

from pydantic import Field

from api.schemas.base import ResponseBody

FEATURES = {"crm_next_action": True, "score_diagnostics": True, "ml_model_info": True}


class Health(ResponseBody):
    """Whether the API can answer."""

    status: str = Field(examples=["UP"])
    problem: str | None = Field(
        default=None,
        description="What keeps the stream from scoring everything, and what to do.",
        examples=["Triggers are missing or disabled: galope_events_inserted. …"],
    )
    features: dict[str, bool] | None = Field(default=None, examples=[FEATURES])
