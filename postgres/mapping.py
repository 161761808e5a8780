"""What ``galope.toml`` says: which table is scored, which tables' rows are its events, and how.

A name is a column where the table has one of that name, and an SQL expression elsewhere.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from domain.heads import HORIZON_DAYS, PRIMARY, Anchor, Head, qualify, why_unusable
from domain.profile import NOT_PROFILE
from domain.state import DAY
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


class Question(_Entry):
    """A head: what answers it, by event type, and after how many days silence does.

    Parameters
    ----------
    yes, no
        Event types that answer. With none for yes, silence is a yes.
    horizon_days
        Days from the anchor after which silence answers.
    anchor
        ``created``, asked once from the subject's creation, or ``rolling``, asked anew at any
        moment.
    primary
        Whether it drives scores, bands and the board. Where no head says so, ``qualify`` does.
    """

    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    horizon_days: PositiveInt = HORIZON_DAYS
    anchor: Anchor = Anchor.CREATED
    primary: bool = False

    def head(self, name: str, *, primary: bool) -> Head:
        """Return the head of this name."""
        yes, no = frozenset(self.yes), frozenset(self.no)
        if primary and self.anchor is Anchor.CREATED:
            return qualify(yes, no, self.horizon_days, name)
        return Head(name, yes, no, self.horizon_days * DAY, self.anchor, primary)


class Mapping(_Entry):
    """All that a ``galope.toml`` says: one subject, its sources, and what is asked of it."""

    subject: dict[str, Subject]
    source: tuple[Source, ...] = ()
    head: dict[Annotated[str, Field(pattern=r"^[a-z]\w{0,39}$")], Question] = {}

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
        if reason := why_unusable(self.heads):
            raise ValueError(reason)
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
        """Event types that answer a head."""
        return tuple(kind for asked in self.head.values() for kind in (*asked.yes, *asked.no))

    @property
    def heads(self) -> tuple[Head, ...]:
        """The questions; today's is the primary one where none is."""
        declared = tuple(
            asked.head(name, primary=self._is_primary(name)) for name, asked in self.head.items()
        )
        return declared if any(head.primary for head in declared) else (qualify(), *declared)

    def _is_primary(self, name: str) -> bool:
        said = any(asked.primary for asked in self.head.values())
        return self.head[name].primary if said else name == PRIMARY

    @property
    def declaration(self) -> int | None:
        """The number of what it says that events carry: another one is another number."""
        said = [(source.table, source.value, source.label) for source in self.source]
        if not any(value or label for _, value, label in said):
            return None
        return crc32(repr(said).encode()) >> 1

    @property
    def policy(self) -> dict[str, Any]:
        """What it says of heads, in the fields of `domain.policy.Policy`."""
        said: dict[str, Any] = {}
        for name, asked in self.head.items():
            if self._is_primary(name):
                said = {"converts": asked.yes, "loses": asked.no}
                said["horizon_days"] = asked.horizon_days
                if name != PRIMARY:
                    said["primary"] = name
        others = [head.to_json() for head in self.heads if not head.primary]
        return {**said, "others": others} if others else said


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
