"""What the board's thread reads."""

from __future__ import annotations

import httpx
import pytest

from ui.cards import Cards
from ui.client import Api
from ui.live_board import MAX_CARDS, PAGE, LiveBoard, score_change


@pytest.mark.parametrize(
    ("leads", "kept"), [(0, 0), (7, 7), (2 * PAGE + 1, 2 * PAGE + 1), (MAX_CARDS + 1, MAX_CARDS)]
)
def test_the_board_is_read_page_by_page(leads: int, kept: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/crm/lost":
            return httpx.Response(200, json={"0": "lost_interest"})
        if request.url.path == "/crm/owners":
            return httpx.Response(200, json={"2": "Bia"})
        if request.url.path == "/crm/contacts":
            return httpx.Response(200, json={"1": "2026-01-02T00:00:00+00:00"})
        offset, limit = (int(request.url.params[name]) for name in ("offset", "limit"))
        numbers = range(offset, min(offset + limit, leads))
        items = [{"id": str(number), "nome": "Lead"} for number in numbers]
        return httpx.Response(200, json={"items": items})

    live = LiveBoard(Api("http://api", transport=httpx.MockTransport(answer)), Cards())
    live.load()
    assert live.loaded
    assert len(live.cards.all()) == kept
    assert live.cut == (leads > kept)
    assert {card.id: card.owner for card in live.cards.all() if card.owner} == (
        {"2": "Bia"} if leads else {}
    )
    contacted = {card.id: card.contacted_at for card in live.cards.all() if card.contacted_at}
    assert contacted == ({"1": "2026-01-02T00:00:00+00:00"} if leads else {})


@pytest.mark.parametrize(
    ("cause", "before", "after", "points"),
    [("time", 40, 40, None), ("model", 0, 0, None), ("time", 41, 40, None),
     ("rebuild", 9, 18, None), ("lead", None, 27, 27),
     ("need_confirmed", 100, 100, 0)],
)  # fmt: skip
def test_a_rescore_that_moved_nothing_is_no_reason(
    cause: str, before: int | None, after: int, points: int | None
) -> None:
    change = {"cause": cause, "score_before": before, "score": after, "scored_at": "2026-01-02"}
    why = score_change(change)
    assert (why and why.points) == points
