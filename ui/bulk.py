"""What is done with several leads at once, and undone."""

from __future__ import annotations

from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import moves, owners, theme
from ui.cards import STAGES, stage_of
from ui.client import RefusedError
from ui.lead_view import SEGMENTS, Lead
from ui.session import DONE, NOT_DONE, api, dialog, live_board, notify, perform, translator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ui.translator import Translator

Call = tuple[str, str, dict[str, Any]]
"""A call of the API: its method, address and body."""

UNDO = "bulk_undo"
"""Key of the calls that take back what was done last, and of the leads it was done with."""

CHANGED = "leads_changed"
"""Key of how often leads were changed in bulk; each time the table begins anew."""

WHAT = ("owner", "segment", "lost")
"""What can be changed, beside the stage."""


def buttons(translate: Translator, selected: list[Lead]) -> None:
    """Offer what can be done with leads, and to take back what was done last."""
    if selected:
        count = translate.number(len(selected))
        for name, icon, show in (
            ("move", ":material/swap_horiz:", _ask_where),
            ("edit", ":material/edit:", _ask_what),
            ("delete", ":material/delete:", _confirm_delete),
        ):
            title = translate(f"leads.{name}", count=count)
            if st.button(title, icon=icon):
                dialog(title, show)(selected)
    elif UNDO in st.session_state:
        count = translate.number(len(st.session_state[UNDO][1]))
        st.button(translate("leads.undo", count=count), icon=":material/undo:", on_click=_undo)


def _ask_where(selected: list[Lead]) -> None:
    translate = translator()
    stage = st.radio(
        translate("kanban.move"), STAGES, format_func=lambda code: translate.among("stage", code)
    )
    if not st.button(translate("leads.yes_move"), type="primary"):
        return
    steps: list[Call] = []
    stages = perform(lambda: [_stage_after(lead, stage, steps) for lead in selected])
    _can_be_undone(steps, selected)
    if stages is not None:
        moved, gone = stages.count(stage), stages.count(None)
        notify(translate("leads.moved", count=translate.number(moved)), DONE)
        if left := len(stages) - moved - gone:
            notify(translate("leads.elsewhere", count=translate.number(left)), NOT_DONE)
        if gone:
            notify(translate("leads.gone", count=translate.number(gone)), NOT_DONE)
        _begin_anew()


def _stage_after(lead: Lead, stage: str, steps: list[Call]) -> str | None:
    """Move a lead; return where it is then, or None where it is gone."""
    before = stage_of(lead)
    try:
        after = moves.stage_after(lead["id"], before, stage)
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        live_board().cards.drop(lead["id"])
        return None
    if after == stage != before:
        back = {"lead_id": lead["id"], "stage": before, "expected_stage": stage}
        steps.append(("post", "/crm/move", back))
    return after


def _ask_what(selected: list[Lead]) -> None:
    """Ask what to change of leads, and to what."""
    translate = translator()
    offered = owners.names()
    what = st.radio(
        translate("leads.what"), WHAT if offered else WHAT[1:], horizontal=True,
        format_func=lambda code: translate(f"leads.what_{code}"),
    )  # fmt: skip
    codes: Sequence[str] = {
        "owner": (owners.NOBODY, *offered), "segment": SEGMENTS, "lost": moves.LOSING,
    }[what]  # fmt: skip
    said: dict[str, Callable[[str], str]] = {
        "owner": lambda code: translate("owner.nobody") if code == owners.NOBODY else code,
        "segment": lambda code: translate.among("segment", code),
        "lost": translate.event,
    }
    value = st.selectbox(translate("leads.to"), codes, key=f"to:{what}", format_func=said[what])
    if not st.button(translate("leads.yes_edit"), type="primary"):
        return
    steps: list[Call] = []
    change = {"owner": _give, "segment": _set_segment, "lost": _lose}[what]
    done = translate("leads.edited", count=translate.number(len(selected)))
    if what == "owner":
        _give(selected, value, steps)
    elif perform(lambda: change(selected, value, steps), done) is None:
        _reread(selected)  # some may have been changed before one was refused
    _can_be_undone(steps, selected)
    if steps:
        _begin_anew()


def _give(selected: list[Lead], owner: str, steps: list[Call]) -> None:
    """Give leads to somebody, each from whom it was with."""
    ids = [lead["id"] for lead in selected]
    said = owners.assign(ids, None if owner == owners.NOBODY else owner)
    before: dict[str | None, list[str]] = defaultdict(list)
    for lead_id, was in (said or {"before": {}})["before"].items():
        before[was].append(lead_id)
    steps += [
        ("put", "/crm/owners", {"lead_ids": ids, "owner": was}) for was, ids in before.items()
    ]


def _set_segment(selected: list[Lead], segment: str, steps: list[Call]) -> bool:
    for lead in selected:
        path, was = f"/leads/{lead['id']}", lead["segmento_interesse"]
        moves.changed(api().patch(path, segmento_interesse=segment)["lead"])
        steps.append(("patch", path, {"segmento_interesse": was}))
    return True


def _lose(selected: list[Lead], reason: str, steps: list[Call]) -> bool:
    for lead in selected:
        path = f"/crm/leads/{lead['id']}/apply-rule"
        applied = api().post(path, rule_code=reason, source="admin")
        steps.append(("delete", f"/leads/{lead['id']}/events/{applied['event_id']}", {}))
    return True


def _can_be_undone(steps: list[Call], selected: list[Lead]) -> None:
    if steps:
        st.session_state[UNDO] = (steps, [lead["id"] for lead in selected])


def _undo() -> None:
    """Take back what was done last; leads that are gone meanwhile are passed over."""
    steps, ids = st.session_state.pop(UNDO)

    def take_back() -> bool:
        for method, path, body in steps:
            try:
                getattr(api(), method)(path, **body)
            except RefusedError as error:
                if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                    raise
        return True

    perform(take_back, translator()("leads.undone", count=translator().number(len(ids))))
    _reread({"id": lead_id} for lead_id in ids)
    st.session_state[CHANGED] = st.session_state.get(CHANGED, 0) + 1


def _reread(leads: Iterable[Lead]) -> None:
    """Show leads as they are now."""
    perform(lambda: live_board().read_again([lead["id"] for lead in leads]))


def _confirm_delete(selected: list[Lead]) -> None:
    translate = translator()
    st.write(translate("leads.sure", count=translate.number(len(selected))))
    st.write(", ".join(theme.escape_markdown(lead["nome"]) for lead in selected))
    if st.button(translate("leads.yes_delete"), type="primary", icon=":material/delete_forever:"):
        ids = [lead["id"] for lead in selected]
        deleted = perform(
            lambda: api().post("/leads/bulk-delete", ids=ids),
            translate("leads.deleted", count=translate.number(len(ids))),
        )
        if deleted is not None:
            for lead_id in ids:
                live_board().cards.drop(lead_id)
            _begin_anew()


def _begin_anew() -> None:
    st.session_state[CHANGED] = st.session_state.get(CHANGED, 0) + 1
    st.rerun()
