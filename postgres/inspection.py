"""``python -m stream --inspect``: a galope.toml proposed from the catalogue and a look at the rows.

What is read of rows stays here: of personal columns the file says only their names.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from postgres.connect import Connection
from postgres.errors import GalopeError
from postgres.proposal import Proposal, ProposedSource, ProposedSubject
from postgres.statements import SQL, read
from postgres.tables import KEYS, quoted

QUERIES = read(SQL / "inspection.sql")

SUBJECTS = ("lead", "opportunity", "deal", "prospect", "contact", "customer", "person")
"""What a table of leads is called, the likeliest first."""

CREATED = (
    "createdat", "createdate", "datecreated", "createdon", "created", "dateentered", "insertedat",
    "creation",
)  # fmt: skip
HAPPENED = (
    "happensat", "occurredat", "eventtime", "ts", "timestamp", "date", "datestart", "sentat",
    *CREATED,
)  # fmt: skip
DECIDED = ("dateclosed", "closedat", "convertedat", "wonat")
MOVED = ("datelaststageupdate", "stagechangedat", "statuschangedat")
UPDATED = ("updatedat", "modifiedat", "writedate", "datemodified")
TRACKED = ("stage", "stageid", "status", "statusid", "state", "active")
TYPES = ("messagetype", "eventtype", "activitytype", "type", "kind", "name", "status")

PERSONAL = re.compile(
    r"mail|phone|mobile|whatsapp|fax|name|street|address|zip|postal|birth|gender|website|linkedin"
    r"|twitter|facebook|cpf|cnpj|ssn|vat|taxid|passport|document|function|jobtitle"
)
NOT_KNOWN_BEFORE = re.compile(
    r"probab|lost|won|clos|convert|conversion|reason|score|deadline|^day|^date|bounce"
)
"""Parts of names of what is filled in with the outcome, or towards it."""

BOOKKEEPING = re.compile(
    r"^id$|uid$|^write|^updat|^modif|^creat.*(by|uid)|^delet|^color$|^position$|^sequence$|^user"
    r"|^owner|^assigned|^team|^company(id)?$|^message|^activity|vector$|^description$|^notes?$"
)

YES = re.compile(r"\b(won|converted|customer|sold|signed|closed won|ganho|ganado)\b", re.IGNORECASE)
NO = re.compile(
    r"\b(lost|dead|disqualified|unqualified|recycled|junk|rejected|cancell?ed|perdido)\b",
    re.IGNORECASE,
)

FEWEST = 20
"""Answers from which their being all different tells something."""

MOST_SOURCES = 8

WON_FLAGS = frozenset({"iswon", "won", "isclosedwon"})
LOST_FLAGS = frozenset({"islost", "lost", "isclosedlost"})


def plain(name: str) -> str:
    """Return a name's letters and digits.

    Examples
    --------
    >>> plain("createdAt"), plain("crm.lead")
    ('createdat', 'crmlead')
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def last_word(name: str) -> str:
    """Return the last word of a table's name, in the singular.

    Examples
    --------
    >>> last_word("crm_lead"), last_word("salesOpportunities"), last_word("crm_lead_tag")
    ('lead', 'opportunity', 'tag')
    """
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)
    word = words[-1].lower() if words else name
    return re.sub(r"ies$", "y", word) if word.endswith("ies") else word.removesuffix("s")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalogue has it; `quoted` is its name in SQL."""

    name: str
    quoted: str
    type: str
    category: str
    refers_to: int | None
    is_key: bool

    @property
    def is_time(self) -> bool:
        """Whether it says when something was."""
        return self.type.startswith("timestamp")


@dataclass(slots=True)
class Table:
    """A table as the catalogue has it."""

    oid: int
    schema: str
    name: str
    rows: float
    columns: list[Column] = field(default_factory=list)

    @property
    def relation(self) -> str:
        """Its name in SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def key(self) -> Column | None:
        """The column that is its key, if it is one that a subject can have."""
        return next(
            (column for column in self.columns if column.is_key and column.type in KEYS), None
        )

    def first(self, names: Iterable[str]) -> Column | None:
        """Return the first column of these names, in their order."""
        by_name = {plain(column.name): column for column in self.columns}
        return next((by_name[name] for name in names if name in by_name), None)

    def time(self, names: Iterable[str]) -> Column | None:
        """Return the first column of these names that says when something was."""
        times = {plain(column.name): column for column in self.columns if column.is_time}
        return next((times[name] for name in names if name in times), None)

    @property
    def alive(self) -> str | None:
        """The condition for rows that are not marked as deleted, if they can be."""
        marked = self.first(("deleted", "isdeleted", "deletedat"))
        if marked is None:
            return None
        return f"{marked.quoted} IS NULL" if marked.is_time else f"{marked.quoted} IS NOT TRUE"


