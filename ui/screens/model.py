"""How well the model does, in plain words, and training it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from ui import look
from ui.session import act, api, ask, words

if TYPE_CHECKING:
    from ui.words import Words


def show() -> None:
    """Draw the page."""
    said = words()
    look.title(said("page.model"), said("model.about"))
    info = ask("/ml/model-info")
    if info["available"]:
        _quality(said, info)
    else:
        st.info(said("model.none"), icon=":material/rule:")
    with st.container(border=True):
        _live(said)
    with st.container(border=True):
        _retrain(said)


def _quality(said: Words, info: dict[str, Any]) -> None:
    found: dict[str, Any] = info["fine_tuning"]["summary"] or {}
    places = st.columns(4)
    places[0].metric(said("model.version"), info["winner"]["id"], border=True)
    for place, (name, digits) in zip(
        places[1:], (("auc", 0), ("ece", 1), ("precision_at_top", 0)), strict=True
    ):
        value = found.get(name)
        place.metric(
            said(f"model.{name}"), _share(said, value, digits),
            help=said(f"model.{name}_help"), border=True,
        )  # fmt: skip
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.subheader(said("model.words"), anchor=False)
        st.write(_in_words(said, found))
        if info["report_updated_at"]:
            st.caption(said("model.trained", when=said.when(info["report_updated_at"])))
    with right, st.container(border=True):
        st.subheader(said("model.audit"), anchor=False)
        _audit(said, found)


def _in_words(said: Words, found: dict[str, Any]) -> str:
    lines = []
    if "auc" in found:
        lines.append(said("model.pairs", right=said.percent(found["auc"])))
    if "ece" in found:
        lines.append(said("model.off", points=said.percent(found["ece"], 1)))
    if "examples" in found:
        lines.append(
            said(
                "model.learned", count=said.number(found["examples"]),
                rate=said.percent(found.get("base_rate") or 0),
            )
        )  # fmt: skip
    return "\n\n".join(lines)


def _audit(said: Words, found: dict[str, Any]) -> None:
    """Say what became of the leads the model judged."""
    table = found.get("confusion")
    if not table:
        st.caption(said("model.no_audit"))
        return
    (quiet, false_hope), (missed, caught) = table
    for name, count, of in (
        ("caught", caught, caught + false_hope),
        ("false_hope", false_hope, caught + false_hope),
        ("missed", missed, missed + quiet),
    ):
        share = count / of if of else 0.0
        st.write(said(f"model.{name}", count=said.number(count), share=said.percent(share)))


def _live(said: Words) -> None:
    """List how each model did on leads whose outcome is known, the newest first."""
    st.subheader(said("model.live"), anchor=False)
    found = ask("/ml/metrics")
    if not found:
        st.caption(said("model.live_none"))
        return
    names = [str(one.get("contender") or "champion") for one in found]
    measured = [one["metrics"] for one in found]
    rows = pd.DataFrame(
        {
            said("model.version"): [one["version"] for one in found],
            said("model.contender"): [said.among("contender", name) for name in names],
            said("model.leads"): [one.get("leads") for one in measured],
            said("model.auc"): [_share(said, one.get("auc")) for one in measured],
            said("model.ece"): [_share(said, one.get("ece"), 1) for one in measured],
            said("model.measured"): [said.when(one["measured_at"]) for one in found],
        }
    )
    st.dataframe(rows, hide_index=True)
    shown: dict[str, Any] = next(
        (one for one, name in zip(measured, names, strict=True) if name == "champion"), {}
    )
    for stage, band in shown.get("by_band", {}).items():
        st.write(
            said(
                "model.band",
                stage=f"{look.MARKS[stage]} {said.among('stage', stage)}",
                said=said.percent(band["said"]),
                real=said.percent(band["converted"]),
                count=said.number(band["examples"]),
            )
        )


def _share(said: Words, value: float | None, digits: int = 0) -> str:
    return "—" if value is None else said.percent(value, digits)


def _retrain(said: Words) -> None:
    st.subheader(said("model.retrain"), anchor=False)
    st.write(said("model.retrain_about"))
    if not st.button(said("model.retrain_do"), icon=":material/school:"):
        return
    with st.spinner(said("model.retraining"), show_time=True):
        answer = act(lambda: api().post("/admin/ml/retrain", ignore_expected_mismatch=True))
    if answer is not None:
        st.success(said("model.promoted" if answer["promoted"] else "model.kept"))
