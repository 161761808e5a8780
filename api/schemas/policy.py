"""The team's decisions, as they are sent and answered."""

from functools import partial
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from api.schemas.base import NonEmptyLine, RequestBody, ResponseBody, Timestamp
from domain.alerts.motives import Motive
from domain.customers.segments import CENTURY
from domain.directions import Direction
from domain.heads import Anchor
from domain.policy import MOST_FLOOR, MOST_HOURS_BETWEEN

DECIDED: dict[str, JsonValue] = {
    "converts": ["handoff", "proposal_accepted"],
    "loses": ["lost_interest"],
    "horizon_days": 45,
    "warm": 0.1,
    "hot": 0.35,
    "points": {"whatsapp_reply": 15},
    "event_directions": {"asked_price": "free"},
    "answer_directions": {"email": "up"},
    "answer_orders": {"orcamento_faixa": ["0-5k", "5k-20k", "20k-60k", "60k+"]},
    "event_labels": ["campaign"],
    "event_amount": "amount",
    "attribute_directions": {"amount": "up"},
    "leave_out_machines": True,
    "alerts": {"waiting": 70, "leaving": 0.6},
    "alerts_a_week": 200,
    "action_floor": 0.05,
    "hours_between_contacts": 48,
    "quiet_hours": {"begin": "20:00", "end": "08:00"},
    "others": [
        {
            "name": "buy_60d",
            "converts": ["purchase"],
            "loses": [],
            "horizon_days": 60,
            "anchor": "rolling",
        }
    ],
    "customer_segments": [
        {"name": "champions", "days": 45, "orders": 8, "spent": 2.0},
        {"name": "loyal", "days": 90, "orders": 4, "spent": 0.0},
        {"name": "lost", "days": 36_500, "orders": 1, "spent": 0.0},
    ],
}
"""A decision, for the documentation."""

EventTypes = Annotated[list[Annotated[NonEmptyLine, Field(max_length=100)]], Field(max_length=100)]

Chance = Annotated[float, Field(ge=0.001, le=0.999), AfterValidator(partial(round, ndigits=4))]

RulePoints = Annotated[int, Field(ge=-100, le=100)]

Name = Annotated[NonEmptyLine, Field(max_length=100)]

Key = Annotated[str, Field(pattern=r"^[\w.-]{1,50}$")]

Keys = Annotated[list[Key], Field(max_length=20)]

Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]

Answers = Annotated[list[Name], Field(max_length=100)]


class OtherHead(RequestBody):
    """A question that is asked beside the primary one."""

    name: Annotated[str, Field(pattern=r"^[a-z]\w{0,39}$")] = Field(examples=["buy_60d"])
    converts: EventTypes = Field(
        default=[], examples=[["purchase"]], description="A yes; with none, silence is a yes."
    )
    loses: EventTypes = Field(default=[], examples=[[]], description="A no.")
    horizon_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=30, examples=[60], description="Days after which silence answers."
    )
    anchor: Anchor = Field(
        default=Anchor.CREATED,
        examples=["rolling"],
        description="`created`: asked once, when the lead came; `rolling`: asked anew at any"
        " moment, and answered by what comes first after it.",
    )


class QuietHours(RequestBody):
    """Hours of each day, by the clock of the team's time zone."""

    begin: Hour = Field(examples=["20:00"])
    end: Hour = Field(
        examples=["08:00"], description="Of the next day, where it is earlier than `begin`."
    )


class CustomerSegment(RequestBody):
    """One row of the table that says what kind of customer somebody is."""

    name: Name = Field(
        examples=["champions"],
        description="`champions`, `loyal`, `promising`, `at_risk`, `hibernating` and `lost` have"
        " words in each language; another name is shown as it is.",
    )
    days: Annotated[float, Field(gt=0, le=CENTURY)] = Field(
        default=CENTURY, examples=[45], description="Since the last order, at the most."
    )
    orders: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=1, examples=[8], description="At least; purchases of one day are one."
    )
    spent: Annotated[float, Field(ge=0, le=1_000_000)] = Field(
        default=0.0,
        examples=[2.0],
        description="At least, as a multiple of what a customer spent on average.",
    )


CustomerSegments = Annotated[list[CustomerSegment], Field(min_length=1, max_length=20)]


