"""How a score came about: every rescore of a lead, and an explanation in words."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field

from api.access import Viewer
from api.dependencies import Galope
from api.errors import ApiError
from api.responses import Json
from api.schemas.base import Answered, LeadId, Moment, Points, Probability, Reasons, Status, Version
from api.texts import Text
from domain import reasons
from domain.catalogue import Catalogue, catalogue
from domain.scoring import held_stage, signals_of
from domain.state import LeadState

router = APIRouter(tags=["scores"])


class PointsChange(Answered):
    """What a rescore changed in one reason."""

    fator: str = Field(examples=["Clicou no botão de ação"])
    before: int = Field(examples=[0])
    after: int = Field(examples=[20])


class Rescored(Answered):
    """One rescore."""

    id: int = Field(examples=[41])
    scored_at: Moment
    cause: str = Field(examples=["cta_click"])
    cause_text: str = Field(examples=["Clicou no botão de ação"])
    score_before: int | None = Field(examples=[38])
    score_after: Points
    status: Status
    probability: Probability
    model_version: Version
    changes: list[PointsChange]


class History(Answered):
    """A lead's rescores, the newest first."""

    lead_id: LeadId
    items: list[Rescored]
    next_before: int | None = Field(
        examples=[40], description="Ask with ``before`` for the page after this."
    )


class AnswerUsed(Answered):
    """An answer of the lead's that its score looks at."""

    field: str = Field(examples=["uf"])
    label: str = Field(examples=["Estado"])
    value: str | float = Field(examples=["MG"])


class EventsUsed(Answered):
    """Events of one type that the score looks at."""

    event_type: str = Field(examples=["cta_click"])
    label: str = Field(examples=["Clicou no botão de ação"])
    count: int = Field(examples=[1])
    first_at: Moment
    last_at: Moment


class DataUsed(Answered):
    """All that a score looks at."""

    profile: list[AnswerUsed]
    events: list[EventsUsed]
    signals: list[str] = Field(examples=[["budget_confirmed"]])
    stage_by_hand: str | None = Field(examples=["QUALIFICADO"])


class NamedModel(Answered):
    """A model."""

    version: Version
    name: str | None = Field(examples=["galope qualify v3"])


class Explanation(Answered):
    """A score in words, with the data behind it."""

    lead_id: LeadId
    score: Points | None
    status: Status
    text: list[str] = Field(examples=[["A nota é 58 de 0 a 100."]])
    motivos: Reasons
    data_used: DataUsed
    model: NamedModel
    probability_qualified: Probability | None
    scored_at: Moment | None


@router.get("/leads/{lead_id}/history", response_model=History, summary="Every rescore of a lead")
async def history(
    lead_id: UUID, galope: Galope, _: Viewer,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Json:  # fmt: skip
    """Return a lead's rescores, the newest first: when, why, before and after, what moved.

    ``before`` asks for those older than that row.
    """
    if not await galope.database.fetchval("lead_exists", lead_id):
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    # One row more, which the oldest of the page is compared with.
    rows = await galope.database.fetch("history", lead_id, before, limit + 1)
    words = catalogue(galope.settings.language)
    points = [orjson.loads(row["points"]) for row in rows]
    items = [
        {
            **{name: value for name, value in row.items() if name != "points"},
            "cause_text": words.cause(row["cause"]),
            "changes": _changes(words, now, previous),
        }
        for row, now, previous in zip(rows, points, [*points[1:], []], strict=False)
    ][:limit]
    more = items[-1]["id"] if len(rows) > limit else None
    return Json({"lead_id": lead_id, "items": items, "next_before": more})


def _changes(
    words: Catalogue, now: list[tuple[str, int]], before: list[tuple[str, int]]
) -> list[dict[str, Any]]:
    """Return the reasons whose points moved, the largest movement first."""
    old, new = dict(before), dict(now)
    moved = [(code, old.get(code, 0), new.get(code, 0)) for code in old | new]
    moved = sorted((one for one in moved if one[1] != one[2]), key=lambda o: -abs(o[2] - o[1]))
    return [
        {"fator": words.reason(reasons.Reason(code, after)), "before": was, "after": after}
        for code, was, after in moved
    ]


@router.get("/leads/{lead_id}/explanation", response_model=Explanation,
            summary="The score in words")  # fmt: skip
async def explanation(lead_id: UUID, galope: Galope, _: Viewer) -> Json:
    """Explain a score to the one it is about: reasons, the data used, the model (LGPD, art. 20)."""
    live = await galope.scores.live(lead_id)
    read, card = await galope.scores.read(lead_id)
    state, words = read.lead.state, catalogue(galope.settings.language)
    said = words.words["explanation"]
    percent = round(100 * (live.probability or 0.0))
    version = live.meta.get("model_version", card.version)
    text = [
        said["score"].format(score=live.score),
        said["probability"].format(percent=percent),
        said["model"].format(version=version) if version else said["rules"],
        said["personal"],
        said["review"],
    ]
    if held_stage(state):
        text.insert(3, said["held"])
    return Json(
        {
            "lead_id": lead_id,
            "score": live.score,
            "status": live.status,
            "text": text,
            "motivos": live.reasons,
            "data_used": _data_used(state, words),
            "model": {"version": version, "name": live.model_name},
            "probability_qualified": live.probability,
            "scored_at": live.scored_at,
        }
    )


def _data_used(state: LeadState, words: Catalogue) -> dict[str, Any]:
    """Return what the model was given of a lead: answers, and events by type."""
    return {
        "profile": [
            {"field": name, "label": words.signal(f"profile:{name}"), "value": value}
            for name, value in sorted(state.profile.items())
        ],
        "events": [
            {
                "event_type": kind,
                "label": words.signal(f"event:{kind}"),
                "count": tally.count,
                "first_at": _moment(tally.first),
                "last_at": _moment(tally.last),
            }
            for kind, tally in sorted(state.tallies.items())
        ],
        "signals": sorted(signals_of(state)),
        "stage_by_hand": held_stage(state),
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
