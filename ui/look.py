"""The small things of the look that the theme can't say."""

from __future__ import annotations

from html import escape

import streamlit as st

COLORS = {"INBOX": "#57606c", "CURIOSO": "#57606c", "AQUECENDO": "#9a5b00", "QUALIFICADO": "#1c6b41",
          "ENVIADO": "#4b479b"}  # fmt: skip
"""Of stages and statuses; on white and on the sidebar they pass WCAG AA."""

MARKS = {"INBOX": "○", "CURIOSO": "○", "AQUECENDO": "◐", "QUALIFICADO": "●", "ENVIADO": "➤"}
"""Of stages, beside their names, so that colour never stands alone."""

CSS = """
<style>
.block-container { padding-top: 3.2rem; padding-bottom: 3rem; max-width: 1380px; }
[data-testid="stSidebarHeader"] { padding-bottom: 0; }
.st-key-language { position: fixed; bottom: 1rem; }
.g-sub { color: #6b6058; margin: -0.6rem 0 0.4rem; font-size: 0.95rem; }
.g-pill { display: inline-block; padding: 0.1rem 0.6rem; border-radius: 1rem; font-weight: 600;
  font-size: 0.82rem; white-space: nowrap; }
.g-score { display: flex; align-items: baseline; gap: 0.7rem; }
.g-score b { font-size: 3.1rem; line-height: 1; font-variant-numeric: tabular-nums; }
.g-meter { position: relative; height: 0.6rem; border-radius: 0.3rem; background: #ece5db; margin: 0.5rem 0 0.2rem; }
.g-meter i { display: block; height: 100%; border-radius: 0.3rem; transition: width 0.5s; }
.g-meter s { position: absolute; top: -2px; bottom: -2px; width: 2px; background: #ffffff; }
.g-scale { position: relative; height: 1.1rem; font-size: 0.72rem; color: #6b6058; }
.g-scale span { position: absolute; transform: translateX(-50%); }
.g-reasons { width: 100%; border-collapse: collapse; font-size: 0.92rem; }
.g-reasons td, .g-reasons th { padding: 0.28rem 0.3rem; border: none; text-align: left; vertical-align: middle; }
.g-reasons .n { text-align: right; font-variant-numeric: tabular-nums; font-weight: 650; width: 3.2rem; }
.g-reasons .b { width: 34%; }
.g-reasons .b div { height: 0.72rem; border-radius: 0.2rem; min-width: 2px; }
.g-reasons small { color: #6b6058; }
.g-reasons tfoot td { border-top: 2px solid #2a2320; font-weight: 700; }
.g-facts { display: grid; margin: 0; grid-template-columns: auto 1fr; gap: 0.15rem 0.9rem; font-size: 0.92rem; }
.g-facts dt { color: #6b6058; } .g-facts dd { margin: 0; overflow-wrap: anywhere; }
.g-line { border-left: 3px solid #e3dcd2; padding: 0.1rem 0 0.35rem 0.8rem; font-size: 0.9rem; }
.g-line small { color: #6b6058; }
@media (max-width: 760px) { .block-container { padding: 3.2rem 0.9rem 2rem; } .st-key-language { position: static; } }
</style>
"""


def dress() -> None:
    """Add the page's own rules."""
    st.html(CSS)


def title(text: str, under: str) -> None:
    """Write a page's title, and one sentence on what it is for."""
    st.title(text, anchor=False)
    st.html(f'<p class="g-sub">{escape(under)}</p>')


def pill(stage: str, name: str) -> str:
    """Return a stage's name as a coloured pill, in HTML."""
    color = COLORS.get(stage, "#57606c")
    mark = MARKS.get(stage, "")
    return (
        f'<span class="g-pill" style="color:{color};background:{color}1c">'
        f"{mark} {escape(name)}</span>"
    )
