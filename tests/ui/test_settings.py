"""Settings: every one is in the README, with its default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ui.__main__ import main
from ui.settings import Settings

if TYPE_CHECKING:
    import pytest

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_lists_every_setting() -> None:
    rows = re.findall(r"^\| `(GALOPE_[A-Z_]+)` \| ([^|]*)\|", README.read_text(), re.MULTILINE)
    listed = {name: default.strip(" `") for name, default in rows}
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        assert listed.get(f"GALOPE_{name.upper()}") == default, name


def test_a_port_that_can_not_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GALOPE_UI_PORT", "0")
    assert main() == 2
    assert capsys.readouterr().err.startswith("Setting GALOPE_UI_PORT can't be '0': ")
