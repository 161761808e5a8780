"""When a customer buys: how many purchases, how lately, and how far apart they usually are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import exp2, log1p

HOUR = 3_600.0
DAY = 86_400.0

HALF_LIVES = (30 * DAY, 90 * DAY, 365 * DAY)
"""Of the decayed counts, in seconds: a month, a quarter, a year. One against another is a trend."""


@dataclass(slots=True)
class Rhythm:
    """A customer's purchases in time: every field is a sum, a minimum or a maximum.

    Parameters
    ----------
    count
        Purchases; those of one moment are as many.
    first, last
        When the first and the last of them were, in seconds since 1970.
    decayed
        Their decayed counts as of the last one, by `HALF_LIVES`.
    """

    count: int = 0
    first: float = 0.0
    last: float = 0.0
    decayed: list[float] = field(default_factory=lambda: [0.0] * len(HALF_LIVES))

    def add(self, at: float) -> None:
        """Count a purchase at time `at`, later or earlier than those already here."""
        decayed = self.decayed
        if self.count == 0:
            self.first = self.last = at
        gap = at - self.last
        for place, half_life in enumerate(HALF_LIVES):
            if gap >= 0.0:
                decayed[place] = decayed[place] * exp2(-gap / half_life) + 1.0
            else:
                decayed[place] += exp2(gap / half_life)
        self.first = min(self.first, at)
        self.last = max(self.last, at)
        self.count += 1

    @property
    def gap(self) -> float:
        """The usual time between two purchases, in seconds; 0 where there is none."""
        return (self.last - self.first) / (self.count - 1) if self.count > 1 else 0.0

    def to_json(self) -> list[float]:
        """Return the numbers; `from_json` reads them back to the bit."""
        return [self.count, self.first, self.last, *self.decayed]

    @classmethod
    def from_json(cls, values: Sequence[float]) -> "Rhythm":
        """Return what `to_json` wrote.

        Raises
        ------
        ValueError
            When it was written with other half-lives.
        """
        count, first, last, *decayed = values
        if len(decayed) != len(HALF_LIVES):
            message = (
                f"{len(decayed)} decayed counts of purchases, where {len(HALF_LIVES)} are kept"
            )
            raise ValueError(message)
        return cls(int(count), first, last, decayed)


def _lately(place: int, rhythm: Rhythm, now: float) -> float:
    """Return a decayed count at a moment, as models read it; with time alone it only falls."""
    age = min((rhythm.last - now) / HALF_LIVES[place], 1.0)
    return log1p(rhythm.decayed[place] * exp2(age))


def _quiet(rhythm: Rhythm, now: float) -> float:
    """Return how long ago the last purchase was; with time alone it only rises."""
    return log1p(max(now - rhythm.last, 0.0) / HOUR)


def _overdue(rhythm: Rhythm, now: float) -> float:
    """Return how many usual gaps ago the last purchase was; 0 where no gap is usual."""
    return log1p(max(now - rhythm.last, 0.0) / rhythm.gap) if rhythm.gap > 0.0 else 0.0


RHYTHM = "rhythm"
"""What makes them one reason."""

TIMED: dict[str, Callable[[Rhythm, float], float]] = {
    f"{RHYTHM}|month": partial(_lately, 0),
    f"{RHYTHM}|quarter": partial(_lately, 1),
    f"{RHYTHM}|year": partial(_lately, 2),
    f"{RHYTHM}|quiet": _quiet,
    f"{RHYTHM}|overdue": _overdue,
}
"""Features that move by time alone, each read of the purchases and a moment."""

GAP = f"{RHYTHM}|gap"


def rhythm_features(rhythm: Rhythm, now: float) -> dict[str, float]:
    """Return what models read of a customer's purchases at a moment.

    Examples
    --------
    >>> rhythm = Rhythm()
    >>> for day in (0, 10, 20):
    ...     rhythm.add(day * DAY)
    >>> round(rhythm_features(rhythm, 30 * DAY)["rhythm|overdue"], 3)
    0.693
    """
    values = {name: read(rhythm, now) for name, read in TIMED.items()}
    if rhythm.gap > 0.0:
        values[GAP] = log1p(rhythm.gap / HOUR)
    return values
