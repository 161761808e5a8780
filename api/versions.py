"""Model versions: which scores, who challenges it, and how to change that by hand."""

from datetime import datetime
from math import log1p
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import APIRouter, Path
from pydantic import Field

from api import audit
from api.access import Admin, Viewer
from api.answers import Json
from api.errors import ApiError
from api.models import Answered, Sent
from api.parts import Galope, Parts
from api.texts import Text
from online_models.contest import Contest
from stream.store import make_champion

router = APIRouter(tags=["model"])

SHOWN = 100
"""Versions that are listed, at the most."""


class ModelVersion(Answered):
    """A model that is kept."""

    version: int
    status: str = Field(examples=["champion"])
    scores: bool = Field(description="Whether scores come from it.")
    reason: str = Field(description="Why it has its status.")
    created_at: datetime
    promoted_at: datetime | None
    metrics: dict[str, Any] = Field(description="How training found it; empty where none did.")


class Challenger(Answered):
    """A contender that does not score, and how near it is to taking over."""

    name: str = Field(examples=["quick"])
    evidence: float = Field(
        ge=0, le=1, description="What speaks for it, as a share of what is wanted, by logarithm."
    )


class Standing(Answered):
    """The contest between what the model was trained to and what it has learned since."""

    version: int = Field(description="The model that all contenders began from.")
    champion: str = Field(examples=["frozen"], description="Who scores.")
    judged: int = Field(description="Leads judged since the champion became it.")
    chance: float = Field(
        ge=0, le=1, description="The evidence that chance alone comes to by now, on average."
    )
    challengers: list[Challenger] = Field(description="The one most spoken for first.")


class Models(Answered):
    """The models that are kept, the one that scores first."""

    items: list[ModelVersion]
    learned: int = Field(description="Leads learned from since the version began.")
    contest: Standing | None = Field(description="None before the stream has learned anything.")
    horizon_days: float = Field(description="Days until a lead is judged.")
    first_judged_at: datetime | None = Field(
        description="When the first lead scored is judged; None when no lead was scored."
    )


class Change(Sent):
    """Why the model that scores is changed."""

    reason: Annotated[str, Field(min_length=1, max_length=200)] = "by hand"


class Changed(Answered):
    """Which model scores from now on."""

    ok: bool
    version: int | None = Field(description="None for the team's rules.")


@router.get("/ml/models", response_model=Models, summary="Model versions and challengers")
async def versions(galope: Galope, _: Viewer) -> Json:
    """Return the versions that are kept, and how near each challenger is to taking over."""
    head = (await galope.policy()).head
    rows = await galope.database.fetch("models_kept", head.name, SHOWN)
    learner = await galope.database.fetchrow("standing", head.name)
    first = await galope.database.fetchval("first_judged", head.name, head.horizon)
    items = [
        {**row, "scores": row["status"] == "champion", "metrics": orjson.loads(row["metrics"])}
        for row in rows
    ]
    return Json(
        {
            "items": items,
            "learned": learner["learned"] if learner else 0,
            "contest": learner and _standing(learner["model_version"], learner["contest"]),
            "horizon_days": head.horizon / 86_400,
            "first_judged_at": first,
        }
    )


def _standing(version: int, contest: str) -> dict[str, Any]:
    held = Contest(**orjson.loads(contest))
    shares = {name: _nearness(one, held.wanted) for name, one in held.evidence().items()}
    return {
        "version": version,
        "champion": held.champion,
        "judged": held.judged,
        "chance": _nearness(held.judged, held.wanted),
        "challengers": [
            {"name": name, "evidence": share}
            for name, share in sorted(shares.items(), key=lambda one: -one[1])
        ],
    }


def _nearness(evidence: float, wanted: float) -> float:
    return min(log1p(evidence) / log1p(wanted), 1.0)


@router.post("/ml/models/{version}/promote", response_model=Changed, summary="Score with a version")
async def promote(
    galope: Galope,
    who: Admin,
    version: Annotated[int, Path(ge=1, lt=2**63)],
    body: Change | None = None,
) -> Json:
    """Make a version the one that scores; every lead is rescored with it."""
    return await _change(galope, who, version, body or Change())


@router.post("/ml/rollback", response_model=Changed, summary="Go back to the version before")
async def rollback(galope: Galope, who: Admin, body: Change | None = None) -> Json:
    """Go back to the version that scored before this one; to the team's rules if none did."""
    head = (await galope.policy()).head.name
    before = await galope.database.fetchval("previous_champion", head)
    return await _change(galope, who, before, body or Change())


async def _change(galope: Parts, who: Admin, version: int | None, change: Change) -> Json:
    """Make a version the champion, or the rules where there is none."""
    head = (await galope.policy()).head.name
    try:
        async with galope.database.transaction() as connection:
            if not await make_champion(connection, head, version, change.reason):
                raise ApiError(404, Text.MODEL_NOT_FOUND)
            await audit.record(connection, who, "model changed", version=version)
    except asyncpg.UniqueViolationError as error:
        raise ApiError(409, Text.BUSY) from error
    return Json({"ok": True, "version": version})
