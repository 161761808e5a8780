"""What happened to leads, from a spreadsheet: by whom and when, looked at before it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import streamlit as st

from domain.rules import EVENT_RULES, MANUAL_MOVE
from ui import import_file
from ui.session import api, perform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.translator import Translator

BY = ("whatsapp", "email", "lead")
"""What a column may say of whose event it is."""

FIELDS = (*BY, "event_type", "ts", "amount")
"""What a column may say of an event, as the API takes it."""

KINDS = {"purchase", *(kind for kind in EVENT_RULES if not kind.startswith(MANUAL_MOVE))}
"""Types of events that a file may be of; the team's rules have no points for a purchase."""

PREVIEW = "/imports/events/preview"


class Asked(NamedTuple):
    """A file, and how it is to be read."""

    content: str
    mapping: tuple[str | None, ...] | None
    event_type: str | None

    def as_json(self) -> dict[str, Any]:
        """Return it as the API takes it."""
        mapping = None if self.mapping is None else list(self.mapping)
        return {"content": self.content, "mapping": mapping, "event_type": self.event_type}


def ask(translate: Translator) -> None:
    """Ask for a file, show what importing it would do, and offer to do it."""
    content = import_file.upload(translate, translate("import.events_file"))
    if content is None:
        return
    proposal = import_file.proposed(translate, PREVIEW, Asked(content, None, None))
    if proposal is None:
        return
    summary = st.container()
    named = {column["field"] for column in proposal["columns"]}
    complete = "ts" in named and not named.isdisjoint(BY)
    mapping = import_file.columns(translate, proposal, FIELDS, expanded=not complete)
    event_type = None if "event_type" in mapping else _kind(translate)
    for needed, fields in (("import.lead_needed", BY), ("import.when_needed", ("ts",))):
        if not any(field in mapping for field in fields):
            summary.warning(translate(needed), icon=":material/info:")
            return
    asked = Asked(content, mapping, event_type)
    seen = import_file.preview(PREVIEW, asked)
    with summary:
        _offer(translate, asked, seen)
    import_file.refused(translate, seen)
    _sample(translate, seen["sample"])


def _kind(translate: Translator) -> str | None:
    return st.selectbox(
        translate("import.events_type"), sorted(KINDS, key=translate.event),
        index=None, key="import_event_type", format_func=translate.event,
        placeholder=translate("create.pick"),
    )  # fmt: skip


def _offer(translate: Translator, asked: Asked, seen: Mapping[str, Any]) -> None:
    found = {name: seen[name] for name in ("rows", "ready", "duplicates")}
    found["refused"] = len(seen["refused"])
    counts = {name: translate.number(count) for name, count in found.items()}
    st.markdown(f"**{translate('import.summary', **counts)}**")
    st.button(
        translate("import.events_do", count=counts["ready"]), type="primary",
        icon=":material/upload_file:", disabled=not seen["ready"], on_click=_import,
        args=(asked, str(uuid4())),
    )  # fmt: skip


def _import(asked: Asked, import_id: str) -> None:
    done = perform(
        lambda: api().post("/imports/events", **asked.as_json(), import_id=import_id),
        once=f"import {hash(asked)}",
    )
    import_file.done("events", done)


def _sample(translate: Translator, events: list[dict[str, Any]]) -> None:
    if not events:
        return
    st.caption(translate("import.sample"))
    rows = (
        {
            "lead_name": one["lead_name"],
            "event_type": translate.event(one["event_type"]),
            "ts": translate.when(one["ts"]),
            "amount": "" if one["amount"] is None else translate.number(one["amount"]),
        }
        for one in events
    )
    names = {"lead_name": translate("field.nome")}
    names |= {field: translate(f"field.{field}") for field in ("event_type", "ts", "amount")}
    import_file.table(rows, names)
