"""The segments' bench on a small business."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.segments import main

if TYPE_CHECKING:
    import pytest


def test_groups_are_found_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--leads", "600", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["demo_adjusted_rand"] > 0.6
    assert figures["demo_names_unique"] == 1
    assert 3 <= figures["demo_groups"] <= 6
