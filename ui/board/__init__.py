"""The Kanban as a component of Streamlit's: keyed cards that slide, drag and drop, and a select."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.components.v2.types import ComponentRenderer


@cache
def _component() -> ComponentRenderer:
    here = files("ui.board")
    return st.components.v2.component(
        "galope_board",
        html='<div class="tabs"></div><div class="board"></div>'
        '<div class="said" role="status" aria-live="polite"></div>',
        css=here.joinpath("board.css").read_text(encoding="utf-8"),
        js=here.joinpath("board.js").read_text(encoding="utf-8"),
    )


def board(
    data: dict[str, Any],
    *,
    key: str,
    on_move: Callable[[], None],
    on_open: Callable[[], None],
    on_more: Callable[[], None],
) -> Any:
    """Draw the board; the callbacks find what was done in the session state, under `key`.

    Parameters
    ----------
    data
        Columns with their cards, and words; see ``board.js``.
    on_move, on_open, on_more
        Called after a card was put elsewhere, opened, or more of a column was wished for.
    """
    return _component()(
        key=key,
        data=data,
        on_move_change=on_move,
        on_open_change=on_open,
        on_more_change=on_more,
    )
