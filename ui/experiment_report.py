"""What an experiment says at this moment: what to do, each arm's figures, and how far they go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.experiments.declaration import Experiment as Declared
from domain.experiments.inference import ALPHA, FEWEST
from domain.experiments.power import POWER
from domain.experiments.ratio import FALSE_ALARM
from ui import theme
from ui.funnel import table
from ui.heads import name as head_in_words
from ui.lead_view import definition_list
from ui.policy import event_in_words
from ui.theme import escape_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.experiments.declaration import Guardrail
    from ui.translator import Translator

Experiment = dict[str, Any]

BOXES = {
    "adopt": (st.success, ":material/check_circle:"),
    "guardrail_broken": (st.error, ":material/front_hand:"),
    "nobody_served": (st.warning, ":material/warning:"),
    "ratio_broken": (st.warning, ":material/warning:"),
}
"""How what is to be done is shown, by its code; otherwise as a piece of information."""

STANDINGS = {"held": "●", "broken": "▲", "unknown": "◐"}
"""Marks of what is known of guardrails."""

MOST_EVIDENCE = 1_000_000


def report(translate: Translator, said: Mapping[str, Any]) -> None:
    """Show what an experiment that was started says."""
    experiment, arms = said["experiment"], said["arms"]
    box, icon = BOXES.get(said["verdict"], (st.info, ":material/info:"))
    box(escape_markdown(said["sentence"]), icon=icon)
    st.caption(_of_whom(translate, experiment))
    if experiment["adopted"] is not None:
        adopted = escape_markdown(arm_in_words(translate, experiment, experiment["adopted"]))
        when = translate.when(experiment["concluded_at"] or experiment["ended_at"])
        st.markdown(translate("experiments.adopted", arm=adopted, when=when))
    measure = _what(experiment).metric.measure
    table(
        [
            translate(f"experiments.{head}")
            for head in ("arm", "known", f"rate_{measure}", f"difference_{measure}")
        ],
        [_row(translate, experiment, arm) for arm in arms],
    )
    st.caption(" ".join(_about(translate, experiment, arms)))
    known, planned = sum(arm["known"] for arm in arms), experiment["planned_units"]
    st.progress(
        said["fraction"],
        translate(
            "experiments.progress", share=translate.percent(said["fraction"]),
            known=translate.number(known), planned=translate.number(planned),
            unit=_unit(translate, experiment),
        ),
    )  # fmt: skip
    st.caption(translate("experiments.power", power=translate.percent(POWER)))
    if any(arm["served"] for arm in arms):
        st.markdown(_ratio(translate, said))
    if said["guardrails"]:
        _guardrails(translate, experiment, said["guardrails"])
    declared(translate, experiment)


def _guardrails(
    translate: Translator, experiment: Experiment, guardrails: list[dict[str, Any]]
) -> None:
    """Say of what must not get worse whether it does, and by which figures."""
    theme.subtitle(translate("experiments.guardrails"))
    for guardrail in guardrails:
        mark, figures = STANDINGS[guardrail["standing"]], []
        for arm in guardrail["arms"]:
            rate = "—" if arm["rate"] is None else translate.percent(arm["rate"], 1)
            differs = _difference(translate, "points", arm)
            name = arm_in_words(translate, experiment, arm["name"])
            figures.append(f"{name} {rate}" + (f", {differs}" if differs != "—" else ""))
        st.markdown(f"{mark} {escape_markdown(guardrail['sentence'])}")
        st.caption(escape_markdown(" · ".join(figures)))
    st.caption(translate("experiments.guardrails_note", alpha=translate.percent(ALPHA)))


def declared(translate: Translator, experiment: Experiment) -> None:
    """List what was declared, and what was planned once it was started."""
    what = _what(experiment)
    measure = what.metric.measure
    shares = [
        f"{translate.arm(name)} {translate.percent(share)}" for name, share in what.shares.items()
    ]
    facts: list[tuple[str, str | None]] = [
        (translate("experiments.name"), experiment["name"]),
        (translate("experiments.kind"), _kind(translate, what)),
        (translate("experiments.unit"), translate(f"experiments.unit_{experiment['unit']}")),
        (translate("experiments.arms"), " · ".join(shares)),
        (translate("experiments.metric"), _metric(translate, experiment["metric"])),
        (
            translate("experiments.effect"),
            f"{change(translate, measure, what.minimum_effect)}"
            f" {translate.leads.words['experiment_measure'][measure]}",
        ),
    ]
    if guardrails := what.guardrails:
        facts.append(
            (
                translate("experiments.guardrails"),
                " · ".join(_guardrail(translate, guardrail) for guardrail in guardrails),
            )
        )
    if experiment["planned_units"] is not None:
        facts.append((translate("experiments.plan"), _plan(translate, experiment)))
    facts += [
        (translate(f"experiments.{moment}"), translate.when(experiment[moment]))
        for moment in ("created_at", "started_at", "ended_at", "concluded_at")
        if experiment[moment] is not None
    ]
    definition_list(facts)


def _kind(translate: Translator, what: Declared) -> str:
    """Say what is compared, and of which alerts."""
    kind = translate(f"experiments.of_{what.kind}")
    if what.version is not None:
        return f"{kind}: {translate.number(what.version)}"
    if what.motive is None:
        return kind
    return f"{kind}: {translate.leads.words['motive'][what.motive]}"


def arm_in_words(translate: Translator, experiment: Experiment, name: str) -> str:
    """Return what an experiment's arm is called."""
    return translate.arm(next(arm.name for arm in _what(experiment).arms if arm.name == name))


