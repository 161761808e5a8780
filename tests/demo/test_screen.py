from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from rich.text import Text

from demo import frames
from demo.fire import _screen, arguments
from demo.frames import LiveScreen, TourScreen
from demo.live import ReasonLine, ScoredEvent
from demo.screen import PlainScreen

if TYPE_CHECKING:
    from rich.console import Console

SHOT = ScoredEvent(
    lead_id=uuid4(),
    name="Ana Prado Neves",
    event_type="cta_click",
    before=46,
    after=64,
    probability=0.4,
    status="AQUECENDO",
    stage="AQUECENDO",
    reasons=(
        ReasonLine(20, "Clicou no botão de ação", "1 vez"),
        ReasonLine(-6, "Sem resposta há 3 dias", None),
        ReasonLine(50, "Pontos de partida", None),
    ),
    action="Responder [já] por WhatsApp",
    why="Demonstrou interesse há pouco",
    freshness_ms=1.94,
)
LOW = replace(
    SHOT, event_type="page_view", before=None, after=0, status="CURIOSO", stage="INBOX", reasons=()
)


def last_frame(console: Console) -> list[str]:
    lines = printed(console).splitlines()
    return lines[max(at for at, line in enumerate(lines) if line.startswith("╭")) :]


@pytest.fixture(autouse=True)
def _no_animation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "FRAME_S", 0.0)


def printed(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return Text.from_ansi(console.file.getvalue()).plain


async def test_the_tour_shows_score_reasons_and_next_action(terminal: Console) -> None:
    with TourScreen(terminal, "Ana · MG") as tour:
        await tour.show(LOW)
        await tour.show(SHOT)
    tour.summary([LOW, SHOT])
    said = printed(terminal)
    for part in (
        "Ana · MG",
        "cta_click",
        " 64  █",
        "+20 ■",
        "−6 ■",
        "Responder [já] por",
        "0 → 64",
    ):
        assert part in said
    assert "▲ +18  1.9 ms" in said
    assert "Freshness p50 1.9 ms, p99 1.9 ms (event sent → new score read)" in said


async def test_frames_fit_a_small_terminal(terminal: Console) -> None:
    with TourScreen(terminal, "Ana") as tour:
        await tour.show(replace(SHOT, before=64, reasons=SHOT.reasons * 3))
    lines = last_frame(terminal)
    assert len(lines) == 22
    assert {len(line) for line in lines} == {78}


async def test_the_live_screen_has_a_block_for_each_lead(terminal: Console) -> None:
    with LiveScreen(terminal, rate=4) as live:
        live.refresh()
        await live.show(LOW)
        await live.show(replace(SHOT, lead_id=uuid4(), name="Rui"))
        await live.show(replace(SHOT, lead_id=uuid4(), name="\n", before=70))
        live.refresh()
    said = printed(terminal)
    for part in ("Ana Neves", "Rui", "46 ▲ 64", "70 ▼ 64", "INBOX", "→ Responder [já]", "3 events"):
        assert part in said
    assert len(last_frame(terminal)) == 13


async def test_a_pipe_gets_plain_lines(pipe: Console) -> None:
    with PlainScreen(pipe) as plain:
        await plain.show(SHOT)
        plain.refresh()
    assert printed(pipe).splitlines() == [
        "Ana Prado Neves: cta_click: 46 → 64 AQUECENDO 1.9 ms",
        "  why:  +20 Clicou no botão de ação (1 vez); -6 Sem resposta há 3 dias;"
        " +50 Pontos de partida; = 64",
        "  next: Responder [já] por WhatsApp (Demonstrou interesse há pouco)",
    ]


def test_a_long_path_shows_its_ends(pipe: Console) -> None:
    PlainScreen(pipe).summary([SHOT] * 12)
    assert "Ana Neves: 12 events  46 → 64  AQUECENDO" in printed(pipe)


def test_nothing_fired_is_said(terminal: Console) -> None:
    LiveScreen(terminal, 1).summary([])
    TourScreen(terminal, "Ana").summary([])
    assert printed(terminal).strip() == "No event was fired."


def test_the_screen_fits_where_it_is_shown(terminal: Console, pipe: Console) -> None:
    kinds = [
        type(_screen(arguments(argv), console))
        for argv, console in ((["--tour"], terminal), ([], terminal), (["--tour"], pipe))
    ]
    assert kinds == [TourScreen, LiveScreen, PlainScreen]
