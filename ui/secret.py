"""A secret that was just made, shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from ui.translator import Translator


def shown_once(translate: Translator, key: str, made: str) -> bool:
    """Show the secret that stands under a key of the session state; tell whether there is one.

    Parameters
    ----------
    translate
        The reader's language.
    key
        Where it stands until the reader says that it is copied.
    made
        What to say of it.
    """
    secret: str | None = st.session_state.get(key)
    if secret is None:
        return False
    st.success(made, icon=":material/check_circle:")
    st.code(secret, language=None)
    if st.button(translate("keys.copied"), type="primary"):
        st.session_state.pop(key)
        st.rerun()
    return True
