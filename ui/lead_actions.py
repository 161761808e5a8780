"""What a person does with a lead: act, move, hand off, plan the next action."""

from __future__ import annotations

from datetime import date, time, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import streamlit as st

from domain.bands import HOT, Confirmation
from ui import theme
from ui.cards import STAGES, stage_of
from ui.client import RefusedError, UnavailableError
from ui.lead_view import Lead, lead_now
from ui.session import (
    DONE,
    NOT_DONE,
    api,
    fetch,
    fragment,
    live_board,
    notify,
    perform,
    refusal,
    translator,
)

if TYPE_CHECKING:
    from ui.translator import Translator

TRIES = "moves_tried"
"""Key of how often the reader chose a stage; a refused choice is not shown as if it counted."""

RECORDED = "recorded"
"""Key of what the API answered to the event recorded last, which can be undone."""


def done_or_not(translate: Translator, lead: Lead) -> None:
    """Let the reader say whether the action was done; both leave a note."""
    text = lead.get("next_action_text")
    if not text:
        return
    with st.container(horizontal=True):
        st.button(
            translate("action.done"), icon=":material/check:", key="done", type="primary",
            on_click=_done, args=(lead["id"], text),
        )  # fmt: skip
        st.button(
            translate("action.not_done"), icon=":material/event_repeat:", key="not_done",
            on_click=_not_done, args=(lead["id"], text),
        )  # fmt: skip


def _done(lead_id: str, text: str) -> None:
    translate = translator()

    def do() -> None:
        api().post(f"/crm/leads/{lead_id}/notes", note=translate("action.note_done", text=text))
        changed(api().delete(f"/leads/{lead_id}/next-action")["lead"])

    perform(do, translate("action.was_done"), once=f"done {lead_id}")


def _not_done(lead_id: str, text: str) -> None:
    translate = translator()
    tomorrow = (translate.now() + timedelta(days=1)).date().isoformat()

    def do() -> None:
        api().post(f"/crm/leads/{lead_id}/notes", note=translate("action.note_not_done", text=text))
        answer = api().patch(
            f"/leads/{lead_id}/next-action",
            next_action_text=text, next_action_date=tomorrow, next_action_time="09:00",
        )  # fmt: skip
        changed(answer["lead"])

    perform(do, translate("action.was_put_off"), once=f"not done {lead_id}")


def changed(lead: Lead) -> None:
    """Show a lead as it is now."""
    live_board().cards.put(lead)


def act_on(translate: Translator, lead_id: str) -> None:
    """Let the reader say what happened, move the lead, and hand it off."""
    st.subheader(translate("act.title"), anchor=False)
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
            icon=":material/undo:", on_click=_undo, args=(lead_id, recorded["event_id"]),
        )  # fmt: skip
    mover(lead_id)
    if st.button(translate("handoff.do"), icon=":material/send:", type="primary"):
        _hand_off(translate, lead_id)


def _apply(lead_id: str) -> None:
    rule = st.session_state.rule
    translate = translator()
    applied = perform(
        lambda: api().post(f"/crm/leads/{lead_id}/apply-rule", rule_code=rule, source="admin"),
        once=f"{rule} {lead_id}",
    )
    if applied is not None:
        changed(applied["lead"])
        move = applied["transition"]
        notify(
            translate("act.recorded", before=move["from_score"], after=move["to_score"]),
            DONE,
        )
        st.session_state.rule = None
        st.session_state[RECORDED] = applied


def _undo(lead_id: str, event_id: str) -> None:
    undone = perform(
        lambda: api().delete(f"/leads/{lead_id}/events/{event_id}"), once=f"undo {event_id}"
    )
    if undone is not None:
        changed(undone["lead"])
        move = undone["transition"]
        translate = translator()
        notify(translate("act.undone", before=move["from_score"], after=move["to_score"]), DONE)
        st.session_state.pop(RECORDED, None)