async def inspect(connection: Connection) -> str:
    """Return a ``galope.toml`` for a database, with its reasons as comments.

    Raises
    ------
    GalopeError
        When no table looks like leads.
    """
    async with connection.transaction(readonly=True):
        return await Inspection(connection, await _tables(connection)).propose()


async def _tables(connection: Connection) -> list[Table]:
    tables: dict[int, Table] = {}
    for row in await connection.fetch(QUERIES["columns"]):
        table = tables.setdefault(
            row["oid"], Table(row["oid"], row["schema"], row["table"], row["rows"])
        )
        fields = ("name", "quoted", "type", "category", "refers_to", "is_key")
        table.columns.append(Column(*(row[name] for name in fields)))
    return list(tables.values())


class Inspection:
    """One look at a database.

    Parameters
    ----------
    connection
        In a transaction that only reads.
    tables
        Those of the catalogue.
    """

    def __init__(self, connection: Connection, tables: list[Table]) -> None:
        self._connection = connection
        self._tables = tables

    async def propose(self) -> str:
        """Return the file."""
        subject = self._subject()
        described = await self._describe(subject)
        sources: list[ProposedSource] = []
        for table in self._tables:
            if table is not subject and len(sources) < MOST_SOURCES:
                source = await self._source(table, subject)
                sources += [source] if source else []
        yes, no = await self._outcomes(subject, described.track)
        return str(Proposal(described, sources, yes, no))

    def _subject(self) -> Table:
        candidates = [
            table
            for table in self._tables
            if last_word(table.name) in SUBJECTS and table.key and table.time(CREATED)
        ]
        if not candidates:
            message = (
                "No table here looks like leads: none that may be read has a key, a time of"
                f" creation, and a name such as {', '.join(SUBJECTS[:3])}."
                " Write galope.toml by hand: docs/reference/attach.md says how."
            )
            raise GalopeError(message)
        return min(
            candidates, key=lambda table: (SUBJECTS.index(last_word(table.name)), -table.rows)
        )

    async def _describe(self, table: Table) -> ProposedSubject:
        key, created = table.key, table.time(CREATED)
        if key is None or created is None:
            message = f"{table.relation} has no key, or no time of creation."
            raise GalopeError(message)
        described = ProposedSubject(
            last_word(table.name),
            f"{table.schema}.{table.name}",
            key.name,
            created.name,
            zoneless=created.type == "timestamp without time zone",
            where=table.alive,
        )
        times = (table.time(DECIDED), table.time(MOVED), table.time(UPDATED))
        described.tracked_at += [
            time.quoted for time in times if time and time.type == created.type
        ]
        for column in table.columns:
            if column is not created:
                await self._sort(table, column, described)
        return described

    async def _sort(self, table: Table, column: Column, described: ProposedSubject) -> None:
        """Put a column where it belongs: tracked, personal, an answer, or left out."""
        name = plain(column.name)
        if name in TRACKED:
            described.track.append(column.name)
        elif column.is_key or BOOKKEEPING.search(name):
            described.left_out.append(column.name)
        elif NOT_KNOWN_BEFORE.search(name) or column.category not in "BNSE":
            described.later.append(column.name)
        elif PERSONAL.search(name):
            described.personal[column.name] = "by its name"
        elif column.category == "S" and (reason := await self._identifies(table, column)):
            described.personal[column.name] = reason
        else:
            described.profile.append(column.name)

    async def _values(self, table: Table, column: Column) -> asyncpg.Record:
        query = QUERIES["values"].format(column=column.quoted, table=table.relation)
        (row,) = await self._connection.fetch(query)
        return row

    async def _identifies(self, table: Table, column: Column) -> str | None:
        """Return why a column of text may tell who somebody is, or None."""
        values = await self._values(table, column)
        if values["mails"]:
            return "holds addresses of e-mail"
        if values["said"] >= FEWEST and values["different"] > values["said"] / 2:
            return "nearly every row has its own"
        return None

    async def _source(self, table: Table, subject: Table) -> ProposedSource | None:
        """Return a table as a source of events of the subject's, or None."""
        at = table.time(HAPPENED)
        if at is None:
            return None
        column, condition, why = self._refers(table, subject), None, "refers to the subject"
        if column is None:
            column, condition = await self._points(table, subject)
            why = "names the table and the row that each of its rows is about"
        if column is None:
            return None
        conditions = [text for text in (condition, table.alive) if text]
        kind = await self._type(table)
        return ProposedSource(
            f"{table.schema}.{table.name}",
            why,
            column.name,
            at.name,
            zoneless=at.type == "timestamp without time zone",
            where=" AND ".join(conditions) or None,
            type=kind,
        )

    @staticmethod
    def _refers(table: Table, subject: Table) -> Column | None:
        key = subject.key
        names = (f"{plain(subject.name)}id", f"{last_word(subject.name)}id")
        for column in table.columns:
            same = key is not None and KEYS.get(column.type) == KEYS[key.type]
            if column.refers_to == subject.oid or (same and plain(column.name).endswith(names)):
                return column
        return None

    async def _points(self, table: Table, subject: Table) -> tuple[Column | None, str | None]:
        """Return the column that points to a subject where another one names its table."""
        known = {plain(subject.name), last_word(subject.name)}
        for names, key in _pairs(table, subject):
            values = await self._values(table, names)
            for value in values["all"] or ():
                if plain(value) in known:
                    text = value.replace("'", "''")
                    return key, f"{names.quoted} = '{text}'"
        return None, None

    async def _type(self, table: Table) -> str | None:
        """Return the column that says what kind of event a row is: one with few values."""
        for name in TYPES:
            column = table.first((name,))
            if column is not None and column.category in "SE":
                values = await self._values(table, column)
                if values["all"] and len(values["all"]) < max(values["said"], FEWEST):
                    return column.name
        return None

    async def _outcomes(self, table: Table, tracked: list[str]) -> tuple[list[str], list[str]]:
        """Return the event types that say yes, and those that say no, by what values are called."""
        yes, no = [], []
        for column in table.columns:
            if column.name not in tracked:
                continue
            for value, won, lost in await self._meanings(table, column):
                kind = f"{column.name}:{value}"
                if won:
                    yes.append(kind)
                elif lost:
                    no.append(kind)
        return yes, no

    async def _meanings(self, table: Table, column: Column) -> list[tuple[str, bool, bool]]:
        """Return a tracked column's values, and whether each says yes or no."""
        if column.category == "B":
            return [("false", False, plain(column.name) == "active")]
        referred = next(
            (candidate for candidate in self._tables if candidate.oid == column.refers_to), None
        )
        if referred is not None and referred.key is not None:
            query = QUERIES["rows_of"].format(table=referred.relation)
            rows = [json.loads(row[0]) for row in await self._connection.fetch(query)]
            return [(str(row[referred.key.name]), *_meaning_of(row)) for row in rows]
        labels = await self._connection.fetchval(QUERIES["labels"], table.oid, column.name)
        if labels is None:
            labels = (await self._values(table, column))["all"] or ()
        return [(label, *_meaning_of({"": label.replace("_", " ")})) for label in labels]


def _meaning_of(row: Mapping[str, Any]) -> tuple[bool, bool]:
    """Tell whether a row of stages says yes or no: by a flag where it has one, else by words."""
    flags = {plain(name): value for name, value in row.items() if isinstance(value, bool)}
    words = " ".join(value for value in row.values() if isinstance(value, str))
    lost = any(flags.get(name) for name in LOST_FLAGS) or bool(NO.search(words))
    if flags.keys() & WON_FLAGS:
        return any(flags.get(name) for name in WON_FLAGS), lost
    return bool(YES.search(words)) and not lost, lost


def _pairs(table: Table, subject: Table) -> Iterator[tuple[Column, Column]]:
    """Yield columns that may name a table, each with one that may name its row: model, res_id."""
    key = subject.key
    by_name = {plain(column.name): column for column in table.columns}
    for name, column in by_name.items():
        stem = re.sub(r"(model|type|table|object)$", "", name)
        if stem == name or column.category not in "SE":
            continue
        for key_name in (f"{stem}id", "resid", "recordid", "objectid"):
            pointed = by_name.get(key_name)
            if pointed and not pointed.is_key and key and KEYS.get(pointed.type) == KEYS[key.type]:
                yield column, pointed
