"""The team's decisions: checked, stored with the model that scores, and told."""

from dataclasses import replace
from typing import Any

import asyncpg
import orjson

from api.access import Actor
from api.errors import ApiError
from api.schemas.policy import Decided
from api.services import audit
from api.services.database import STATEMENTS, Database
from api.texts import Text
from domain.capacity import UNKNOWN, Reach
from domain.customers import segments
from domain.heads import why_unusable
from domain.policy import LEAST_FLOOR, OURS, Policy
from domain.rules import TEAM_EVENTS
from domain.scorecard import Scale
from online_models.rationale import Rationale
from postgres.connect import Connection
from postgres.model_registry import keep_model, load_learner, make_champion
from postgres.policy import policy_now

DECISIONS_SHOWN = 20
"""Decisions that are listed, at the most."""

_AS_THEY_ARE = (
    "horizon_days", "calls_per_day", "event_amount", "leave_out_machines", "alerts",
    "alerts_a_week", "action_floor", "hours_between_contacts",
)  # fmt: skip
"""Fields that are answered as the policy has them."""


async def decide(
    database: Database, installed: Policy, actor: Actor, decided: dict[str, Any]
) -> dict[str, Any]:
    """Store a decision, have everything worked out again, and return what counts now.

    Raises
    ------
    ApiError
        When the decision contradicts itself, or another is being stored.
    """
    async with database.transaction() as connection:
        await store(connection, installed, actor, decided)
    return await in_force(database, installed)


async def store(
    connection: Connection, installed: Policy, actor: Actor, decided: dict[str, Any]
) -> None:
    """Store a decision in a transaction, and have everything worked out again.

    Raises
    ------
    ApiError
        As of `decide`.
    """
    _check(installed.having(decided))
    try:
        stored = orjson.dumps(decided).decode()
        await connection.execute(STATEMENTS["decide"], stored, actor.name)
        await _store_bands(connection, await policy_now(connection, installed))
        await connection.execute(STATEMENTS["ask_for_rebuild"])
        await audit.record(connection, actor, "policy changed", decided=decided)
    except asyncpg.UniqueViolationError as error:
        raise ApiError(409, Text.BUSY) from error


async def in_force(database: Database, installed: Policy) -> dict[str, Any]:
    """Return what counts now, who decided it, and what was decided before."""
    async with database.connection() as connection:
        now = await policy_now(connection, installed)
        version, learner = await load_learner(connection, now)
        rows = await connection.fetch(STATEMENTS["decisions"], DECISIONS_SHOWN)
        types = await connection.fetch(STATEMENTS["event_types"])
        chances = await connection.fetch(STATEMENTS["chances"])
        found = await _found_in_training(connection, now.head.name)
    scale = learner.model(learner.champion).scale
    leads = {row["percent"]: row["leads"] for row in chances}
    versions = [dict(row) | {"decided": orjson.loads(row["decided"])} for row in rows]
    decided = versions[0]["decided"] if versions else {}

    def by(name: str) -> str:
        if name in decided:
            return "team"
        return "galope" if getattr(installed, name) == getattr(OURS, name) else "installer"

    known = {*now.rule_points, *TEAM_EVENTS, *now.converts, *now.loses, *OURS.converts, *OURS.loses}
    return {
        "in_force": {
            **{name: getattr(now, name) for name in _AS_THEY_ARE},
            "converts": sorted(now.converts),
            "loses": sorted(now.loses),
            "warm": scale.warm,
            "hot": scale.hot,
            "points": now.rule_points,
            "event_labels": list(now.event_labels),
            "quiet_hours": now.quiet_hours.to_json() if now.quiet_hours else None,
            "others": [head.to_json() for head in now.others],
            "customer_segments": [segment.to_json() for segment in now.customer_segments],
        },
        "decided": decided,
        "decided_by": {name: by(name) for name in Decided.model_fields},
        "trained": version > 0,
        "versions": versions,
        "reach": found.get("reach"),
        "event_types": sorted(known.union(row["kind"] for row in types)),
        "chances": [leads.get(percent, 0) for percent in range(100)],
    }


def _check(wanted: Policy) -> None:
    """Refuse a policy that asks no question, or whose bands are out of order or one."""
    if not wanted.converts:
        raise ApiError(400, Text.NOTHING_CONVERTS)
    if both := wanted.converts & wanted.loses:
        raise ApiError(400, Text.BOTH_OUTCOMES.format(types=", ".join(sorted(both))))
    warm, hot = wanted.warm, wanted.hot
    if wanted.calls_per_day is not None and (warm, hot) != (None, None):
        raise ApiError(400, Text.BANDS_OR_CALLS)
    if (warm, hot) != (None, None) and not (warm and hot and warm < hot):
        raise ApiError(400, Text.BANDS_CROSSED)
    if wanted.scale is not None and wanted.scale.is_narrow:
        raise ApiError(400, Text.BANDS_TOO_CLOSE)
    if wanted.points.keys() - wanted.rule_points.keys():
        raise ApiError(400, Text.UNKNOWN_RULE, allowed_rules=list(wanted.rule_points))
    if 0.0 < wanted.action_floor < LEAST_FLOOR:
        raise ApiError(400, Text.FLOOR_TOO_LOW.format(least=LEAST_FLOOR))
    if wanted.quiet_hours is not None and wanted.quiet_hours.is_whole_day:
        raise ApiError(400, Text.QUIET_ALL_DAY)
    if segments.why_unusable(wanted.customer_segments):
        raise ApiError(400, Text.SEGMENTS_UNUSABLE)
    _check_others(wanted)


def _check_others(wanted: Policy) -> None:
    """Refuse heads that can't be asked beside the primary one."""
    known = {wanted.head.name}
    for head in wanted.others:
        if both := head.converts & head.loses:
            raise ApiError(400, Text.BOTH_OUTCOMES.format(types=", ".join(sorted(both))))
        if head.name in known:
            raise ApiError(400, Text.HEAD_TWICE.format(head=head.name))
        known.add(head.name)
        if why_unusable([wanted.head, head]):
            raise ApiError(400, Text.HEAD_WITHOUT_ANSWER.format(head=head.name))


async def _found_in_training(connection: Connection, head: str) -> dict[str, Any]:
    """Return what training found of the champion that holds whatever its bands, by name."""
    found = orjson.loads(await connection.fetchval(STATEMENTS["found_in_training"], head) or "{}")
    return {name: value for name, value in found.items() if value is not None}


async def _store_bands(connection: Connection, policy: Policy) -> None:
    """Store the champion as it is now with the bands decided, and have it score.

    It becomes a version of its own, so that a score follows from its version and going back works.
    Where the bands are no longer the team's, they are those that its last training found.
    """
    version, learner = await load_learner(connection, policy)
    if not version:
        return
    head, model = policy.head.name, learner.model(learner.champion)
    found = await _found_in_training(connection, head)
    own = found.get("own_scale") or orjson.loads(
        await connection.fetchval(STATEMENTS["own_scale"], head) or "null"
    )
    reach = Reach.from_json(found["reach"]) if "reach" in found else UNKNOWN
    wanted = policy.scale_on(Scale(**own) if own else model.scale, reach)
    if wanted == model.scale:
        return
    why = Rationale(
        f"version {version} with other bands: warm {wanted.warm:.3f}, hot {wanted.hot:.3f}",
        {"code": "bands", "version": str(version), "warm": wanted.warm, "hot": wanted.hot},
    )
    banded = await keep_model(connection, head, replace(model, scale=wanted), why, found)
    await make_champion(connection, head, banded, why)
