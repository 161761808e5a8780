"""Colours, marks, and the rules of ``theme.css``."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import streamlit as st

COLORS = {
    "INBOX": "#57606c",
    "CURIOSO": "#57606c",
    "AQUECENDO": "#8f5400",
    "QUALIFICADO": "#1c6b41",
    "ENVIADO": "#4b479b",
    "PERDIDO": "#8a3324",
}
"""Of stages and statuses; on white and on the sidebar they pass WCAG AA."""

MARKS = {"INBOX": "○", "CURIOSO": "○", "AQUECENDO": "◐", "QUALIFICADO": "●", "ENVIADO": "➤",
         "PERDIDO": "✕"}  # fmt: skip
"""Of stages, beside their names, so that colour never stands alone."""

MARKUP = re.compile(r"([!-/:-@\[-`{-~])")
"""What may mean something in Markdown, where a backslash before it takes that away."""

ADDRESS = re.compile(r"(?<=[a-z])(?=://)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
"""Where an address that stands by itself is recognised, whatever backslashes there are."""

WORD_JOINER = "\u2060"
"""Has no width; between the parts of an address it keeps Markdown from making a link of it."""

RULES = Path(__file__).with_name("theme.css").read_text(encoding="utf-8")


def apply() -> None:
    """Add the page's own rules."""
    # Rules alone would go where toasts go, and the next toast would take their place.
    st.html(f"<i class='g-rules'></i><style>{RULES}</style>")


def present() -> None:
    """Leave nothing on the page but a board, for a screen that strangers see."""
    st.html("<i class='g-rules g-wall'></i>")


def escape_markdown(text: str) -> str:
    r"""Return text that people wrote so that Markdown shows it as they did.

    Examples
    --------
    >>> escape_markdown("*Ana* [1]")
    '\\*Ana\\* \\[1\\]'
    """
    return MARKUP.sub(r"\\\1", ADDRESS.sub(WORD_JOINER, text))


def title(text: str, under: str) -> None:
    """Write a page's title, and one sentence on what it is for; neither is Markdown."""
    st.html(f'<h1 class="g-title">{escape(text)}</h1><p class="g-sub">{escape(under)}</p>')


def subtitle(text: str) -> None:
    """Write a title within a page, which is not Markdown."""
    st.html(f'<h2 class="g-subtitle">{escape(text)}</h2>')


def pill(stage: str, name: str) -> str:
    """Return a stage's name as a coloured pill, in HTML."""
    color = COLORS.get(stage, "#57606c")
    mark = MARKS.get(stage, "")
    return (
        f'<span class="g-pill" style="color:{color};background:{color}1c">'
        f"{mark} {escape(name)}</span>"
    )
