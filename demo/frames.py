"""Screens of a terminal that draw over themselves: one lead large, or several small."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from demo.screen import FROM_TO, bar, change_of, colour_of, freshness, print_leads, short, signed
from domain.bands import HOT, WARM

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from uuid import UUID

    from demo.live import ReasonLine, ScoredEvent

WIDTH = 78
"""Two less than a terminal's 80: the ^C it echoes must not wrap and shift the frame."""

SCALE = 50
"""Characters of the tour's 0 to 100."""

REASON_BAR = 16
REASON_LINES = 8
"""Lines kept for the reasons, so that a frame does not jump."""

COLUMNS = (("lead", 16), ("event", 18), ("score", 18), ("column", 11), ("ms", 5))
"""The live screen's columns and their widths."""

FRAMES = 10
FRAME_S = 0.035


class _Framed:
    """A screen that draws over itself."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = min(console.width, WIDTH)
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._live.stop()

    def _draw(self, frame: RenderableType) -> None:
        self._live.update(frame, refresh=True)


class TourScreen(_Framed):
    """One lead, large: its score, the reasons that add up to it, and what to do next.

    Parameters
    ----------
    console
        A terminal.
    about
        The lead in a few words.
    """

    def __init__(self, console: Console, about: str) -> None:
        super().__init__(console)
        self._about = about
        self._path: list[ScoredEvent] = []

    async def show(self, event: ScoredEvent) -> None:
        """Move the score to where the event brought it."""
        self._path.append(event)
        before = event.after if event.before is None else event.before
        for frame in range(1, FRAMES + 1):
            self._draw(self._frame(event, before + (event.after - before) * frame / FRAMES))
            if event.after == before:
                break
            await asyncio.sleep(FRAME_S)

    def refresh(self) -> None:
        """Do nothing: every event is drawn as it comes."""

    def summary(self, scored: Sequence[ScoredEvent]) -> None:
        """Print the score's path."""
        if not scored:
            return
        table = Table.grid(padding=(0, 2))
        for event in scored:
            table.add_row(
                event.event_type,
                Text(f"{event.after:3d}", style="bold"),
                bar(event.after, 30, colour_of(event)),
                change_of(event),
                Text(f"{event.freshness_ms:.1f} ms", style="dim"),
            )
        self._console.print(Text("The score's path", style="bold"))
        self._console.print(table)
        self._console.print(freshness(scored).append_text(FROM_TO))

    def _frame(self, event: ScoredEvent, score: float) -> Panel:
        colour = colour_of(event)
        head = Table.grid(expand=True)
        head.add_column()
        head.add_column(justify="right")
        timed = f"new score after {event.freshness_ms:.1f} ms"
        head.add_row(
            Text.assemble(("▸ ", "dim"), (event.event_type, "bold")),
            Text(timed if event.freshness_ms else "", style="dim"),
        )
        body = Group(
            head,
            Text(),
            _score_line(event, score, colour),
            _ruler(),
            Text(),
            _reasons(event.reasons, event.after, self._width - 6),
            Text(),
            _next(event),
            Text(),
            self._trail(),
        )
        return Panel(
            body,
            title=f"[bold]{self._about}[/]",
            title_align="left",
            border_style=colour,
            padding=(0, 2),
            width=self._width,
        )

    def _trail(self) -> Text:
        trail = Text("Path  ", style="dim")
        for event in self._path:
            arrow = " → " if event is not self._path[0] else ""
            trail.append(arrow, style="dim")
            trail.append(str(event.after), style=colour_of(event))
        return trail


