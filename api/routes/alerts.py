"""Alerts: whom to call today and why, given out, put off, done with and judged."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Path, Query

from api.access import Actor, Admin, Operator, Viewer
from api.dependencies import Services, ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.alerts import (
    Alert,
    AlertOwner,
    Alerts,
    AlertState,
    GivenFeedback,
    Level,
    LookedAgain,
    Snooze,
    Thresholds,
)
from api.schemas.base import Line
from api.schemas.parameters import Given
from api.services import audit
from api.services.database import STATEMENTS
from api.services.owners import refuse_others
from api.services.phrasing import Words
from api.texts import Text
from domain.alerts.judging import GONE, REGULAR
from domain.alerts.looking_back import Then, look_back
from domain.alerts.motives import WEEK, Motive, head_of_leaving
from domain.catalogue import Catalogue, catalogue
from domain.state import DAY
from postgres.connect import Connection

router = APIRouter(prefix="/api/alerts", tags=["alerts"])

Number = Annotated[int, Path(ge=1, lt=2**63)]

PHRASED = 20
"""Alerts of a list of which a language model is asked."""

SCORES = [float(score) for score in range(40, 100, 5)]
CHANCES = [round(0.3 + 0.05 * step, 2) for step in range(14)]
RISES = [float(points) for points in range(5, 65, 5)]
OF_PURCHASES = {
    Motive.DUE: [0.5, 0.75, 1.0, 1.25, 1.5, 2.0],
    Motive.SLIPPING: [round(0.1 * step, 1) for step in range(1, 10)],
}
"""Thresholds whose last 90 days are told."""

LOOKED_BACK = 90 * DAY

SAMPLED = 5000
"""Customers whose purchases are looked back on, at the most; of more it is told by these."""

UNKNOWN = refuses(404, Text.ALERT_NOT_FOUND)
OVER = UNKNOWN | refuses(409, Text.ALERT_OVER)


def _alert(row: asyncpg.Record, words: Catalogue, now: float) -> dict[str, Any]:
    facts = orjson.loads(row["facts"])
    why, say = words.alert(row["motive"], facts, now)
    reason, judged = row["closed_reason"], row["result"]
    feedback = {"result": judged, "notes": row["notes"], "by": row["feedback_by"],
                "at": row["feedback_at"]}  # fmt: skip
    return {
        "id": row["id"],
        "leadId": row["lead_id"],
        "name": row["nome"],
        "uf": row["uf"],
        "city": row["cidade"],
        "phone": row["whatsapp"],
        "email": row["email"],
        "score": row["score"],
        "motive": row["motive"],
        "motiveText": words.words["motive"][row["motive"]],
        "head": row["head"],
        "priority": row["priority"],
        "level": row["level"],
        "impact": row["impact"],
        "urgency": row["urgency"],
        "lostAt": row["lost_at"],
        "facts": facts,
        "reasons": [
            {"code": code, "text": words.reason(code), "points": points}
            for code, points in orjson.loads(row["reasons"])
        ],
        "whyNow": why,
        "whatToSay": say,
        "wordsBy": "template",
        "recommendation": row["recommendation"],
        "recommendationText": words.words["recommendation"][row["recommendation"]],
        "channel": row["channel"],
        "owner": row["whose"],
        "state": row["state_now"],
        "snoozedUntil": row["snoozed_until"],
        "openedAt": row["opened_at"],
        "updatedAt": row["updated_at"],
        "closedAt": row["closed_at"],
        "closedReason": reason,
        "closedText": words.words["over"].get(reason) if reason else None,
        "feedback": feedback if judged else None,
    }


async def _found(services: Services, *filters: object) -> list[dict[str, Any]]:
    words, now = catalogue(services.settings.language), datetime.now(UTC).timestamp()
    rows = await services.database.fetch("alerts", *filters)
    items = [_alert(row, words, now) | {"total": row["total"]} for row in rows]
    for item in items[:PHRASED]:
        _put(item, services.phrasing.known(*_asked(item)))
    return items


def _asked(item: Mapping[str, Any]) -> tuple[str, Words, list[str]]:
    """Return what a language model is told of an alert."""
    reasons = [reason["text"] for reason in item["reasons"]]
    return item["motiveText"], Words(item["whyNow"], item["whatToSay"]), reasons


def _put(item: dict[str, Any], words: Words | None) -> None:
    """Put a language model's words in the template's place, where there are any."""
    if words is not None:
        item.update(whyNow=words.why, whatToSay=words.say, wordsBy="model")


async def _motives(services: Services, looked_for: Mapping[str, float]) -> list[dict[str, Any]]:
    words = catalogue(services.settings.language)
    rows = await services.database.fetch(
        "alert_motives", [motive for motive in Motive if motive in looked_for]
    )
    return [
        {
            **row,
            "motiveText": words.words["motive"][row["motive"]],
            "threshold": looked_for[row["motive"]],
            "precision": row["right"] / row["judged"] if row["judged"] else None,
        }
        for row in rows
    ]


@router.get("", response_model=Alerts, summary="Whom to call today, and why")
async def alerts(
    services: ServicesDep,
    _: Viewer,
    priority: Annotated[Level | None, Given, Query(description="Only of this level.")] = None,
    motivo: Annotated[Motive | None, Given, Query(description="Only of this motive.")] = None,
    owner: Annotated[
        Line | None, Given, Query(description="Only with this person; `-` for nobody.")
    ] = None,
    q: Annotated[
        Line | None, Given, Query(description="Words of the name, city or contact.")
    ] = None,
    state: Annotated[
        AlertState | Literal["over"],
        Query(description="`over` is done or closed, the newest first."),
    ] = AlertState.OPEN,
    lead_id: Annotated[UUID | None, Given, Query(description="Only of this lead.")] = None,
    top_n: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JsonResponse:
    """Return alerts, the highest priority first, each with why now and what to say.

    The stream opens, updates and closes them as it commits scores; of a lead and a motive one is
    open at a time. How each motive fares stands beside them: what was wrong lowers how many of it
    are opened in a week.
    """
    policy = await services.policy()
    items = await _found(services, state, motivo, owner, q, priority, top_n, None, lead_id)
    total = items[0]["total"] if items else 0
    return JsonResponse(
        {"total": total, "items": items, "motives": await _motives(services, policy.alerts)}
    )


@router.get("/thresholds", response_model=Thresholds, summary="What thresholds would have opened")
async def thresholds(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return, of the last 90 days, how many alerts a week each threshold came to, and were right.

    They are at most so many: that somebody answered, or that another motive of the lead says more,
    is not looked at. Nothing is told of `capture`: what others bought then is not kept, nor is seen
    what a customer buys elsewhere.
    """
    policy = await services.policy()
    primary = (policy.head.name, policy.head.horizon)
    wanted: list[tuple[Motive, str, list[float], tuple[object, ...]]] = [
        (Motive.WAITING, "waiting_by_threshold", SCORES, primary),
        (Motive.JUMPED, "jumped_by_threshold", RISES, primary),
    ]
    if leaving := head_of_leaving(policy.others):
        wanted.append((Motive.LEAVING, "leaving_by_threshold", CHANCES, (leaving, REGULAR, GONE)))
    items = [
        _then(motive, row["threshold"], (row["days"] or 0.0) * DAY,
              Then(row["opened"], row["known"], row["right"]))
        for motive, statement, steps, head in wanted
        for row in await services.database.fetch(statement, steps, *head)
    ]  # fmt: skip
    if policy.event_amount:
        items += await _of_purchases(services)
    return JsonResponse({"items": items})


