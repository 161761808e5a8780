"""How well the model does, in plain words, and what a person may change about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from domain.features import signal_of
from ui import charts, findings, look, versions
from ui.session import ask, part, words

if TYPE_CHECKING:
    from ui.words import Words

Measures = dict[str, Any]

SHOWN = "champion"
"""Contender of the measures of what was really shown."""

RULES = 0
"""Version of the team's rules."""

BANDS = ("CURIOSO", "AQUECENDO", "QUALIFICADO")

NAMED = 4
"""Things that changed that are named, at the most."""


def show() -> None:
    """Draw the page."""
    said = words()
    look.title(said("page.model"), said("model.about"))
    models = ask("/ml/models")
    if not any(one["scores"] for one in models["items"]):
        st.info(said("model.rules" if models["items"] else "model.none"), icon=":material/rule:")
    version, trained = next(
        ((one["version"], one["metrics"]) for one in models["items"] if one["scores"]), (RULES, {})
    )
    live = next((one for one in ask("/ml/metrics") if one["contender"] == SHOWN), None)
    measured = live is not None and live["version"] == version
    _numbers(said, version, live["metrics"] if live and measured else trained)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.subheader(said("model.over_time"), anchor=False)
        _over_time(said, models, live)
    with right, st.container(border=True):
        st.subheader(said("model.bands"), anchor=False)
        if live:
            _bands(said, live["metrics"]["by_band"])
        else:
            _in_training(said, trained)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.subheader(said("model.drift"), anchor=False)
        _drift(said, live and live["metrics"])
    with right, st.container(border=True):
        st.subheader(said("contest.title"), anchor=False)
        versions.contest(said, models, version)
    if models["items"]:
        with st.container(border=True):
            versions.kept(said, models["items"])
    _work()


@part()
def _work() -> None:
    said = words()
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        versions.retrain(said)
    with right, st.container(border=True):
        findings.look_for(said)


def _name(said: Words, version: int) -> str:
    return said("version.rules") if version == RULES else said("version.name", version=version)


def _numbers(said: Words, version: int, found: Measures) -> None:
    with st.container(key="numbers"):
        places = st.columns(4)
    shown = said("model.by_rules") if version == RULES else str(version)
    places[0].metric(said("model.version"), shown, border=True)
    for place, (name, digits) in zip(
        places[1:], (("auc", 0), ("ece", 1), ("precision_at_top", 0)), strict=True
    ):
        value = found.get(name)
        place.metric(
            said(f"model.{name}"), "—" if value is None else said.percent(value, digits),
            help=said(f"model.{name}_help"), border=True,
        )  # fmt: skip


def _over_time(said: Words, models: dict[str, Any], live: dict[str, Any] | None) -> None:
    """Draw how often the order was right, day by day; say when that begins to be known."""
    days = {
        one["measured_at"][:10]: one
        for one in ask("/ml/metrics/history", days=90)
        if one["contender"] == SHOWN and "auc" in one["metrics"]
    }
    if live is None or not days:
        st.info(_first(said, models), icon=":material/hourglass_top:")
        return
    rows = pd.DataFrame(
        {
            "at": [said.local(one["measured_at"]).replace(tzinfo=None) for one in days.values()],
            "share": [one["metrics"]["auc"] for one in days.values()],
            "leads": [one["metrics"]["leads"] for one in days.values()],
        }
    )
    st.altair_chart(charts.shares(said, rows), width="stretch", key="over_time")
    measures = live["metrics"]
    if "auc" in measures:
        st.write(said("model.pairs", right=said.percent(measures["auc"])))
    st.caption(
        said(
            "model.measured", name=_name(said, live["version"]),
            count=said.number(measures["leads"]),
            rate=said.percent(measures["base_rate"]), when=said.when(live["measured_at"]),
        )
    )  # fmt: skip


def _first(said: Words, models: dict[str, Any]) -> str:
    """Return when the first measures will come."""
    first, horizon = models["first_judged_at"], said.number(models["horizon_days"])
    if first is None:
        return said("model.first_unknown", days=horizon)
    if datetime.fromisoformat(first) < said.now():
        return said("model.first_soon")
    return said("model.first", day=said.day(said.local(first).date()), days=horizon)


def _bands(said: Words, found: dict[str, Any]) -> None:
    """Draw what was said against what happened, by band of the score."""
    bands = [(one, found[one]) for one in BANDS if one in found]
    rows = pd.DataFrame(
        [
            {
                "band": f"{look.MARKS[band]} {said.among('stage', band)}",
                "which": said(f"model.{which}"),
                "share": one[which],
                "label": f"{said(f'model.{which}')} {said.percent(one[which])}",
            }
            for band, one in bands
            for which in ("said", "converted")
        ]
    )
    st.altair_chart(charts.pairs(rows), width="stretch", key="bands")
    for band, one in bands:
        st.caption(
            said(
                "model.band", mark=look.MARKS[band], band=said.among("stage", band),
                count=said.number(one["examples"]), said=said.percent(one["said"]),
                happened=said.percent(one["converted"]),
            )
        )  # fmt: skip


def _in_training(said: Words, found: Measures) -> None:
    """Say how the model did on leads that training kept from it."""
    if not found:
        st.caption(said("model.no_audit"))
        return
    st.caption(said("model.in_training"))
    st.write(said("model.pairs", right=said.percent(found["auc"])))
    st.write(said("model.off", points=said.percent(found["ece"], 1)))
    (quiet, false_hope), (missed, caught) = found["confusion"]
    for name, count, of in (
        ("caught", caught, caught + false_hope),
        ("false_hope", false_hope, caught + false_hope),
        ("missed", missed, missed + quiet),
    ):
        share = count / of if of else 0.0
        st.write(said(f"model.{name}", count=said.number(count), share=said.percent(share)))


def _drift(said: Words, found: Measures | None) -> None:
    """Say whether leads, or how right the score is, have changed."""
    if found is None:
        st.caption(said("model.drift_unknown"))
        return
    names = list(dict.fromkeys(said.leads.signal(signal_of(one)) for one in found["shifted"]))
    if names:
        more = said("model.and_more") if names[NAMED:] else ""
        st.write("◐ " + said("model.shifted", names=", ".join(names[:NAMED]) + more))
    else:
        st.write("● " + said("model.not_shifted"))
    changed = found["error_changed_at"]
    if changed:
        st.write("◐ " + said("model.error_changed", day=said.day(said.local(changed).date())))
    else:
        st.write("● " + said("model.error_steady"))
    if names or changed:
        st.caption(said("model.drift_do"))