class Decided(RequestBody):
    """What the team decides; what is left out is for the installer or Galope to say."""

    model_config = ConfigDict(json_schema_extra={"examples": [DECIDED]})

    converts: EventTypes | None = Field(
        default=None,
        description="Event types that say a lead qualified; a move by hand is `crm_manual_move:`"
        " and its stage.",
    )
    loses: EventTypes | None = Field(default=None, description="Event types that say it did not.")
    horizon_days: Annotated[int, Field(ge=1, le=365)] | None = Field(
        default=None, description="Days after which silence says so too. Each has its own models."
    )
    warm: Chance | None = Field(default=None, description="Chance from which a lead scores 40.")
    hot: Chance | None = Field(default=None, description="Chance from which a lead scores 70.")
    calls_per_day: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None,
        description="Leads a day that the team can call, in place of `warm` and `hot`: 70 stands"
        " where so many newly reach it, by the newest four weeks. Worked out at each training.",
    )
    points: dict[str, RulePoints] | None = Field(
        default=None, description="Rule points by event type, where they are not Galope's."
    )
    event_directions: dict[Name, Direction] | None = Field(
        default=None,
        description="By event type, which way it may move a score, where its points do not say so:"
        " `up` never lowers it, `down` never raises it, `free` as history says, `none` not at all."
        " Holds from the next training on.",
    )
    answer_directions: dict[Name, Direction] | None = Field(
        default=None, description="The same of answers, by column of the leads."
    )
    answer_orders: dict[Name, Answers] | None = Field(
        default=None,
        description="By column, its answers from the worst to the best; a better one never lowers a"
        " score.",
    )
    event_labels: Keys | None = Field(
        default=None,
        description="Keys of events' metadata whose values count, such as `campaign`. Scores feed"
        " on them from the next training on.",
    )
    event_amount: Key | None = Field(
        default=None, description="The key of events' metadata whose amounts are added up."
    )
    attribute_directions: dict[Name, Direction] | None = Field(
        default=None,
        description="By label, such as `campaign=verao`, or `amount`: which way it may move a"
        " score. Free where nothing is said.",
    )
    others: Annotated[list[OtherHead], Field(max_length=20)] | None = Field(
        default=None,
        description="Questions beside the primary one. Each scores from its first model on, which"
        " `offline.train --head` makes.",
    )
    alerts: dict[Motive, Annotated[float, Field(gt=0, le=100)]] | None = Field(
        default=None,
        description="Motives of which alerts are opened, each with from what it holds: `waiting` a"
        " score, `jumped` points within an hour, `leaving` a chance, `slipping` a share of the"
        " usual pace, `due` usual gaps since the last purchase, `capture` the share of the others"
        " who buy so little of a family. None of those left out.",
    )
    alerts_a_week: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None,
        description="Alerts of a motive that are opened in a week at the most; fewer where some"
        " were wrong.",
    )
    action_floor: Annotated[float, Field(ge=0, le=MOST_FLOOR)] | None = Field(
        default=None,
        description="The least probability with which an action that is allowed is recommended, so"
        " that it can be learned which one helps: 0.02 at the least, or 0 where the rules alone"
        " decide. What was learned decides once it is shown to help more.",
    )
    hours_between_contacts: Annotated[int, Field(ge=0, le=MOST_HOURS_BETWEEN)] | None = Field(
        default=None,
        description="Hours that are between two contacts with a lead at the least, unless it"
        " expects an answer: what is next is due once they are over.",
    )
    quiet_hours: QuietHours | None = Field(
        default=None,
        description="When the team turns to nobody: what is next for a lead is due once they are"
        " over.",
    )
    customer_segments: CustomerSegments | None = Field(
        default=None,
        description="Kinds of customers by bounds, in order: the first row within whose bounds a"
        " customer is counts. The last has none, and takes whoever is left.",
    )
    leave_out_machines: bool | None = Field(
        default=None,
        description="Whether a machine's events do not count: 20 or more of a lead's own in 5"
        " seconds. Not for sources that know only the day of an event.",
    )


class InForce(ResponseBody):
    """What counts, whoever decided it."""

    converts: list[str] = Field(examples=[DECIDED["converts"]])
    loses: list[str] = Field(examples=[DECIDED["loses"]])
    horizon_days: int = Field(examples=[45])
    warm: float = Field(examples=[0.1])
    hot: float = Field(examples=[0.35])
    calls_per_day: int | None = Field(examples=[40])
    points: dict[str, int] = Field(examples=[{"cta_click": 20, "whatsapp_reply": 15}])
    event_labels: list[str] = Field(examples=[DECIDED["event_labels"]])
    event_amount: str | None = Field(examples=[DECIDED["event_amount"]])
    leave_out_machines: bool = Field(examples=[True])
    alerts: dict[Motive, float] = Field(examples=[DECIDED["alerts"]])
    alerts_a_week: int = Field(examples=[DECIDED["alerts_a_week"]])
    action_floor: float = Field(examples=[DECIDED["action_floor"]])
    hours_between_contacts: int = Field(examples=[DECIDED["hours_between_contacts"]])
    quiet_hours: QuietHours | None = Field(examples=[DECIDED["quiet_hours"]])
    others: list[OtherHead] = Field(examples=[DECIDED["others"]])
    customer_segments: list[CustomerSegment] = Field(examples=[DECIDED["customer_segments"]])


class DailyReach(ResponseBody):
    """How many leads a day came to a chance that they had never had, in the newest weeks."""

    chances: list[float] = Field(examples=[[0.8, 0.4, 0.2]], description="The highest first.")
    a_day: list[float] = Field(
        examples=[[1.5, 6.0, 14.5]], description="Leads a day that newly reach each."
    )
    days: float = Field(examples=[28.0], description="Over how many days they were counted.")


class Decision(ResponseBody):
    """One of the team's decisions, whole."""

    id: int = Field(examples=[2])
    decided: Decided
    made_at: Timestamp
    made_by: str = Field(examples=["key 1"])


class PolicyNow(ResponseBody):
    """What counts now, who decided it, and what was decided before."""

    in_force: InForce
    decided: Decided = Field(description="The team's part of it; what `PUT` takes.")
    decided_by: dict[str, str] = Field(
        examples=[{"converts": "team", "horizon_days": "installer", "warm": "galope"}],
        description="`team`, `installer` or `galope`, by field.",
    )
    trained: bool = Field(
        examples=[True], description="Whether scores come from a model that learned."
    )
    versions: list[Decision] = Field(description="The newest first.")
    event_types: list[str] = Field(
        examples=[["cta_click", "handoff"]], description="Event types that are known here."
    )
    reach: DailyReach | None = Field(
        description="As the last training found it; null before there is one. What a number of"
        " calls a day becomes a chance with."
    )
    chances: list[int] = Field(
        examples=[[3, 8, 12]], description="How many leads have a chance of 0 %, 1 %, … 99 %."
    )
