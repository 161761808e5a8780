"""Why a model version is kept, or scores: in a sentence, and in facts for any language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Rationale:
    """Why a version has its status.

    Parameters
    ----------
    text
        In English, for command lines and logs.
    facts
        Its ``code`` and what the sentence speaks of, for who words it in another language; empty
        where a person wrote the text.
    """

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def by_hand(text: str | None) -> Rationale:
    """Return why a person chose a version, in their words if they gave any.

    Examples
    --------
    >>> by_hand("the new form is live").facts, by_hand(None).text
    ({}, 'by hand')
    """
    return Rationale(text) if text else Rationale("by hand", {"code": "by_hand"})
