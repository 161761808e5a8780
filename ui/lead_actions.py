"""What a person does with a lead: say what happened, and plan the next action."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

import streamlit as st

from ui import moves, owners
from ui.session import DONE, api, fetch, notify, perform, translator

if TYPE_CHECKING:
    from ui.lead_view import Lead
    from ui.translator import Translator

RECORDED = "recorded"
"""Key of what the API answered to the event recorded last, which can be undone."""


def act_on(translate: Translator, lead_id: str) -> None:
    """Let the reader say what happened, move the lead, and hand it off."""
    st.header(translate("act.title"), anchor=False)
    rules = fetch("/crm/event-rules")["items"]
    codes = sorted((rule["code"] for rule in rules), key=translate.event)
    rule = st.selectbox(
        translate("act.what"), codes, index=None, format_func=translate.event, key="rule",
        placeholder=translate("act.choose"),
    )  # fmt: skip
    st.button(
        translate("act.record"), icon=":material/add_task:", disabled=rule is None,
        on_click=_apply, args=(lead_id,),
    )  # fmt: skip
    recorded = st.session_state.get(RECORDED)
    if recorded is not None and recorded["lead"]["id"] == lead_id:
        st.button(
            translate("act.undo", what=translate.event(recorded["rule"]["code"])),
            icon=":material/undo:", on_click=undo, args=(lead_id, recorded["event_id"]),
        )  # fmt: skip
    moves.mover(lead_id)
    owners.assigner(translate, lead_id)
    moves.hand_off(translate, lead_id)


def _apply(lead_id: str) -> None:
    applied = moves.record(lead_id, st.session_state.rule)
    if applied is not None:
        st.session_state.rule = None
        st.session_state[RECORDED] = applied


def undo(lead_id: str, event_id: str) -> None:
    """Take an event back that was recorded by mistake, and say what that did to the score."""
    undone = perform(
        lambda: api().delete(f"/leads/{lead_id}/events/{event_id}"), once=f"undo {event_id}"
    )
    if undone is not None:
        moves.changed(undone["lead"])
        move = undone["transition"]
        translate = translator()
        notify(translate("act.undone", before=move["from_score"], after=move["to_score"]), DONE)
        st.session_state.pop(RECORDED, None)


def next_action(translate: Translator, lead_id: str, lead: Lead) -> None:
    """Let the reader plan the next action, with day and hour."""
    st.header(translate("action.title"), anchor=False)
    on, at = lead.get("next_action_date"), lead.get("next_action_time")
    with st.form(f"action:{lead_id}", border=False):
        text = st.text_input(translate("action.what"), value=_shown(translate, lead))
        left, right = st.columns(2)
        day = left.date_input(
            translate("action.day"),
            value=date.fromisoformat(on) if on else None,
            format=translate.date_picker,
        )
        hour = right.time_input(
            translate("action.hour"), value=time.fromisoformat(at) if at else None
        )
        saved = st.form_submit_button(translate("action.save"), icon=":material/event:")
    if saved:
        if not text.strip():
            st.warning(translate("action.empty"))
            return
        if day and day < translate.now().date():
            st.warning(translate("action.past"))
            return
        answer = perform(
            lambda: api().patch(
                f"/leads/{lead_id}/next-action",
                next_action_text=text.strip(),
                next_action_date=day.isoformat() if day else None,
                next_action_time=f"{hour:%H:%M}" if hour and day else None,
            ),
            translate("action.saved"),
        )
        if answer is not None:
            moves.changed(answer["lead"])


def _shown(translate: Translator, lead: Lead) -> str:
    """Return the next action; a suggestion in the reader's language."""
    action, text = lead.get("next_best_action"), lead.get("next_action_text") or ""
    return translate.action(action) if action and action.get("text") == text else text
