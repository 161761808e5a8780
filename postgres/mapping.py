"""What ``galope.toml`` says: which table is scored, which tables' rows are its events, and how.

A name is a column where the table has one of that name, and an SQL expression elsewhere.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self
from zlib import crc32

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError, model_validator

from domain.heads import HORIZON_DAYS
from domain.profile import NOT_PROFILE
from postgres.errors import GalopeError

FILE = Path("galope.toml")
"""Read by ``--install`` where it lies in the folder."""

Written = Literal["score", "probability", "status", "reasons", "next_action", "scored_at"]
"""What of a score may be written to a column of the team's."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Subject(_Entry):
    """What is scored: one subject for each row of a table.

    Parameters
    ----------
    table
        Its name, with its schema where the search path does not find it.
    key
        The column that names a row: a uuid, a whole number or text.
    created_at
        When the row came: a column or an expression.
    timezone
        The zone that times without one are in.
    where
        Which rows are subjects: a condition.
    profile
        Columns that scores may feed on: answers known before the outcome.
    personal
        Columns of which only being filled in is kept.
    track
        Columns whose changes are events: ``stage_id:4``.
    tracked_at
        When the tracked columns last changed, as far as the row says: a column or an expression.
        Rows that have their outcome when Galope is installed are learned from only with it.
    write
        Where scores go: ``table`` is ``galope.score``, and with ``columns`` the table's own too.
    columns
        By what of a score, as ``galope.score`` calls it, the column that it goes to.
    """

    table: str
    key: str
    created_at: str
    timezone: str | None = None
    where: str = "true"
    profile: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    track: tuple[str, ...] = ()
    tracked_at: str | None = None
    write: Literal["table", "columns"] = "table"
    columns: dict[Written, str] = {}

    @model_validator(mode="after")
    def _answers(self) -> Self:
        if unread := sorted(NOT_PROFILE.intersection(self.profile)):
            message = f"profile can't hold {unread[0]}: a score does not feed on it; try track"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _writes(self) -> Self:
        names = list(self.columns.values())
        if (self.write == "columns") != bool(names):
            message = 'write = "columns" and columns.score = "…" go together'
            raise ValueError(message)
        if names and "score" not in self.columns:
            message = "columns must say score, the column that scores go to"
            raise ValueError(message)
        read = {self.key, *self.profile, *self.personal, *self.track}
        if twice := sorted(name for name in names if name in read or names.count(name) > 1):
            message = f"columns can't hold {twice[0]}: it is used for something else"
            raise ValueError(message)
        return self


class Source(_Entry):
    """A table whose rows are events.

    Parameters
    ----------
    table
        Its name, with its schema where the search path does not find it.
    subject
        By the subject's name, the column that holds its key.
    at
        When the event happened: a column or an expression.
    timezone
        The zone that times without one are in.
    type
        The event's type: a column or an expression. Without one, the table's name.
    value
        An amount, which is added up: a number, as a column or an expression.
    label
        A category that the event is of: a column or an expression.
    where
        Which rows are events: a condition.
    """

    table: str
    subject: dict[str, str]
    at: str
    timezone: str | None = None
    type: str | None = None
    value: str | None = None
    label: str | None = None
    where: str = "true"


class Outcomes(_Entry):
    """What says what became of a subject, by event type, and after how many days silence does."""

    yes: tuple[str, ...]
    no: tuple[str, ...] = ()
    horizon_days: PositiveInt = HORIZON_DAYS


class Mapping(_Entry):
    """All that a ``galope.toml`` says: one subject, its sources, and its outcomes."""

    subject: dict[str, Subject]
    source: tuple[Source, ...] = ()
    head: dict[Literal["qualify"], Outcomes] = {}

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if len(self.subject) != 1:
            message = f"there must be one [subject.…], and there are {len(self.subject)}"
            raise ValueError(message)
        for number, source in enumerate(self.source, 1):
            if list(source.subject) != [self.name]:
                message = f"source {number} must say subject.{self.name}, the column of its key"
                raise ValueError(message)
        if not (self.source or self.the_subject.track):
            message = "there are no events: add a [[source]], or track a column"
            raise ValueError(message)
        return self

    @property
    def name(self) -> str:
        """The subject's name."""
        return next(iter(self.subject))

    @property
    def the_subject(self) -> Subject:
        """The subject."""
        return self.subject[self.name]

    @property
    def written(self) -> tuple[str, str, dict[Written, str]]:
        """Which columns of which table are written, by which key."""
        return self.the_subject.table, self.the_subject.key, self.the_subject.columns

    @property
    def decisive(self) -> tuple[str, ...]:
        """Event types that decide an outcome."""
        return tuple(kind for outcome in self.head.values() for kind in (*outcome.yes, *outcome.no))

    @property
    def declaration(self) -> int | None:
        """The number of what it says that events carry: another one is another number."""
        said = [(source.table, source.value, source.label) for source in self.source]
        if not any(value or label for _, value, label in said):
            return None
        return crc32(repr(said).encode()) >> 1

    @property
    def policy(self) -> dict[str, Any]:
        """What it says of outcomes, in the fields of `domain.policy.Policy`."""
        return {
            name: value
            for outcome in self.head.values()
            for name, value in (
                ("converts", outcome.yes),
                ("loses", outcome.no),
                ("horizon_days", outcome.horizon_days),
            )
        }


def read_mapping(file: Path) -> Mapping:
    """Read a ``galope.toml``.

    Raises
    ------
    GalopeError
        When it can't be read, or says what can't be; the message names the entry.
    """
    try:
        return Mapping.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file} can't be read: {error}."
        raise GalopeError(message) from error
    except ValidationError as error:
        problems = "; ".join(_problem(problem["loc"], problem["msg"]) for problem in error.errors())
        message = f"{file} can't be used: {problems}."
        raise GalopeError(message) from error


def _problem(place: Sequence[int | str], text: str) -> str:
    text = text.removeprefix("Value error, ")
    text = "there is no such entry" if text == "Extra inputs are not permitted" else text
    entry = ".".join(str(part + 1) if isinstance(part, int) else part for part in place)
    return f"{entry}: {text[0].lower()}{text[1:]}" if entry else text
