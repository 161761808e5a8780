"""What writes scores to the columns that a ``galope.toml`` names."""

from typing import NamedTuple

from postgres.errors import GalopeError
from postgres.mapping import Subject, Written
from postgres.tables import Column, Table, array, literal, quoted


class _Value(NamedTuple):
    """What of a score, in SQL, and the columns it can go to: types, or their categories."""

    value: str
    fits: tuple[str, ...]
    wanted: str


_FRACTIONS = ("double precision", "real", "numeric")
_TIMES = ("timestamp with time zone", "timestamp without time zone")

_VALUES: dict[Written, _Value] = {
    "score": _Value("galope_scored.score", ("N",), "a number"),
    "probability": _Value("galope_scored.probability", _FRACTIONS, "double precision"),
    "status": _Value("galope_scored.status", ("S", "E"), "text"),
    "reasons": _Value("galope_scored.motivos", ("jsonb", "json"), "jsonb"),
    "next_action": _Value("galope_scored.action", ("jsonb", "json"), "jsonb"),
    "scored_at": _Value("to_timestamp(galope_scored.scored_at)", _TIMES, _TIMES[0]),
}


def written_parts(table: Table, subject: Subject) -> dict[str, str]:
    """Return what ``write_columns`` in ``sql/mapping.sql`` is filled in with.

    Raises
    ------
    GalopeError
        When a column is not there, or can't hold what goes to it.
    """
    # In one order, whatever order the file had: the same mapping makes the same functions.
    columns = {what: subject.columns[what] for what in _VALUES if what in subject.columns}
    assigned, differs = [], []
    for what, name in columns.items():
        column, value = _column(table, what, name), _VALUES[what].value
        if column.type == _TIMES[1]:
            if subject.timezone is None:
                message = (
                    f"{table.entry}.columns.{what}: {name} of {table.relation} has no time zone."
                    ' Say which one it is in: timezone = "UTC", or another.'
                )
                raise GalopeError(message)
            value = f"{value} AT TIME ZONE {literal(subject.timezone)}"
        cast = f"({value})::{column.declared}"
        assigned.append(f"{quoted(name)} = {cast if column.category == 'E' else value}")
        if what != "scored_at":
            # The time alone is no reason to write a row.
            stored = table.of(name)
            if column.type == "json":
                stored, cast = f"{stored}::text", f"({value})::text"
            differs.append(f"{stored} IS DISTINCT FROM {cast}")
    names = list(columns.values())
    return {
        "assigned": ", ".join(assigned),
        "differs": f"({' OR '.join(differs)})",
        "earlier": ", ".join(f"{literal(name)}, {table.of(name)}" for name in names),
        "columns": array(names),
        "given_back": ", ".join(f"{quoted(name)} = galope_row.{quoted(name)}" for name in names),
        "written": ", ".join(map(table.of, names)) or "NULL",
    }


def _column(table: Table, what: Written, name: str) -> Column:
    column, fits = table.column(f"columns.{what}", name), _VALUES[what].fits
    entry = f"{table.entry}.columns.{what}: {name} of {table.relation}"
    if column.generated:
        message = f"{entry} is generated, so nothing can be written to it."
        raise GalopeError(message)
    if column.type not in fits and column.category not in fits:
        message = f"{entry} is {column.declared} and must be {_VALUES[what].wanted}."
        raise GalopeError(message)
    return column