class LiveScreen(_Framed):
    """Several leads, each in three lines.

    Parameters
    ----------
    console
        A terminal.
    rate
        Events asked for each second.
    """

    def __init__(self, console: Console, rate: float) -> None:
        super().__init__(console)
        self._rate = rate
        self._shots: list[ScoredEvent] = []
        self._rows: dict[UUID, ScoredEvent] = {}

    async def show(self, event: ScoredEvent) -> None:
        """Take in an event; it is drawn by the next `refresh`."""
        self._shots.append(event)
        self._rows[event.lead_id] = event

    def refresh(self) -> None:
        """Draw the leads as they are."""
        latest = self._shots[-1] if self._shots else None
        head = _row()
        head.add_row(*(Text(title, style="dim") for title, _ in COLUMNS))
        blocks: list[RenderableType] = [head]
        for event in self._rows.values():
            blocks += self._block(event, fresh=event is latest)
        footer = Text.assemble(
            (f"{len(self._shots):,} events", "bold"),
            (f" at {self._rate:g}/s   ", "dim"),
            freshness(self._shots) if self._shots else "",
        )
        title = "[bold]Galope[/] [dim]live scores; Ctrl-C stops[/]"
        self._draw(
            Panel(Group(*blocks, footer), title=title, width=self._width, border_style="blue")
        )

    def summary(self, scored: Sequence[ScoredEvent]) -> None:
        """Print what became of each lead."""
        print_leads(self._console, scored)

    def _block(self, event: ScoredEvent, *, fresh: bool) -> list[RenderableType]:
        row = _row()
        colour = colour_of(event)
        score = Text.assemble(bar(event.after, 8, colour), " ", _move(event))
        row.add_row(
            Text(short(event.name), style="bold" if fresh else ""),
            Text(event.event_type, style="bold" if fresh else "dim"),
            score,
            Text(event.stage, style=colour),
            Text(f"{event.freshness_ms:.1f}", style="dim"),
        )
        wide = self._width - 4
        return [
            row,
            _cut(_why(event), wide),
            _cut(Text(f"  → {event.action}", style="italic"), wide),
        ]


def _row() -> Table:
    """Return a table with the live screen's columns, to hold one row of it."""
    row = Table(box=None, padding=(0, 1, 0, 0), expand=True, show_header=False)
    for title, width in COLUMNS:
        justify: Literal["left", "right"] = "right" if title == "ms" else "left"
        row.add_column(width=width, no_wrap=True, justify=justify)
    return row


def _move(event: ScoredEvent) -> Text:
    before = "" if event.before is None else str(event.before)
    arrow = change_of(event).plain[0].replace("·", "=")
    style = {"▲": "green", "▼": "red"}.get(arrow, "dim")
    return Text.assemble(
        (f"{before:>3} ", "dim"), (f"{arrow} ", style), (f"{event.after:<3}", "bold")
    )


def _score_line(event: ScoredEvent, score: float, colour: str) -> Text:
    return Text.assemble(
        (f"{round(score):3d}  ", f"bold {colour}"),
        bar(score, SCALE, colour),
        "  ",
        (event.status, f"bold {colour}"),
    )


def _ruler() -> Text:
    line = [" "] * (SCALE + 3)
    for level in (0, WARM, HOT, 100):
        at = round(level / 100 * SCALE)
        line[at : at + len(str(level))] = str(level)
    return Text(" " * 5 + "".join(line).rstrip(), style="dim")


def _reasons(reasons: Sequence[ReasonLine], score: int, width: int) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=5, justify="right")
    table.add_column(width=REASON_BAR)
    table.add_column(width=width - REASON_BAR - 7, no_wrap=True, overflow="ellipsis")
    most = max((abs(reason.points) for reason in reasons), default=0) or 1
    for reason in reasons:
        style = "green" if reason.points > 0 else "red" if reason.points < 0 else "dim"
        length = max(round(abs(reason.points) / most * REASON_BAR), 1 if reason.points else 0)
        text = Text(reason.text)
        text.append(f"  {reason.detail}" if reason.detail else "", style="dim")
        table.add_row(
            Text(signed(reason.points), style=style), Text("■" * length, style=style), text
        )
    table.add_row(
        Text(f"={score:>4}", style="bold"),
        "",
        Text("the score: the points add up to it", style="dim"),
    )
    for _ in range(REASON_LINES - len(reasons)):
        table.add_row("", "", "")
    return table


def _next(event: ScoredEvent) -> Text:
    return Text.assemble(
        ("Next  ", "dim"), (event.action, "bold"), "\n", " " * 6, (event.why, "italic dim")
    )


def _why(event: ScoredEvent) -> Text:
    text = Text("  ")
    for reason in event.reasons:
        style = "green" if reason.points > 0 else "red" if reason.points < 0 else "dim"
        text.append(signed(reason.points), style=style).append(f" {reason.text}  ", style="dim")
    return text


def _cut(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    return text
