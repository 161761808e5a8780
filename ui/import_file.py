"""A spreadsheet that is imported: uploaded, its columns named, and what is wrong in its rows."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd
import streamlit as st

from ui import import_list, theme
from ui.client import RefusedError
from ui.session import api
from ui.spreadsheet import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ui.translator import Translator

KINDS = ("csv", "txt", "tsv", "xlsx")

MAX_MB, MAX_ROWS = 5, 20_000
"""What the API takes of one file, in megabytes and rows."""

UPLOADS = "imports_begun"
"""Key of how often a file was imported; each time the page asks for another one anew."""

PREVIEWS = "import_previews"
"""Key of what the API said of a file, by what was asked."""

CHOICES_IN_ROW = 3


class Asked(Protocol):
    """A file, and how it is to be read; compared and hashed by what it says."""

    def as_json(self) -> dict[str, Any]:
        """Return it as the API takes it."""


def preview(path: str, asked: Asked) -> dict[str, Any]:
    """Return what the API says of a file, asked once for each way of reading it."""
    answers: dict[Asked, dict[str, Any]] = st.session_state.setdefault(PREVIEWS, {})
    if asked not in answers:
        answers[asked] = api().post(path, **asked.as_json())
    return answers[asked]


def upload(translate: Translator, label: str) -> str | None:
    """Ask for a file; return it in base64, or None while there is none."""
    begun = st.session_state.setdefault(UPLOADS, 0)
    file = st.file_uploader(label, KINDS, key=f"import:{begun}", max_upload_size=MAX_MB)
    st.caption(translate("import.limit", size=MAX_MB, rows=translate.number(MAX_ROWS)))
    if file is None:
        st.session_state.pop(PREVIEWS, None)
        return None
    st.session_state.pop(import_list.RESULT, None)
    return base64.b64encode(file.getvalue()).decode()


def proposed(translate: Translator, path: str, asked: Asked) -> dict[str, Any] | None:
    """Return what the API says of a file as it is; None, and said, where it can't be read."""
    try:
        return preview(path, asked)
    except RefusedError as error:
        if error.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}:
            raise
    limits = {"size": MAX_MB, "rows": translate.number(MAX_ROWS)}
    st.warning(translate("import.unreadable", **limits), icon=":material/info:")
    return None


def done(kind: str, answer: Mapping[str, Any] | None) -> None:
    """Show what an import did, and ask for another file anew."""
    if answer is not None:
        st.session_state[UPLOADS] += 1
        st.session_state[import_list.RESULT] = {**answer, "kind": kind}


def columns(
    translate: Translator, proposal: Mapping[str, Any], fields: Sequence[str], *, expanded: bool
) -> tuple[str | None, ...]:
    """Ask what each column says; what its name suggests is chosen already."""
    named = proposal["columns"]
    known = sum(column["field"] is not None for column in named)
    chosen = []
    title = translate("import.columns", known=known, count=len(named))
    with st.expander(title, icon=":material/view_column:", expanded=expanded):
        for first in range(0, len(named), CHOICES_IN_ROW):
            row = named[first : first + CHOICES_IN_ROW]
            places = st.columns(CHOICES_IN_ROW)
            for number, (column, place) in enumerate(zip(row, places, strict=False), first):
                with place:
                    chosen.append(_column(translate, number, column, ["", *fields]))
    return tuple(field or None for field in chosen)


def _column(
    translate: Translator, number: int, column: Mapping[str, Any], options: list[str]
) -> str:
    field: str = st.selectbox(
        theme.escape_markdown(column["name"] or f"{number + 1}"), options,
        options.index(column["field"] or ""), key=f"import_column:{number}:{column['name']}",
        format_func=lambda one: translate(f"field.{one}" if one else "import.ignore"),
    )  # fmt: skip
    if column["sample"]:
        example = translate("import.example", text=column["sample"][0])
        st.caption(theme.escape_markdown(example))
    return field


def refused(translate: Translator, seen: Mapping[str, Any]) -> None:
    """Show the rows that can't be stored, each with what to correct, and offer them as a file."""
    if not seen["refused"]:
        return
    count = translate.number(len(seen["refused"]))
    with st.expander(translate("import.refused", count=count), icon=":material/error:"):
        rows = ({"row": row["row"], "why": problems(translate, row)} for row in seen["refused"])
        table(rows, {"row": translate("import.row"), "why": translate("import.to_correct")})
        header = [column["name"] for column in seen["columns"]]
        import_list.download(translate, header, seen["refused"])


def table(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> None:
    """Show rows under the names of their columns."""
    st.dataframe(
        pd.DataFrame(list(rows), columns=list(names)), hide_index=True, column_config=names
    )