def _what(experiment: Experiment) -> Declared:
    """Return what was declared, from which the rest follows."""
    return Declared.from_json(experiment["name"], experiment)


def change(translate: Translator, measure: str, by: float) -> str:
    """Return a change of a metric, of a rate in points, with its sign.

    Examples
    --------
    >>> from ui.translator import Translator
    >>> change(Translator("pt-BR"), "points", 0.062), change(Translator("en"), "money", -0.5)
    ('+6,2', '−0.50')
    """
    sign = "+" if by > 0 else "−" if by < 0 else ""
    size = (abs(by), 2) if measure == "money" else (100 * abs(by), 1)
    return sign + translate.number(*size)


def _unit(translate: Translator, experiment: Experiment) -> str:
    """Return what is counted, in words."""
    return str(translate.leads.words["experiment_unit"][experiment["unit"]])


def _metric(translate: Translator, metric: Mapping[str, Any]) -> str:
    if metric["head"] is not None:
        return head_in_words(translate, {"head": metric["head"], "horizon_days": metric["days"]})
    if metric["revenue"]:
        return translate("experiments.revenue_within", days=translate.number(metric["days"]))
    events = " / ".join(event_in_words(translate, kind) for kind in metric["events"])
    return translate("experiments.within", events=events, days=translate.number(metric["days"]))


def _guardrail(translate: Translator, guardrail: Guardrail) -> str:
    return translate(
        "experiments.guardrail", event=event_in_words(translate, guardrail.event),
        margin=translate.number(100 * guardrail.margin, 1), days=translate.number(guardrail.days),
    )  # fmt: skip


def _plan(translate: Translator, experiment: Experiment) -> str:
    return translate(
        "experiments.planned", units=translate.number(experiment["planned_units"]),
        unit=_unit(translate, experiment), weeks=translate.number(experiment["planned_weeks"], 1),
    )  # fmt: skip


def _of_whom(translate: Translator, experiment: Experiment) -> str:
    """Say whose figures these are, and since when."""
    since = translate.when(experiment["started_at"])
    if experiment["ended_at"] is None:
        return translate("experiments.of_whom", since=since)
    until = translate.when(experiment["ended_at"])
    return translate("experiments.of_whom_ended", since=since, until=until)


def _row(translate: Translator, experiment: Experiment, arm: Mapping[str, Any]) -> list[str]:
    what, rate = _what(experiment), arm["rate"]
    control, measure = what.control.name == arm["name"], what.metric.measure
    if rate is None:
        shown = "—"
    elif measure == "money":
        shown = translate.number(rate, 2)
    else:
        shown = translate.percent(rate, 1)
    return [
        arm_in_words(translate, experiment, arm["name"]),
        translate(
            "experiments.known_of",
            known=translate.number(arm["known"]),
            served=translate.number(arm["served"]),
        ),
        shown,
        translate("experiments.control") if control else _difference(translate, measure, arm),
    ]


def _difference(translate: Translator, measure: str, arm: Mapping[str, Any]) -> str:
    if arm["difference"] is None or arm["low"] is None:
        return "—"
    low, high = arm["low"], arm["high"]
    if measure == "points":
        # Of a few units the interval is wider than what is possible.
        low, high = max(low, -1.0), min(high, 1.0)
    return translate(
        "experiments.between", change=change(translate, measure, arm["difference"]),
        low=change(translate, measure, low), high=change(translate, measure, high),
    )  # fmt: skip


def _about(
    translate: Translator, experiment: Experiment, arms: list[dict[str, Any]]
) -> Iterator[str]:
    """Say what the table's figures are, and what they are not yet."""
    what = _what(experiment)
    planned, unit = translate.number(experiment["planned_units"]), _unit(translate, experiment)
    yield translate(
        "experiments.known_about", days=translate.number(what.known_after), planned=planned
    )
    yield translate(f"experiments.{what.metric.measure}_about_{experiment['unit']}")
    if any(arm["low"] is not None for arm in arms):
        yield translate("experiments.between_about", alpha=translate.percent(ALPHA))
    else:
        yield translate("experiments.too_few", fewest=FEWEST, unit=unit)


def _ratio(translate: Translator, said: Mapping[str, Any]) -> str:
    evidence, holds = said["ratio_evidence"], said["ratio_holds"]
    most = "> " if evidence > MOST_EVIDENCE else ""
    return translate(
        "experiments.ratio_holds" if holds else "experiments.ratio_broken",
        evidence=most + translate.number(min(round(evidence, 2), MOST_EVIDENCE), 2 * holds),
        broken=translate.number(round(1 / FALSE_ALARM)),
    )  # fmt: skip
