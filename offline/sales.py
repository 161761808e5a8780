"""A flat sales table: one line a purchase or return, as spreadsheets and shops write it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from domain.attributes import NUMBER
from domain.delimited import decoded, separator
from domain.events import why_unusable
from domain.heads import PURCHASE
from postgres.errors import GalopeError

FILE = "purchases.csv"

COLUMNS = ("customer", "date", "amount", "family", "quantity")
"""Columns that the file must have, in any order; others are left alone."""

RETURN = "return"
"""Event type of a line whose amount is negative: it must not pass for a purchase."""

TOO_MANY = 0.05
"""Share of lines that can't be read above which the whole file is refused, as of another kind."""

NAMED = 20
"""Lines that can't be read which are named at the most."""

DATES = ("%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%y", "%Y-%m-%d")
"""How dates may be written, the day before the month."""

GROUPED = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d*)?|-?\d*(,\d*)?")
"""A number with a comma before its decimals, and dots between thousands or none."""


@dataclass(frozen=True, slots=True)
class Sale:
    """One line.

    Parameters
    ----------
    customer, family
        As written, without spaces around; the family may be empty.
    at
        When, in the team's zone: midnight where only the day is known.
    amount
        Negative for a return.
    quantity
        None where it is not said.
    """

    customer: str
    at: datetime
    amount: float
    family: str
    quantity: float | None

    @property
    def event_type(self) -> str:
        """Whether something was bought, or came back."""
        return RETURN if self.amount < 0.0 else PURCHASE

    @property
    def metadata(self) -> dict[str, str | float]:
        """What the event carries."""
        values: dict[str, str | float] = {"amount": self.amount}
        if self.family:
            values["family"] = self.family
        if self.quantity is not None:
            values["quantity"] = self.quantity
        return values


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that can't be read: its row, the header's being 1, and why."""

    row: int
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Sales:
    """What a file says: its lines in order of time, and those that can't be read."""

    lines: Sequence[Sale]
    rejects: Sequence[Reject]

    @classmethod
    def read(cls, file: Path, zone: tzinfo, now: float) -> "Sales":
        """Read a file.

        Parameters
        ----------
        file
            CSV with commas, semicolons or tabs between cells; see `domain.delimited` for its bytes.
        zone
            Of its dates.
        now
            The reader's time, in seconds since 1970: nothing was sold later.

        Raises
        ------
        GalopeError
            When a column is missing, or too many lines can't be read.
        """
        header, rows = _table(file)
        if missing := [name for name in COLUMNS if name not in header]:
            message = f"{file} has no column {', '.join(missing)}: it needs {', '.join(COLUMNS)}."
            raise GalopeError(message)
        amounts = [cells[header.index("amount")] for _, cells in rows if len(cells) == len(header)]
        reader = _Reader(zone, now, any("," in amount for amount in amounts))
        lines: list[Sale] = []
        rejects: list[Reject] = []
        for row, cells in rows:
            try:
                lines.append(reader.sale(header, cells))
            except ValueError as error:
                rejects.append(Reject(row, str(error)))
        if len(rejects) > TOO_MANY * len(rows):
            message = (
                f"Nothing was loaded: {len(rejects)} of {len(rows)} rows of {file} can't be read:"
                f" {named(rejects)}."
            )
            raise GalopeError(message)
        return cls(sorted(lines, key=lambda line: line.at), rejects)


def named(rejects: Sequence[Reject]) -> str:
    """Name the first rows that can't be read, and say how many more there are."""
    more = len(rejects) - NAMED
    listed = "; ".join(map(str, rejects[:NAMED]))
    return f"{listed}; and {more} more" if more > 0 else listed


def numbered(lines: Iterable[Sale]) -> Iterator[tuple[str, Sale]]:
    """Yield lines, each with a name that it keeps in a longer file: equal ones are counted."""
    seen: Counter[Sale] = Counter()
    for line in lines:
        seen[line] += 1
        said = (line.at.isoformat(), line.amount, line.family, line.quantity, seen[line])
        yield "|".join(map(str, said)), line


def _table(file: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header's names, and the other rows with their numbers."""
    try:
        text = decoded(file.read_bytes())
        header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text))
    except OSError as error:
        message = f"{file} can't be read: {error}."
        raise GalopeError(message) from error
    except (csv.Error, ValueError) as error:
        message = f"{file} can't be read as CSV: {error}."
        raise GalopeError(message) from error
    numbers = [(row, cells) for row, cells in enumerate(rows, 2) if any(cells)]
    return [name.strip().casefold() for name in header], numbers


@dataclass(frozen=True, slots=True)
class _Reader:
    """How a file's cells are read."""

    zone: tzinfo
    now: float
    decimal_comma: bool

    def sale(self, header: Sequence[str], cells: Sequence[str]) -> Sale:
        if len(cells) != len(header):
            message = f"{len(cells)} cells, where the header has {len(header)}"
            raise ValueError(message)
        values: Mapping[str, str] = dict(zip(header, map(str.strip, cells), strict=True))
        if not values["customer"] or "\0" in "".join(cells):
            message = "no customer" if not values["customer"] else "a cell holds a NUL character"
            raise ValueError(message)
        quantity = values["quantity"]
        return Sale(
            values["customer"],
            self._date(values["date"]),
            self._number(values["amount"], "amount"),
            values["family"],
            self._number(quantity, "quantity") if quantity else None,
        )

    def _date(self, text: str) -> datetime:
        for form in DATES:
            try:
                at = datetime.strptime(text, form).replace(tzinfo=self.zone)
            except ValueError:
                continue
            if reason := why_unusable(at.timestamp(), self.now):
                message = f"date {text!r}: {reason.removeprefix('the event is ')}"
                raise ValueError(message)
            return at
        message = f"{text!r} is no date such as 31/12/2025"
        raise ValueError(message)

    def _number(self, text: str, column: str) -> float:
        plain = text.removeprefix("R$").replace(" ", "").replace("\u00a0", "")
        if self.decimal_comma and GROUPED.fullmatch(plain):
            plain = plain.replace(".", "").replace(",", ".")
        elif self.decimal_comma:
            plain = ""
        if not NUMBER.fullmatch(plain):
            example = "1.234,56" if self.decimal_comma else "1234.56"
            message = f"{column} {text!r} is no number such as {example}"
            raise ValueError(message)
        return float(plain)
