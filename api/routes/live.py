"""Score changes as server-sent events: resumable, filtered, and never kept for who doesn't read."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from starlette.types import Message, Send

from api.access import Viewer
from api.dependencies import ServicesDep
from api.errors import ApiError
from api.schemas.parameters import MinScoreQuery, SegmentQuery, StatusQuery, UfQuery
from api.services.score_changes import ScoreChange, ScoreChanges
from api.texts import Text

router = APIRouter(tags=["live"])

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that nobody takes the line for dead."""

SLOW = 10.0
"""Seconds that a reader may take to accept what it is sent, until it is dropped. It comes back
with ``Last-Event-ID`` and misses nothing."""

PAUSE = 0.0005
"""Seconds of pause after sending, times the readers. Five hundred of them are so written to four
times a second, which leaves the processor to the scorer; one alone hears at once."""


ID_DIGITS = 18
"""Digits of a row's number at the most."""


class Feed(StreamingResponse):
    """An endless answer whose reader is dropped when it doesn't read."""

    async def stream_response(self, send: Send) -> None:
        """Send, and give up on who takes too long."""

        async def promptly(message: Message) -> None:
            async with asyncio.timeout(SLOW):
                await send(message)

        try:
            await super().stream_response(promptly)
        except TimeoutError:
            return


async def _frames(
    changes: ScoreChanges, last: int, wanted: Callable[[ScoreChange], bool], *, returning: bool
) -> Any:
    """Yield what is sent; who comes back is told from the database, where erased leads are gone."""
    changes.readers += 1
    history = changes.history
    try:
        yield f"retry: 1000\nid: {last}\n\n".encode()
        while returning:
            seen = changes.last
            page = await changes.stored_after(last)
            returning = bool(page)
            last = page[-1].id if page else max(last, seen)
            if frames := b"".join(change.frame for change in page if wanted(change)):
                yield frames
        while True:
            if history.relation and changes.history is not history:
                last = changes.history.told_after
            history = changes.history
            page = await changes.after(last)
            if not page:
                before = changes.last
                await changes.wait(HEARTBEAT)
                if changes.last == before:
                    yield b": \n\n"
                continue
            last = page[-1].id
            if frames := b"".join(change.frame for change in page if wanted(change)):
                yield frames
            await asyncio.sleep(PAUSE * changes.readers)
    finally:
        changes.readers -= 1


EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/event-stream": {
                "example": 'id: 41\nevent: score\ndata: {"lead_id": "7c0f5c1e-…", "score": 58}\n\n'
            }
        },
        "description": "Events named `score`, and `head` where heads are asked for.",
    }
}


@router.get("/stream/leads", response_class=Feed, responses=EVENTS, summary="Scores as they change")
async def stream(
    services: ServicesDep,
    _: Viewer,
    lead_id: Annotated[UUID | None, Query()] = None,
    status: StatusQuery = None,
    min_score: MinScoreQuery = None,
    uf: UfQuery = None,
    segment: SegmentQuery = None,
    heads: Annotated[
        bool, Query(description="Whether heads beside the primary one tell too.")
    ] = False,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Feed:
    """Send each score change as it commits: an event ``score`` with the lead, before and after.

    ``Last-Event-ID`` goes on after that event. With ``heads`` there are events ``head`` too, with
    the name of the head, whenever its score is another one.
    """
    changes = services.changes
    if last_event_id is not None and not (
        last_event_id.isdecimal() and len(last_event_id) <= ID_DIGITS
    ):
        raise ApiError(400, Text.BAD_ID)
    last = changes.last if last_event_id is None else await changes.resumed(int(last_event_id))

    def wanted(change: ScoreChange) -> bool:
        return (
            (heads or not change.head)
            and (lead_id is None or change.lead_id == str(lead_id))
            and (status is None or change.status == status)
            and (min_score is None or change.score >= min_score)
            and (uf is None or change.uf == uf)
            and (segment is None or change.segment == segment)
        )

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    returning = last_event_id is not None
    return Feed(
        _frames(changes, last, wanted, returning=returning),
        headers=headers,
        media_type="text/event-stream",
    )