async def _of_purchases(services: Services) -> list[dict[str, Any]]:
    """Return what thresholds would have come to of motives that follow from purchases."""
    rows = await services.database.fetch("customers_purchases", REGULAR, SAMPLED)
    if not rows:
        return []
    bought = [row["times"] for row in rows]
    now = datetime.now(UTC).timestamp()
    since = max(now - LOOKED_BACK, min(times[0] for times in bought))
    found = await asyncio.to_thread(look_back, bought, since, now, OF_PURCHASES)
    share = len(rows) / rows[0]["customers"]
    return [
        _then(motive, threshold, now - since, then, share)
        for motive, by_threshold in found.items()
        for threshold, then in by_threshold.items()
    ]


def _then(
    motive: Motive, threshold: float, span: float, then: Then, share: float = 1.0
) -> dict[str, Any]:
    """Return what came of a threshold in so many seconds, of a share of all that it is about."""
    return {
        "motive": motive,
        "threshold": threshold,
        "days": span / DAY,
        "aWeek": then.opened / (max(span / WEEK, 1.0) * share),
        "known": then.known,
        "precision": then.right / then.known if then.known else None,
    }


@router.post("/refresh", response_model=LookedAgain, summary="Look at every lead again")
async def refresh(services: ServicesDep, actor: Admin) -> JsonResponse:
    """Have the stream look at every lead again, after whatever happens meanwhile.

    Alerts follow scores by themselves; this is for motives that an installer has just switched on.
    """
    async with services.database.transaction() as connection:
        leads = await connection.fetchval(STATEMENTS["look_again"])
        await audit.record(connection, actor, "alerts refreshed", leads=leads)
    return JsonResponse({"ok": True, "leads": leads})


