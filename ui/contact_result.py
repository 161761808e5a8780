"""What came of the next action: one click, and what came of it drives what is next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import streamlit as st

from domain.actions import Action, Channel
from ui import moves
from ui.session import api, live_board, perform, translator

if TYPE_CHECKING:
    from ui.lead_view import Lead
    from ui.translator import Translator

ASKED = "result_asked"
"""Key of the lead whose action was done, while it is asked what came of it."""

NO_ANSWER = "no_answer"
"""What came of it, where the lead did not answer: it is tried again tomorrow."""

ALWAYS = (NO_ANSWER, *moves.LOSING)


def done_or_not(translate: Translator, lead: Lead) -> None:
    """Let the reader say that the action was done and what came of it, or that it was not."""
    text = lead.get("next_action_text")
    if st.session_state.get(ASKED) == lead["id"]:
        _ask(translate, lead)
        return
    if not text:
        return
    with st.container(horizontal=True):
        st.button(
            translate("action.done"), icon=":material/check:", key="done", type="primary",
            on_click=_done, args=(lead,),
        )  # fmt: skip
        st.button(
            translate("action.not_done"), icon=":material/event_repeat:", key="not_done",
            on_click=_put_off, args=(lead["id"], text, "not_done"),
        )  # fmt: skip


def _done(lead: Lead) -> None:
    """Ask what came of the action; one that was a contact is recorded, whether answered or not."""
    action = lead.get("next_best_action") or {}
    if (
        _is_suggested(lead)
        and action["code"] != Action.HANDOFF
        and action["channel"] != Channel.SITE
    ):
        contacted(lead["id"], action["channel"])
    st.session_state[ASKED] = lead["id"]


def contacted(lead_id: str, channel: str) -> None:
    """Record that the reader got in touch with a lead, and ask what came of it."""
    recorded = perform(
        lambda: api().post(f"/crm/leads/{lead_id}/contacts", channel=channel),
        once=f"contacted {lead_id} {channel}",
    )
    if recorded is not None:
        live_board().cards.set_contacted(lead_id, datetime.now(UTC).isoformat())
    st.session_state[ASKED] = lead_id


def _ask(translate: Translator, lead: Lead) -> None:
    st.write(translate("result.ask"))
    with st.container(horizontal=True):
        for result in (*_good_results(lead), *ALWAYS):
            st.button(
                _name(translate, result), key=f"result:{result}", on_click=_record,
                args=(lead, result),
            )  # fmt: skip


def _good_results(lead: Lead) -> tuple[str, ...]:
    """Return what may have come of it for the better: each missing confirmation, or an answer."""
    missing = (lead.get("next_best_action") or {}).get("missing")
    return tuple(missing) if missing and _is_suggested(lead) else ("followup_positive",)


def _is_suggested(lead: Lead) -> bool:
    """Tell whether the next action is the recommended one."""
    action = lead.get("next_best_action") or {}
    return bool(action) and action["text"] == lead.get("next_action_text")


def _name(translate: Translator, result: str) -> str:
    return translate("result.no_answer") if result == NO_ANSWER else translate.event(result)


def _record(lead: Lead, result: str) -> None:
    """Note what was done and what came of it; record the event that says so."""
    translate, lead_id, text = translator(), lead["id"], lead.get("next_action_text")
    text = text or translate("contact.contact")
    st.session_state.pop(ASKED, None)
    if result == NO_ANSWER:
        _put_off(lead_id, text, "no_answer")
        return
    note = translate("action.note_done", text=f"{text}: {_name(translate, result)}")
    theirs = bool(lead.get("next_action_text")) and not _is_suggested(lead)

    def finish() -> None:
        api().post(f"/crm/leads/{lead_id}/notes", note=note)
        if theirs:
            api().delete(f"/leads/{lead_id}/next-action")

    perform(finish, once=f"done {lead_id} {result}")
    moves.record(lead_id, result)


def _put_off(lead_id: str, text: str, why: str) -> None:
    """Plan the same action for tomorrow, and note why."""
    translate = translator()
    tomorrow = (translate.now() + timedelta(days=1)).date().isoformat()

    def plan() -> None:
        note = translate(f"action.note_{why}", text=text)
        api().post(f"/crm/leads/{lead_id}/notes", note=note)
        answer = api().patch(
            f"/leads/{lead_id}/next-action",
            next_action_text=text, next_action_date=tomorrow, next_action_time="09:00",
        )  # fmt: skip
        moves.changed(answer["lead"])

    perform(plan, translate("action.was_put_off"), once=f"put off {lead_id}")
