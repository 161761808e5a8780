"""Experiments: declared, started, ended, served and read."""

import secrets
from datetime import UTC, datetime
from math import isfinite
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from api.access import Actor
from api.errors import ApiError
from api.schemas.experiments import NewExperiment, NewMetric, State
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text
from domain.catalogue import Catalogue
from domain.experiments.declaration import Arm, Experiment, Finding, Metric, why_unusable
from domain.experiments.inference import Totals
from domain.experiments.verdict import Plan, Reading, plan, read
from domain.policy import Policy
from domain.state import DAY
from postgres.connect import Connection

LATELY_WEEKS = 8
"""Weeks of leads that traffic and the metric's rate are taken from, before a start."""


async def declare(
    connection: Connection, actor: Actor, wanted: NewExperiment, policy: Policy, words: Catalogue
) -> None:
    """Keep a declared experiment as a draft.

    Raises
    ------
    ApiError
        When it makes no sense, with the reason, or there is one of that name.
    """
    experiment = Experiment(
        wanted.name,
        wanted.hypothesis,
        [Arm(arm.name, arm.weight) for arm in wanted.arms],
        wanted.salt or secrets.token_hex(8),
        _metric(wanted.metric, policy),
        wanted.minimum_effect,
    )
    rows = await connection.fetch(STATEMENTS["fed"], sorted(experiment.metric.events))
    if found := why_unusable(experiment, {row["kind"] for row in rows}):
        raise _refused(found, words)
    declared = orjson.dumps(experiment.to_json()).decode()
    if await connection.fetchval(STATEMENTS["declare_experiment"], wanted.name, declared) is None:
        raise ApiError(409, Text.EXPERIMENT_TAKEN)
    await audit.record(connection, actor, "experiment declared", experiment=wanted.name)


def _metric(wanted: NewMetric, policy: Policy) -> Metric:
    if (wanted.head is None) == (not wanted.events) or (wanted.head is None) == (
        wanted.days is None
    ):
        raise ApiError(400, Text.METRIC_REQUIRED)
    if wanted.head is None:
        assert wanted.days is not None  # noqa: S101 - checked above
        return Metric(frozenset(wanted.events), wanted.days)
    try:
        head = policy.asking(wanted.head).head
    except ValueError as error:
        raise ApiError(400, Text.HEAD_NOT_FOUND) from error
    return Metric(head.converts - head.columns, head.horizon / DAY, head.name)


def _refused(found: Finding, words: Catalogue) -> ApiError:
    return ApiError(400, words.finding(found), code=found.code)


async def row_of(connection: Connection, name: str) -> asyncpg.Record:
    """Return an experiment's row.

    Raises
    ------
    ApiError
        When there is none of that name.
    """
    row = await connection.fetchrow(STATEMENTS["experiment"], name)
    if row is None:
        raise ApiError(404, Text.EXPERIMENT_NOT_FOUND)
    return row


async def start(connection: Connection, actor: Actor, name: str, words: Catalogue) -> None:
    """Plan an experiment by what leads did lately, and serve its arms from now on.

    Raises
    ------
    ApiError
        When it can't be, with the reason.
    """
    row = await row_of(connection, name)
    experiment = Experiment.from_json(name, orjson.loads(row["declared"]))
    metric = experiment.metric
    lately = await connection.fetchrow(
        STATEMENTS["metric_lately"], sorted(metric.events), metric.days, LATELY_WEEKS
    )
    assert lately is not None  # noqa: S101 - an aggregate has one row
    planned = plan(experiment, lately["rate"], lately["leads"] / LATELY_WEEKS)
    if not isinstance(planned, Plan):
        raise _refused(planned, words)
    changed = await connection.fetchval(
        STATEMENTS["start_experiment"], name, planned.units, planned.weeks
    )
    await _changed(connection, actor, name, "experiment started", changed)


async def stop(connection: Connection, actor: Actor, name: str) -> None:
    """Serve no more leads an experiment's arms: they get the control."""
    await row_of(connection, name)
    changed = await connection.fetchval(STATEMENTS["stop_experiment"], name)
    await _changed(connection, actor, name, "experiment stopped", changed)


