"""How good the scores are, in plain words: on what training kept from the model, and live."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from domain.bands import HOT, WARM
from domain.features import signal_of
from ui import charts, theme
from ui.session import fetch
from ui.versions import RULES

if TYPE_CHECKING:
    from ui.question import Question
    from ui.translator import Translator

Measures = dict[str, Any]

SHOWN = "champion"
"""Contender of the measures of what was really shown."""

BANDS = {"CURIOSO": (0, WARM - 1), "AQUECENDO": (WARM, HOT - 1), "QUALIFICADO": (HOT, 100)}
"""Scores of each band."""

NAMED = 4
"""Things that changed that are named, at the most."""


def numbers(translate: Translator, question: Question, version: int, measures: Measures) -> None:
    """Show which version scores, and how good it is."""
    with st.container(key="numbers"):
        places = st.columns(4)
    shown = str(version) if version != RULES else question.text(translate, "by_rules")
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
            question.text(translate, name), text, help=question.text(translate, f"{name}_help"),
            border=True,
        )  # fmt: skip


def over_time(
    translate: Translator, question: Question, models: Measures, live: Measures | None
) -> None:
    """Draw how often the order was right, day by day; say when that begins to be known."""
    days = {
        item["measured_at"][:10]: item
        for item in fetch("/ml/metrics/history", days=90, head=question.head)
        if item["contender"] == SHOWN and "auc" in item["metrics"]
    }
    if live is None or not days:
        st.info(_first(translate, question, models), icon=":material/hourglass_top:")
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
        st.write(question.text(translate, "pairs", right=translate.percent(measures["auc"])))
    st.caption(
        question.text(
            translate, "measured", name=question.version(translate, live["version"]),
            count=translate.number(measures["leads"]),
            rate=translate.percent(measures["base_rate"]), when=translate.when(live["measured_at"]),
        )
    )  # fmt: skip


def _first(translate: Translator, question: Question, models: Measures) -> str:
    """Return when the first measures will come."""
    first, horizon = models["first_judged_at"], translate.number(models["horizon_days"])
    if first is None:
        return question.text(translate, "first_unknown", days=horizon)
    if datetime.fromisoformat(first) < translate.now():
        return question.text(translate, "first_soon")
    day = translate.day(translate.local(first).date())
    return question.text(translate, "first", day=day, days=horizon)


def bands(translate: Translator, question: Question, by_band: Measures) -> None:
    """Draw what was said against what happened, by band of the score."""
    found = [
        (band, question.band(translate, band, *ends), by_band[band])
        for band, ends in BANDS.items()
        if band in by_band
    ]
    rows = pd.DataFrame(
        [
            {
                "band": f"{theme.MARKS[band]} {name}",
                "which": translate(f"model.{which}"),
                "share": measures[which],
                "label": f"{translate(f'model.{which}')} {translate.percent(measures[which])}",
            }
            for band, name, measures in found
            for which in ("said", "converted")
        ]
    )
    alt = charts.spoken(translate("model.bands"), rows)
    st.altair_chart(charts.pairs(rows), width="stretch", key="bands", alt=alt)
    for band, name, measures in found:
        st.caption(
            question.text(
                translate, "band", mark=theme.MARKS[band], band=name,
                count=translate.number(measures["examples"]),
                said=translate.percent(measures["said"]),
                happened=translate.percent(measures["converted"]),
            )
        )  # fmt: skip


def in_training(translate: Translator, question: Question, measures: Measures) -> None:
    """Say how the model did on what training kept from it."""
    if not measures:
        st.caption(question.text(translate, "no_audit"))
        return
    st.caption(question.text(translate, "in_training"))
    st.write(question.text(translate, "pairs", right=translate.percent(measures["auc"])))
    st.write(translate("model.off", points=translate.number(100 * measures["ece"], 1)))
    (quiet, false_hope), (missed, caught) = measures["confusion"]
    for name, count, of in (
        ("caught", caught, caught + false_hope),
        ("false_hope", false_hope, caught + false_hope),
        ("missed", missed, missed + quiet),
    ):
        share = count / of if of else 0.0
        st.write(
            question.text(
                translate,
                name,
                count=translate.number(count),
                total=translate.number(of),
                share=translate.percent(share),
                limit=translate.percent(measures["threshold"]),
                average=translate.percent(measures["base_rate"]),
            )
        )


def drift(translate: Translator, measures: Measures | None) -> None:
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
