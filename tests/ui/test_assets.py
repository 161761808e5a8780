"""What browsers get of Streamlit: smaller than it is, and the board's scripts with the page."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.ui.phone import PHONE, opened
from ui.assets import FOLDER, NEEDED, packed, page, scripts

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.ui.stack import Stack

MOST_BYTES, MOST_REQUESTS = 1_200_000, 120
"""Over the line until a phone shows the board, three million bytes where Streamlit serves it."""


def test_every_part_of_the_board_has_a_script() -> None:
    found = scripts()
    assert [name for name in NEEDED if not any(one.startswith(f"{name}.") for one in found)] == []
    assert all((FOLDER / "static" / "js" / name).is_file() for name in found)


def test_the_page_asks_for_the_boards_scripts_and_for_no_font() -> None:
    text = gzip.decompress(page()).decode()
    assert all(text.count(f"/{name}") == 1 for name in scripts())
    assert 'as="font"' not in text


def test_phones_keep_to_their_own_font() -> None:
    (path,) = (FOLDER / "static" / "css").glob("index.*.css")
    text = gzip.decompress(packed(path)).decode()
    fonts = text.count("font-family:Source ")
    assert fonts == text.count("@media (min-width: 761px){@font-face{font-family:Source ") > 0
    assert "@font-face{font-family:Material Symbols Rounded" in text


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_script_is_what_streamlit_has(stack: Stack, encoding: str) -> None:
    path = next((FOLDER / "static" / "js").glob("index.*.js"))
    address = f"{stack.ui_url}/static/js/{path.name}"
    answer = httpx.get(address, headers={"Accept-Encoding": encoding})
    assert answer.content == path.read_bytes()
    assert answer.headers.get("content-encoding", "identity") == encoding
    assert "immutable" in answer.headers["cache-control"]


def test_a_page_is_asked_for_anew_and_others_are_let_through(stack: Stack) -> None:
    wanted = {"Accept": "text/html", "Accept-Encoding": "gzip"}
    answer = httpx.get(f"{stack.ui_url}/kanban", headers=wanted)
    assert (answer.content, answer.headers["cache-control"]) == (
        gzip.decompress(page()), "no-cache",
    )  # fmt: skip
    assert "etag" not in answer.headers
    assert httpx.get(f"{stack.ui_url}/_stcore/health", headers=wanted).text == "ok"
    assert httpx.get(f"{stack.ui_url}/static/js/none.js", headers=wanted).status_code < 500


@pytest.mark.asyncio(loop_scope="session")
async def test_a_phone_gets_the_board_in_few_bytes(browser: Browser, stack: Stack) -> None:
    context = await browser.new_context(**PHONE)
    _, first = await opened(context, f"{stack.ui_url}/kanban", slow=False)
    assert (first.sent < MOST_BYTES, first.requests < MOST_REQUESTS) == (True, True), first
    _, second = await opened(context, f"{stack.ui_url}/kanban", slow=False)
    assert second.sent < MOST_BYTES / 10, second
    await context.close()
