"""An experiment to be declared, asked for in a dialog."""

from __future__ import annotations

import re
from math import isnan
from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.experiments.declaration import BUILT_IN_ARMS, MARGIN, MOST_GUARDRAILS, Kind, Unit
from domain.heads import QUALIFY, READY_MADE
from ui import policy
from ui.decimals import decimal_input, read_number
from ui.session import DONE, api, attempt, fetch, notify, translator
from ui.theme import escape_markdown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from streamlit.delta_generator import DeltaGenerator

    from ui.translator import Translator

KINDS: dict[str, tuple[Kind, Sequence[str]]] = {
    "price": (Kind.ASKED, ("price-a", "price-b")),
    "alert": (Kind.ALERTS, BUILT_IN_ARMS[Kind.ALERTS]),
    "action": (Kind.ACTIONS, BUILT_IN_ARMS[Kind.ACTIONS]),
    "model": (Kind.MODELS, BUILT_IN_ARMS[Kind.MODELS]),
    "other": (Kind.ASKED, ("a", "b")),
}
"""What may be compared: who serves the arms, and how they are called, or are as the form begins."""

MEASURES = ("events", "revenue", "head")
"""What an experiment may be judged by."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
"""What experiments and arms may be called, as the API has it."""

MOST_ARMS = 5

MOST_WEIGHT = 1e6


def ask(taken: Collection[str]) -> None:
    """Ask for an experiment that is called otherwise than those there are, and declare it."""
    translate = translator()
    chosen = st.selectbox(
        translate("experiments.kind"), list(KINDS),
        format_func=lambda one: translate(f"experiments.kind_{one}"),
    )  # fmt: skip
    kind, names = KINDS[chosen]
    st.caption(translate(f"experiments.about_{kind}"))
    motive = _motive(translate) if kind is Kind.ALERTS else None
    version = _version(translate) if kind is Kind.MODELS else None
    hypothesis = st.text_input(
        translate("experiments.hypothesis"), max_chars=300,
        placeholder=translate("experiments.hypothesis_hint"),
    )  # fmt: skip
    name = st.text_input(
        translate("experiments.name"), max_chars=60, help=translate("experiments.name_about")
    )
    if kind is Kind.ASKED:
        unit, arms = _unit(translate), _arms(translate, chosen, names)
    else:
        unit, arms = Unit.LEAD, _built_in_arms(translate, names)
    metric = _metric(translate)
    effect = _effect(translate, "money" if metric and metric.get("revenue") else "points")
    guardrails = _guardrails(translate)
    if not st.button(translate("experiments.declare_yes"), type="primary"):
        return
    body = {
        "name": name, "hypothesis": hypothesis, "kind": kind, "motive": motive,
        "version": version, "unit": unit, "arms": arms, "metric": metric,
        "minimum_effect": effect, "guardrails": guardrails,
    }  # fmt: skip
    if lacking := _lacking(translate, taken, body):
        st.warning(lacking, icon=":material/info:")
    elif _declared(translate, **body):
        notify(translate("experiments.declared"), DONE)
        st.rerun()


def _lacking(translate: Translator, taken: Collection[str], body: Mapping[str, Any]) -> str | None:
    """Return what is still to be said, in words; None where nothing is."""
    name, arms = body["name"], body["arms"]
    if name in taken:
        return translate("experiments.taken", name=escape_markdown(name))
    called = all(map(NAME.fullmatch, [name, *(arm["name"] for arm in arms)]))
    lacks = {
        "needed": not (body["hypothesis"].strip() and called),
        "no_weight": any(isnan(arm["weight"]) for arm in arms),
        "no_motive": body["kind"] is Kind.ALERTS and body["motive"] is None,
        "no_version": body["kind"] is Kind.MODELS and body["version"] is None,
        "no_metric": body["metric"] is None,
        "no_effect": isnan(body["minimum_effect"]),
        "no_margin": not all(0.0 <= one["margin"] < 1.0 for one in body["guardrails"]),
    }
    code = next((code for code, lacking in lacks.items() if lacking), None)
    return translate(f"experiments.{code}") if code else None


def _declared(translate: Translator, **body: Any) -> bool:
    path = f"/admin/experiments?lang={translate.language}"
    return attempt(lambda: api().post(path, **body)) is not None


def _effect(translate: Translator, measure: str) -> float:
    """Ask for the smallest change worth having; not a number where none was written."""
    begins, size = {"points": ("5", 0.01), "money": ("", 1.0)}[measure]
    text = st.text_input(
        translate(f"experiments.effect_{measure}"), begins, max_chars=20,
        key=f"effect:{measure}", help=translate(f"experiments.effect_{measure}_about"),
    )  # fmt: skip
    return read_number(text) * size


def _motive(translate: Translator) -> str | None:
    """Ask of which alerts, among those that are looked for."""
    chosen: str | None = st.selectbox(
        translate("experiments.motive"), list(policy.current()["in_force"]["alerts"]),
        format_func=lambda one: translate.leads.words["motive"][one],
        placeholder=translate("experiments.no_motives"),
    )  # fmt: skip
    return chosen


def _version(translate: Translator) -> int | None:
    """Ask which version scores in the place of the one that does, the newest first."""
    kept = {item["version"]: item for item in fetch("/ml/models")["items"] if not item["scores"]}
    chosen: int | None = st.selectbox(
        translate("experiments.version"), list(kept),
        format_func=lambda one: (
            f"{translate('version.name', version=one)}, "
            f"{translate('version.since', when=translate.when(kept[one]['created_at']))}"
        ),
        placeholder=translate("experiments.no_versions"),
    )  # fmt: skip
    return chosen


def _unit(translate: Translator) -> Unit | None:
    """Ask what is given an arm."""
    return st.radio(
        translate("experiments.unit"), list(Unit), horizontal=True,
        format_func=lambda one: translate(f"experiments.unit_{one}"),
        help=translate("experiments.unit_about"),
    )  # fmt: skip


def _built_in_arms(translate: Translator, names: Sequence[str]) -> list[dict[str, Any]]:
    """Ask how many leads each arm gets that Galope serves."""
    places = st.columns(len(names))
    arms = [
        {"name": name, "weight": _weight(translate, name, number, place)}
        for number, (name, place) in enumerate(zip(names, places, strict=True))
    ]
    _shares(translate, arms)
    return arms


def _weight(translate: Translator, key: str, number: int, place: DeltaGenerator) -> float:
    return decimal_input(
        translate, translate("experiments.weight", number=number + 1), 1.0, (0.0, MOST_WEIGHT),
        key=f"weight:{key}:{number}", place=place,
    )  # fmt: skip


def _arms(translate: Translator, kind: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Ask for what is compared, the control first, and how many leads each gets."""
    count = st.number_input(translate("experiments.how_many"), 2, MOST_ARMS, len(names))
    arms: list[dict[str, Any]] = []
    for number in range(count):
        left, right = st.columns([3, 2])
        called = names[number] if number < len(names) else ""
        label = "experiments.control_arm" if number == 0 else "experiments.other_arm"
        name = left.text_input(
            translate(label, number=number + 1), called, max_chars=60,
            key=f"arm:{kind}:{number}",
        )  # fmt: skip
        weight = _weight(translate, kind, number, right)
        arms.append({"name": name.strip(), "weight": weight})
    _shares(translate, arms)
    return arms


