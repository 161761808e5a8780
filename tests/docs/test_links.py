"""The pages link to what is there, and the list of decisions is whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    str(page.relative_to(ROOT)) for page in sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_links_to_what_is_there(page: str) -> None:
    file = ROOT / page
    links = LINK.findall(file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []


def test_every_decision_is_listed() -> None:
    listed = set(
        re.findall(r"\(decisions/(\S+\.md)\)", (ROOT / "docs/architecture.md").read_text())
    )
    assert listed == {file.name for file in (ROOT / "docs/decisions").glob("*.md")}
