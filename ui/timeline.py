"""What was and what people did with a lead, by day, the newest first; some of it can be undone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.rules import CONTACT, MANUAL_MOVE
from ui import lead_actions, moves
from ui.cards import STAGES, stage_of
from ui.lead_view import TIMELINES, contact_text, lead_now, note_text, worth_telling
from ui.live_board import PASSIVE_CAUSES
from ui.session import fetch, fragment, live_board, translator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ui.translator import Translator

PAGE = 50
"""Things on record that are read at first, and more by each request for them."""

HANDOFF = "handoff"

ACTION_NOTE = "NEXT_ACTION"
"""Type of notes that say again what an event says."""

UNCAUSED = ("lead", "time")
"""Causes of rescores that are no events."""

MARKS = {"event": "•", "note": "✎", "score": "±", "lead": "★", "owner": "☺"}
"""By kind, beside the words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is told.

    Parameters
    ----------
    item
        As the API answers it.
    score
        What it did to the score: before and after.
    """

    item: Mapping[str, Any]
    score: tuple[int | None, int] | None = None


def entries(items: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Return what is worth telling of a timeline, the newest first, as `items` are.

    A rescore stands with the event that caused it, and is not told where that was taken back. Of
    the others those are told by which somebody did something, or as `worth_telling` has it.

    Examples
    --------
    >>> click = {"kind": "event", "type": "cta_click", "at": "2026-01-02T00:00:00Z", "details": {}}
    >>> scored = {**click, "kind": "score", "details": {"score_before": 5, "score_after": 25}}
    >>> [(entry.item["kind"], entry.score) for entry in entries([scored, click])]
    [('event', (5, 25))]
    """
    oldest_first = list(items)[::-1]
    told = _scores_worth_telling(oldest_first)
    shown: list[Entry] = []
    unscored: dict[str, list[int]] = defaultdict(list)
    for item in oldest_first:
        if item["kind"] == "score":
            if id(item) not in told:
                continue
            cause, score = item["type"].partition(":")[0], told[id(item)]
            if unscored[cause]:
                place = unscored.pop(cause)[-1]
                shown[place] = replace(shown[place], score=score)
            elif cause in UNCAUSED:
                shown.append(Entry(item, score))
        elif (item["kind"], item["type"]) != ("note", ACTION_NOTE):
            if item["kind"] in {"event", "lead"}:
                unscored[item["type"] if item["kind"] == "event" else "lead"].append(len(shown))
            shown.append(Entry(item))
    return shown[::-1]


def _scores_worth_telling(
    items: Iterable[Mapping[str, Any]],
) -> dict[int, tuple[int | None, int]]:
    """Return, by the identity of each rescore that is told, the score before and after it."""
    quiet = PASSIVE_CAUSES - {"time"}
    rescores = [
        {**item["details"], "cause": item["type"], "scored_at": item["at"], "item": id(item)}
        for item in items
        if item["kind"] == "score" and item["type"] not in quiet
    ]
    return {
        told["item"]: (told["score_before"], told["score_after"])
        for told in worth_telling(rescores)
    }


@fragment(run_every=2.0)
def timeline(lead_id: str) -> None:
    """Tell what is on record of a lead, by day."""
    translate = translator()
    st.header(translate("timeline.title"), anchor=False)
    limit = st.session_state.setdefault(f"timeline:{lead_id}", PAGE)
    answer = _on_record(lead_id, limit)
    undoable = _undoable(lead_id, answer["items"])
    days = groupby(entries(answer["items"]), lambda entry: translate.local(entry.item["at"]).date())
    for day, of_day in days:
        st.html(f'<h3 class="g-day">{escape(translate.day_name(day))}</h3>')
        _day(translate, lead_id, list(of_day), undoable)
    if answer["more"]:
        st.button(
            translate("timeline.more"), icon=":material/expand_more:",
            on_click=st.session_state.__setitem__, args=(f"timeline:{lead_id}", limit + 4 * PAGE),
        )  # fmt: skip


