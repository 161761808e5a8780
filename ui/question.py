"""Of which head the page of models tells: the board's, or one that is asked beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import streamlit as st

from ui import heads
from ui.session import fetch
from ui.versions import RULES

if TYPE_CHECKING:
    from ui.translator import Translator


@dataclass(frozen=True, slots=True)
class Question:
    """A head as the page tells of it.

    Parameters
    ----------
    head
        Its name; empty for the primary head.
    """

    head: str = ""

    def address(self, path: str) -> str:
        """Return the address of a call that changes something of this head's."""
        return f"{path}?head={quote(self.head)}" if self.head else path

    def text(self, translate: Translator, name: str, /, **blanks: object) -> str:
        """Return a text of the page's: of further heads nobody qualifies, they have answers."""
        return translate(f"{'asked' if self.head else 'model'}.{name}", **blanks)

    def version(self, translate: Translator, number: int) -> str:
        """Return what a version is called."""
        if number == RULES:
            return translate("asked.by_rules" if self.head else "version.rules")
        return translate("version.name", version=number)

    def band(self, translate: Translator, status: str, low: int, high: int) -> str:
        """Return what a band of the score is called: of further heads it is no stage."""
        if self.head:
            return translate("asked.score_band", low=low, high=high)
        return translate.among("stage", status)


def choose(translate: Translator) -> Question:
    """Let the reader choose one, the primary first, where there are others."""
    asked = {item["head"]: item for item in fetch("/heads")["items"]}
    if not asked:
        return Question()
    return Question(
        st.selectbox(
            translate("asked.which"), ["", *asked], key="model_head", bind="query-params",
            format_func=lambda name: (
                heads.name(translate, asked[name]) if name else translate("asked.board")
            ),
        )
    )  # fmt: skip