async def conclude(connection: Connection, actor: Actor, name: str, arm: str) -> None:
    """End an experiment; every lead is served one arm from now on.

    Raises
    ------
    ApiError
        When it has no such arm, or was not started.
    """
    row = await row_of(connection, name)
    experiment = Experiment.from_json(name, orjson.loads(row["declared"]))
    if arm not in experiment.shares:
        raise ApiError(400, Text.ARM_NOT_FOUND.format(arms=", ".join(experiment.shares)))
    changed = await connection.fetchval(STATEMENTS["conclude_experiment"], name, arm)
    await _changed(connection, actor, name, "experiment concluded", changed, arm=arm)


async def _changed(
    connection: Connection, actor: Actor, name: str, what: str, changed: int | None, **facts: Any
) -> None:
    if changed is None:
        raise ApiError(409, Text.EXPERIMENT_STATE)
    await audit.record(connection, actor, what, experiment=name, **facts)


async def serve(connection: Connection, name: str, lead_id: UUID) -> tuple[str, bool]:
    """Return a lead's arm, and whether the lead is part of the experiment, which it is noted to be.

    Raises
    ------
    ApiError
        When there is no such experiment or lead.
    """
    row = await connection.fetchrow(STATEMENTS["served_experiment"], name, lead_id)
    if row is None:
        raise ApiError(404, Text.EXPERIMENT_NOT_FOUND)
    if not row["has_lead"]:
        raise ApiError(404, Text.LEAD_NOT_FOUND)
    experiment = Experiment.from_json(name, orjson.loads(row["declared"]))
    if row["status"] != State.RUNNING:
        return row["adopted"] or experiment.control.name, False
    arm = experiment.arm_of(str(lead_id))
    await connection.execute(STATEMENTS["expose"], row["id"], lead_id, arm)
    return arm, True


def shown(row: asyncpg.Record) -> dict[str, Any]:
    """Return an experiment as it is answered."""
    kept = {name: value for name, value in row.items() if name not in {"id", "declared"}}
    kept["planned_leads"] = kept.pop("planned_units")
    declared: dict[str, Any] = orjson.loads(row["declared"])
    return kept | declared


async def report(connection: Connection, name: str, words: Catalogue) -> dict[str, Any]:
    """Return what an experiment's figures say at this moment, and what to do, in words.

    Raises
    ------
    ApiError
        When there is none of that name, or it was never started.
    """
    row = await row_of(connection, name)
    if row["started_at"] is None:
        raise ApiError(409, Text.EXPERIMENT_STATE)
    experiment = Experiment.from_json(name, orjson.loads(row["declared"]))
    metric, planned = experiment.metric, row["planned_units"]
    by_arm = await connection.fetch(STATEMENTS["served_by_arm"], row["id"])
    known = await connection.fetch(
        STATEMENTS["totals_by_arm"], row["id"], sorted(metric.events), metric.days, planned
    )
    served = {one["arm"]: one["leads"] for one in by_arm}
    totals = {
        one["arm"]: Totals(**{name: value for name, value in one.items() if name != "arm"})
        for one in known
    }
    ran = (row["ended_at"] or datetime.now(UTC)) - row["started_at"]
    # A day at the least, so that the first minute's leads are not taken for a year's.
    weeks = max(ran.total_seconds(), DAY) / (7 * DAY)
    coming = 0.0 if row["ended_at"] else sum(served.values()) / weeks
    reading = read(experiment, served, totals, planned, coming)
    return {
        "experiment": shown(row),
        "verdict": reading.verdict.code,
        "sentence": words.finding(reading.verdict),
        "ratio_holds": reading.ratio_holds,
        "ratio_evidence": reading.ratio_evidence,
        "fraction": reading.fraction,
        "arms": [
            _arm(arm.name, served.get(arm.name, 0), totals.get(arm.name, Totals()), reading)
            for arm in experiment.arms
        ],
    }


def _arm(name: str, served: int, totals: Totals, reading: Reading) -> dict[str, Any]:
    difference = reading.differences.get(name)
    ends = (difference.low, difference.high) if difference else (None, None)
    low, high = (end if end is not None and isfinite(end) else None for end in ends)
    return {
        "name": name,
        "served": served,
        "known": totals.units,
        "rate": totals.y / totals.units if totals.units else None,
        "difference": difference.estimate if difference else None,
        "low": low,
        "high": high,
    }