def _on_record(lead_id: str, limit: int) -> dict[str, Any]:
    """Return a lead's timeline, read again only when the lead or what is asked for changed."""
    card = live_board().cards.get(lead_id)
    cached: dict[str, Any] = st.session_state.setdefault(TIMELINES, {})
    seen, answer = cached.get(lead_id, (None, None))
    if answer is None or seen != (card, limit):
        answer = fetch(f"/leads/{lead_id}/timeline", limit=limit)
        cached.clear()
        cached[lead_id] = ((card, limit), answer)
    return dict(answer)


def _undoable(lead_id: str, items: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return ids of events that can be undone: contacts, rules by hand, a handoff that counts."""
    sent = stage_of(lead_now(lead_id)) == STAGES[-1]
    events = [item for item in items if item["kind"] == "event"]
    handoffs = [item["id"] for item in events if item["type"] == HANDOFF][: int(sent)]
    by_hand = (
        item["id"]
        for item in events
        if item["type"] == CONTACT
        or (isinstance(item["details"], dict) and "rule_code" in item["details"])
    )
    return frozenset((*handoffs, *by_hand))


def _day(
    translate: Translator, lead_id: str, of_day: list[Entry], undoable: frozenset[str]
) -> None:
    """Tell a day; what can be undone has a button beside it."""
    for can_be_undone, group in groupby(of_day, lambda entry: entry.item["id"] in undoable):
        if not can_be_undone:
            st.html("".join(_lines(translate, group)))
            continue
        for entry in group:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html("".join(_lines(translate, [entry])))
                st.button(
                    translate("timeline.undo"), icon=":material/undo:", type="tertiary",
                    key=f"undo:{entry.item['id']}", on_click=_undo, args=(lead_id, entry.item),
                )  # fmt: skip


def _undo(lead_id: str, item: Mapping[str, Any]) -> None:
    if item["type"] == HANDOFF:
        moves.undo_handoff(lead_id)
    else:
        lead_actions.undo(lead_id, item["id"])


def _lines(translate: Translator, of_day: Iterable[Entry]) -> Iterator[str]:
    for entry in of_day:
        item, points = entry.item, ""
        if entry.score is not None:
            before, after = entry.score
            points = f" <b>{'—' if before is None else before} → {after}</b>"
        hour = f"{translate.local(item['at']):%H:%M}"
        yield (
            f'<div class="g-line" data-kind="{item["kind"]}"><small>{hour} {MARKS[item["kind"]]}'
            f"</small> {escape(words(translate, item))}{points}{_by(translate, item)}</div>"
        )


def _by(translate: Translator, item: Mapping[str, Any]) -> str:
    """Return who did it, in HTML; nothing where that is not known."""
    name = item.get("by")
    return f" <small>{escape(translate('timeline.by', name=name))}</small>" if name else ""


def words(translate: Translator, item: Mapping[str, Any]) -> str:
    """Return in words what a thing on record was."""
    details = item["details"] if isinstance(item["details"], dict) else {}
    if item["kind"] == "lead":
        return translate("timeline.created")
    if item["kind"] == "event":
        return _event_words(translate, item, details)
    if item["kind"] == "note":
        return note_text(translate, {"type": item["type"], **details})
    if item["kind"] == "score":
        return translate.cause(item["type"])
    return f"{translate('card.owner')}: {details.get('owner') or translate('owner.nobody')}"


def _event_words(translate: Translator, item: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    event = translate.event(item["type"])
    if item["type"] == MANUAL_MOVE and details.get("to_stage"):
        return translate("policy.moved", stage=translate.among("stage", details["to_stage"]))
    if item["type"] == CONTACT and details.get("channel"):
        return contact_text(translate, details["channel"])
    if item["type"] == "next_action_saved" and details.get("next_action_text"):
        on = details.get("next_action_date")
        due = f" · {translate.day(on)} {details.get('next_action_time') or ''}" if on else ""
        return f"{event}: {details['next_action_text']}{due}".strip()
    return f"{event}: {item['partner']}" if item.get("partner") else event
