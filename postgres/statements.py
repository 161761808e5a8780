"""The statements of ``sql/queries.sql``, by name."""

import re
from pathlib import Path

SQL = Path(__file__).resolve().parent.parent / "sql"
"""Folder of the SQL files."""

_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)


def read(file: Path) -> dict[str, str]:
    """Return the statements of a file by the names in its ``-- name --`` lines."""
    _, *parts = _NAME.split(file.read_text(encoding="utf-8"))
    return {
        name: text.strip().removesuffix(";")
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    }


QUERIES = read(SQL / "queries.sql")
"""Every statement by name."""
