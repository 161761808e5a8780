"""The document around the pages: its language, the widgets' own words, and where the focus goes."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import streamlit as st

from ui.translator import texts

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

KEYS = {"/": "search", "n": "create", "j k": "step", "?": "help"}
"""Keys that do something wherever nobody writes, and the names of their words."""

WIDGET = "widget."
"""Section of what Streamlit's widgets say by themselves; in English it is what they do say."""


@cache
def _component() -> ComponentRenderer:
    script = files("ui.document").joinpath("document.js").read_text(encoding="utf-8")
    return st.components.v2.component("galope_document", html="<span></span>", js=script)


@cache
def widget_words(language: str) -> dict[str, str]:
    """Return what widgets say by themselves, in English, with the words of a language for it.

    Examples
    --------
    >>> widget_words("pt-BR")["Clear all"]
    'Tirar todos'
    """
    said, meant = texts("en"), texts(language)
    return {text: meant[key] for key, text in said.items() if key.startswith(WIDGET)}


def apply(language: str, session: str) -> None:
    """Have the document speak a language, keep a session, and give the focus back after a dialog.

    Parameters
    ----------
    language
        Of the reader.
    session
        The token that the browser is to sign in with next time; empty for none.
    """
    said = texts(language)
    data = {
        "language": language,
        "words": widget_words(language),
        "session": session,
        "shortcuts": {
            "keys": [(key, said[f"shortcut.{name}"]) for key, name in KEYS.items()],
            **{name: said[f"shortcut.{name}"] for name in ("title", "on", "close")},
        },
    }
    _component()(key="document", data=data)
