"""Experiments: declared, started, ended, served and read."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from statistics import fmean
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from api.access import Actor
from api.errors import ApiError
from api.schemas.experiments import NewExperiment, NewMetric, State
from api.services import audit, built_in_experiments
from api.services.database import STATEMENTS
from api.texts import Text
from domain.catalogue import Catalogue
from domain.experiments.declaration import (
    BUILT_IN_ARMS,
    Arm,
    Experiment,
    Finding,
    Guardrail,
    Kind,
    Metric,
    Unit,
)
from domain.experiments.guardrails import GuardrailReading, read_guardrail, standing
from domain.experiments.inference import Difference, Totals
from domain.experiments.planning import PastUnit, Plan, plan, plan_of_units
from domain.experiments.ratio import evidence
from domain.experiments.refusals import why_unusable
from domain.experiments.verdict import read
from domain.partners.places import UFS
from domain.policy import Policy
from domain.state import DAY
from postgres.connect import Connection

LATELY_WEEKS = 8
"""Weeks of leads that traffic and the metric are taken from, before a start."""

SALTS = 50
"""Salts of which one is taken that deals the states evenly."""


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
        _arms(wanted),
        wanted.salt or "",
        _metric(wanted.metric, policy),
        wanted.minimum_effect,
        wanted.unit,
        [Guardrail(one.event, one.days, one.margin) for one in wanted.guardrails],
        wanted.kind,
        wanted.motive,
        wanted.version,
    )
    asked = experiment.metric.events.union(one.event for one in experiment.guardrails)
    rows = await connection.fetch(STATEMENTS["fed"], sorted(asked))
    # A look at all events where none has an amount, so only where it matters.
    amounts = wanted.metric.revenue and await connection.fetchval(STATEMENTS["has_amounts"])
    if found := why_unusable(experiment, {row["kind"] for row in rows}, amounts):
        raise _refused(found, words)
    if wanted.salt is None:
        experiment = _salted(experiment)
    declared = orjson.dumps(experiment.to_json()).decode()
    if await connection.fetchval(STATEMENTS["declare_experiment"], wanted.name, declared) is None:
        raise ApiError(409, Text.EXPERIMENT_TAKEN)
    await audit.record(connection, actor, "experiment declared", experiment=wanted.name)


def _salted(experiment: Experiment) -> Experiment:
    """Return an experiment with a salt that is drawn, by which the states are dealt evenly.

    There are so few of them that one salt in eight leaves an arm of two without enough.
    """
    tries = SALTS if experiment.unit is Unit.UF else 1
    drawn = [replace(experiment, salt=secrets.token_hex(8)) for _ in range(tries)]
    return min(drawn, key=lambda salted: evidence(Counter(map(salted.arm_of, UFS)), salted.shares))


def _arms(wanted: NewExperiment) -> list[Arm]:
    """Return what is compared: where Galope serves the arms they need no names."""
    built_in = {str(name): name for name in BUILT_IN_ARMS.get(wanted.kind, ())}
    named = [Arm(built_in.get(arm.name, arm.name), arm.weight) for arm in wanted.arms]
    return named or [Arm(name, 1.0) for name in built_in.values()]


def _metric(wanted: NewMetric, policy: Policy) -> Metric:
    judged_by = [bool(wanted.events), wanted.revenue, wanted.head is not None]
    if judged_by.count(True) != 1 or (wanted.head is None) == (wanted.days is None):
        raise ApiError(400, Text.METRIC_REQUIRED)
    if wanted.head is None:
        assert wanted.days is not None  # noqa: S101 - checked above
        return Metric(frozenset(wanted.events), wanted.days, revenue=wanted.revenue)
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


async def start(
    connection: Connection, actor: Actor, name: str, installed: Policy, words: Catalogue
) -> None:
    """Plan an experiment by what leads did lately, and serve its arms from now on.

    Raises
    ------
    ApiError
        When it can't be, with the reason.
    """
    row = await row_of(connection, name)
    experiment = Experiment.from_json(name, orjson.loads(row["declared"]))
    if why := await built_in_experiments.why_not_startable(connection, experiment, installed):
        raise _refused(why, words)
    planned = await _plan(connection, experiment)
    if not isinstance(planned, Plan):
        raise _refused(planned, words)
    changed = await connection.fetchval(
        STATEMENTS["start_experiment"], name, planned.units, planned.weeks
    )
    await _changed(connection, actor, name, "experiment started", changed)


async def _plan(connection: Connection, experiment: Experiment) -> Plan | Finding:
    metric = experiment.metric
    if experiment.unit is Unit.LEAD:
        lately = await connection.fetchrow(
            STATEMENTS["lately_of_leads"],
            _types(metric), metric.days, LATELY_WEEKS, experiment.kind, experiment.motive,
        )  # fmt: skip
        assert lately is not None  # noqa: S101 - an aggregate has one row
        return plan(experiment, Totals(**lately), LATELY_WEEKS)
    now = datetime.now(UTC)
    before = now - timedelta(weeks=LATELY_WEEKS, days=experiment.known_after)
    known = {row["unit"]: row["y"] for row in await _lately(connection, experiment, before)}
    rows = await _lately(connection, experiment, now)
    return plan_of_units(
        experiment,
        [PastUnit(row["unit"], row["day"], row["y"], _known(known, row["unit"])) for row in rows],
    )


async def _lately(
    connection: Connection, experiment: Experiment, until: datetime
) -> list[asyncpg.Record]:
    """Return the units whose metric was known at a moment, in the order in which they came."""
    metric = experiment.metric
    rows = await connection.fetch(
        STATEMENTS["lately_of_units"],
        _types(metric), metric.days, LATELY_WEEKS, experiment.unit, until,
    )  # fmt: skip
    return [row for row in rows if experiment.has_unit(row["unit"])]


def _known(known: Mapping[str, float], unit: str) -> float:
    """Return what was known of a unit before: of one that is new, what is usual."""
    return known[unit] if unit in known else fmean(known.values() or [0.0])


def _types(metric: Metric) -> list[str] | None:
    """Return the event types of a metric; none where it is money."""
    return None if metric.revenue else sorted(metric.events)


async def stop(connection: Connection, actor: Actor, name: str) -> None:
    """Serve nobody an experiment's arms any more: all get the control.

    Where Galope serves them, all get again what they would without an experiment.
    """
    await row_of(connection, name)
    changed = await connection.fetchval(STATEMENTS["stop_experiment"], name)
    await _changed(connection, actor, name, "experiment stopped", changed)


async def conclude(
    connection: Connection, actor: Actor, name: str, arm: str, installed: Policy
) -> None:
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
    await built_in_experiments.adopted(connection, actor, experiment, arm, installed)


async def _changed(
    connection: Connection, actor: Actor, name: str, what: str, changed: int | None, **facts: Any
) -> None:
    if changed is None:
        raise ApiError(409, Text.EXPERIMENT_STATE)
    await audit.record(connection, actor, what, experiment=name, **facts)


async def serve(
    connection: Connection, name: str, lead_id: UUID, words: Catalogue
) -> dict[str, Any]:
    """Return a lead's arm, and note that it was served where it is part of the experiment.

    A lead without a unit gets the control, and is no part: it would be a unit of its own.

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
    unit = row["unit"] if experiment.has_unit(row["unit"]) else None
    arm, why = row["adopted"] or experiment.control.name, None
    if experiment.kind is not Kind.ASKED:
        why = Finding("served_by_galope", {})
        if row["status"] == State.RUNNING:
            arm = experiment.arm_of(str(lead_id))
    elif row["status"] != State.RUNNING:
        why = Finding("not_running", {})
    elif unit is None:
        why = Finding(f"no_{experiment.unit}", {})
    else:
        arm = experiment.arm_of(unit)
        await connection.execute(STATEMENTS["expose"], row["id"], lead_id, arm, unit)
    reason = words.finding(why) if why else None
    return {
        "experiment": name, "lead_id": lead_id, "unit": unit, "arm": arm, "counted": why is None,
        "reason": reason,
    }  # fmt: skip


