"""Alerts: whom to call, why now and what to say, in one click; then what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from ui import contact, contact_result, lead_view, speech, theme
from ui.session import api, fetch, perform, translator
from ui.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.translator import Translator

Alert = dict[str, Any]

LISTED = 8
"""Alerts that are shown, the highest priority first."""

MARKS = {"high": "▲", "medium": "■", "low": "□"}
"""Shapes of the levels, so that colour never stands alone."""

RESULTS = ("won", "lost", "not_now")

CONTACTED = "alert_contacted"
"""Key of the alert whose lead was just contacted; it is shown until it is said what came of it."""


def alerts(translate: Translator, wanted: frozenset[str]) -> frozenset[str]:
    """Show what waits, of those it is with; return the leads that it is about."""
    said = fetch("/api/alerts", top_n=1000)
    items = [
        one for one in said["items"] if not wanted or (one["owner"] or "").casefold() in wanted
    ]
    items = _with_contacted(items)
    if items:
        count = translate.number(len(items))
        st.header(translate("inbox.title", count=count), anchor=False)
    for alert in items[:LISTED]:
        with st.container(border=True, gap="xsmall", key=f"alert:{alert['id']}"):
            _alert(translate, alert)
    if len(items) > LISTED:
        st.caption(translate("inbox.more", count=translate.number(len(items) - LISTED)))
    if not said["motives"]:
        st.caption(translate("inbox.off"))
    else:
        with st.expander(translate("inbox.fare")):
            _motives(translate, said["motives"])
    return frozenset(alert["leadId"] for alert in items[:LISTED])


def _with_contacted(items: Sequence[Alert]) -> list[Alert]:
    """Return the alerts, first the one whose lead was just contacted, which may have closed it."""
    contacted: Alert | None = st.session_state.get(CONTACTED)
    if contacted is None:
        return list(items)
    if st.session_state.get(contact_result.ASKED) != contacted["leadId"]:
        del st.session_state[CONTACTED]
        return list(items)
    return [contacted, *(one for one in items if one["leadId"] != contacted["leadId"])]


def _alert(translate: Translator, alert: Alert) -> None:
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        name = theme.escape_markdown(alert["name"])
        label = f"{_marked(translate, alert)} · **{alert['score']}** · {name}"
        lead_view.link(alert["leadId"], label, f"alert:open:{alert['id']}")
        _said(translate, alert)
    with right:
        _ways(translate, alert)
        _actions(translate, alert)
    if st.session_state.get(contact_result.ASKED) == alert["leadId"]:
        contact_result.done_or_not(translate, lead_view.lead_now(alert["leadId"]))


def _marked(translate: Translator, alert: Alert) -> str:
    return f"{MARKS[alert['level']]} {translate.leads.words['motive'][alert['motive']]}"


def _said(translate: Translator, alert: Alert) -> None:
    """Say why now, what to say, what is at stake, and what makes the score."""
    now = translate.now().timestamp()
    why, say = translate.leads.alert(alert["motive"], alert["facts"], now)
    if alert["wordsBy"] == "model" and translate.language == settings().language:
        why, say = alert["whyNow"], alert["whatToSay"]
    st.write(theme.escape_markdown(why))
    st.write(theme.escape_markdown(say))
    stake = translate(
        "inbox.stake", amount=translate.number(_roughly(alert["impact"])),
        urgency=translate.percent(alert["urgency"]),
    )  # fmt: skip
    known = theme.escape_markdown(" · ".join(filter(None, (stake, alert["owner"]))))
    st.caption(known, help=translate("inbox.stake_help"))
    if reasons := _reasons(translate, alert):
        st.caption(theme.escape_markdown(translate("inbox.reasons", reasons=reasons)))
    speech.button(translate, f"{alert['name']}. {why} {say}", f"alert:listen:{alert['id']}")


def open_of_lead(translate: Translator, lead_id: str) -> None:
    """Show the alerts of a lead on its own page, those that were put off too."""
    for state in ("open", "snoozed"):
        for alert in fetch("/api/alerts", lead_id=lead_id, state=state)["items"]:
            with st.container(border=True, gap="xsmall", key=f"alert:{alert['id']}"):
                st.markdown(f"**{_marked(translate, alert)}**")
                if until := alert["snoozedUntil"] if state == "snoozed" else None:
                    st.caption(translate("inbox.until", when=translate.when(until)))
                _said(translate, alert)
                _actions(translate, alert, "left")


def over_of_lead(translate: Translator, lead_id: str) -> None:
    """List the last alerts of a lead that are over, each with why; nothing where none is."""
    found = fetch("/api/alerts", lead_id=lead_id, state="over", top_n=LISTED)
    if not found["items"]:
        return
    count = translate.number(found["total"])
    with st.expander(translate("inbox.over", count=count), key="alerts_over"):
        for alert in found["items"]:
            words, why = translate.leads.words, alert["closedReason"]
            result = alert["feedback"]["result"] if alert["feedback"] else why
            judged = translate(f"inbox.{result}") if result != why else None
            over = " · ".join(filter(None, (words["over"][why], judged)))
            st.write(f"**{words['motive'][alert['motive']]}**: {over}")
            st.caption(
                translate(
                    "inbox.from_to", opened=translate.when(alert["openedAt"]),
                    closed=translate.when(alert["closedAt"]),
                )
            )  # fmt: skip


def _roughly(money: float) -> int:
    """Return money as exactly as it is known: in two digits."""
    return round(float(f"{money:.1e}"))


def _reasons(translate: Translator, alert: Alert) -> str:
    rest = translate("inbox.rest")
    return ", ".join(
        f"{rest if one['code'] == 'other' else translate.reason(one)} {one['points']:+d}"
        for one in alert["reasons"]
    )


def _ways(translate: Translator, alert: Alert) -> None:
    """Offer every way to reach the lead."""
    phone, email = alert["phone"] or "", alert["email"] or ""
    with st.container(horizontal=True, horizontal_alignment="right"):
        for channel, address in contact.addresses(translate, alert["name"], phone, email).items():
            st.link_button(
                translate(f"contact.{channel}"), address, icon=contact.ICONS[channel],
                key=f"alert:{channel}:{alert['id']}", on_click=_contacted, args=(alert, channel),
            )  # fmt: skip


def _contacted(alert: Alert, channel: str) -> None:
    st.session_state[CONTACTED] = alert
    contact_result.contacted(alert["leadId"], channel)


def _actions(
    translate: Translator, alert: Alert, where: Literal["left", "right"] = "right"
) -> None:
    """Let the reader be done with it, put it off, or say that it was no use or what came of it."""
    path, number = f"/api/alerts/{alert['id']}", alert["id"]
    with st.container(horizontal=True, horizontal_alignment=where):
        st.button(
            translate("inbox.done"), icon=":material/check:", key=f"alert:done:{number}",
            on_click=_post, args=(f"{path}/done", "inbox.was_done"),
        )  # fmt: skip
        st.button(
            translate("inbox.tomorrow"), icon=":material/snooze:", key=f"alert:snooze:{number}",
            on_click=_post, args=(f"{path}/snooze", "inbox.was_snoozed"), kwargs={"days": 1},
        )  # fmt: skip
        st.button(
            translate("inbox.wrong"), icon=":material/thumb_down:", key=f"alert:wrong:{number}",
            on_click=_post, args=(f"{path}/feedback", "inbox.was_judged"),
            kwargs={"result": "wrong"},
        )  # fmt: skip
        with st.popover(translate("inbox.judge")):
            for result in RESULTS:
                st.button(
                    translate(f"inbox.{result}"), key=f"alert:{result}:{number}",
                    on_click=_post, args=(f"{path}/feedback", "inbox.was_judged"),
                    kwargs={"result": result},
                )  # fmt: skip


def _post(path: str, said: str, **body: Any) -> None:
    perform(lambda: api().post(path, **body), translator()(said), once=f"{path} {said}")


def _motives(translate: Translator, motives: Sequence[dict[str, Any]]) -> None:
    """Say how many alerts of each motive there are, and how many of them were right."""
    for motive in motives:
        name = translate.leads.words["motive"][motive["motive"]]
        counts = {part: translate.number(motive[part]) for part in ("open", "opened", "allowed")}
        if motive["precision"] is None:
            right = translate("inbox.unjudged")
        else:
            share, judged = translate.percent(motive["precision"]), motive["judged"]
            right = translate("inbox.right", share=share, judged=translate.number(judged))
        st.write(f"{translate('inbox.fares', motive=name, **counts)}; {right}")
