"""What events carry beside their type, of what was declared: labels and amounts."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import copysign, exp2, log1p
from typing import Any, NamedTuple
from zlib import crc32

from domain.rhythm import Rhythm

MOST_LABELS = 64
"""Labels kept of a lead: what has more values than this is no category of anything."""

MONTH = 30 * 86_400.0
"""Half-life of the decayed sum of amounts, in seconds: is the lead still buying?"""

UNIT = 100
"""Amounts are added up in hundredths, as whole numbers, so that any order comes to one sum."""


NUMBER = re.compile(r"\s*-?\d{1,12}(\.\d*)?\s*")
"""An amount: what has more digits before the point is none."""

LONGEST_LABEL = 100
"""Characters of a label's value that are kept."""


class Attributes(NamedTuple):
    """What one event carries.

    Parameters
    ----------
    labels
        Such as ``campaign=verao``, one a declared key that the event has.
    amount
        In the team's own unit, negative for a return; None for none.
    """

    labels: Collection[str] = ()
    amount: float | None = None


NOTHING = Attributes()


def read_attributes(
    metadata: Mapping[str, Any], labels: Sequence[str], amount: str | None
) -> Attributes:
    """Return what an event carries, of what is declared; ``galope.event_attributes`` says the same.

    Parameters
    ----------
    metadata
        The event's, as JSON values.
    labels, amount
        The keys that are declared: those of the labels, and that of the amount.

    Examples
    --------
    >>> read_attributes({"page": 7, "amount": "1e400"}, ["page"], "amount")
    Attributes(labels=('page=7',), amount=None)
    """
    carried = []
    for key in labels:
        value = metadata.get(key)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if isinstance(value, str | int | float) and (kept := text.strip()[:LONGEST_LABEL]):
            carried.append(f"{key}={kept}")
    written = str(metadata.get(amount)) if amount else ""
    number = float(written) if NUMBER.fullmatch(written) else None
    return Attributes(tuple(carried), number)


@dataclass(slots=True)
class LabelTally:
    """How many of a lead's events carried a label, and when the last of them was."""

    count: int
    last: float


@lru_cache(maxsize=10_000)
def folded_label(label: str) -> str:
    """Return a label as it is kept, in whatever case, spaces and Unicode form it was written.

    Examples
    --------
    >>> folded_label("campaign=VERÃO  2026|A")
    'campaign=verão 2026/a'
    """
    folded = unicodedata.normalize("NFKC", label).casefold()
    return " ".join(folded.replace("|", "/").split())


def rank(label: str) -> tuple[int, str]:
    """Return by what labels are chosen when there are too many: the smallest are kept."""
    return crc32(label.encode("utf-8", "surrogatepass")), label


class Labels(dict[str, LabelTally]):
    """Tallies by label: of those ever added, the `MOST_LABELS` with the smallest `rank`.

    One that is among the smallest of all was so among any of them, so it was never let go of, and
    its count is whole. What is kept does not depend on the order in which labels come.
    """

    __slots__ = ()

    def add(self, label: str, at: float) -> None:
        """Count one event with this label at time `at`, in seconds since 1970."""
        label = folded_label(label)
        tally = self.get(label)
        if tally is not None:
            tally.count += 1
            tally.last = max(tally.last, at)
            return
        if len(self) >= MOST_LABELS:
            largest = max(self, key=rank)
            if rank(label) > rank(largest):
                return
            del self[largest]
        self[label] = LabelTally(1, at)


@dataclass(slots=True)
class Amounts:
    """A lead's amounts: how many, their sum in hundredths, and the decayed sum as of the last.

    Parameters
    ----------
    count, hundredths, last, decayed
        Of all amounts.
    returned
        The sum of the negative ones, in hundredths.
    purchases
        When the others came; None where there are none.
    """

    count: int = 0
    hundredths: int = 0
    last: float = 0.0
    decayed: float = 0.0
    returned: int = 0
    purchases: Rhythm | None = None

    def add(self, amount: float, at: float) -> None:
        """Add an amount of time `at`, later or earlier than those already here.

        A negative one is a return, which is no purchase.
        """
        if self.count == 0 or at >= self.last:
            self.decayed = self.decayed * exp2((self.last - at) / MONTH) + amount
            self.last = at
        else:
            self.decayed += amount * exp2((at - self.last) / MONTH)
        self.count += 1
        hundredths = round(amount * UNIT)
        self.hundredths += hundredths
        if hundredths < 0:
            self.returned += hundredths
        else:
            if self.purchases is None:
                self.purchases = Rhythm()
            self.purchases.add(at)

    @property
    def returns(self) -> int:
        """How many were negative."""
        return self.count - (self.purchases.count if self.purchases else 0)

    def to_json(self) -> list[Any]:
        """Return the numbers; `from_json` reads them back to the bit."""
        return [
            self.count,
            self.hundredths,
            self.last,
            self.decayed,
            self.returned,
            self.purchases.to_json() if self.purchases else None,
        ]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> "Amounts":
        """Return what `to_json` wrote.

        Raises
        ------
        ValueError
            When an earlier release wrote it, which knew nothing of purchases.
        """
        try:
            count, hundredths, last, decayed, returned, purchases = values
        except ValueError as error:
            message = "amounts of an earlier release lack when purchases came"
            raise ValueError(message) from error
        rhythm = None if purchases is None else Rhythm.from_json(purchases)
        return cls(count, hundredths, last, decayed, returned, rhythm)

    @property
    def sum(self) -> float:
        """The sum, in the team's unit."""
        return self.hundredths / UNIT


def logarithm(amount: float) -> float:
    """Return an amount as models read it: its logarithm, with the amount's sign.

    Examples
    --------
    >>> logarithm(0.0), round(logarithm(-99.0), 3)
    (0.0, -4.605)
    """
    return copysign(log1p(abs(amount)), amount)


def recent_amount(amounts: Amounts, now: float) -> float:
    """Return the decayed sum at a moment, as models read it; with time alone it goes to zero."""
    return logarithm(amounts.decayed * exp2(min((amounts.last - now) / MONTH, 1.0)))
