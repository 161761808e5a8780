"""Every example runs as its first lines say, and ends well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(file.stem for file in (ROOT / "examples").glob("[a-z]*.py"))
WITH_POSTGRES = {"attach_and_score"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.postgres if name in WITH_POSTGRES else ())
        for name in EXAMPLES
    ],
)
@pytest.mark.usefixtures("unmeasured_children")
def test_an_example_runs(name: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", f"examples.{name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert f"python -m examples.{name}" in (ROOT / "examples" / f"{name}.py").read_text("utf-8")


def test_a_score_adds_up_on_the_screen() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "examples.score_without_a_database"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    score = int(shown[2].split()[-1])
    assert sum(int(line.split()[0]) for line in shown if line.lstrip()[0] in "+-") == score
