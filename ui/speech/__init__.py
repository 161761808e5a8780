"""Reads a text aloud, by the browser's own voice."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

    from ui.translator import Translator


@cache
def _component() -> ComponentRenderer:
    here = files("ui.speech")
    return st.components.v2.component(
        "galope_speech",
        html='<button type="button" hidden></button>',
        css=files("ui.alerts").joinpath("alerts.css").read_text(encoding="utf-8"),
        js=here.joinpath("speech.js").read_text(encoding="utf-8"),
    )


def button(translate: Translator, text: str, key: str) -> None:
    """Offer to read a text aloud, where the browser can.

    Parameters
    ----------
    translate
        The language that it is in.
    text
        What to read.
    key
        A name for the button that no other on the page has.
    """
    data = {"text": text, "label": translate("inbox.listen"), "language": translate.language}
    _component()(key=key, data=data)
