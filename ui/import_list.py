"""The imports that were made: what the last one did, and the undoing of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import theme
from ui.session import DONE, api, dialog, fetch, notify, perform, translator
from ui.spreadsheet import to_correct

if TYPE_CHECKING:
    from ui.translator import Translator

NAMED = 20
"""Leads that are named of those an undoing left."""

RESULT = "import_result"
"""Key of what the last import did, or the last undoing."""


def result(translate: Translator) -> None:
    """Say what the last import did, or the last undoing."""
    done = st.session_state.get(RESULT)
    if done is None:
        return
    if "kept" in done:
        count = translate.number(len(done["kept"]))
        names = (
            f"- {theme.escape_markdown(one['nome'])}: {translate.among('import_kept', one['why'])}"
            for one in done["kept"][:NAMED]
        )
        st.info("\n".join((translate("import.kept", count=count), "", *names)))
        return
    text = "import.events_done" if done["kind"] == "events" else "import.done"
    st.success(translate(text, count=translate.number(done["added"])))
    if done["skipped"]:
        st.caption(translate("import.skipped", count=translate.number(done["skipped"])))
    if done["refused"]:
        download(translate, done["header"], done["refused"])


def download(translate: Translator, header: list[str], refused: list[dict[str, Any]]) -> None:
    """Offer the rows that were refused as a file to correct."""
    st.download_button(
        translate("import.download"), to_correct(translate, header, refused), "leads.csv",
        "text/csv", icon=":material/download:",
    )  # fmt: skip


def made(translate: Translator) -> None:
    """List the imports, each with its undoing."""
    st.header(translate("import.made"), anchor=False)
    imports = fetch("/imports")["items"]
    if not imports:
        st.caption(translate("import.none"))
    for one in imports:
        with st.container(horizontal=True, vertical_alignment="center"):
            count, when = one["events"] or one["leads"], translate.when(one["at"])
            text = "import.events_line" if one["events"] else "import.line"
            st.write(translate(text, when=when, count=translate.number(count)))
            if one["erased"] is not None:
                st.caption(translate("import.undone", count=translate.number(one["erased"])))
            elif st.button(
                translate("import.undo"), icon=":material/undo:", key=f"undo:{one['import_id']}"
            ):
                dialog(translate("import.undo_title"), _confirm_undo)(one)


def _confirm_undo(one: dict[str, Any]) -> None:
    translate = translator()
    of = "events_undo" if one["events"] else "undo"
    st.write(translate(f"import.{of}_sure"))
    if st.button(translate("import.undo_yes"), type="primary", icon=":material/undo:"):
        undone = perform(lambda: api().post(f"/imports/{one['import_id']}/undo"))
        if undone is not None:
            notify(translate(f"import.{of}_done", count=translate.number(undone["erased"])), DONE)
            st.session_state[RESULT] = undone if undone["kept"] else None
            st.rerun()
