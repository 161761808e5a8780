"""Pieces of a lead that more than one page shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from domain.bands import HOT, WARM
from domain.partners.places import UFS
from domain.reasons import BY_HAND
from domain.rules import CONTACT_NOTE
from ui import theme
from ui.cards import model_score, stage_of
from ui.session import NOT_DONE, api, fetch, live_board, new_choice, notify, perform, translator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamlit.delta_generator import DeltaGenerator

    from domain.reasons import Part
    from ui.translator import Translator

Lead = dict[str, Any]

SEGMENTS = ("CAVALOS", "SERVICOS", "EVENTOS", "EQUIPAMENTOS")

VERDICTS = ("contacted", "kept", "refused")
"""What may be done with a partner, as the API takes it."""

OPENED = "opened"
"""Key of the lead that is open beside the board."""

TIMELINES = "timelines"
"""Key of the timelines that were read, by lead."""


def link(lead_id: str, label: str, key: str) -> None:
    """Offer to go to a lead's own page.

    By a link that the browser follows: where the server changes the page, a part of the old one
    that is drawn by itself at that moment empties the new one.
    """
    with st.container(key=key):
        st.page_link(st.session_state.pages["lead"], label=label, query_params={"id": lead_id})


def lead_now(lead_id: str) -> Lead:
    """Return a lead, read again only when it changed."""
    card = live_board().cards.get(lead_id)
    cached: dict[str, Any] = st.session_state.setdefault("leads_now", {})
    seen, lead = cached.get(lead_id, (None, None))
    if lead is None or seen is not card:
        lead = fetch(f"/leads/{lead_id}")
        cached[lead_id] = (card, lead)
    return dict(lead)


def score(translate: Translator, lead: Mapping[str, Any]) -> None:
    """Show a score on its scale, with its stage and what it means."""
    value, stage = model_score(lead), stage_of(lead)
    color = theme.COLORS[stage]
    share = lead.get("score_probability")
    chance = translate("lead.chance", percent=translate.percent(share)) if share is not None else ""
    st.html(
        f'<div class="g-score" data-score="{value}"><b style="color:{color}">{value}</b>'
        f"{theme.pill(stage, translate.among('stage', stage))}</div>"
        f'<div class="g-meter"><i style="width:{value}%;background:{color}"></i>'
        f'<s style="left:{WARM}%"></s><s style="left:{HOT}%"></s></div>'
        f'<div class="g-scale"><span style="left:{WARM}%">{WARM}</span>'
        f'<span style="left:{HOT}%">{HOT}</span></div>'
        f"<div>{escape(chance)}</div>"
    )


def summary(translate: Translator, lead: Mapping[str, Any]) -> str:
    """Return in a line where a lead is and what it wants."""
    place = "/".join(text for text in (lead.get("cidade"), lead.get("uf")) if text)
    wants = [
        translate.among("segment", lead.get("segmento_interesse")),
        translate.among("budget", lead.get("orcamento_faixa")),
        translate.among("deadline", lead.get("prazo_compra")),
    ]
    return " · ".join(text for text in (place, *wants) if text and text != "—")


def history_now(lead_id: str) -> list[dict[str, Any]]:
    """Return a lead's rescores, the oldest first, read again only when it changed."""
    card = live_board().cards.get(lead_id)
    cached: dict[str, Any] = st.session_state.setdefault("histories", {})
    seen, items = cached.get(lead_id, (None, None))
    if items is None or seen is not card:
        items = fetch(f"/leads/{lead_id}/history", limit=200)["items"][::-1]
        cached.clear()
        cached[lead_id] = (card, items)
    return list(items)


TIME_POINTS = 3
"""Points from which it is worth telling that time alone moved a score."""

TIME_GAP = timedelta(hours=1)
"""How often that is told at the most."""


