"""The page of experiments: what was declared, what each says, and how it begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.experiments.declaration import Kind
from ui import experiment_form, experiment_report, theme
from ui.funnel import table
from ui.session import DONE, api, attempt, dialog, fetch, notify, translator

if TYPE_CHECKING:
    from ui.translator import Translator

Experiment = dict[str, Any]

MARKS = {"draft": "○", "running": "●", "stopped": "■", "concluded": "✓"}
"""Of how far an experiment has come."""

SINCE = {
    "draft": "created_at", "running": "started_at", "stopped": "ended_at",
    "concluded": "concluded_at",
}  # fmt: skip
"""Where it stands since when that is so."""

HEADS = ("what", "state", "served", "since")


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.experiments"), translate("experiments.about"))
    items: list[Experiment] = fetch("/admin/experiments")["items"]
    if st.button(translate("experiments.declare"), icon=":material/add:"):
        taken = {item["name"] for item in items}
        dialog(translate("experiments.declare"), experiment_form.ask, width="large")(taken)
    if not items:
        st.info(translate("experiments.none"), icon=":material/science:")
        return
    with st.container(border=True):
        table(
            [translate(f"experiments.{head}") for head in HEADS],
            [_row(translate, item) for item in items],
        )
    chosen = st.selectbox(
        translate("experiments.choose"), [item["name"] for item in items],
        key="experiment", bind="query-params",
    )  # fmt: skip
    with st.container(border=True):
        _chosen(translate, next(item for item in items if item["name"] == chosen))


def _row(translate: Translator, item: Experiment) -> list[str]:
    state = item["status"]
    return [
        f"{item['hypothesis']} ({item['name']})",
        f"{MARKS[state]}\u00a0{translate(f'experiments.{state}')}",
        translate.number(item["served"]),
        translate.when(item[SINCE[state]]),
    ]


def _chosen(translate: Translator, item: Experiment) -> None:
    """Show an experiment: what it says once it was started, what was declared, what may be done."""
    theme.subtitle(item["hypothesis"])
    if item["status"] == "draft":
        st.caption(translate(f"experiments.draft_about_{_server(item)}"))
        experiment_report.declared(translate, item)
    else:
        path = f"/admin/experiments/{item['name']}"
        experiment_report.report(translate, fetch(path, lang=translate.language))
    st.caption(translate(f"experiments.serve_{item['kind']}", name=item["name"]))
    with st.container(horizontal=True):
        if item["status"] == "draft" and st.button(
            translate("experiments.start"), type="primary", icon=":material/play_arrow:"
        ):
            dialog(translate("experiments.start"), _start)(item)
        if item["status"] == "running" and st.button(
            translate("experiments.stop"), icon=":material/stop:"
        ):
            dialog(translate("experiments.stop"), _stop)(item)
        if item["status"] in {"running", "stopped"} and st.button(
            translate("experiments.conclude"), icon=":material/flag:"
        ):
            dialog(translate("experiments.conclude"), _conclude)(item)


def _server(item: Experiment) -> str:
    """Return who serves an experiment's arms: whoever asks for them, or Galope."""
    return "asked" if item["kind"] == Kind.ASKED else "galope"


def _start(item: Experiment) -> None:
    translate = translator()
    st.write(translate(f"experiments.start_sure_{_server(item)}"))
    if st.button(translate("experiments.start_yes"), type="primary"):
        # Why it can't be is said in the reader's language, with the figures that it takes.
        _do(item, f"start?lang={translate.language}", "started")


def _stop(item: Experiment) -> None:
    translate = translator()
    control = theme.escape_markdown(item["arms"][0]["name"])
    st.write(translate(f"experiments.stop_sure_{item['kind']}", control=control))
    if st.button(translate("experiments.stop_yes"), type="primary"):
        _do(item, "stop", "was_stopped")


def _conclude(item: Experiment) -> None:
    translate = translator()
    st.write(translate(f"experiments.conclude_sure_{item['kind']}"))
    arm = st.radio(
        translate("experiments.for_all"), [arm["name"] for arm in item["arms"]], index=None,
        format_func=lambda one: theme.escape_markdown(
            experiment_report.arm_in_words(translate, item, one)
        ),
    )  # fmt: skip
    if st.button(translate("experiments.conclude_yes"), type="primary", disabled=arm is None):
        _do(item, "conclude", "was_concluded", arm=arm)


def _do(item: Experiment, action: str, done: str, **body: Any) -> None:
    """Change how far an experiment has come; where it can't be, say why beside what was asked."""
    path = f"/admin/experiments/{item['name']}/{action}"
    if attempt(lambda: api().post(path, **body)) is not None:
        notify(translator()(f"experiments.{done}"), DONE)
        st.rerun()
