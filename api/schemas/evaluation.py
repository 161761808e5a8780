"""How good the model is on leads that it had not seen, as it is answered."""

from pydantic import Field, JsonValue

from api.schemas.base import ResponseBody, Timestamp

MEASURE: dict[str, JsonValue] = {"auc": 0.79, "ece": 0.02, "said": 0.22}
CALLS: dict[str, JsonValue] = {"of_100": 41.0, "low": 36.2, "high": 46.0}
GROUP: dict[str, JsonValue] = {
    "leads": 600,
    "converted": 84,
    "moments": 2410,
    "happened": 0.14,
    "scorers": {"model": MEASURE, "rules": MEASURE, "recency": MEASURE},
}


class Measured(ResponseBody):
    """How one scorer does on some leads."""

    auc: float = Field(
        examples=[0.79],
        description="Share of pairs in which the lead that converted scored higher.",
    )
    ece: float = Field(
        examples=[0.02], description="How far the chance said is from the share that converted."
    )
    said: float = Field(examples=[0.22], description="The chance said, on average.")


class EvaluatedGroup(ResponseBody):
    """Some of the leads, and how each scorer does on them."""

    leads: int = Field(examples=[600])
    converted: int = Field(examples=[84])
    moments: int = Field(examples=[2410], description="Times that they were asked about.")
    happened: float = Field(examples=[0.14], description="Share of these of leads that converted.")
    scorers: dict[str, Measured] = Field(
        examples=[GROUP["scorers"]],
        description="`model`, `rules` of the team, `recency` alone: time since the last event.",
    )


class CallsMade(ResponseBody):
    """What comes of 100 calls in one order, with a 95 % interval."""

    of_100: float = Field(examples=[41.0])
    low: float = Field(examples=[36.2])
    high: float = Field(examples=[46.0])


class DisputedDirection(ResponseBody):
    """A direction that history contradicts, with its clearest numbers."""

    code: str = Field(examples=["disputed_direction"])
    subject: str = Field(examples=["event:page_view: 3+"])
    figure: float = Field(examples=[0.18], description="Share that converted of those with it.")
    limit: float = Field(examples=[0.31], description="Of those with less of it.")


class HeldOutLeads(ResponseBody):
    """How the model did, when it knew older leads alone, on those that came later."""

    measured_at: Timestamp
    since: Timestamp = Field(description="When the first of the leads came.")
    until: Timestamp = Field(description="When the last came.")
    leads: int = Field(examples=[600])
    converted: int = Field(examples=[84])
    invented: int = Field(examples=[0], description="How many are the demo's.")
    matured: bool = Field(examples=[True], description="Whether all had all their time.")
    ages_hours: list[float] = Field(
        examples=[[1, 24, 72, 168, 336]],
        description="Ages at which leads were asked about while open.",
    )
    overall: EvaluatedGroup | None = Field(
        examples=[GROUP], description="Null under 50 leads, or 10 of either kind."
    )
    newest_since: Timestamp
    newest: EvaluatedGroup | None = Field(
        examples=[GROUP], description="The newest four weeks that have matured."
    )
    by_age: list[tuple[float, EvaluatedGroup]] = Field(
        examples=[[[24, GROUP]]], description="By age in hours."
    )
    by_answer: dict[str, list[tuple[str, EvaluatedGroup]]] = Field(
        examples=[{"uf": [["MG", GROUP]]}], description="By column and answer."
    )
    called: int = Field(examples=[120], description="Leads called in each order, a day old.")
    calls_of: int = Field(examples=[600], description="Of how many.")
    calls: dict[str, CallsMade] = Field(
        examples=[{"model": CALLS, "arrival": CALLS}],
        description="By order: `model`, `rules`, `recency`, `arrival`.",
    )
    directions: dict[str, list[str]] = Field(
        examples=[{"up": ["cta_click"], "down": ["no_reply_3d"]}],
        description="Event types that happened, by direction.",
    )
    orders: dict[str, list[str]] = Field(
        examples=[{"prazo_compra": ["90d", "30d", "7d"]}],
        description="By column, its answers from the worst to the best.",
    )
    checked: int = Field(examples=[9000], description="Events of the leads that have a direction.")
    against: int = Field(examples=[0], description="Those that moved the score the other way.")
    disputed: list[DisputedDirection]


class ModelEvaluation(ResponseBody):
    """How good the model that scores is, where its training measured it."""

    evaluation: HeldOutLeads | None = Field(
        description="Null where nothing was trained, or where that was before Galope measured it."
    )
