"""The reference: what follows from the code says what the code says."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

from tests.docs.reference import FOLDER, PAGES

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = re.findall(
    r"^\| `python -m ([\w.]+)", (FOLDER / "commands.md").read_text("utf-8"), re.MULTILINE
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run: make reference"


def test_every_command_is_listed() -> None:
    parsers = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
        for folder in ("api", "bench", "demo", "local", "offline", "stream", "ui")
        for file in (ROOT / folder).rglob("*.py")
        if '__name__ == "__main__"' in file.read_text(encoding="utf-8")
    }
    assert set(COMMANDS) == parsers


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_how_it_is_used(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    assert not ended.value.code
    assert f"python -m {name}" in capsys.readouterr().out


def test_every_setting_is_described() -> None:
    assert "| None |" not in (FOLDER / "settings.md").read_text(encoding="utf-8")


def test_no_page_names_a_setting_that_is_none() -> None:
    known = set(re.findall(r"GALOPE_\w+", (FOLDER / "settings.md").read_text(encoding="utf-8")))
    known |= {"GALOPE_DB_PASSWORD", "GALOPE_DB_PORT"}  # of docker-compose.yml
    known |= {"GALOPE_TEST_DOCKER", "GALOPE_TEST_REQUESTS"}  # of the tests
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "docker-compose.yml"):
        named = set(re.findall(r"GALOPE_\w+", page.read_text(encoding="utf-8")))
        assert named - known == set(), page
