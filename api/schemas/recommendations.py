"""What became of recommendations, as it is answered."""

from typing import Literal

from pydantic import Field, JsonValue

from api.schemas.base import ResponseBody, Timestamp
from domain.actions import Action, Channel


class Came(ResponseBody):
    """Recommendations with which the team did the same, by what came within 72 hours.

    Each counts once, under the first that is true.
    """

    recommendations: int = Field(examples=[120])
    progress: int = Field(
        examples=[30],
        description="Handed off, moved to QUALIFICADO or ENVIADO, confirmed something, a meeting, a"
        " proposal asked for, or what converts the primary head. Of a handoff that was recommended"
        " the handoff itself is none.",
    )
    reply: int = Field(examples=[24], description="The lead answered.")
    click: int = Field(examples=[18], description="It clicked something, or filled in a form.")
    complaint: int = Field(
        examples=[3], description="It lost interest, or the contact was not valid."
    )
    nothing: int = Field(examples=[45])


class RecommendedAction(ResponseBody):
    """An action by a channel, and what became of it where it was recommended."""

    action: Action = Field(examples=[Action.REPLY])
    channel: Channel = Field(examples=[Channel.WHATSAPP])
    recommendations: int = Field(examples=[360])
    leads: int = Field(examples=[310], description="Of how many leads.")
    followed: Came = Field(description="The team did it while it stood: until the next one.")
    changed: Came = Field(description="A person saved another next action, and it was not done.")
    ignored: Came = Field(description="Neither of both.")


class RecommendationResults(ResponseBody):
    """What became of recommendations whose 72 hours are over."""

    days: int = Field(examples=[90])
    since: Timestamp | None = Field(
        description="Since when recommendations are kept; null before the first."
    )
    settled: int = Field(examples=[360], description="Recommendations whose 72 hours are over.")
    leads: int = Field(examples=[310], description="Of how many leads.")
    unsettled: int = Field(examples=[14], description="Recommendations that are counted later.")
    items: list[RecommendedAction]


class Interval(ResponseBody):
    """What is estimated of a share of leads that answered or made progress within 72 hours."""

    value: float = Field(examples=[0.21])
    low: float = Field(examples=[0.18], description="Of the 95 % interval.")
    high: float = Field(examples=[0.24])


class PolicyEstimate(Interval):
    """The same, of a policy."""

    effective_sample_size: float = Field(
        examples=[420.0], description="How many draws of the policy's own would say as much."
    )


Estimates = dict[Literal["ips", "snips", "dr"], PolicyEstimate]
"""By estimator: inverse propensity, self-normalised, and doubly robust."""

ESTIMATED: dict[str, JsonValue] = {
    name: {"value": 0.21, "low": low, "high": high, "effective_sample_size": 420.0}
    for name, low, high in (("ips", 0.17, 0.25), ("snips", 0.18, 0.24), ("dr", 0.18, 0.24))
}


class ActionReport(ResponseBody):
    """What was learned from, and what it would have brought."""

    draws: int = Field(
        examples=[1200], description="Of which it is known what came; of a lead one in 72 hours."
    )
    leads: int = Field(examples=[900])
    since: Timestamp = Field(description="When the first was drawn.")
    floor: float = Field(examples=[0.05], description="As it was when this was learned.")
    tested: int = Field(examples=[600], description="Draws that the estimates are of, the newest.")
    log: float = Field(examples=[0.19], description="What came of them, as they were drawn.")
    rules: Estimates = Field(
        examples=[ESTIMATED],
        description="What the rules would have brought, with the same floor: by inverse propensity"
        " (`ips`), self-normalised (`snips`), and doubly robust (`dr`).",
    )
    learned: Estimates = Field(examples=[ESTIMATED], description="The same of what was learned.")
    supported: bool = Field(
        examples=[True], description="Whether enough leads were helped to let anything decide."
    )
    difference: Interval = Field(description="What was learned over the rules, doubly robust.")
    decides: bool = Field(
        examples=[False],
        description="Whether it decides: once the interval lies above 0 with enough leads behind"
        " it, until one lies below.",
    )
    concluded_at: Timestamp | None = Field(
        default=None,
        description="When an experiment was concluded that says who decides, until the estimates"
        " are of newer draws; null where they do.",
    )


class LearnedActions(ResponseBody):
    """Whether actions are drawn, and what was learned of them."""

    floor: float = Field(
        examples=[0.05], description="The least probability of an action; 0 where none is drawn."
    )
    drawn: int = Field(examples=[1500], description="Actions that were drawn so far.")
    decides: bool = Field(
        examples=[False],
        description="Whether what was learned decides in place of the rules; not after 30 days"
        " without a new look.",
    )
    fitted_at: Timestamp | None = Field(description="When it was learned; null before that.")
    report: ActionReport | None = None
