"""How well the model does, in plain words, and what a person may change about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from domain.features import signal_of
from domain.profile import INVENTED_IDS
from ui import audit, charts, evaluation, theme, versions
from ui.session import fetch, fragment, live_board, translator
from ui.versions import RULES

if TYPE_CHECKING:
    from ui.translator import Translator

Measures = dict[str, Any]

SHOWN = "champion"
"""Contender of the measures of what was really shown."""

BANDS = ("CURIOSO", "AQUECENDO", "QUALIFICADO")

NAMED = 4
"""Things that changed that are named, at the most."""


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.model"), translate("model.about"))
    models = fetch("/ml/models")
    if not any(item["scores"] for item in models["items"]):
        st.info(
            translate("model.rules" if models["items"] else "model.none"), icon=":material/rule:"
        )
    if any(card.id.startswith(INVENTED_IDS) for card in live_board().cards.all()):
        st.info(translate("model.invented"), icon=":material/theater_comedy:")
    version = next((item["version"] for item in models["items"] if item["scores"]), RULES)
    same = versions.same_model(models["items"], version)
    trained: Measures = next((item["metrics"] for item in same if item["metrics"]), {})
    live = next((item for item in fetch("/ml/metrics") if item["contender"] == SHOWN), None)
    measured = live is not None and live["version"] in {
        version,
        *(item["version"] for item in same),
    }
    _numbers(translate, version, live["metrics"] if live and measured else trained)
    evaluation.evaluation_view(translate)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.header(translate("model.over_time"), anchor=False)
        _over_time(translate, models, live)
    with right, st.container(border=True):
        st.header(translate("model.bands"), anchor=False)
        if live:
            _bands(translate, live["metrics"]["by_band"])
        else:
            _in_training(translate, trained)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.header(translate("model.drift"), anchor=False)
        _drift(translate, live and live["metrics"])
    with right, st.container(border=True):
        st.header(translate("contest.title"), anchor=False)
        versions.contest_view(translate, models, version)
    if models["items"]:
        with st.container(border=True):
            versions.version_list(translate, models["items"])
    _work()


@fragment()
def _work() -> None:
    translate = translator()
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        versions.retrain(translate)
    with right, st.container(border=True):
        audit.audit_view(translate)


def _name(translate: Translator, version: int) -> str:
    return (
        translate("version.rules")
        if version == RULES
        else translate("version.name", version=version)
    )


def _numbers(translate: Translator, version: int, measures: Measures) -> None:
    with st.container(key="numbers"):
        places = st.columns(4)
    shown = translate("model.by_rules") if version == RULES else str(version)
    places[0].metric(translate("model.version"), shown, border=True)
    for place, name in zip(places[1:], ("auc", "ece", "precision_at_top"), strict=True):
        value = measures.get(name)
        if value is None:
            text = "—"
        elif name == "ece":
            text = translate("model.points", points=translate.number(100 * value, 1))
        else:
            text = translate.percent(value)
        place.metric(
            translate(f"model.{name}"), text, help=translate(f"model.{name}_help"), border=True
        )


def _over_time(translate: Translator, models: dict[str, Any], live: dict[str, Any] | None) -> None:
    """Draw how often the order was right, day by day; say when that begins to be known."""
    days = {
        item["measured_at"][:10]: item
        for item in fetch("/ml/metrics/history", days=90)
        if item["contender"] == SHOWN and "auc" in item["metrics"]
    }
    if live is None or not days:
        st.info(_first(translate, models), icon=":material/hourglass_top:")
        return
    rows = pd.DataFrame(
        {
            "at": [
                translate.local(item["measured_at"]).replace(tzinfo=None) for item in days.values()
            ],
            "share": [item["metrics"]["auc"] for item in days.values()],
            "leads": [item["metrics"]["leads"] for item in days.values()],
        }
    )
    st.altair_chart(
        charts.shares(translate, rows), width="stretch", key="over_time",
        alt=translate("model.over_time"),
    )  # fmt: skip
    measures = live["metrics"]
    if "auc" in measures:
        st.write(translate("model.pairs", right=translate.percent(measures["auc"])))
    st.caption(
        translate(
            "model.measured", name=_name(translate, live["version"]),
            count=translate.number(measures["leads"]),
            rate=translate.percent(measures["base_rate"]), when=translate.when(live["measured_at"]),
        )
    )  # fmt: skip


def _first(translate: Translator, models: dict[str, Any]) -> str:
    """Return when the first measures will come."""
    first, horizon = models["first_judged_at"], translate.number(models["horizon_days"])
    if first is None:
        return translate("model.first_unknown", days=horizon)
    if datetime.fromisoformat(first) < translate.now():
        return translate("model.first_soon")
    return translate("model.first", day=translate.day(translate.local(first).date()), days=horizon)


def _bands(translate: Translator, by_band: dict[str, Any]) -> None:
    """Draw what was said against what happened, by band of the score."""
    bands = [(measures, by_band[measures]) for measures in BANDS if measures in by_band]
    rows = pd.DataFrame(
        [
            {
                "band": f"{theme.MARKS[band]} {translate.among('stage', band)}",
                "which": translate(f"model.{which}"),
                "share": measures[which],
                "label": f"{translate(f'model.{which}')} {translate.percent(measures[which])}",
            }
            for band, measures in bands
            for which in ("said", "converted")
        ]
    )
    alt = charts.spoken(translate("model.bands"), rows)
    st.altair_chart(charts.pairs(rows), width="stretch", key="bands", alt=alt)
    for band, measures in bands:
        st.caption(
            translate(
                "model.band", mark=theme.MARKS[band], band=translate.among("stage", band),
                count=translate.number(measures["examples"]),
                said=translate.percent(measures["said"]),
                happened=translate.percent(measures["converted"]),
            )
        )  # fmt: skip


def _in_training(translate: Translator, measures: Measures) -> None:
    """Say how the model did on leads that training kept from it."""
    if not measures:
        st.caption(translate("model.no_audit"))
        return
    st.caption(translate("model.in_training"))
    st.write(translate("model.pairs", right=translate.percent(measures["auc"])))
    st.write(translate("model.off", points=translate.number(100 * measures["ece"], 1)))
    (quiet, false_hope), (missed, caught) = measures["confusion"]
    for name, count, of in (
        ("caught", caught, caught + false_hope),
        ("false_hope", false_hope, caught + false_hope),
        ("missed", missed, missed + quiet),
    ):
        share = count / of if of else 0.0
        st.write(
            translate(
                f"model.{name}",
                count=translate.number(count),
                total=translate.number(of),
                share=translate.percent(share),
                limit=translate.percent(measures["threshold"]),
                average=translate.percent(measures["base_rate"]),
            )
        )


def _drift(translate: Translator, measures: Measures | None) -> None:
    """Say whether leads, or how right the score is, have changed."""
    if measures is None:
        st.caption(translate("model.drift_unknown"))
        return
    names = list(
        dict.fromkeys(translate.leads.signal(signal_of(name)) for name in measures["shifted"])
    )
    if names:
        more = translate("model.and_more") if names[NAMED:] else ""
        st.write("◐ " + translate("model.shifted", names=", ".join(names[:NAMED]) + more))
    else:
        st.write("● " + translate("model.not_shifted"))
    changed = measures["error_changed_at"]
    if changed:
        st.write(
            "◐ "
            + translate("model.error_changed", day=translate.day(translate.local(changed).date()))
        )
    else:
        st.write("● " + translate("model.error_steady"))
    if names or changed:
        st.caption(translate("model.drift_do"))