def worth_telling(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rescores that tell a reader something, the oldest first.

    What time alone does is told once it has come to three points, at most once an hour, from the
    score that was told last.

    Examples
    --------
    >>> steps = [("reply", 8, 60), ("time", 9, 59), ("time", 10, 57), ("click", 11, 70)]
    >>> items = [{"cause": cause, "scored_at": f"2026-11-26T{hour:02}:00:00Z", "score_before": 1,
    ...           "score_after": score} for cause, hour, score in steps]
    >>> [(item["cause"], item["score_before"]) for item in worth_telling(items)]
    [('reply', 1), ('time', 60), ('click', 1)]
    """
    told: list[dict[str, Any]] = []
    time_told = datetime.min.replace(tzinfo=UTC)
    for item in items:
        if item["cause"] == "time" and told:
            before, at = told[-1]["score_after"], datetime.fromisoformat(item["scored_at"])
            if abs(item["score_after"] - before) < TIME_POINTS or at - time_told < TIME_GAP:
                continue
            time_told = at
            told.append({**item, "score_before": before})
        else:
            told.append(item)
    return told


def definition_list(pairs: list[tuple[str, str | None]]) -> None:
    """List what is known."""
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value or '—')}</dd>" for name, value in pairs
    )
    st.html(f'<dl class="g-facts">{rows}</dl>')


def partner(translate: Translator, lead_id: str, partner: Mapping[str, Any]) -> None:
    """Show a recommended partner and why, and let the reader say what was done with it."""
    place = "/".join(text for text in (partner.get("municipio_nome"), partner.get("uf")) if text)
    reasons = (
        f"{reason['points']:+d} {translate.match(reason, partner.get('km'))}"
        for reason in partner["reasons"]
    )
    verdict = partner["verdict"] if partner.get("verdict") in VERDICTS else None
    key = f"verdict:{lead_id}:{partner['id']}"
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.html(
        f'<div class="g-line"><b>{escape(partner_name(partner))}</b> · {escape(place)}<br>'
        f"<b>{partner['score']}/100</b> <small>{escape(' · '.join(reasons))}</small></div>"
    )
    right.segmented_control(
        translate("match.verdict", name=partner_name(partner)),
        VERDICTS,
        key=key,
        default=verdict,
        required=True,
        label_visibility="collapsed",
        format_func=lambda verdict: translate(f"match.{verdict}"),
        on_change=_save_verdict,
        args=(lead_id, partner["id"], key, verdict),
    )


def _save_verdict(lead_id: str, partner_id: str, key: str, shown: str | None) -> None:
    if verdict := new_choice(key, shown):
        path = f"/crm/leads/{lead_id}/matches/{partner_id}/feedback"
        perform(lambda: api().post(path, verdict=verdict), translator()("match.thanks"))


def partner_name(partner: Mapping[str, Any]) -> str:
    """Return what a partner is called."""
    return str(partner.get("nome_fantasia") or partner.get("razao_social") or partner["cnpj"])


def next_action(translate: Translator, lead: Mapping[str, Any]) -> None:
    """Show what to do next, and why."""
    action, text = lead.get("next_best_action"), lead.get("next_action_text")
    if not text:
        return
    suggested = action is not None and action.get("text") == text
    what = translate.action(action) if suggested else text
    on, at = lead.get("next_action_date"), (lead.get("next_action_time") or "")[:5]
    due = translate("action.due", day=translate.day(on), hour=at) if on else ""
    why = (
        translate.why(action, lead.get("score") or 0)
        if suggested and action
        else translate("action.own")
    )
    drawn = _drawn(translate, action) if suggested and action else ""
    said = " · ".join(line for line in (why, due, drawn) if line)
    st.html(
        f'<div class="g-line" style="border-color:{theme.COLORS[stage_of(lead)]}">'
        f"<b>{escape(what)}</b><br><small>{escape(said)}"
        "</small></div>"
    )


def _drawn(translate: Translator, action: Mapping[str, Any]) -> str:
    """Say with which chance an action was drawn, and with which the others; or nothing."""
    draw = action.get("draw")
    if not draw:
        return ""
    names = translate.leads.words["action_name"]
    chances = {code: translate.percent(chance) for code, chance in draw["chances"].items()}
    own = chances.pop(action["code"])
    others = ", ".join(f"{names[code]} ({chance})" for code, chance in chances.items())
    return translate("action.drawn", chance=own, others=others)


def reasons(translate: Translator, lead_id: str, lead: Mapping[str, Any]) -> None:
    """Show the points that add up to the score."""
    lines = reason_lines(translate, lead)
    if not lines:
        st.caption(translate("lead.no_score"))
        return
    most = max(abs(line.points) for line in lines) or 1
    rows = "".join(_reason(translate, line, most) for line in lines)
    total = sum(line.points for line in lines)
    st.html(
        f'<table class="g-reasons" data-lead="{escape(lead_id)}"><tbody>{rows}</tbody><tfoot><tr>'
        f'<td class="n">= {total}</td><td class="b"></td>'
        f"<td>{escape(translate('lead.adds_up'))}</td>"
        "</tr></tfoot></table>"
    )


class ReasonLine(NamedTuple):
    """A line of a score's explanation: its points, what it says, and what stands behind it."""

    points: int
    text: str
    detail: str
    parts: Sequence[Part] = ()


def reason_lines(translate: Translator, lead: Mapping[str, Any]) -> list[ReasonLine]:
    """Return a lead's reasons that say something."""
    return [
        ReasonLine(
            int(reason["impacto"]),
            translate.reason(reason),
            translate.detail(reason),
            (reason.get("args") or {}).get("parts") or (),
        )
        for reason in lead.get("score_motivos") or ()
        if (int(reason["impacto"]) or reason.get("detalhe")) and reason.get("code") != BY_HAND
    ]


def _reason(translate: Translator, line: ReasonLine, most: int) -> str:
    points = line.points
    color = "#1c6b41" if points > 0 else "#a33b2c" if points < 0 else "#8a8178"
    width = 100 * abs(points) / most
    text = f"{escape(line.text)} <small>{escape(line.detail)}</small>"
    if line.parts:
        parts = "".join(f"<li>{escape(translate.leads.part(part))}</li>" for part in line.parts)
        text = f"<details><summary>{escape(line.text)}</summary><ul>{parts}</ul></details>"
    return (
        f'<tr><td class="n">{points:+d}</td>'
        f'<td class="b"><div style="width:{width:.0f}%;background:{color}"></div></td>'
        f"<td>{text}</td></tr>"
    )


def note_box(translate: Translator, lead_id: str) -> None:
    """Let the reader write a note; what is typed stays until it is saved."""
    key = f"note:{lead_id}"
    st.text_area(
        translate("note.new"),
        key=key,
        placeholder=translate("note.hint"),
        persist_state="session",
        height=90,
    )
    st.button(
        translate("note.save"), key=f"save:{key}", icon=":material/save:",
        on_click=_save_note, args=(lead_id, key),
    )  # fmt: skip


def _save_note(lead_id: str, key: str) -> None:
    text = (st.session_state.get(key) or "").strip()
    translate = translator()
    if not text:
        notify(translate("note.empty"), NOT_DONE)
        return
    saved = perform(
        lambda: api().post(f"/crm/leads/{lead_id}/notes", note=text),
        translate("note.saved"),
        once=f"note {lead_id} {text}",
    )
    if saved is not None:
        st.session_state[key] = ""
        st.session_state.pop(TIMELINES, None)


def notes(translate: Translator, items: list[dict[str, Any]]) -> None:
    """Show notes, the newest first."""
    if not items:
        st.caption(translate("note.none"))
    for note in items:
        st.html(
            f'<div class="g-line">{escape(note_text(translate, note))}<br>'
            f"<small>{escape(translate.when(note['created_at']))}</small></div>"
        )


def note_text(translate: Translator, note: Mapping[str, Any]) -> str:
    """Return what a note says."""
    text = note["text"] or ""
    return contact_text(translate, text) if note["type"] == CONTACT_NOTE else text


def contact_text(translate: Translator, channel: str) -> str:
    """Return what a contact says: by which channel it was."""
    return translate("contact.noted", channel=translate.among("contact", channel))


def place_filters(
    translate: Translator, segment: DeltaGenerator, uf: DeltaGenerator, page: str
) -> dict[str, str]:
    """Ask in two columns for a segment and a state; empty is all. Each page remembers its own."""
    return {
        "segment": segment.selectbox(
            translate("filter.segment"),
            ["", *SEGMENTS],
            key=f"{page}_segment",
            format_func=lambda code: (
                translate.among("segment", code) if code else translate("filter.all")
            ),
        ),
        "uf": uf.selectbox(
            translate("filter.uf"),
            ["", *UFS],
            key=f"{page}_uf",
            format_func=lambda code: code or translate("filter.all"),
        ),
    }