@router.get("/{number}", response_model=Alert, summary="An alert", responses=UNKNOWN)
async def alert(number: Number, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return an alert, open or not."""
    found = await _one(services, number)
    if found["wordsBy"] == "template":
        _put(found, await services.phrasing.words(*_asked(found)))
    return JsonResponse(found)


async def _one(services: Services, number: int) -> dict[str, Any]:
    found = await _found(services, AlertState.OPEN, None, None, None, None, 1, number, None)
    if not found:
        raise ApiError(404, Text.ALERT_NOT_FOUND)
    return found[0]


async def _hold(connection: Connection, number: int, *, is_open: bool) -> asyncpg.Record:
    """Return an alert, held for this transaction; refuse one that is not there or is over."""
    held = await connection.fetchrow(STATEMENTS["hold_alert"], number)
    if held is None:
        raise ApiError(404, Text.ALERT_NOT_FOUND)
    if is_open and held["state"] != "open":
        raise ApiError(409, Text.ALERT_OVER)
    return held


async def _change(
    services: Services, actor: Actor, number: int, action: str, *values: object
) -> JsonResponse:
    """Change an open alert, note who did, and return it."""
    async with services.database.transaction() as connection:
        held = await _hold(connection, number, is_open=True)
        await connection.execute(STATEMENTS[action.replace(" ", "_")], number, *values)
        await audit.record(connection, actor, action, held["lead_id"], alert=number)
    return JsonResponse(await _one(services, number))


@router.post(
    "/{number}/feedback", response_model=Alert, summary="What came of an alert", responses=UNKNOWN,
    openapi_extra=requires(Text.RESULT_REQUIRED),
)  # fmt: skip
async def feedback(
    number: Number, body: GivenFeedback, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Label an alert; one that is open is done with, or hidden for a week when it is not now.

    The last label counts. How many were right bounds how many of the motive are opened in a week.
    """
    async with services.database.transaction() as connection:
        held = await _hold(connection, number, is_open=False)
        await connection.execute(
            STATEMENTS["alert_judged"], number, body.result, body.notes, actor.name
        )
        facts = {"alert": number, "result": body.result}
        await audit.record(connection, actor, "alert judged", held["lead_id"], **facts)
    return JsonResponse(await _one(services, number))


@router.post("/{number}/done", response_model=Alert, summary="Be done with an alert",
             responses=OVER)  # fmt: skip
async def done(number: Number, services: ServicesDep, actor: Operator) -> JsonResponse:
    """Close an alert. It is opened anew only once its motive comes anew."""
    return await _change(services, actor, number, "alert done")


@router.post("/{number}/snooze", response_model=Alert, summary="Hide an alert for some days",
             responses=OVER)  # fmt: skip
async def snooze(
    number: Number, body: Snooze, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Hide an alert for so many days; meanwhile it is updated, and closes itself when over."""
    return await _change(services, actor, number, "alert snoozed", body.days)


@router.post(
    "/{number}/assign", response_model=Alert, summary="Give an alert to somebody",
    responses=OVER | refuses(403, Text.NOT_YOURS),
)  # fmt: skip
async def assign(
    number: Number, body: AlertOwner, services: ServicesDep, actor: Operator
) -> JsonResponse:
    """Give an alert to a user, or back to whose the lead is; the lead stays with whom it is."""
    async with services.database.transaction() as connection:
        held = await _hold(connection, number, is_open=True)
        user = body.owner and await connection.fetchrow(STATEMENTS["user_named"], body.owner)
        if body.owner and not user:
            raise ApiError(404, Text.USER_NOT_FOUND)
        owner = user["name"] if user else None
        await refuse_others(connection, actor, {str(number): held["owner"]}, owner)
        await connection.execute(STATEMENTS["alert_assigned"], number, owner)
        await audit.record(connection, actor, "alert assigned", held["lead_id"], alert=number)
    return JsonResponse(await _one(services, number))
