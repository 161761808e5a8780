"""How far leads come: by stage, by the week they came, and how many are expected to qualify."""

from __future__ import annotations

from datetime import date
from html import escape
from math import sqrt
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import theme
from ui.session import fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ui.translator import Translator

WITHIN_95 = 1.96
"""Standard deviations around the mean that hold 95 of 100 sums."""

HOUR_S = 3600.0


def funnel(translate: Translator, weeks: int) -> None:
    """Draw the funnel of leads that came in so many weeks, and each week's leads."""
    said = fetch("/funnel", weeks=weeks)
    if not said["cohorts"]:
        return
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(border=True):
        st.header(translate("funnel.title"), anchor=False)
        table(
            [translate(f"funnel.{head}") for head in ("stage", "leads", "from_before", "time")],
            _stages(translate, said["stages"]),
        )
        st.caption(translate("funnel.about"))
    with right, st.container(border=True):
        st.header(translate("funnel.cohorts"), anchor=False)
        table(
            [translate(f"funnel.{head}") for head in (
                "week", "leads", "week_1", "week_2", "week_4", "until_now", "expected",
            )],
            [_cohort(translate, cohort) for cohort in said["cohorts"]],
        )  # fmt: skip
        low, high = forecast(said["cohorts"])
        st.caption(
            translate("funnel.forecast", low=translate.number(low), high=translate.number(high))
        )


def forecast(cohorts: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """Return between how many of the open leads will qualify, 95 times of 100.

    That takes leads for independent and their chances for right.

    Examples
    --------
    >>> forecast([{"expected": 30.0, "variance": 16.0}, {"expected": 6.0, "variance": 9.0}])
    (26, 46)
    """
    known = list(cohorts)
    mean = sum(cohort["expected"] for cohort in known)
    around = WITHIN_95 * sqrt(sum(cohort["variance"] for cohort in known))
    return max(round(mean - around), 0), round(mean + around)


def _stages(translate: Translator, stages: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return rows of stages: of those before, how many came so far, and how long they took."""
    rows, before = [], None
    for stage in stages:
        name = f"{theme.MARKS[stage['stage']]} {translate.among('stage', stage['stage'])}"
        share = translate.percent(stage["leads"] / before) if before else ""
        hours = stage["hours"]
        time = "" if hours is None else translate.duration(hours * HOUR_S)
        rows.append([name, translate.number(stage["leads"]), share, time])
        before = stage["leads"]
    return rows


def _cohort(translate: Translator, cohort: Mapping[str, Any]) -> list[str]:
    """Return a row of a week's leads; what is still to come of them is left open."""
    week, leads = date.fromisoformat(cohort["week"]), cohort["leads"]
    age = (translate.now().date() - week).days - 6
    within = (
        translate.percent(count / leads) if age >= days else "…"
        for count, days in zip(cohort["within"], (7, 14, 28), strict=True)
    )
    until_now = translate.percent(cohort["qualified"] / leads)
    expected = translate.number(round(cohort["expected"]))
    return [translate.day(week), translate.number(leads), *within, until_now, expected]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Draw a table whose rows begin with what they are about."""
    titles = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells)
        + "</tr>"
        for first, *cells in rows
    )
    st.html(
        f'<table class="g-origins"><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>'
    )
