"""Errors a person reads: one sentence of what happened, and what to do."""

import asyncpg


class GalopeError(Exception):
    """Something the person who runs Galope can mend; the message says how."""

    exit_code = 1
    """Of a command that ends with it."""


class TooLittleError(GalopeError):
    """There is too little to learn from yet; what there is goes on as before."""

    exit_code = 3


class UnavailableError(GalopeError):
    """Something that was not to be had now, and may be later."""


def first_line(error: BaseException) -> str:
    """Return what an error says, without the details that Postgres adds on further lines."""
    return str(error).partition("\n")[0].rstrip(".")


def why_refused(error: asyncpg.PostgresError) -> str:
    """Return why Postgres refused a row, with names and nothing of what the row holds.

    Postgres's own sentence may quote a value, its detail quotes the whole row, and a trigger of the
    team's says what it likes.

    Examples
    --------
    >>> error = asyncpg.CheckViolationError("Ana is too young")
    >>> error.constraint_name = "leads_age"
    >>> why_refused(error)
    'CheckViolationError (23514), constraint leads_age'
    """
    names = {
        kind: getattr(error, f"{kind}_name", None)
        for kind in ("constraint", "column", "table", "data_type")
    }
    where = "".join(f", {kind.replace('_', ' ')} {name}" for kind, name in names.items() if name)
    return f"{type(error).__name__} ({error.sqlstate}){where}"
