"""A mapping held against the catalogue, and the SQL that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from postgres.connect import Connection
from postgres.errors import GalopeError, first_line
from postgres.mapped_writes import written_parts
from postgres.mapping import Mapping, Source, Subject
from postgres.statements import SQL, read
from postgres.tables import KEYS, Column, Table, array, literal, quoted

TEMPLATES = read(SQL / "mapping.sql")
"""By name, what is made of a mapping."""

QUOTE = "$galope$"
"""Between which the templates write functions."""

UNSEEN = read(SQL / "unseen.sql")
"""The statements of ``sql/unseen.sql`` by name."""

NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8"})
"""Types that an amount may have."""

EVENTS = {"inserted": "INSERT", "updated": "UPDATE", "deleted": "DELETE", "truncated": "TRUNCATE"}

OLD_ROWS, NEW_ROWS = "OLD TABLE AS old_rows", "NEW TABLE AS new_rows"

TRANSITIONS = {
    "inserted": f"REFERENCING {NEW_ROWS}",
    "updated": f"REFERENCING {OLD_ROWS} {NEW_ROWS}",
    "deleted": f"REFERENCING {OLD_ROWS}",
    "truncated": "",
}


async def refuse_unseen(connection: Connection, tables: Sequence[str]) -> None:
    """Make sure that no row of some tables could go unseen.

    Raises
    ------
    GalopeError
        When one could; the message says why, and what to do.
    """
    for statement in UNSEEN.values():
        if sentence := await connection.fetchval(statement, tables):
            raise GalopeError(sentence)


def filled(template: str, **parts: str) -> str:
    """Return a template filled in.

    Raises
    ------
    GalopeError
        When a name or an expression would end the text of a function, and what follows be run.
    """
    if any(QUOTE in part for part in parts.values()):
        message = (
            f"A name or an expression that galope.toml uses holds {QUOTE}. Write it otherwise."
        )
        raise GalopeError(message)
    return TEMPLATES[template].format(**parts)


@dataclass(slots=True)
class MappedTable:
    """One table of a mapping: its triggers, and its part of what is read.

    Parameters
    ----------
    table
        As the catalogue has it.
    prefix
        What its triggers' functions are called by: ``subject``, or ``source_`` and its number.
    key
        The column of the subject's key.
    parts
        What the templates are filled in with.
    """

    table: Table
    prefix: str
    key: str
    parts: dict[str, str] = field(default_factory=dict)

    def fill(self, template: str, **more: str) -> str:
        """Return a template filled in for this table."""
        return filled(template, **self.parts, **more)

    def triggers(self, decisive: Sequence[str]) -> str:
        """Return the statements that make the table's triggers."""
        kind = "subject" if self.prefix == "subject" else "source"
        rows = "subject_rows" if kind == "subject" else "source_events"
        more = {
            f"{when}_{what}": self.fill(rows, rows=f"{when}_rows")
            for when in ("old", "new")
            for what in ("events", "subjects")
        }
        made = []
        for name, event in EVENTS.items():
            log = f"{kind}_{name}" if name != "truncated" else name
            seen = {"inserted": ("new",), "truncated": (), "updated": ("old", "new")}
            unread = "\n".join(
                self.fill("unread", rows=f"{when}_rows") + ";" for when in seen.get(name, ("old",))
            )
            made.append(
                filled(
                    "trigger",
                    name=f"{self.prefix}_{name}",
                    event=event,
                    relation=self.table.relation,
                    transition=TRANSITIONS[name],
                    log=self.fill(log, decisive=array(decisive), **more) + ";",
                    unread=unread or "NULL;",
                )
            )
        return ";\n".join(made)

    @property
    def index(self) -> str | None:
        """The statement that makes the index by which the table is looked up, if it needs one."""
        if self.table.columns[self.key].indexed and self.table.columns[self.key].type == "uuid":
            return None
        how = "" if self.table.kind == "p" else "CONCURRENTLY "
        return (
            f"CREATE INDEX {how}IF NOT EXISTS galope_{self.prefix}_key"
            f" ON {self.table.relation} (({self.table.subject_id(self.key)}))"
        )


@dataclass(frozen=True, slots=True)
class MappedTables:
    """A mapping that fits the database."""

    mapping: Mapping
    subject: MappedTable
    sources: list[MappedTable]

    @property
    def functions(self) -> str:
        """The statements that make what the stream and training read from."""
        parts = [
            source.fill("source_events", rows=source.table.relation) for source in self.sources
        ]
        if self.mapping.the_subject.track:
            parts.append(self.subject.fill("tracked_events"))
        events = filled("subject_events", sources="\n    UNION ALL\n    ".join(parts))
        number = self.mapping.declaration
        declared = TEMPLATES["declaration"].format(declaration="NULL" if number is None else number)
        writes = self.subject.fill(
            "write_columns" if self.mapping.the_subject.columns else "write_nothing"
        )
        return f"{declared};\n{self.subject.fill('subjects')};\n{events};\n{writes};"


