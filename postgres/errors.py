"""Errors a person reads: one sentence of what happened, and what to do."""


class GalopeError(Exception):
    """Something the person who runs Galope can mend; the message says how."""


class UnavailableError(GalopeError):
    """Something that was not to be had now, and may be later."""


def said(error: BaseException) -> str:
    """Return what an error says, without the details that Postgres adds on further lines."""
    return str(error).partition("\n")[0].rstrip(".")
