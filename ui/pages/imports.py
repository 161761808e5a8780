"""Leads, or what happened to them, from a spreadsheet: looked at, imported, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import streamlit as st

from ui import import_events, import_file, import_list, theme
from ui.lead_view import SEGMENTS
from ui.session import api, perform, show_errors, translator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.translator import Translator

FIELDS = (
    "nome", "whatsapp", "email", "uf", "cidade", "segmento_interesse", "orcamento_faixa",
    "prazo_compra", "created_at",
)  # fmt: skip
"""What a column may say of a lead, as the API takes it."""

PREVIEW = "/imports/preview"

SEGMENT = "segmento_interesse"


class Asked(NamedTuple):
    """A file, and how it is to be read."""

    content: str
    mapping: tuple[str | None, ...] | None
    segment: str | None

    def as_json(self) -> dict[str, Any]:
        """Return it as the API takes it."""
        mapping = None if self.mapping is None else list(self.mapping)
        return {"content": self.content, "mapping": mapping, "segmento_interesse": self.segment}


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.import"), translate("import.about"))
    what = st.segmented_control(
        translate("import.what"), ["leads", "events"], default="leads", key="import_what",
        required=True, bind="query-params", label_visibility="collapsed",
        format_func=lambda code: translate(f"import.of_{code}"),
    )  # fmt: skip
    with st.container(border=True):
        show_errors(import_events.ask if what == "events" else _ask_for_file)(translate)
    import_list.result(translate)
    with st.container(border=True):
        show_errors(import_list.made)(translate)


def _ask_for_file(translate: Translator) -> None:
    content = import_file.upload(translate, translate("import.file"))
    if content is None:
        return
    proposal = import_file.proposed(translate, PREVIEW, Asked(content, None, None))
    if proposal is not None:
        _plan(translate, content, proposal)


def _plan(translate: Translator, content: str, proposal: Mapping[str, Any]) -> None:
    """Show what an import would do, and offer to do it."""
    summary, choices = st.container(), st.container()
    with choices:
        unnamed = all(column["field"] != "nome" for column in proposal["columns"])
        mapping = import_file.columns(translate, proposal, FIELDS, expanded=unnamed)
        segment = _segment(translate) if _segment_is_missing(mapping, proposal) else None
    if "nome" not in mapping:
        summary.warning(translate("import.name_needed"), icon=":material/info:")
        return
    asked = Asked(content, mapping, segment)
    seen = import_file.preview(PREVIEW, asked)
    with summary:
        found = {"rows": seen["rows"], "ready": seen["ready"]}
        found |= {"duplicates": len(seen["duplicates"]), "refused": len(seen["refused"])}
        counts = {name: translate.number(count) for name, count in found.items()}
        st.markdown(f"**{translate('import.summary', **counts)}**")
        everyone = bool(seen["duplicates"]) and st.toggle(translate("import.add_duplicates"))
        count = seen["ready"] + (len(seen["duplicates"]) if everyone else 0)
        st.button(
            translate("import.do", count=translate.number(count)), type="primary",
            icon=":material/upload_file:", disabled=not count, on_click=_import,
            args=(asked, str(uuid4()), "add" if everyone else "skip"),
        )  # fmt: skip
    import_file.refused(translate, seen)
    _duplicates(translate, seen["duplicates"])
    _sample(translate, seen["sample"])


def _segment_is_missing(mapping: tuple[str | None, ...], proposal: Mapping[str, Any]) -> bool:
    missing = {"field": SEGMENT, "problem": "missing"}
    return SEGMENT not in mapping or any(missing in row["problems"] for row in proposal["refused"])


def _segment(translate: Translator) -> str | None:
    return st.selectbox(
        translate("import.segment"), SEGMENTS, index=None, key="import_segment",
        format_func=lambda code: translate.among("segment", code),
        placeholder=translate("create.pick"),
    )  # fmt: skip


def _import(asked: Asked, import_id: str, duplicates: str) -> None:
    done = perform(
        lambda: api().post(
            "/imports", **asked.as_json(), import_id=import_id, duplicates=duplicates
        ),
        once=f"import {hash(asked)}",
    )
    import_file.done("leads", done)


def _duplicates(translate: Translator, duplicates: list[dict[str, Any]]) -> None:
    if not duplicates:
        return
    count = translate.number(len(duplicates))
    with st.expander(translate("import.duplicates", count=count), icon=":material/group:"):
        rows = (
            {
                "row": one["row"],
                "name": one["nome"],
                "existing": one["lead_name"]
                or translate("import.same_as_row", row=one["same_as_row"]),
                "by": translate.among("import_by", one["by"]),
            }
            for one in duplicates
        )
        texts = {"row": "import.row", "name": "field.nome", "existing": "import.existing"}
        texts["by"] = "import.by"
        import_file.table(rows, {name: translate(text) for name, text in texts.items()})


def _sample(translate: Translator, leads: list[dict[str, Any]]) -> None:
    if not leads:
        return
    st.caption(translate("import.sample"))
    sections = {"segmento_interesse": "segment", "orcamento_faixa": "budget"}
    sections["prazo_compra"] = "deadline"
    rows = (
        {
            field: translate.when(lead["created_at"]) if field == "created_at"
            else translate.among(sections.get(field, ""), lead[field])
            for field in FIELDS
        }
        for lead in leads
    )  # fmt: skip
    import_file.table(rows, {field: translate(f"field.{field}") for field in FIELDS})
