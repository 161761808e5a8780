"""The board: cards by stage, moved by hand."""

from datetime import UTC, datetime

import orjson
from fastapi import APIRouter, Response

from api.access import Operator, Viewer
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.base import Done
from api.schemas.board import (
    STATUS_OF,
    Board,
    BoardOrder,
    Handoff,
    HandoffUndo,
    LostLeads,
    Move,
    Moved,
    StageCounts,
    StageQuery,
)
from api.schemas.parameters import (
    ALL,
    LeadSearchQuery,
    LimitQuery,
    MinScoreQuery,
    OffsetQuery,
    SegmentQuery,
    UfQuery,
)
from api.services import audit
from api.services.database import STATEMENTS
from api.services.listing import listing
from api.services.transitions import move_meta, transition
from api.texts import Text
from domain.bands import BAND, INBOX, Status
from domain.outcomes import HORIZON
from domain.rules import MANUAL_MOVE

router = APIRouter(tags=["crm"])


STAYS = refuses(404, Text.LEAD_NOT_FOUND) | refuses(409, Text.ELSEWHERE, current_stage=Status.SENT)
"""How a card may be answered that is not moved."""

HANDOFF = "handoff"

BY_MOVE = orjson.dumps({"source": MANUAL_MOVE}).decode()
"""Metadata of what was confirmed along with a move."""


@router.get("/board", response_model=Board, summary="The board")
@router.get("/crm/board", response_model=Board, summary="The board")
async def board(
    services: ServicesDep,
    _: Viewer,
    stage: StageQuery = None,
    uf: UfQuery = None,
    segment: SegmentQuery = None,
    min_score: MinScoreQuery = None,
    q: LeadSearchQuery = None,
    order: BoardOrder = "newest",
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
) -> Response:
    """Return cards, of one stage or of all, the newest or the best score first."""
    filters = (stage, uf, segment, min_score, q)
    ids = await services.database.fetchval(f"board_{order}", *filters, limit or ALL, offset)
    return await listing(services.database, ids, "board_rows", ('{"items": [', "]}"))


@router.get("/crm/board/counts", response_model=StageCounts, summary="Cards by stage")
async def counts(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return how many cards each stage has."""
    return JsonResponse(await services.database.fetchval("board_counts"))


@router.get("/crm/lost", response_model=LostLeads, summary="Leads that are lost")
async def lost(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return, by lead, the event that says it is lost; not those reopened or moved since."""
    head = (await services.policy()).head.name
    return JsonResponse(await services.database.fetchval("lost_leads", HORIZON, head))


@router.post("/move", response_model=Moved, responses=STAYS, summary="Move a card")
@router.post("/crm/move", response_model=Moved, responses=STAYS, summary="Move a card")
async def move(body: Move, services: ServicesDep, actor: Operator) -> JsonResponse:
    """Put a lead into a stage by hand: it stays there, and its score within the stage's band.

    With ``expected_stage``, only if it still stands there: else 409 with ``current_stage``. A move
    confirms nothing by itself; what ``confirms`` names is recorded as confirmed.
    """
    stage, expected = _stage(body.stage), body.expected_stage and _stage(body.expected_stage)
    low, high = BAND[stage]
    async with services.database.transaction() as connection:
        place = await connection.fetchrow(STATEMENTS["place_of"], body.lead_id)
        if place is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        if expected not in {None, place["stage"]}:
            raise ApiError(409, Text.ELSEWHERE, current_stage=place["stage"])
        score = min(max(place["score"] or low, low), high)
        change = transition(place, stage, STATUS_OF[stage], score)
        event = orjson.dumps(change | {"source": body.source}).decode()
        meta = orjson.dumps(move_meta(change, body.source, datetime.now(UTC))).decode()
        lead = await connection.fetchval(
            STATEMENTS["move"], body.lead_id, stage, STATUS_OF[stage], score, meta
        )
        event_id = await connection.fetchval(
            STATEMENTS["add_event"], body.lead_id, MANUAL_MOVE, event
        )
        await audit.record(
            connection, actor, "lead moved", body.lead_id, to_stage=stage, event=event_id
        )
        for signal in body.confirms:
            event_id = await connection.fetchval(
                STATEMENTS["add_event"], body.lead_id, signal, BY_MOVE
            )
            await audit.record(connection, actor, "confirmed", body.lead_id, event=event_id)
    return JsonResponse({"ok": True, "lead": orjson.loads(lead), "transition": change})


def _stage(text: str) -> str:
    """Return the stage that a client means; CURIOSO is the inbox."""
    stage = text.upper()
    if stage not in STATUS_OF:
        raise ApiError(400, Text.UNKNOWN_STAGE, allowed_stages=list(STATUS_OF))
    return INBOX if stage == Status.CURIOUS else stage


@router.post("/handoff", response_model=Done, summary="Pass a lead on",
             responses=refuses(404, Text.LEAD_NOT_FOUND)
             | refuses(409, Text.NOT_QUALIFIED, current_status=Status.WARMING),
             openapi_extra=requires(Text.LEAD_ID_REQUIRED))  # fmt: skip
async def hand_off(body: Handoff, services: ServicesDep, actor: Operator) -> JsonResponse:
    """Pass a qualified lead on, to a partner or to nobody in particular: it becomes ENVIADO."""
    async with services.database.transaction() as connection:
        place = await connection.fetchrow(STATEMENTS["place_of"], body.lead_id)
        if place is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        if await connection.fetchval(STATEMENTS["hand_off"], body.lead_id) is None:
            raise ApiError(409, Text.NOT_QUALIFIED, current_status=place["status"])
        details = {
            "channel": body.channel,
            "partner_id": body.partner_id,
            "from_stage": place["crm_stage"],
        }
        metadata = orjson.dumps({name: value for name, value in details.items() if value}).decode()
        event_id = await connection.fetchval(
            STATEMENTS["add_event"], body.lead_id, HANDOFF, metadata
        )
        await audit.record(connection, actor, "lead handed off", body.lead_id, event=event_id)
    return JsonResponse({"ok": True})


@router.post("/handoff/undo", response_model=Moved, summary="Take a handoff back",
             responses=refuses(404, Text.EVENT_NOT_FOUND),
             openapi_extra=requires(Text.LEAD_ID_REQUIRED))  # fmt: skip
async def undo_handoff(body: HandoffUndo, services: ServicesDep, actor: Operator) -> JsonResponse:
    """Take a lead's last handoff back: the lead stands again where it stood before."""
    async with services.database.transaction() as connection:
        place = await connection.fetchrow(STATEMENTS["place_of"], body.lead_id)
        if place is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        stage = await connection.fetchval(STATEMENTS["undo_handoff"], body.lead_id)
        if stage is None:
            raise ApiError(404, Text.EVENT_NOT_FOUND)
        lead = await connection.fetchval(STATEMENTS["put_back"], body.lead_id, stage)
        change = transition(place, Status.QUALIFIED, Status.QUALIFIED, place["score"])
        await audit.record(connection, actor, "handoff taken back", body.lead_id)
    return JsonResponse({"ok": True, "lead": orjson.loads(lead), "transition": change})
