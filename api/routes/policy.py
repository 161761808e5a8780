"""What the team decides about its funnel: outcomes, bands and rule points; changed and undone."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import APIRouter, Path
from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from api.access import Admin
from api.dependencies import Galope, Parts
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import Json
from api.schemas.base import Answered, Moment, Sent, Word
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text
from domain.policy import OURS, Policy
from domain.rules import TEAM_EVENTS
from domain.scorecard import Scale
from online_models.rationale import Rationale
from postgres.connect import Connection
from postgres.model_registry import keep_model, load_learner, make_champion
from postgres.policy import policy_now

router = APIRouter(tags=["policy"])

SHOWN = 20
"""Decisions that are listed, at the most."""

DECIDED: dict[str, JsonValue] = {
    "converts": ["handoff", "proposal_accepted"],
    "loses": ["lost_interest"],
    "horizon_days": 45,
    "warm": 0.1,
    "hot": 0.35,
    "points": {"whatsapp_reply": 15},
}
"""A decision, for the documentation."""

EventTypes = Annotated[list[Annotated[Word, Field(max_length=100)]], Field(max_length=100)]
Chance = Annotated[float, Field(ge=0.001, le=0.999), AfterValidator(partial(round, ndigits=4))]
RulePoints = Annotated[int, Field(ge=-100, le=100)]


class Decided(Sent):
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
    points: dict[str, RulePoints] | None = Field(
        default=None, description="Rule points by event type, where they are not Galope's."
    )


class InForce(Answered):
    """What counts, whoever decided it."""

    converts: list[str] = Field(examples=[DECIDED["converts"]])
    loses: list[str] = Field(examples=[DECIDED["loses"]])
    horizon_days: int = Field(examples=[45])
    warm: float = Field(examples=[0.1])
    hot: float = Field(examples=[0.35])
    points: dict[str, int] = Field(examples=[{"cta_click": 20, "whatsapp_reply": 15}])


class Decision(Answered):
    """One of the team's decisions, whole."""

    id: int = Field(examples=[2])
    decided: Decided
    made_at: Moment
    made_by: str = Field(examples=["key 1"])


class PolicyNow(Answered):
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
    chances: list[int] = Field(
        examples=[[3, 8, 12]], description="How many leads have a chance of 0 %, 1 %, … 99 %."
    )


@router.get("/admin/policy", response_model=PolicyNow, summary="What counts in this funnel")
async def policy(galope: Galope, _: Admin) -> Json:
    """Return what counts as success, what is warm and hot, what events bring, and who said so."""
    return await _now(galope)


@router.put(
    "/admin/policy", response_model=PolicyNow, summary="Decide what counts",
    responses=refuses(409, Text.BUSY),
    openapi_extra=requires(Text.POLICY_REQUIRED),
)  # fmt: skip
async def decide(galope: Galope, who: Admin, body: Decided) -> Json:
    """Decide; the decisions before are replaced. Outcomes and scores are worked out again."""
    decided = body.model_dump(exclude_none=True)
    for name in decided.keys() & {"converts", "loses"}:
        decided[name] = sorted(set(decided[name]))
    ours = OURS.rule_points
    points = decided.pop("points", {})
    if changed := {kind: worth for kind, worth in points.items() if worth != ours.get(kind)}:
        decided["points"] = changed
    return await _decide(galope, who, decided)


@router.post(
    "/admin/policy/{version}/restore", response_model=PolicyNow, summary="Go back to a decision",
    responses=refuses(404, Text.POLICY_NOT_FOUND) | refuses(409, Text.BUSY),
)  # fmt: skip
async def restore(
    galope: Galope,
    who: Admin,
    version: Annotated[int, Path(ge=0, lt=2**63, description="0 is before the first decision.")],
) -> Json:
    """Decide again what was decided before."""
    decided = await galope.database.fetchval("decision", version) if version else "{}"
    if decided is None:
        raise ApiError(404, Text.POLICY_NOT_FOUND)
    return await _decide(galope, who, orjson.loads(decided))


