"""Errors a person reads: one sentence of what happened, and what to do."""


class GalopeError(Exception):
    """Something the person who runs Galope can mend; the message says how."""
