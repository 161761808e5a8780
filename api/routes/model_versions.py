"""Model versions: which scores, who challenges it, and how to change that by hand."""

from math import log1p
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import APIRouter, Path
from pydantic import Field

from api.access import Admin, Viewer
from api.dependencies import Galope, Parts
from api.docs import refuses
from api.errors import ApiError
from api.responses import Json
from api.routes.models import MEASURES
from api.schemas.base import Answered, Moment, Ok, Sent, Version
from api.services import audit
from api.texts import Text
from online_models.contest import Contest
from online_models.rationale import by_hand
from postgres.model_registry import make_champion

router = APIRouter(tags=["model"])

UNCHANGED = refuses(404, Text.MODEL_NOT_FOUND) | refuses(409, Text.BUSY)
"""How a call may be answered that changes nothing."""

SHOWN = 100
"""Versions that are listed, at the most."""


class ModelVersion(Answered):
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
    created_at: Moment
    promoted_at: Moment | None
    metrics: dict[str, Any] = Field(
        examples=[MEASURES], description="How training found it; empty where none did."
    )


class Challenger(Answered):
    """A contender that does not score, and how near it is to taking over."""

    name: str = Field(examples=["quick"])
    evidence: float = Field(
        ge=0,
        le=1,
        examples=[0.4],
        description="What speaks for it, as a share of what is wanted, by logarithm.",
    )


class Standing(Answered):
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


class Models(Answered):
    """The models that are kept, the one that scores first."""

    items: list[ModelVersion]
    learned: int = Field(examples=[130], description="Leads learned from since the version began.")
    contest: Standing | None = Field(description="None before the stream has learned anything.")
    horizon_days: float = Field(examples=[30], description="Days until a lead is judged.")
    first_judged_at: Moment | None = Field(
        description="When the first lead scored is judged; None when no lead was scored."
    )


class Change(Sent):
    """Why the model that scores is changed."""

    reason: str | None = Field(
        default=None, min_length=1, max_length=200, examples=["the new form is live"]
    )


class Changed(Answered):
    """Which model scores from now on."""

    ok: Ok
    version: Version | None = Field(description="None for the team's rules.")


@router.get("/ml/models", response_model=Models, summary="Model versions and challengers")
async def versions(galope: Galope, _: Viewer) -> Json:
    """Return the versions that are kept, and how near each challenger is to taking over."""
    head = (await galope.policy()).head
    rows = await galope.database.fetch("models_kept", head.name, SHOWN)
    learner = await galope.database.fetchrow("standing", head.name)
    first = await galope.database.fetchval("first_judged", head.name, head.horizon)
    items = [
        {
            **row,
            "scores": row["status"] == "champion",
            "reason_facts": orjson.loads(row["reason_facts"]),
            "metrics": orjson.loads(row["metrics"]),
        }
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


@router.post("/ml/models/{version}/promote", response_model=Changed,
             responses=UNCHANGED, summary="Score with a version")  # fmt: skip
async def promote(
    galope: Galope,
    who: Admin,
    version: Annotated[int, Path(ge=1, lt=2**63)],
    body: Change | None = None,
) -> Json:
    """Make a version the one that scores; every lead is rescored with it."""
    return await _change(galope, who, version, body or Change())


@router.post("/ml/rollback", response_model=Changed, responses=UNCHANGED,
             summary="Go back to the version before")  # fmt: skip
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
            if not await make_champion(connection, head, version, by_hand(change.reason)):
                raise ApiError(404, Text.MODEL_NOT_FOUND)
            await audit.record(connection, who, "model changed", version=version)
    except asyncpg.UniqueViolationError as error:
        raise ApiError(409, Text.BUSY) from error
    return Json({"ok": True, "version": version})
