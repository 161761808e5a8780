"""Settings: each refused with a sentence when it makes no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.__main__ import main

if TYPE_CHECKING:
    import pytest


def test_a_port_that_can_not_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GALOPE_UI_PORT", "0")
    assert main() == 2
    assert capsys.readouterr().err.startswith("Setting GALOPE_UI_PORT can't be '0': ")
