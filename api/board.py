"""The board: cards by stage, moved by hand."""

from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query

from api import audit
from api.access import Operator, Viewer
from api.answers import Json
from api.database import STATEMENTS
from api.docs import requires
from api.errors import ApiError
from api.leads import MinScore, Offset, Search, Segment, Uf, containing
from api.models import Board, Done, Handoff, Move, Moved
from api.parts import Galope
from api.texts import Text
from leads.bands import BAND, INBOX, Status
from leads.rules import MANUAL_MOVE

router = APIRouter(tags=["crm"])

STATUS_OF = {
    INBOX: Status.CURIOUS,
    Status.CURIOUS: Status.CURIOUS,
    Status.WARMING: Status.WARMING,
    Status.QUALIFIED: Status.QUALIFIED,
    Status.SENT: Status.SENT,
}
"""The status a stage gives; the inbox is CURIOSO's column."""

Stage = Annotated[str | None, Query(examples=["INBOX"])]
Order = Literal["newest", "best"]
Limit = Annotated[int, Query(ge=0, le=5000)]


@router.get("/board", response_model=Board, summary="The board")
@router.get("/crm/board", response_model=Board, summary="The board")
async def board(
    galope: Galope, _: Viewer, stage: Stage = None, uf: Uf = None, segment: Segment = None,
    min_score: MinScore = None, q: Search = None, order: Order = "newest", limit: Limit = 1000,
    offset: Offset = 0,
) -> Json:  # fmt: skip
    """Return a page of cards, of one stage or of all, the newest or the best score first."""
    filters = (stage, uf, segment, min_score, containing(q))
    items = await galope.database.fetchval(f"board_{order}", *filters, limit, offset)
    return Json(f'{{"items": {items}}}')


@router.get("/crm/board/counts", response_model=dict[str, int], summary="Cards by stage")
async def counts(galope: Galope, _: Viewer) -> Json:
    """Return how many cards each stage has."""
    return Json(await galope.database.fetchval("board_counts"))


@router.post("/move", response_model=Moved, summary="Move a card")
@router.post("/crm/move", response_model=Moved, summary="Move a card")
async def move(body: Move, galope: Galope, who: Operator) -> Json:
    """Put a lead into a stage by hand: it stays there, and its score within the stage's band."""
    stage = body.stage.upper()
    if stage not in STATUS_OF:
        raise ApiError(400, Text.UNKNOWN_STAGE, allowed_stages=list(STATUS_OF))
    stage = INBOX if stage == Status.CURIOUS else stage
    low, high = BAND[stage]
    async with galope.database.transaction() as connection:
        place = await connection.fetchrow(STATEMENTS["place_of"], body.lead_id)
        if place is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        moved: Any = await connection.fetchrow(
            STATEMENTS["move"], body.lead_id, stage, STATUS_OF[stage], low, high
        )
        transition = _transition(place, stage, moved["score"])
        event = orjson.dumps(transition).decode()
        await connection.execute(STATEMENTS["add_event"], body.lead_id, MANUAL_MOVE, event)
        await audit.record(connection, who, "lead moved", body.lead_id, to_stage=stage)
    return Json({"ok": True, "lead": orjson.loads(moved["lead"]), "transition": transition})


def _transition(place: Any, stage: str, to_score: int) -> dict[str, Any]:
    return {
        "from_stage": place["stage"],
        "to_stage": stage,
        "from_status": place["status"],
        "to_status": STATUS_OF[stage],
        "from_score": place["score"],
        "to_score": to_score,
    }


@router.post("/handoff", response_model=Done, summary="Pass a lead on",
             openapi_extra=requires(Text.LEAD_ID_REQUIRED))  # fmt: skip
async def hand_off(body: Handoff, galope: Galope, who: Operator) -> Json:
    """Pass a qualified lead on to a partner: it becomes ENVIADO."""
    async with galope.database.transaction() as connection:
        if await connection.fetchval(STATEMENTS["hand_off"], body.lead_id) is None:
            raise await _not_qualified(connection, body.lead_id)
        metadata = orjson.dumps({"channel": body.channel} if body.channel else {}).decode()
        await connection.execute(STATEMENTS["add_event"], body.lead_id, "handoff", metadata)
        await audit.record(connection, who, "lead handed off", body.lead_id)
    return Json({"ok": True})


async def _not_qualified(connection: Any, lead_id: UUID) -> ApiError:
    if not await connection.fetchval(STATEMENTS["lead_exists"], lead_id):
        return ApiError(404, Text.LEAD_NOT_FOUND)
    status = await connection.fetchval(STATEMENTS["status"], lead_id)
    return ApiError(409, Text.NOT_QUALIFIED, current_status=status)