def shown(row: asyncpg.Record) -> dict[str, Any]:
    """Return an experiment as it is answered."""
    kept = {name: value for name, value in row.items() if name not in {"id", "declared", "xid"}}
    declared = Experiment.from_json(row["name"], orjson.loads(row["declared"]))
    return kept | declared.to_json()


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
    planned = row["planned_units"]
    by_arm = await connection.fetch(STATEMENTS["served_by_arm"], row["id"])
    served = {one["arm"]: one["units"] for one in by_arm}
    by_day = await _by_day(connection, experiment, row)
    totals = {
        arm: sum((day[arm] for day in by_day.values() if arm in day), Totals())
        for arm in experiment.shares
    }
    guardrails = await _guardrails(connection, experiment, row)
    ran = (row["ended_at"] or datetime.now(UTC)) - row["started_at"]
    # A day at the least, so that the first minute's units are not taken for a year's.
    weeks = max(ran.total_seconds(), DAY) / (7 * DAY)
    coming = 0.0 if row["ended_at"] else sum(served.values()) / weeks
    reading = read(experiment, served, totals, planned, coming, guardrails)
    return {
        "experiment": shown(row),
        "verdict": reading.verdict.code,
        "sentence": words.finding(reading.verdict),
        "ratio_holds": reading.ratio_holds,
        "ratio_evidence": reading.ratio_evidence,
        "fraction": reading.fraction,
        "arms": [
            {"served": served.get(arm, 0)} | _figures(arm, totals[arm], reading.differences)
            for arm in experiment.shares
        ],
        "guardrails": [_guardrail(experiment, one, words) for one in guardrails],
    }


