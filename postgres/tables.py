"""A table as the catalogue has it, and names and texts in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from postgres.errors import GalopeError

KEYS = {
    "uuid": "uuid",
    "smallint": "whole number",
    "integer": "whole number",
    "bigint": "whole number",
    "text": "text",
    "character varying": "text",
    "character": "text",
    "citext": "text",
}
"""By type, what kind of key a column can be."""


def literal(text: str) -> str:
    """Return text as an SQL literal.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Return a name as an SQL identifier.

    Examples
    --------
    >>> quoted("timelineActivity")
    '"timelineActivity"'
    """
    return '"' + name.replace('"', '""') + '"'


def array(texts: Sequence[str]) -> str:
    """Return an SQL array of texts."""
    return f"ARRAY[{', '.join(map(literal, texts))}]"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalogue has it; see ``columns`` in ``sql/mapping.sql``."""

    name: str
    type: str
    declared: str
    category: str
    generated: bool
    required: bool
    refers: bool
    unique: bool
    indexed: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the catalogue has it, and what messages call the entry that names it."""

    entry: str
    relation: str
    name: str
    alias: str
    kind: str
    columns: dict[str, Column]

    def column(self, what: str, name: str) -> Column:
        """Return a column; refuse one that is not there."""
        if name not in self.columns:
            message = f"{self.entry}.{what}: {self.relation} has no column {name}."
            raise GalopeError(message)
        return self.columns[name]

    def of(self, name: str) -> str:
        """Return a column in SQL."""
        return f"{self.alias}.{quoted(name)}"

    def key_kind(self, what: str, name: str) -> str:
        """Return what kind of key a column is; refuse what can't be one."""
        column = self.column(what, name)
        kind = KEYS.get(column.type)
        if kind is None:
            message = (
                f"{self.entry}.{what}: {name} of {self.relation} is {column.type}; a key is a"
                " uuid, a whole number or text."
            )
            raise GalopeError(message)
        return kind

    def subject_id(self, name: str) -> str:
        """Return the uuid of the subject that a key column names, in SQL."""
        cast = {"uuid": "{}", "whole number": "galope.subject_id({}::bigint)"}
        kind = KEYS[self.columns[name].type]
        return cast.get(kind, "galope.subject_id({}::text)").format(self.of(name))
