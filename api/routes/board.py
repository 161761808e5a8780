"""The board: cards by stage, moved by hand."""

from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field

from api.access import Operator, Viewer
from api.dependencies import Galope
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import Json
from api.routes.leads import MinScore, Offset, Search, Segment, Uf, containing
from api.schemas.base import Answered, Done, Lead, LeadId, Line, Moved, Sent, Word
from api.services import audit
from api.services.database import STATEMENTS
from api.texts import Text
from domain.bands import BAND, INBOX, Status
from domain.rules import MANUAL_MOVE

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


STAYS = refuses(404, Text.LEAD_NOT_FOUND) | refuses(409, Text.ELSEWHERE, current_stage=Status.SENT)
"""How a card may be answered that is not moved."""

StageName = Annotated[Word, Field(json_schema_extra={"enum": list(STATUS_OF)})]
"""A stage, in capitals or not."""

Counts = Annotated[
    dict[str, int],
    Field(examples=[{"INBOX": 180, "AQUECENDO": 41, "QUALIFICADO": 12, "ENVIADO": 7}]),
]


class Card(Lead):
    """A lead on the board; ``crm_stage`` is the column it stands in."""


class Board(Answered):
    """A page of the board."""

    items: list[Card]


class Move(Sent):
    """Where to put a card."""

    lead_id: LeadId
    stage: StageName = Field(examples=["QUALIFICADO"])
    expected_stage: StageName | None = Field(
        default=None,
        examples=["AQUECENDO"],
        description="Where the card was seen; if it is elsewhere, nothing changes.",
    )


class Handoff(Sent):
    """A lead to pass on."""

    lead_id: LeadId
    channel: Line | None = Field(default=None, examples=["whatsapp"])


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


@router.get("/crm/board/counts", response_model=Counts, summary="Cards by stage")
async def counts(galope: Galope, _: Viewer) -> Json:
    """Return how many cards each stage has."""
    return Json(await galope.database.fetchval("board_counts"))


@router.post("/move", response_model=Moved, responses=STAYS, summary="Move a card")
@router.post("/crm/move", response_model=Moved, responses=STAYS, summary="Move a card")
async def move(body: Move, galope: Galope, who: Operator) -> Json:
    """Put a lead into a stage by hand: it stays there, and its score within the stage's band.

    With ``expected_stage``, only if it still stands there: else 409 with ``current_stage``.
    """
    stage, expected = _stage(body.stage), body.expected_stage and _stage(body.expected_stage)
    low, high = BAND[stage]
    async with galope.database.transaction() as connection:
        place = await connection.fetchrow(STATEMENTS["place_of"], body.lead_id)
        if place is None:
            raise ApiError(404, Text.LEAD_NOT_FOUND)
        if expected not in {None, place["stage"]}:
            raise ApiError(409, Text.ELSEWHERE, current_stage=place["stage"])
        moved: Any = await connection.fetchrow(
            STATEMENTS["move"], body.lead_id, stage, STATUS_OF[stage], low, high
        )
        change = transition(place, stage, STATUS_OF[stage], moved["score"])
        event = orjson.dumps(change).decode()
        await connection.execute(STATEMENTS["add_event"], body.lead_id, MANUAL_MOVE, event)
        await audit.record(connection, who, "lead moved", body.lead_id, to_stage=stage)
    return Json({"ok": True, "lead": orjson.loads(moved["lead"]), "transition": change})


def _stage(said: str) -> str:
    """Return the stage that a client means; CURIOSO is the inbox."""
    stage = said.upper()
    if stage not in STATUS_OF:
        raise ApiError(400, Text.UNKNOWN_STAGE, allowed_stages=list(STATUS_OF))
    return INBOX if stage == Status.CURIOUS else stage


def transition(before: Any, stage: str, status: str | None, score: int | None) -> dict[str, Any]:
    """Return what a change did to the place and score that a lead had before."""
    return {
        "from_stage": before["stage"],
        "to_stage": stage,
        "from_status": before["status"],
        "to_status": status,
        "from_score": before["score"],
        "to_score": score,
    }


@router.post("/handoff", response_model=Done, summary="Pass a lead on",
             responses=refuses(404, Text.LEAD_NOT_FOUND)
             | refuses(409, Text.NOT_QUALIFIED, current_status=Status.WARMING),
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
