"""Delimited text as spreadsheets, shops and ad networks write it: its bytes, and what separates."""

import csv
import io

SEPARATORS = (";", "\t", ",", "|")

LOOKED_AT = 20
"""Rows by which the separator is chosen."""


def decoded(content: bytes) -> str:
    r"""Return text by its byte order mark, else as UTF-16, UTF-8 or Windows' Latin-1, as it fits.

    Examples
    --------
    >>> words = "João;São Paulo"
    >>> {decoded(words.encode(encoding)) == words
    ...  for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1")}
    {True}
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    for encoding, high in (("utf-16-le", content[1:1000:2]), ("utf-16-be", content[:1000:2])):
        if high.count(b"\0") * 2 > len(high):
            return content.decode(encoding)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def separator(text: str) -> str:
    r"""Return what stands between the cells.

    Examples
    --------
    >>> separator("name;price\nAna;1,50\n")
    ';'
    """
    return max(SEPARATORS, key=lambda each: _fit(text, each))


def _fit(text: str, between: str) -> tuple[int, int]:
    """Return how well a separator fits: rows as wide as the first, and how wide that is."""
    rows = csv.reader(io.StringIO(text), delimiter=between)
    widths = [len(cells) for cells, _ in zip(rows, range(LOOKED_AT), strict=False) if cells]
    if not widths or widths[0] == 1:
        return 0, 0
    return sum(width == widths[0] for width in widths), widths[0]