async def _decide(galope: Parts, who: Admin, decided: dict[str, Any]) -> Json:
    installed = galope.settings.installed
    _check(installed.having(decided))
    try:
        async with galope.database.transaction() as connection:
            stored = orjson.dumps(decided).decode()
            await connection.execute(STATEMENTS["decide"], stored, who.name)
            await _band(connection, await policy_now(connection, installed))
            await connection.execute(STATEMENTS["ask_for_rebuild"])
            await audit.record(connection, who, "policy changed", decided=decided)
    except asyncpg.UniqueViolationError as error:
        raise ApiError(409, Text.BUSY) from error
    return await _now(galope)


def _check(wanted: Policy) -> None:
    """Refuse a policy that asks no question, or whose bands are out of order."""
    if not wanted.converts:
        raise ApiError(400, Text.NOTHING_CONVERTS)
    if both := wanted.converts & wanted.loses:
        raise ApiError(400, Text.BOTH_OUTCOMES.format(types=", ".join(sorted(both))))
    warm, hot = wanted.warm, wanted.hot
    if (warm, hot) != (None, None) and not (warm and hot and warm < hot):
        raise ApiError(400, Text.BANDS_CROSSED)
    if wanted.points.keys() - wanted.rule_points.keys():
        raise ApiError(400, Text.UNKNOWN_RULE, allowed_rules=list(wanted.rule_points))


async def _band(connection: Connection, policy: Policy) -> None:
    """Store the champion as it is now with the bands decided, and have it score.

    It becomes a version of its own, so that a score follows from its version and going back works.
    Where the bands are no longer the team's, they are those that its last model came with.
    """
    version, learner = await load_learner(connection, policy)
    if not version:
        return
    head, wanted = policy.head.name, policy.scale
    model = learner.model(learner.champion)
    if wanted is None:
        own = await connection.fetchval(STATEMENTS["own_scale"], head)
        wanted = Scale(**orjson.loads(own)) if own else model.scale
    if wanted == model.scale:
        return
    why = Rationale(
        f"version {version} with other bands: warm {wanted.warm:.3f}, hot {wanted.hot:.3f}",
        {"code": "bands", "version": str(version), "warm": wanted.warm, "hot": wanted.hot},
    )
    banded = await keep_model(connection, head, replace(model, scale=wanted), why)
    await make_champion(connection, head, banded, why)


async def _now(galope: Parts) -> Json:
    installed = galope.settings.installed
    async with galope.database.connection() as connection:
        now = await policy_now(connection, installed)
        version, learner = await load_learner(connection, now)
        rows = await connection.fetch(STATEMENTS["decisions"], SHOWN)
        types = await connection.fetch(STATEMENTS["event_types"])
        chances = await connection.fetch(STATEMENTS["chances"])
    scale = learner.model(learner.champion).scale
    leads = {row["percent"]: row["leads"] for row in chances}
    versions = [dict(row) | {"decided": orjson.loads(row["decided"])} for row in rows]
    decided = versions[0]["decided"] if versions else {}

    def by(name: str) -> str:
        if name in decided:
            return "team"
        return "galope" if getattr(installed, name) == getattr(OURS, name) else "installer"

    known = {*now.rule_points, *TEAM_EVENTS, *now.converts, *now.loses, *OURS.converts, *OURS.loses}
    return Json(
        {
            "in_force": {
                "converts": sorted(now.converts),
                "loses": sorted(now.loses),
                "horizon_days": now.horizon_days,
                "warm": scale.warm,
                "hot": scale.hot,
                "points": now.rule_points,
            },
            "decided": decided,
            "decided_by": {name: by(name) for name in Decided.model_fields},
            "trained": version > 0,
            "versions": versions,
            "event_types": sorted(known.union(row["kind"] for row in types)),
            "chances": [leads.get(percent, 0) for percent in range(100)],
        }
    )