def _shares(translate: Translator, arms: Sequence[Mapping[str, Any]]) -> None:
    """Say which share of leads each arm gets, once all have a weight."""
    if any(isnan(arm["weight"]) for arm in arms):
        return
    total = sum(arm["weight"] for arm in arms) or 1.0
    shares = (
        f"{translate.arm(arm['name'])} {translate.percent(arm['weight'] / total)}" for arm in arms
    )
    st.caption(escape_markdown(" · ".join(shares)))


def _metric(translate: Translator) -> dict[str, Any] | None:
    """Ask what the experiment is judged by; None where nothing was said."""
    measure = st.radio(
        translate("experiments.metric"), MEASURES, horizontal=True,
        format_func=lambda one: translate(f"experiments.by_{one}"),
    )  # fmt: skip
    known = policy.current()
    if measure == "head":
        others = (other["name"] for other in known["in_force"]["others"])
        heads = dict.fromkeys([QUALIFY.name, *(head.name for head in READY_MADE), *others])
        head = st.selectbox(
            translate("experiments.head"), list(heads), help=translate("experiments.head_about"),
            format_func=lambda one: translate.among("head", one),
        )  # fmt: skip
        return {"head": head}
    if measure == "revenue":
        days = st.number_input(translate("experiments.days"), 1, 365, 30)
        return {"revenue": True, "days": days}
    left, right = st.columns([3, 1])
    events = left.multiselect(
        translate("experiments.events"), known["event_types"], accept_new_options=True,
        format_func=lambda one: policy.event_in_words(translate, one),
        placeholder=translate("policy.choose"),
    )  # fmt: skip
    days = right.number_input(translate("experiments.days"), 1, 365, 14)
    return {"events": events, "days": days} if events else None


def _guardrails(translate: Translator) -> list[dict[str, Any]]:
    """Ask what must not get worse: some events, all by one margin and within as many days."""
    events = st.multiselect(
        translate("experiments.guardrails"), policy.current()["event_types"],
        accept_new_options=True, max_selections=MOST_GUARDRAILS,
        format_func=lambda one: policy.event_in_words(translate, one),
        placeholder=translate("policy.choose"), help=translate("experiments.guardrails_about"),
    )  # fmt: skip
    if not events:
        return []
    left, right = st.columns(2)
    margin = left.text_input(
        translate("experiments.margin"), translate.number(100 * MARGIN), max_chars=20,
        help=translate("experiments.margin_about"),
    )  # fmt: skip
    days = right.number_input(translate("experiments.guardrail_days"), 1, 365, 14)
    return [{"event": one, "days": days, "margin": read_number(margin) * 0.01} for one in events]
