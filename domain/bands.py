"""Bands of the score, and the gate before a salesperson's time is spent."""

from enum import StrEnum

WARM = 40
"""Score from which a lead is worth warming."""

HOT = 70
"""Score from which a lead is worth a salesperson, once the gate is open."""


class Status(StrEnum):
    """Where a lead stands; the values are the ones on the wire."""

    CURIOUS = "CURIOSO"
    WARMING = "AQUECENDO"
    QUALIFIED = "QUALIFICADO"
    SENT = "ENVIADO"


class Confirmation(StrEnum):
    """What a salesperson must have confirmed before a lead counts as qualified."""

    BUDGET = "budget_confirmed"
    TIMELINE = "timeline_confirmed"
    NEED = "need_confirmed"


INBOX = "INBOX"
"""The Kanban stage of a lead nobody has moved; its column is CURIOSO's."""

BAND = {
    INBOX: (0, WARM - 1),
    Status.CURIOUS: (0, WARM - 1),
    Status.WARMING: (WARM, HOT - 1),
    Status.QUALIFIED: (HOT, 100),
    Status.SENT: (HOT, 100),
}
"""Lowest and highest score a lead held in a stage by hand may show."""


def status_of(score: int, confirmations: frozenset[Confirmation]) -> Status:
    """Return the status a score earns.

    Parameters
    ----------
    score
        0 to 100.
    confirmations
        What has been confirmed. Without all three a score of 70 or more stays AQUECENDO.

    Examples
    --------
    >>> status_of(85, frozenset())
    <Status.WARMING: 'AQUECENDO'>
    >>> status_of(85, frozenset(Confirmation))
    <Status.QUALIFIED: 'QUALIFICADO'>
    """
    if score < WARM:
        return Status.CURIOUS
    if score < HOT or len(confirmations) < len(Confirmation):
        return Status.WARMING
    return Status.QUALIFIED