@fragment(run_every=1.0)
def mover(lead_id: str) -> None:
    """Let the reader move a lead by a select, which follows when the lead moves by itself."""
    translate = translator()
    stage = stage_of(lead_now(lead_id))
    # Another stage is another select, and so is another try: one whose value the server set could
    # report a stale one as chosen, and move the lead.
    key = f"move:{lead_id}:{stage}:{st.session_state.setdefault(TRIES, 0)}"
    st.selectbox(
        translate("kanban.move"), STAGES, STAGES.index(stage), key=key,
        on_change=_moved, args=(lead_id, stage, key),
        format_func=lambda stage: f"{theme.MARKS[stage]} {translate.among('stage', stage)}",
    )  # fmt: skip


def _moved(lead_id: str, before: str, key: str) -> None:
    st.session_state[TRIES] += 1
    move(lead_id, before, st.session_state[key])


def move(lead_id: str, before: str, after: str) -> None:
    """Move a lead as the reader asked, unless it moved meanwhile: then say where it is."""
    translate = translator()
    stage = perform(
        lambda: stage_after(lead_id, before, after), once=f"{lead_id} {before} to {after}"
    )
    if stage == after:
        notify(translate("kanban.moved"), DONE)
    elif stage is not None:
        notify(translate("kanban.elsewhere", stage=translate.among("stage", stage)), NOT_DONE)


def stage_after(lead_id: str, before: str, after: str) -> str:
    """Move a lead if it is where its reader saw it; return where it is then, as the board shows.

    Raises
    ------
    UnavailableError, RefusedError
        As every call of the API.
    """
    try:
        answer = api().post("/crm/move", lead_id=lead_id, stage=after, expected_stage=before)
        lead = answer["lead"]
    except RefusedError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        lead = api().get(f"/leads/{lead_id}")
    changed(lead)
    return stage_of(lead)


def _hand_off(translate: Translator, lead_id: str) -> None:
    try:
        api().post("/handoff", lead_id=lead_id, channel="admin")
        changed(api().get(f"/leads/{lead_id}"))
    except UnavailableError:
        st.warning(translate("unavailable.not_done"))
    except RefusedError as error:
        early = error.status == HTTPStatus.CONFLICT
        text = _handoff_refusal(translate, lead_id) if early else refusal(error)
        st.warning(text, icon=":material/info:")
    else:
        st.success(translate("handoff.done"), icon=":material/check_circle:")


def _handoff_refusal(translate: Translator, lead_id: str) -> str:
    """Return why a lead can't be handed off, and what would change it."""
    lead = api().get(f"/leads/{lead_id}")
    if stage_of(lead) == STAGES[-1]:
        return translate("handoff.already")
    confirmed = api().get(f"/leads/{lead_id}/explanation")["data_used"]["signals"]
    missing = [translate.signal(signal) for signal in Confirmation if signal not in confirmed]
    lines = [translate("handoff.refused")]
    if missing:
        lines.append(translate("handoff.missing", what=", ".join(missing)))
    if (lead.get("score") or 0) < HOT:
        lines.append(translate("handoff.score", score=lead.get("score") or 0, hot=HOT))
    return "\n\n".join(lines)


def next_action(translate: Translator, lead_id: str, lead: Lead) -> None:
    """Let the reader plan the next action, with day and hour."""
    st.subheader(translate("action.title"), anchor=False)
    on, at = lead.get("next_action_date"), lead.get("next_action_time")
    with st.form(f"action:{lead_id}", border=False):
        text = st.text_input(translate("action.what"), value=_shown(translate, lead))
        left, right = st.columns(2)
        day = left.date_input(
            translate("action.day"),
            value=date.fromisoformat(on) if on else None,
            format="DD/MM/YYYY",
        )
        hour = right.time_input(
            translate("action.hour"), value=time.fromisoformat(at) if at else None
        )
        saved = st.form_submit_button(translate("action.save"), icon=":material/event:")
    if saved:
        if not text.strip():
            st.warning(translate("action.empty"))
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
            changed(answer["lead"])


def _shown(translate: Translator, lead: Lead) -> str:
    """Return the next action; a suggestion in the reader's language."""
    action, text = lead.get("next_best_action"), lead.get("next_action_text") or ""
    return translate.action(action) if action and action.get("text") == text else text
