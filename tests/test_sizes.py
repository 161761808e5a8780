"""Files and functions stay small enough to be held in the head."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (
    "api", "bench", "demo", "domain", "examples", "local", "offline", "online_models", "postgres",
    "sql", "stream", "tests", "ui",
)  # fmt: skip
RELEASED = ROOT / "tests" / "sql" / "releases"
"""What earlier releases installed, as it was."""

FILES = [
    file
    for folder in FOLDERS
    for kind in ("py", "sql")
    for file in (ROOT / folder).rglob(f"*.{kind}")
    if RELEASED not in file.parents
]


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {file: lines for file, lines in lengths.items() if lines > 400} == {}


def test_no_function_is_longer_than_45_lines() -> None:
    long = [
        (file, node.name)
        for file in FILES if file.suffix == ".py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 45
    ]  # fmt: skip
    assert long == []
