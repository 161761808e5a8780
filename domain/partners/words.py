"""Free text made comparable: without accents, case or endings."""

import re
import unicodedata

STEM = 6
"""Letters of a word that are compared: *veterinário* and *veterinárias* are the same work."""

SHORTEST = 3
"""Letters. Shorter words say nothing, in Portuguese and in Spanish."""

_EMPTY = """
    com como dos das del los las mais mas muito nao nos nas para pela pelo por que sem ser seu sua
    sobre tem uma umas uns unos unas ltda eireli epp the and for
"""

EMPTY_WORDS = frozenset(_EMPTY.split())

_WORD = re.compile(r"\b[a-z][a-z0-9]*")


def folded(text: str) -> str:
    """Return text without accents and case, with single spaces.

    Examples
    --------
    >>> folded("  São JOSÉ   dos Campos ")
    'sao jose dos campos'
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def stems(text: str) -> list[str]:
    """Return the beginnings of a text's words, in order, without those that say nothing.

    Examples
    --------
    >>> stems("Clínica Veterinária do Sul LTDA")
    ['clinic', 'veteri', 'sul']
    """
    return [
        word[:STEM]
        for word in _WORD.findall(folded(text))
        if len(word) >= SHORTEST and word not in EMPTY_WORDS
    ]
