"""How good the score is on leads that it had not seen, and what it promises, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from domain.directions import Direction
from ui import audit
from ui.session import fetch
from ui.theme import escape_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.translator import Translator

Evaluation = dict[str, Any]

SCORERS = ("model", "rules", "recency")

HOUR = 3600.0

SHOWN = (Direction.UP, Direction.DOWN, Direction.FREE)
"""Directions whose events are listed; what has none says nothing of a lead."""


def evaluation_view(translate: Translator) -> None:
    """Say how the model did, when it knew older leads alone, on those that came later."""
    found: Evaluation | None = fetch("/ml/evaluation")["evaluation"]
    with st.container(border=True):
        st.header(translate("evaluation.title"), anchor=False)
        if found is None:
            st.caption(translate("evaluation.none"))
            return
        _calls(translate, found)
        _table(translate, found)
        _of_whom(translate, found)
    with st.container(border=True):
        st.header(translate("evaluation.directions"), anchor=False)
        _directions(translate, found)


def _of_whom(translate: Translator, found: Evaluation) -> None:
    lines = [
        translate(
            "evaluation.of_whom", leads=translate.number(found["leads"]),
            converted=translate.number(found["converted"]), since=_day(translate, found["since"]),
            until=_day(translate, found["until"]), ages=", ".join(_ages(translate, found)),
            when=translate.when(found["measured_at"]),
        )
    ]  # fmt: skip
    if found["invented"]:
        count = translate.number(found["invented"])
        lines.append(translate("evaluation.invented", count=count))
    if not found["matured"]:
        lines.append(translate("evaluation.not_matured"))
    st.caption(" ".join(lines))


def _day(translate: Translator, moment: str) -> str:
    return translate.day(translate.local(moment).date())


def _ages(translate: Translator, found: Evaluation) -> list[str]:
    return [translate.duration(hours * HOUR) for hours in found["ages_hours"]]


def _calls(translate: Translator, found: Evaluation) -> None:
    """Say what comes of 100 calls in one order and another."""
    calls = found["calls"]
    if not calls:
        st.caption(translate("evaluation.few"))
        return
    of_100 = {name: translate.number(round(one["of_100"])) for name, one in calls.items()}
    st.markdown(translate("evaluation.calls", **of_100))
    st.write(translate("evaluation.calls_otherwise", **of_100))
    st.caption(
        translate(
            "evaluation.calls_counted", open=translate.number(found["calls_of"]),
            called=translate.number(found["called"]),
            low=translate.number(round(calls["model"]["low"])),
            high=translate.number(round(calls["model"]["high"])),
            arrival_low=translate.number(round(calls["arrival"]["low"])),
            arrival_high=translate.number(round(calls["arrival"]["high"])),
        )
    )  # fmt: skip


def _table(translate: Translator, found: Evaluation) -> None:
    rows = [_row(translate, name, group) for name, group in _groups(translate, found)]
    if not rows:
        return
    names = ("group", "leads", "converted", *(f"by_{name}" for name in SCORERS), "off")
    table = pd.DataFrame(rows, columns=[translate(f"evaluation.{name}") for name in names])
    st.table(table.set_index(table.columns[0]))
    st.caption(translate("evaluation.table_about"))


def _groups(translate: Translator, found: Evaluation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the groups that are large enough, named as people would."""
    if found["overall"]:
        yield translate("evaluation.all"), found["overall"]
    if found["newest"]:
        since = _day(translate, found["newest_since"])
        yield translate("evaluation.newest", since=since), found["newest"]
    for hours, group in found["by_age"]:
        yield translate("evaluation.at_age", age=translate.duration(hours * HOUR)), group
    for column, groups in found["by_answer"].items():
        for answer, group in groups:
            yield escape_markdown(translate.feature(f"profile:{column}|{answer}")), group


def _row(translate: Translator, name: str, group: dict[str, Any]) -> tuple[str, ...]:
    measures = [group["scorers"][scorer] for scorer in SCORERS]
    return (
        name,
        translate.number(group["leads"]),
        translate.percent(group["converted"] / group["leads"]),
        *(translate.percent(one["auc"]) for one in measures),
        " · ".join(translate.number(100 * one["ece"], 1) for one in measures),
    )


def _directions(translate: Translator, found: Evaluation) -> None:
    """Say which way events may move a score, and where history says otherwise."""
    for direction in SHOWN:
        kinds = found["directions"].get(direction, ())
        if kinds:
            names = escape_markdown(", ".join(translate.event(kind) for kind in kinds))
            st.markdown(translate(f"evaluation.{direction}", names=names))
    for column, answers in found["orders"].items():
        st.markdown(
            translate(
                "evaluation.order", what=translate.leads.signal(f"profile:{column}"),
                answers=escape_markdown(" < ".join(translate.answer(one) for one in answers)),
            )
        )  # fmt: skip
    if found["checked"]:
        counts = {name: translate.number(found[name]) for name in ("checked", "against")}
        mark = "▲" if found["against"] else "●"
        st.write(f"{mark} {translate('evaluation.kept', **counts)}")
    if not found["disputed"]:
        if found["checked"]:
            st.write("● " + translate("evaluation.undisputed"))
        return
    for finding in found["disputed"]:
        st.write("◐ " + escape_markdown(audit.text(translate, finding)))
    st.caption(translate("remedy.disputed_direction"))
