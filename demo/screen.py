"""What a person sees while events are fired: frames in a terminal, plain lines anywhere else."""

from __future__ import annotations

import asyncio
from math import ceil
from typing import TYPE_CHECKING, Literal, Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from domain.bands import HOT, WARM

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from uuid import UUID

    from demo.live import Line, Shot

WIDTH = 78
"""Two less than a terminal's 80: the ^C it echoes must not wrap and shift the frame."""

COLOURS = {"CURIOSO": "cyan", "AQUECENDO": "yellow", "QUALIFICADO": "green", "ENVIADO": "magenta"}

SCALE = 50
"""Characters of the tour's 0 to 100."""

REASON_BAR = 16
REASON_LINES = 8
"""Lines kept for the reasons, so that a frame does not jump."""

FROM_TO = Text(" (event sent → new score read)", style="dim")

COLUMNS = (("lead", 16), ("event", 18), ("score", 18), ("column", 11), ("ms", 5))
"""The live screen's columns and their widths."""

LONGEST_PATH = 10
"""Scores of a lead that a plain summary shows; of a longer path the ends."""

FRAMES = 10
FRAME_S = 0.035


class Screen(Protocol):
    """Where shots are shown."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None: ...

    async def show(self, shot: Shot) -> None:
        """Take in one shot."""

    def refresh(self) -> None:
        """Draw what was taken in; called while nothing is being timed."""

    def summary(self, shots: Sequence[Shot]) -> None:
        """Say what all of it came to."""


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
        self._path: list[Shot] = []

    async def show(self, shot: Shot) -> None:
        """Move the score to where the shot brought it."""
        self._path.append(shot)
        before = shot.after if shot.before is None else shot.before
        for frame in range(1, FRAMES + 1):
            self._draw(self._frame(shot, before + (shot.after - before) * frame / FRAMES))
            if shot.after == before:
                break
            await asyncio.sleep(FRAME_S)

    def refresh(self) -> None:
        """Do nothing: every shot is drawn as it comes."""

    def summary(self, shots: Sequence[Shot]) -> None:
        """Print the score's path."""
        if not shots:
            return
        table = Table.grid(padding=(0, 2))
        for shot in shots:
            table.add_row(
                shot.event_type,
                Text(f"{shot.after:3d}", style="bold"),
                _bar(shot.after, 30, _colour(shot)),
                _change(shot),
                Text(f"{shot.freshness_ms:.1f} ms", style="dim"),
            )
        self._console.print(Text("The score's path", style="bold"))
        self._console.print(table)
        self._console.print(_freshness(shots).append_text(FROM_TO))

    def _frame(self, shot: Shot, score: float) -> Panel:
        colour = _colour(shot)
        head = Table.grid(expand=True)
        head.add_column()
        head.add_column(justify="right")
        timed = f"new score after {shot.freshness_ms:.1f} ms"
        head.add_row(
            Text.assemble(("▸ ", "dim"), (shot.event_type, "bold")),
            Text(timed if shot.freshness_ms else "", style="dim"),
        )
        body = Group(
            head,
            Text(),
            _score_line(shot, score, colour),
            _ruler(),
            Text(),
            _reasons(shot.reasons, shot.after, self._width - 6),
            Text(),
            _next(shot),
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
        for shot in self._path:
            arrow = " → " if shot is not self._path[0] else ""
            trail.append(arrow, style="dim")
            trail.append(str(shot.after), style=_colour(shot))
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
        self._shots: list[Shot] = []
        self._rows: dict[UUID, Shot] = {}

    async def show(self, shot: Shot) -> None:
        """Take in a shot; it is drawn by the next `refresh`."""
        self._shots.append(shot)
        self._rows[shot.lead_id] = shot

    def refresh(self) -> None:
        """Draw the leads as they are."""
        latest = self._shots[-1] if self._shots else None
        head = _row()
        head.add_row(*(Text(title, style="dim") for title, _ in COLUMNS))
        blocks: list[RenderableType] = [head]
        for shot in self._rows.values():
            blocks += self._block(shot, fresh=shot is latest)
        footer = Text.assemble(
            (f"{len(self._shots):,} events", "bold"),
            (f" at {self._rate:g}/s   ", "dim"),
            _freshness(self._shots) if self._shots else "",
        )
        title = "[bold]Galope[/] [dim]live scores; Ctrl-C stops[/]"
        self._draw(
            Panel(Group(*blocks, footer), title=title, width=self._width, border_style="blue")
        )

    def summary(self, shots: Sequence[Shot]) -> None:
        """Print what became of each lead."""
        _print_leads(self._console, shots)

    def _block(self, shot: Shot, *, fresh: bool) -> list[RenderableType]:
        row = _row()
        colour = _colour(shot)
        score = Text.assemble(_bar(shot.after, 8, colour), " ", _move(shot))
        row.add_row(
            Text(_short(shot.name), style="bold" if fresh else ""),
            Text(shot.event_type, style="bold" if fresh else "dim"),
            score,
            Text(shot.stage, style=colour),
            Text(f"{shot.freshness_ms:.1f}", style="dim"),
        )
        wide = self._width - 4
        return [row, _cut(_why(shot), wide), _cut(Text(f"  → {shot.action}", style="italic"), wide)]


class PlainScreen:
    """A line for what happened, one for why, one for what to do: for files, pipes and CI logs.

    Parameters
    ----------
    console
        Anything; nothing is drawn over.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        pass

    async def show(self, shot: Shot) -> None:
        """Print a shot."""
        before = "new" if shot.before is None else str(shot.before)
        reasons = "; ".join(f"{one.points:+d} {_said(one)}" for one in shot.reasons)
        timed = f"{shot.freshness_ms:.1f} ms" if shot.freshness_ms else ""
        for line in (
            f"{shot.name}: {shot.event_type}: {before} → {shot.after} {place(shot)} {timed}",
            f"  why:  {reasons}; = {shot.after}",
            f"  next: {shot.action} ({shot.why})",
        ):
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def refresh(self) -> None:
        """Do nothing: lines are printed as they come."""

    def summary(self, shots: Sequence[Shot]) -> None:
        """Print what became of each lead."""
        _print_leads(self._console, shots)


def _row() -> Table:
    """Return a table with the live screen's columns, to hold one row of it."""
    row = Table(box=None, padding=(0, 1, 0, 0), expand=True, show_header=False)
    for title, width in COLUMNS:
        justify: Literal["left", "right"] = "right" if title == "ms" else "left"
        row.add_column(width=width, no_wrap=True, justify=justify)
    return row


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed.

    Examples
    --------
    >>> percentile([4.0, 1.0, 2.0, 3.0], 0.5)
    2.0
    """
    return sorted(values)[max(ceil(share * len(values)) - 1, 0)]


def place(shot: Shot) -> str:
    """Return status and column, once where they are the same word."""
    return shot.status if shot.status == shot.stage else f"{shot.status} ({shot.stage})"


def _freshness(shots: Sequence[Shot]) -> Text:
    times = [shot.freshness_ms for shot in shots]
    half, most = percentile(times, 0.5), percentile(times, 0.99)
    return Text.assemble("Freshness ", (f"p50 {half:.1f} ms, p99 {most:.1f} ms", "bold"))


def _print_leads(console: Console, shots: Sequence[Shot]) -> None:
    paths: dict[UUID, list[Shot]] = {}
    for shot in shots:
        paths.setdefault(shot.lead_id, []).append(shot)
    for path in paths.values():
        last = path[-1]
        scores = [one.after for one in path]
        if path[0].before is not None:
            scores.insert(0, path[0].before)
        if len(scores) > LONGEST_PATH:
            scores = [scores[0], scores[-1]]
        line = Text.assemble(
            f"{_short(last.name)}: {len(path)} event{'s' * (len(path) > 1)}  ",
            (" → ".join(map(str, scores)), "bold"),
            "  ",
            (place(last), _colour(last)),
        )
        console.print(line, soft_wrap=True, highlight=False)
    if shots:
        console.print(_freshness(shots).append_text(FROM_TO), soft_wrap=True, highlight=False)
    else:
        console.print("No event was fired.")


def _bar(score: float, width: int, colour: str) -> Text:
    full = round(score / 100 * width)
    return Text.assemble(("█" * full, colour), ("░" * (width - full), "dim"))


def _change(shot: Shot) -> Text:
    change = 0 if shot.before is None else shot.after - shot.before
    if change > 0:
        return Text(f"▲ +{change}", style="green")
    return Text(f"▼ −{-change}", style="red") if change < 0 else Text("·", style="dim")


def _move(shot: Shot) -> Text:
    before = "" if shot.before is None else str(shot.before)
    arrow = _change(shot).plain[0].replace("·", "=")
    style = {"▲": "green", "▼": "red"}.get(arrow, "dim")
    return Text.assemble(
        (f"{before:>3} ", "dim"), (f"{arrow} ", style), (f"{shot.after:<3}", "bold")
    )


def _score_line(shot: Shot, score: float, colour: str) -> Text:
    return Text.assemble(
        (f"{round(score):3d}  ", f"bold {colour}"),
        _bar(score, SCALE, colour),
        "  ",
        (shot.status, f"bold {colour}"),
    )


def _ruler() -> Text:
    line = [" "] * (SCALE + 3)
    for mark in (0, WARM, HOT, 100):
        at = round(mark / 100 * SCALE)
        line[at : at + len(str(mark))] = str(mark)
    return Text(" " * 5 + "".join(line).rstrip(), style="dim")


def _reasons(reasons: Sequence[Line], score: int, width: int) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=5, justify="right")
    table.add_column(width=REASON_BAR)
    table.add_column(width=width - REASON_BAR - 7, no_wrap=True, overflow="ellipsis")
    most = max((abs(one.points) for one in reasons), default=0) or 1
    for one in reasons:
        style = "green" if one.points > 0 else "red" if one.points < 0 else "dim"
        length = max(round(abs(one.points) / most * REASON_BAR), 1 if one.points else 0)
        text = Text(one.text)
        text.append(f"  {one.detail}" if one.detail else "", style="dim")
        table.add_row(Text(_signed(one.points), style=style), Text("■" * length, style=style), text)
    table.add_row(
        Text(f"={score:>4}", style="bold"),
        "",
        Text("the score: the points add up to it", style="dim"),
    )
    for _ in range(REASON_LINES - len(reasons)):
        table.add_row("", "", "")
    return table


def _next(shot: Shot) -> Text:
    return Text.assemble(
        ("Next  ", "dim"), (shot.action, "bold"), "\n", " " * 6, (shot.why, "italic dim")
    )


def _why(shot: Shot) -> Text:
    text = Text("  ")
    for one in shot.reasons:
        style = "green" if one.points > 0 else "red" if one.points < 0 else "dim"
        text.append(_signed(one.points), style=style).append(f" {one.text}  ", style="dim")
    return text


def _signed(points: int) -> str:
    return f"−{-points}" if points < 0 else f"+{points}"


def _colour(shot: Shot) -> str:
    return COLOURS.get(shot.status, "white")


def _short(name: str) -> str:
    """Return first and last name."""
    words = name.split()
    return " ".join([*words[:1], *words[1:][-1:]])


def _said(line: Line) -> str:
    return f"{line.text} ({line.detail})" if line.detail else line.text


def _cut(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    return text
