"""What a person sees while events are fired: plain lines, and what every screen shows."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Protocol, Self

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from uuid import UUID

    from rich.console import Console

    from demo.live import ReasonLine, ScoredEvent

COLOURS = {"CURIOSO": "cyan", "AQUECENDO": "yellow", "QUALIFICADO": "green", "ENVIADO": "magenta"}

FROM_TO = Text(" (event sent → new score read)", style="dim")

LONGEST_PATH = 10
"""Scores of a lead that a plain summary shows; of a longer path the ends."""


class Screen(Protocol):
    """Where scored events are shown."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None: ...

    async def show(self, event: ScoredEvent) -> None:
        """Take in one event."""

    def refresh(self) -> None:
        """Draw what was taken in; called while nothing is being timed."""

    def summary(self, scored: Sequence[ScoredEvent]) -> None:
        """Say what all of it came to."""


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

    async def show(self, event: ScoredEvent) -> None:
        """Print an event."""
        before = "new" if event.before is None else str(event.before)
        reasons = "; ".join(
            f"{reason.points:+d} {_reason_text(reason)}" for reason in event.reasons
        )
        timed = f"{event.freshness_ms:.1f} ms" if event.freshness_ms else ""
        for line in (
            f"{event.name}: {event.event_type}: {before} → {event.after} {place(event)} {timed}",
            f"  why:  {reasons}; = {event.after}",
            f"  next: {event.action} ({event.why})",
        ):
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def refresh(self) -> None:
        """Do nothing: lines are printed as they come."""

    def summary(self, scored: Sequence[ScoredEvent]) -> None:
        """Print what became of each lead."""
        print_leads(self._console, scored)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed.

    Examples
    --------
    >>> percentile([4.0, 1.0, 2.0, 3.0], 0.5)
    2.0
    """
    return sorted(values)[max(ceil(share * len(values)) - 1, 0)]


def place(event: ScoredEvent) -> str:
    """Return status and column, once where they are the same word."""
    return event.status if event.status == event.stage else f"{event.status} ({event.stage})"


def freshness(scored: Sequence[ScoredEvent]) -> Text:
    """Return the median and the 99th percentile of the freshness."""
    times = [event.freshness_ms for event in scored]
    half, most = percentile(times, 0.5), percentile(times, 0.99)
    return Text.assemble("Freshness ", (f"p50 {half:.1f} ms, p99 {most:.1f} ms", "bold"))


def print_leads(console: Console, scored: Sequence[ScoredEvent]) -> None:
    """Print each lead's path, and the freshness."""
    paths: dict[UUID, list[ScoredEvent]] = {}
    for event in scored:
        paths.setdefault(event.lead_id, []).append(event)
    for path in paths.values():
        latest = path[-1]
        scores = [event.after for event in path]
        if path[0].before is not None:
            scores.insert(0, path[0].before)
        if len(scores) > LONGEST_PATH:
            scores = [scores[0], scores[-1]]
        line = Text.assemble(
            f"{short(latest.name)}: {len(path)} event{'s' * (len(path) > 1)}  ",
            (" → ".join(map(str, scores)), "bold"),
            "  ",
            (place(latest), colour_of(latest)),
        )
        console.print(line, soft_wrap=True, highlight=False)
    if scored:
        console.print(freshness(scored).append_text(FROM_TO), soft_wrap=True, highlight=False)
    else:
        console.print("No event was fired.")


def bar(score: float, width: int, colour: str) -> Text:
    """Return a bar of so many characters for a score of 0 to 100."""
    full = round(score / 100 * width)
    return Text.assemble(("█" * full, colour), ("░" * (width - full), "dim"))


def change_of(event: ScoredEvent) -> Text:
    """Return by how much an event moved the score, with a mark for the direction."""
    change = 0 if event.before is None else event.after - event.before
    if change > 0:
        return Text(f"▲ +{change}", style="green")
    return Text(f"▼ −{-change}", style="red") if change < 0 else Text("·", style="dim")


def signed(points: int) -> str:
    """Return points with their sign; the minus is typographic."""
    return f"−{-points}" if points < 0 else f"+{points}"


def colour_of(event: ScoredEvent) -> str:
    """Return the terminal colour of an event's status."""
    return COLOURS.get(event.status, "white")


def short(name: str) -> str:
    """Return first and last name."""
    words = name.split()
    return " ".join([*words[:1], *words[1:][-1:]])


def _reason_text(line: ReasonLine) -> str:
    return f"{line.text} ({line.detail})" if line.detail else line.text