async def _by_day(
    connection: Connection, experiment: Experiment, row: asyncpg.Record
) -> dict[date, dict[str, Totals]]:
    """Return the sums over an experiment's units by the day they became known and by arm.

    Of as many units as were planned.
    """
    by_lead = experiment.unit is Unit.LEAD
    known = await connection.fetch(
        STATEMENTS["totals_by_day" if by_lead else "units_known"],
        row["id"], _types(experiment.metric), experiment.metric.days, row["planned_units"],
    )  # fmt: skip
    by_day: dict[date, dict[str, Totals]] = defaultdict(dict)
    if by_lead:
        for one in known:
            sums = {name: value for name, value in one.items() if name not in {"arm", "day"}}
            by_day[one["day"]][one["arm"]] = Totals(**sums)
        return by_day
    rows = await _lately(connection, experiment, row["started_at"])
    before = {one["unit"]: one["y"] for one in rows}
    for one in known:
        arms, arm = by_day[one["day"]], one["arm"]
        unit = Totals.of([(one["y"], _known(before, one["unit"]))])
        arms[arm] = arms.get(arm, Totals()) + unit
    return by_day


async def _guardrails(
    connection: Connection, experiment: Experiment, row: asyncpg.Record
) -> list[GuardrailReading]:
    """Return what is known of an experiment's guardrails."""
    readings = []
    for guardrail in experiment.guardrails:
        asked = replace(experiment, metric=guardrail.metric)
        by_day = await _by_day(connection, asked, row)
        readings.append(read_guardrail(experiment, guardrail, by_day, row["planned_units"]))
    return readings


def _guardrail(
    experiment: Experiment, reading: GuardrailReading, words: Catalogue
) -> dict[str, Any]:
    """Return a guardrail as it is answered."""
    stands, broken = standing(experiment, reading), reading.broken
    return {
        "event": reading.guardrail.event,
        "days": reading.guardrail.days,
        "margin": reading.guardrail.margin,
        "standing": stands.code.removeprefix("guardrail_"),
        "sentence": words.finding(stands),
        "broken_by": broken.arm if broken else None,
        "broken_since": broken.since if broken else None,
        "arms": [
            _figures(arm, totals, reading.differences) for arm, totals in reading.totals.items()
        ],
    }


def _figures(name: str, totals: Totals, differences: Mapping[str, Difference]) -> dict[str, Any]:
    """Return an arm's figures as they are answered."""
    difference = differences.get(name)
    ends = (difference.low, difference.high) if difference else (None, None)
    low, high = (end if end is not None and isfinite(end) else None for end in ends)
    return {
        "name": name,
        "known": totals.units,
        "rate": totals.y / totals.units if totals.units else None,
        "difference": difference.estimate if difference else None,
        "low": low,
        "high": high,
    }
