"""What became of recommendations, as it is answered."""

from pydantic import Field

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
