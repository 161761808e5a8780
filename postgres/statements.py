"""The statements of the files in ``sql/queries``, by name."""

import re
from pathlib import Path

SQL = Path(__file__).resolve().parent.parent / "sql"
"""Folder of the SQL files."""

_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)


def read(*files: Path) -> dict[str, str]:
    """Return the statements of some files by the names in their ``-- name --`` lines."""
    statements: dict[str, str] = {}
    for file in files:
        _, *parts = _NAME.split(file.read_text(encoding="utf-8"))
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            statements[name] = text.strip().removesuffix(";")
    return statements


QUERIES = read(*sorted((SQL / "queries").glob("*.sql")))
"""Every statement by name."""