class Catalogue:
    """Looks mappings up in a database.

    Parameters
    ----------
    connection
        In a transaction, of which everything that is tried here is rolled back.
    on_rows
        Whether expressions are tried on rows, or only understood.
    """

    def __init__(self, connection: Connection, *, on_rows: bool = True) -> None:
        self._connection = connection
        self._on_rows = on_rows
        self._declaration: int | None = None

    async def fit(self, mapping: Mapping) -> MappedTables:
        """Return a mapping with the SQL that follows.

        Raises
        ------
        GalopeError
            When it does not fit the database; the message names the entry and what to do.
        """
        self._declaration = mapping.declaration
        subject = await self._subject(f"subject.{mapping.name}", mapping.the_subject)
        tracked = mapping.the_subject.track
        for name, asked in mapping.head.items():
            for kind in (*asked.yes, *asked.no):
                column = kind.partition(":")[0]
                if ":" in kind and column in subject.table.columns and column not in tracked:
                    message = f"head.{name}: {kind} needs {column} among the columns to track."
                    raise GalopeError(message)
        sources = [
            await self._source(number, source, mapping.name, subject)
            for number, source in enumerate(mapping.source, 1)
        ]
        return MappedTables(mapping, subject, sources)

    async def _table(self, entry: str, name: str) -> Table:
        verbatim = ".".join(map(quoted, name.split(".")))
        try:
            row = await self._connection.fetchrow(TEMPLATES["table"], name, verbatim)
        except asyncpg.PostgresError:
            row = None
        if row is None:
            message = f"{entry}.table: there is no table {name}; write it with its schema."
            raise GalopeError(message)
        if row["kind"] not in {"r", "p"}:
            message = (
                f"{entry}.table: {row['relation']} is no table, and only a table has triggers."
            )
            raise GalopeError(message)
        await refuse_unseen(self._connection, [row["relation"]])
        columns = await self._connection.fetch(TEMPLATES["columns"], row["oid"])
        return Table(
            entry,
            row["relation"],
            row["name"],
            row["alias"],
            row["kind"],
            {column["name"]: Column(**column) for column in columns},
        )

    async def _subject(self, entry: str, subject: Subject) -> MappedTable:
        table = await self._table(entry, subject.table)
        table.key_kind("key", subject.key)
        if table.kind == "r" and not table.columns[subject.key].unique:
            message = f"{entry}.key: {subject.key} of {table.relation} is not unique."
            raise GalopeError(message)
        answers = [
            (name, _answer(table, name, personal=name in subject.personal))
            for name in dict.fromkeys((*subject.profile, *subject.personal))
        ]
        tracked = [table.column("track", name).name for name in subject.track]
        created_at = await self._time(table, "created_at", subject.created_at, subject.timezone)
        mapped = MappedTable(table, "subject", subject.key)
        mapped.parts = {
            **self._common(table, subject.key),
            "created_at": created_at,
            "where": await self._condition(table, subject.where),
            "answers": ", ".join(f"{answer} AS {quoted(name)}" for name, answer in answers),
            "compared": ", ".join((created_at, *(answer for _, answer in answers))),
            "attributes": self._carried(),
            "tracked": array(tracked),
            "tracked_values": ", ".join(f"{table.of(name)}::text" for name in tracked),
            **written_parts(table, subject),
        }
        if subject.tracked_at is not None:
            at = await self._time(table, "tracked_at", subject.tracked_at, subject.timezone)
            mapped.parts["tracked_at"] = at
        return mapped

    async def _source(
        self, number: int, source: Source, name: str, subject: MappedTable
    ) -> MappedTable:
        table = await self._table(f"source {number}", source.table)
        key = source.subject[name]
        kind, wanted = table.key_kind(f"subject.{name}", key), _kind(subject)
        if kind != wanted:
            message = (
                f"source {number}.subject.{name}: {key} of {table.relation} is {kind}, and"
                f" {subject.key} of {subject.table.relation} is {wanted}."
            )
            raise GalopeError(message)
        mapped = MappedTable(table, f"source_{number}", key)
        # What names the row of an event, to set it aside: of two tables, the same key is two rows.
        row = next((column.name for column in table.columns.values() if column.unique), None)
        of = f"{table.of(row)}::text" if row else f"{table.alias}::text"
        kind_of_event = literal(table.name)
        if source.type is not None:
            text, _ = await self._expression(table, "type", source.type)
            kind_of_event = f"coalesce(left(({text})::text, 100), {literal(table.name)})"
        mapped.parts = {
            **self._common(table, key),
            "event_id": f"md5({literal(table.relation + ' ')} || {of})::uuid",
            "type": kind_of_event,
            "at": await self._time(table, "at", source.at, source.timezone),
            "attributes": self._carried(
                source.value and await self._amount(table, source.value),
                source.label and await self._label(table, source.label),
            ),
            "where": await self._condition(table, source.where),
        }
        return mapped

    def _carried(self, amount: str | None = None, label: str | None = None) -> str:
        """Return what an event carries, in SQL."""
        if self._declaration is None:
            return "NULL::jsonb"
        return TEMPLATES["carried"].format(
            declaration=self._declaration, amount=amount or "NULL::float8", labels=label or ""
        )

    async def _amount(self, table: Table, text: str) -> str:
        number, kind = await self._expression(table, "value", text)
        if kind not in NUMBERS:
            message = f"{table.entry}.value: {text} of {table.relation} is {kind}, not a number."
            raise GalopeError(message)
        return TEMPLATES["amount"].format(number=number)

    async def _label(self, table: Table, text: str) -> str:
        """Return a label in SQL: after its column, or simply a label where it is an expression."""
        label, _ = await self._expression(table, "label", text)
        name = text if text in table.columns else "label"
        return TEMPLATES["label"].format(name=literal(f"{name}="), text=label)

    @staticmethod
    def _common(table: Table, key: str) -> dict[str, str]:
        return {
            "relation": table.relation,
            "alias": table.alias,
            "key": table.of(key),
            "id": table.subject_id(key),
        }

    async def _condition(self, table: Table, text: str) -> str:
        condition, kind = await self._expression(table, "where", text)
        if kind != "bool":
            message = f"{table.entry}.where: {text} is {kind}, not a condition."
            raise GalopeError(message)
        return condition

    async def _time(self, table: Table, what: str, text: str, zone: str | None) -> str:
        """Return an expression for a moment; refuse a time that no zone is known of."""
        moment, kind = await self._expression(table, what, text)
        if kind == "timestamptz":
            return moment
        if kind not in {"timestamp", "date"}:
            message = f"{table.entry}.{what}: {text} of {table.relation} is {kind}, not a time."
            raise GalopeError(message)
        if zone is None:
            message = (
                f"{table.entry}.{what}: {text} of {table.relation} has no time zone."
                ' Say which one it is in: timezone = "UTC", or another.'
            )
            raise GalopeError(message)
        await self._try(f"SELECT timestamp '2026-01-01' AT TIME ZONE {literal(zone)}", table,
                        f"timezone: {zone}")  # fmt: skip
        return f"(({moment})::timestamp AT TIME ZONE {literal(zone)})"

    async def _expression(self, table: Table, what: str, text: str) -> tuple[str, str]:
        """Return a column or an expression in SQL, and its type; refuse what Postgres refuses."""
        # Ended by a line of its own, lest a comment swallow what follows.
        expression = table.of(text) if text in table.columns else f"({text}\n)"
        attempt = TEMPLATES["attempt"].format(
            expression=expression, relation=table.relation, alias=table.alias
        )
        kind = await self._try(attempt, table, f"{what}: {text}")
        return expression, kind

    async def _try(self, query: str, table: Table, what: str) -> str:
        """Run a query, as the triggers would, and return the type of its one column."""
        attempt = self._connection.transaction()
        await attempt.start()
        try:
            await self._connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
            statement = await self._connection.prepare(query)
            if self._on_rows:
                await statement.fetch()
            (column,) = statement.get_attributes()
        except asyncpg.InsufficientPrivilegeError:
            raise
        except (asyncpg.PostgresError, ValueError) as error:
            reason = (
                first_line(error)
                if isinstance(error, asyncpg.PostgresError)
                else "is not one value"
            )
            message = f"{table.entry}.{what} can't be used on {table.relation}: {reason}."
            raise GalopeError(message) from error
        finally:
            await attempt.rollback()
        return column.type.name


def _kind(subject: MappedTable) -> str:
    return KEYS[subject.table.columns[subject.key].type]


def _answer(table: Table, name: str, *, personal: bool) -> str:
    """Return an answer in SQL: a number, or text; of personal data, whether it is filled in."""
    column = table.column("personal" if personal else "profile", name)
    if personal:
        return f"nullif({table.of(name)}::text <> '', false)"
    numeric = column.category == "N" and not column.refers
    # What refers to another table, or is one of a list, is a category, whatever its number.
    return table.of(name) if numeric or column.category == "B" else f"{table.of(name)}::text"
