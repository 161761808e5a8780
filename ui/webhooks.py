"""Webhooks on the settings page: who is told of what, and what they did not take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import lead_view, secret
from ui.session import api, attempt, dialog, fetch, perform, translator
from ui.theme import escape_markdown

if TYPE_CHECKING:
    from ui.translator import Translator

Webhook = dict[str, Any]

CROSSED = "score.crossed"

TOPICS = (CROSSED, "status.changed", "outcome.known", "alert.opened", "experiment.concluded")
"""What a webhook may tell of, as the API has it."""

HOT = 70
"""The score whose crossing a new webhook begins with."""

LISTED = 20
"""Deliveries that are shown, the oldest."""

PROBLEMS = {
    "answered": re.compile(r"answered (?P<code>\d+)"),
    "silent": re.compile(r"no answer within (?P<seconds>\S+) s"),
}
"""What the API notes of receivers, where it has words; the rest is shown as it is noted."""

NEW = "new_webhook"
"""Where a new secret is kept while it is shown."""


def webhook_list(translate: Translator) -> None:
    """List who is told of what, each with what its receiver has not taken."""
    st.header(translate("webhooks.title"), anchor=False)
    webhooks: list[Webhook] = fetch("/admin/webhooks")["items"]
    st.caption(translate("webhooks.about" if webhooks else "webhooks.none"))
    for webhook in webhooks:
        number = webhook["id"]
        st.markdown(_line(translate, webhook))
        with st.container(horizontal=True):
            if webhook["waiting"] + webhook["parked"] and st.button(
                translate("webhooks.deliveries"), key=f"deliveries:{number}",
                icon=":material/list:",
            ):  # fmt: skip
                dialog(translate("webhooks.deliveries"), _deliveries, width="large")(webhook)
            _pause(translate, webhook)
            if st.button(
                translate("webhooks.remove"), key=f"remove_webhook:{number}",
                icon=":material/delete:",
            ):  # fmt: skip
                dialog(translate("webhooks.remove"), _confirm_remove)(webhook)
    if st.button(translate("webhooks.add"), icon=":material/webhook:"):
        st.session_state.pop(NEW, None)
        dialog(translate("webhooks.add"), _add, on_dismiss="rerun")()


def _line(translate: Translator, webhook: Webhook) -> str:
    """Say of a webhook who is told of what, since when, and what was not taken."""
    topics = ", ".join(
        translate("webhooks.crossing", score=webhook["threshold"])
        if topic == CROSSED
        else translate.among("topic", topic)
        for topic in webhook["topics"]
    )
    states = []
    if webhook["paused_at"]:
        paused = translate.when(webhook["paused_at"])
        states.append("■ " + translate("webhooks.paused", since=paused))
    if webhook["parked"]:
        count = translate.number(webhook["parked"])
        states.append("▲ " + translate("webhooks.parked", count=count))
    if webhook["waiting"]:
        count, since = webhook["waiting"], translate.when(webhook["waiting_since"])
        waiting = translate("webhooks.waiting", count=translate.number(count), since=since)
        states.append(f"◐ {waiting}")
    states = states or ["● " + translate("webhooks.nothing_waits")]
    if webhook["problem"]:
        problem = _problem(translate, webhook["problem"])
        states.append(translate("webhooks.problem", problem=problem))
    since = translate("webhooks.since", when=translate.when(webhook["created_at"]))
    lines = (f"**{escape_markdown(webhook['url'])}**", f"{escape_markdown(topics)} · {since}",
             escape_markdown(" · ".join(states)))  # fmt: skip
    return "  \n".join(lines)


def _pause(translate: Translator, webhook: Webhook) -> None:
    """Offer to send a receiver nothing for a while, or what waits."""
    do, icon, done = ("pause", "pause", "paused_done")
    if webhook["paused_at"]:
        do, icon, done = ("resume", "play_arrow", "resumed")
    path = f"/admin/webhooks/{webhook['id']}/{do}"
    chosen = st.button(
        translate(f"webhooks.{do}"), key=f"pause_webhook:{webhook['id']}",
        icon=f":material/{icon}:", help=translate(f"webhooks.{do}_about"),
    )  # fmt: skip
    if chosen and perform(lambda: api().post(path), translate(f"webhooks.{done}")) is not None:
        st.rerun()


def _problem(translate: Translator, problem: str) -> str:
    """Return in words what a receiver did, or as it is noted.

    Examples
    --------
    >>> from ui.translator import Translator
    >>> _problem(Translator("pt-BR"), "answered 500"), _problem(Translator("en"), "ReadError: x")
    ('respondeu 500', 'ReadError: x')
    """
    for name, pattern in PROBLEMS.items():
        if found := pattern.fullmatch(problem):
            return translate(f"webhooks.{name}", **found.groupdict())
    return problem


def _deliveries(webhook: Webhook) -> None:
    """List what a receiver has not taken, and let the reader try again what was given up."""
    translate = translator()
    path = f"/admin/webhooks/{webhook['id']}"
    items = fetch(f"{path}/deliveries", limit=LISTED)["items"]
    for item in items:
        _delivery(translate, item)
    left_over = webhook["waiting"] + webhook["parked"] - len(items)
    if len(items) == LISTED and left_over > 0:
        st.caption(translate("webhooks.more", count=translate.number(left_over)))
    if not webhook["parked"]:
        return
    st.caption(translate("webhooks.replay_about"))
    if st.button(translate("webhooks.replay"), type="primary", icon=":material/replay:"):
        done = translate("webhooks.replayed")
        if perform(lambda: api().post(f"{path}/replay"), done) is not None:
            st.rerun()


def _delivery(translate: Translator, item: dict[str, Any]) -> None:
    """Show what is still to be sent: of whom, since when, how often it was tried, and what then."""
    told = [translate.among("topic", item["topic"]), translate.when(item["occurred_at"])]
    if item["experiment"] is not None:
        told.insert(1, item["experiment"])
    told.append(translate("webhooks.attempts", count=translate.number(item["attempts"])))
    if item["parked_at"]:
        told.append(translate("webhooks.parked_at", when=translate.when(item["parked_at"])))
    else:
        told.append(translate("webhooks.try_at", when=translate.when(item["try_at"])))
    if item["problem"]:
        told.append(_problem(translate, item["problem"]))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(escape_markdown(" · ".join(told)))
        if item["lead_id"] is not None:
            lead_view.link(item["lead_id"], translate("findings.lead"), f"delivery:{item['id']}")


def _confirm_remove(webhook: Webhook) -> None:
    translate = translator()
    st.write(translate("webhooks.remove_sure", url=escape_markdown(webhook["url"])))
    if st.button(translate("webhooks.remove_yes"), type="primary"):
        path = f"/admin/webhooks/{webhook['id']}"
        if perform(lambda: api().delete(path), translate("webhooks.removed")) is not None:
            st.rerun()


def _add() -> None:
    translate = translator()
    # What deliveries are signed with.
    if secret.shown_once(translate, NEW, translate("webhooks.made")):
        return
    url = st.text_input(translate("webhooks.url"), max_chars=2000, placeholder="https://").strip()
    topics = st.multiselect(
        translate("webhooks.topics"), TOPICS, format_func=lambda one: translate(f"topic.{one}"),
        placeholder=translate("create.pick"),
    )  # fmt: skip
    threshold = None
    if CROSSED in topics:
        threshold = st.number_input(translate("webhooks.threshold"), 1, 100, HOT)
    if not st.button(translate("webhooks.add_yes"), type="primary"):
        return
    if not url or not topics:
        st.warning(translate("webhooks.needed"), icon=":material/info:")
        return
    made = attempt(
        lambda: api().post("/admin/webhooks", url=url, topics=topics, threshold=threshold)
    )
    if made is not None:
        st.session_state[NEW] = made["secret"]
        st.rerun(scope="fragment")
