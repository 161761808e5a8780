"""Colours, marks, and the rules of ``theme.css``."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import streamlit as st

COLORS = {
    "INBOX": "#57606c",
    "CURIOSO": "#57606c",
    "AQUECENDO": "#9a5b00",
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

RULES = Path(__file__).with_name("theme.css").read_text(encoding="utf-8")


def apply() -> None:
    """Add the page's own rules."""
    # Rules alone would go where toasts go, and the next toast would take their place.
    st.html(f"<i class='g-rules'></i><style>{RULES}</style>")


def escape_markdown(text: str) -> str:
    r"""Return text that people wrote so that Markdown shows it as they did.

    Examples
    --------
    >>> escape_markdown("*Ana* [1]")
    '\\*Ana\\* \\[1\\]'
    """
    return MARKUP.sub(r"\\\1", text)


def title(text: str, under: str) -> None:
    """Write a page's title, and one sentence on what it is for; neither is Markdown."""
    st.title(escape_markdown(text), anchor=False)
    st.html(f'<p class="g-sub">{escape(under)}</p>')


def pill(stage: str, name: str) -> str:
    """Return a stage's name as a coloured pill, in HTML."""
    color = COLORS.get(stage, "#57606c")
    mark = MARKS.get(stage, "")
    return (
        f'<span class="g-pill" style="color:{color};background:{color}1c">'
        f"{mark} {escape(name)}</span>"
    )
