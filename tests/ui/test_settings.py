"""Settings: every one is in the README, with its default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from ui.settings import Settings

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_lists_every_setting() -> None:
    rows = re.findall(r"^\| `(GALOPE_[A-Z_]+)` \| ([^|]*)\|", README.read_text(), re.MULTILINE)
    listed = {name: default.strip(" `") for name, default in rows}
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        assert listed.get(f"GALOPE_{name.upper()}") == default, name


def test_a_port_that_can_not_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALOPE_UI_PORT", "0")
    with pytest.raises(ValidationError):
        Settings()
