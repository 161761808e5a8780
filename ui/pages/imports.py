"""Leads from a spreadsheet: looked at, corrected, imported together, and taken back together."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import pandas as pd
import streamlit as st

from ui import import_list, theme
from ui.client import RefusedError
from ui.lead_view import SEGMENTS
from ui.session import api, perform, show_errors, translator
from ui.spreadsheet import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ui.translator import Translator

FIELDS = (
    "nome", "whatsapp", "email", "uf", "cidade", "segmento_interesse", "orcamento_faixa",
    "prazo_compra", "created_at",
)  # fmt: skip
"""What a column may say of a lead, as the API takes it."""

KINDS = ("csv", "txt", "tsv", "xlsx")

MAX_MB, MAX_ROWS = 5, 20_000
"""What the API takes of one file, in megabytes and rows."""

UPLOADS = "imports_begun"
"""Key of how often a file was imported; each time the page asks for another one anew."""

PREVIEWS = "import_previews"
"""Key of what the API said of a file, by what was asked."""

CHOICES_IN_ROW = 3

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
    with st.container(border=True):
        show_errors(_ask_for_file)(translate)
    import_list.result(translate)
    with st.container(border=True):
        show_errors(import_list.made)(translate)


def _ask_for_file(translate: Translator) -> None:
    begun = st.session_state.setdefault(UPLOADS, 0)
    file = st.file_uploader(
        translate("import.file"), KINDS, key=f"import:{begun}", max_upload_size=MAX_MB
    )
    limits = {"size": MAX_MB, "rows": translate.number(MAX_ROWS)}
    st.caption(translate("import.limit", **limits))
    if file is None:
        st.session_state.pop(PREVIEWS, None)
        return
    st.session_state.pop(import_list.RESULT, None)
    content = base64.b64encode(file.getvalue()).decode()
    try:
        proposal = _preview(Asked(content, None, None))
    except RefusedError as error:
        if error.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}:
            raise
        st.warning(translate("import.unreadable", **limits), icon=":material/info:")
        return
    _plan(translate, content, proposal)


def _preview(asked: Asked) -> dict[str, Any]:
    """Return what the API says of a file, asked once for each way of reading it."""
    answers: dict[Asked, dict[str, Any]] = st.session_state.setdefault(PREVIEWS, {})
    if asked not in answers:
        answers[asked] = api().post("/imports/preview", **asked.as_json())
    return answers[asked]


def _plan(translate: Translator, content: str, proposal: Mapping[str, Any]) -> None:
    """Show what an import would do, and offer to do it."""
    summary, choices = st.container(), st.container()
    with choices:
        mapping = _columns(translate, proposal)
        segment = _segment(translate) if _segment_is_missing(mapping, proposal) else None
    if "nome" not in mapping:
        summary.warning(translate("import.name_needed"), icon=":material/info:")
        return
    asked = Asked(content, mapping, segment)
    seen = _preview(asked)
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
    _refused(translate, [column["name"] for column in seen["columns"]], seen["refused"])
    _duplicates(translate, seen["duplicates"])
    _sample(translate, seen["sample"])


def _columns(translate: Translator, proposal: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Ask what each column says; what its name suggests is chosen already."""
    columns = proposal["columns"]
    fields = [column["field"] for column in columns]
    known = len(fields) - fields.count(None)
    chosen = []
    title = translate("import.columns", known=known, count=len(columns))
    with st.expander(title, icon=":material/view_column:", expanded="nome" not in fields):
        for first in range(0, len(columns), CHOICES_IN_ROW):
            row = columns[first : first + CHOICES_IN_ROW]
            places = st.columns(CHOICES_IN_ROW)
            for number, (column, place) in enumerate(zip(row, places, strict=False), first):
                with place:
                    chosen.append(_column(translate, number, column))
    return tuple(field or None for field in chosen)


def _column(translate: Translator, number: int, column: Mapping[str, Any]) -> str:
    options = ["", *FIELDS]
    field: str = st.selectbox(
        theme.escape_markdown(column["name"] or f"{number + 1}"), options,
        options.index(column["field"] or ""), key=f"import_column:{number}:{column['name']}",
        format_func=lambda one: translate(f"field.{one}" if one else "import.ignore"),
    )  # fmt: skip
    if column["sample"]:
        example = translate("import.example", text=column["sample"][0])
        st.caption(theme.escape_markdown(example))
    return field


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
    if done is not None:
        st.session_state[UPLOADS] += 1
        st.session_state[import_list.RESULT] = done


def _refused(translate: Translator, header: list[str], refused: list[dict[str, Any]]) -> None:
    if not refused:
        return
    count = translate.number(len(refused))
    with st.expander(translate("import.refused", count=count), icon=":material/error:"):
        rows = ({"row": row["row"], "why": problems(translate, row)} for row in refused)
        names = {"row": translate("import.row"), "why": translate("import.to_correct")}
        _table(rows, names)
        import_list.download(translate, header, refused)


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
        _table(rows, {name: translate(text) for name, text in texts.items()})


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
    _table(rows, {field: translate(f"field.{field}") for field in FIELDS})


def _table(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> None:
    st.dataframe(
        pd.DataFrame(list(rows), columns=list(names)), hide_index=True, column_config=names
    )
