"""Events that a machine makes: bots, and scanners that open every link of a message at once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nlargest
from math import floor
from typing import Any

WINDOW = 5
"""Seconds of one window: a scanner opens all links of a message within one or two."""

MANY = 20
"""Events of a lead's own in one window from which they are a machine's: four a second, which no
person keeps up, and few pages send for one view."""

KEPT = 4
"""Windows of which counts are kept, the latest. What comes for an earlier one is counted anew from
the lead's rows."""


def window_of(at: float) -> int:
    """Return the number of a moment's window; `at` is in seconds since 1970."""
    return floor(at / WINDOW)


def machine_windows(counts: Counter[int]) -> frozenset[int]:
    """Return the windows in which a machine was at work, by how many events each has."""
    return frozenset(window for window, count in counts.items() if count >= MANY)


@dataclass(slots=True)
class Machines:
    """What tells a machine's events from a lead's own.

    All events of a window with `MANY` of them are left out, so it does not matter in which order
    they come. The counts of the latest windows are whole: one that was let go of is older than
    those kept, and so never comes back.

    Parameters
    ----------
    counts
        Events of the lead's own by window, of the latest `KEPT` windows.
    left_out
        Events that do not count.
    last
        When the last of them was, in seconds since 1970; None for none.
    """

    counts: dict[int, int] = field(default_factory=dict)
    left_out: int = 0
    last: float | None = None

    @classmethod
    def of(cls, times: Iterable[float]) -> "tuple[Machines, frozenset[int]]":
        """Return what is kept of a lead's own events at these times, and the machine's windows."""
        times = list(times)
        counts = Counter(map(window_of, times))
        windows = machine_windows(counts)
        left_out = [at for at in times if window_of(at) in windows]
        latest = {window: counts[window] for window in nlargest(KEPT, counts)}
        return cls(latest, len(left_out), max(left_out, default=None)), windows

    def need_rows(self, times: Iterable[float]) -> bool:
        """Tell whether only the lead's rows say which of its events count with these added.

        So it is when a window comes to `MANY`, whose earlier events counted until now, and when an
        event is of a window whose count is not kept.
        """
        counts = dict(self.counts)
        for at in times:
            window = window_of(at)
            if window not in counts and len(counts) >= KEPT and window < min(counts):
                return True
            counts[window] = counts.get(window, 0) + 1
            if counts[window] == MANY:
                return True
        return False

    def take(self, at: float) -> bool:
        """Take in an event of the lead's own that needs no rows; tell whether it is a machine's."""
        window = window_of(at)
        count = self.counts[window] = self.counts.get(window, 0) + 1
        if len(self.counts) > KEPT:
            del self.counts[min(self.counts)]
        if count < MANY:
            return False
        self.left_out += 1
        self.last = at if self.last is None else max(self.last, at)
        return True

    def as_json(self) -> tuple[Any, ...]:
        """Return it as JSON values."""
        return list(self.counts.items()), self.left_out, self.last

    @classmethod
    def from_json(cls, values: Iterable[Any]) -> "Machines":
        """Return what `as_json` wrote."""
        counts, left_out, last = values
        return cls(dict(counts), left_out, last)
