"""The words people read, by language."""

import json
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from domain.actions import Action, Channel, NextBestAction
from domain.bands import Confirmation
from domain.experiments.declaration import BuiltInArm, Finding
from domain.grouping import Mark
from domain.partners.matching import MatchReason
from domain.reasons import MISSING, Arguments, Part, Reason, arguments
from domain.rules import MANUAL_MOVE
from domain.state import DAY, HOUR, LeadState

LANGUAGES = ("pt-BR", "es", "en")
"""Languages with a catalogue; the first is the default."""


INITIALS = 2
"""Letters of an answer that is an abbreviation, as states are."""


class Catalogue:
    """One language's words for reasons and actions.

    Parameters
    ----------
    words
        By section and code, as in ``domain/locales``.
    """

    def __init__(self, words: Mapping[str, Mapping[str, str]]) -> None:
        self.words = words
        # The same few lines are said of tens of thousands of leads a second.
        self._line = lru_cache(maxsize=10_000)(self._line_of)
        self._task = lru_cache(maxsize=1_000)(self._task_of)

    def segment(self, name: str) -> str:
        """Return a kind of customer in words; one that the team named is as it named it."""
        return self.words["customer_segment"].get(name, name)

    def _event(self, event_type: str) -> str:
        known = self.words["event"].get(event_type.partition(":")[0])
        stage = event_type.removeprefix(f"{MANUAL_MOVE}:")
        if known is None:
            return self.words["reason"]["unknown_event"].format(name=_spaced(event_type))
        return known if stage == event_type else f"{known}: {stage}"

    def _profile(self, column: str) -> str:
        known = self.words["profile"].get(column)
        return known or self.words["reason"]["unknown_profile"].format(
            name=_spaced(column).capitalize()
        )

    def signal(self, signal: str) -> str:
        """Return a signal, such as ``event:cta_click``, in words."""
        kind, _, name = signal.partition(":")
        if kind == "event":
            return self._event(name)
        if kind == "profile":
            return self._profile(name)
        if kind == "label":
            key, _, value = name.partition("=")
            return f"{self.words['label'].get(key) or _spaced(key).capitalize()}: {value}"
        return self.words["reason"][kind]

    def reason(self, code: str) -> str:
        """Return a reason's line in words, by its code."""
        return self._line(code)

    def _line_of(self, code: str) -> str:
        if code.startswith(MISSING):
            what = self.signal(code.removeprefix(MISSING))
            return self.words["reason"]["missing"].format(what=what)
        return self.signal(code)

    def detail(self, arguments: Arguments) -> str | None:
        """Return in words what stands behind a reason, from `domain.reasons.arguments`."""
        words = self.words["reason"]
        if "points" in arguments:
            return words["promise"].format(points=arguments["points"])
        if "count" in arguments:
            count = arguments["count"]
            return words["once"] if count == 1 else words["times"].format(count=count)
        if "amount" in arguments:
            return f"{arguments['amount']:.0f}"
        if parts := arguments.get("parts"):
            return "; ".join(map(self.part, parts))
        answer = arguments.get("answer")
        return answer if answer is None or isinstance(answer, str) else self._number(f"{answer:g}")

    def lines(self, reasons: Iterable[Reason], state: LeadState) -> list[dict[str, Any]]:
        """Return a lead's reasons in words, and as codes for any language."""
        lines = []
        for reason in reasons:
            args = arguments(reason, state)
            lines.append(
                {
                    "fator": self.reason(reason.code),
                    "impacto": reason.points,
                    "detalhe": self.detail(args),
                    "code": reason.code,
                    "args": args,
                }
            )
        return lines

    def part(self, part: Part) -> str:
        """Return in words what a signal adds that has no line of its own."""
        signal, points = part
        return f"{self.reason(signal)} {self._number(f'{points:+g}')}"

    def _number(self, text: str) -> str:
        return text.replace(".", self.words["number"]["decimal"])

    def cause(self, cause: str) -> str:
        """Return what made a lead be scored anew, in words: an event, or one of ``cause``."""
        return self.words["cause"].get(cause) or self._event(cause)

    def finding(self, finding: Finding) -> str:
        """Return what is to be said of an experiment, in words."""
        facts = {name: self._fact(name, value, finding) for name, value in finding.facts.items()}
        return self.words["experiment"][finding.code].format(**facts)

    def alert(self, motive: str, facts: Mapping[str, Any], now: float) -> tuple[str, str]:
        """Return why to act now and what to say, in words, given an alert's facts and a moment."""
        blanks: dict[str, Any] = dict(facts)
        for name, at in (("wait", "since"), ("silence", "last")):
            if at in facts:
                blanks[name] = self._span(now - facts[at])
        for name in facts.keys() & {"chance", "share"}:
            blanks[name] = round(100.0 * facts[name])
        for name in facts.keys() & {"order", "year", "missing"}:
            blanks[name] = self._money(facts[name])
        if "gap_days" in facts:
            blanks["gap"] = self._span(facts["gap_days"] * DAY)
        return (
            self.words["alert_why"][motive].format(**blanks),
            self.words["alert_say"][motive].format(**blanks),
        )

    def _span(self, seconds: float) -> str:
        """Return a length of time: from two days on in days, from two hours on in hours."""
        for unit, size in (("days", DAY), ("hours", HOUR)):
            if seconds >= 2.0 * size:
                return self.words["span"][unit].format(count=round(seconds / size))
        return self.words["span"]["minutes"].format(count=max(round(seconds / 60.0), 1))

    def _money(self, amount: float) -> str:
        grouped = f"{amount:,.0f}"
        return grouped if self.words["number"]["decimal"] == "." else grouped.replace(",", ".")

    def _fact(self, name: str, value: Any, finding: Finding) -> Any:
        """Return a fact as it is written: changes with their sign, and shares, in percent."""
        if name in {"unit", "measure"}:
            return self.words[f"experiment_{name}"][value]
        if name in {"low", "high", "effect", "margin"}:
            money = finding.facts["measure"] == "money"
            change = f"{value:+.2f}" if money else f"{100.0 * value:+.1f}"
            return self._number(change).replace("-", "−")
        if name in {"rate", "power"}:
            return self._number(f"{100.0 * value:.1f}")
        if name == "days":
            return self._number(f"{value:g}")
        return self._named(name, value)

    def _named(self, name: str, value: Any) -> Any:
        """Return a fact that is no figure as it is written, and any other as it is."""
        if name == "event":
            return self._event(value)
        if name == "since":
            return value.strftime(self.words["number"]["date"])
        if name == "motive":
            return self.words["motive"][value]
        return self.words["experiment_arm"][value] if isinstance(value, BuiltInArm) else value

    def anomaly(self, code: str, facts: Mapping[str, Any], other: str | None = None) -> str:
        """Return what was found odd, in words; `other` is whom it is about beside the first."""
        words, blanks = self.words["anomaly"], dict(facts)
        if "parts" in facts:
            blanks["parts"] = "; ".join(self._unusual(*part) for part in facts["parts"])
        if "alike" in facts:
            alike = [words[field] for field in facts["alike"]]
            listed = [", ".join(alike[:-1]), alike[-1]] if alike[1:] else alike
            blanks["alike"] = self.words["reason"]["and"].join(listed)
            blanks["likeness"] = self._number(f"{100.0 * facts['likeness']:.0f}")
            blanks["other"] = other or words["somebody"]
        if "segment" in facts:
            blanks["segment"] = self.words["sector"][facts["segment"]].lower()
        return words[code].format(**blanks)

    def _unusual(self, signal: str, kind: str, value: float, usual: float) -> str:
        """Return a part of what makes a lead unusual; see `domain.anomalies.Part`."""
        return self.words["anomaly"][f"part_{kind}"].format(
            what=self.signal(signal), value=self._number(f"{value:g}"),
            usual=self._number(f"{usual:g}"), share=self._number(f"{100.0 * value:.1f}"),
        )  # fmt: skip

    def group(self, marks: Iterable[Mark]) -> str:
        """Return a group's name: what sets it apart, in words."""
        named = [self._mark(mark) for mark in marks]
        listed = [", ".join(named[:-1]), named[-1]] if named[1:] else named
        name = self.words["reason"]["and"].join(listed)
        return name[:1].upper() + name[1:]

    def _mark(self, mark: Mark) -> str:
        words, which = self.words["group"], "above" if mark.above else "below"
        signal, _, answer = mark.feature.partition("|")
        own = words.get(f"{mark.feature}_{which}")
        return own or words[f"{mark.kind}_{which}"].format(
            what=self.signal(signal).lower(),
            answer=answer.upper() if len(answer) == INITIALS else answer,
        )

    def match_reason(self, reason: MatchReason, km: float | None) -> str:
        """Return a reason for a partner in words; `km` is how far it is, where that is known."""
        return self.words["match"][reason.code].format(km=round(km or 0.0))

    def action(self, action: NextBestAction) -> str:
        """Return what to do and where, in words."""
        return self._task(action.action, action.channel, action.missing)

    def _task_of(self, action: Action, channel: Channel, missing: tuple[Confirmation, ...]) -> str:
        asked = [self.words["signal"][signal] for signal in missing]
        listed = [", ".join(asked[:-1]), asked[-1]] if asked[1:] else asked
        what = self.words["action"][action].format(missing=self.words["reason"]["and"].join(listed))
        return f"{what} {self.words['channel'][channel]}"

    def why(self, action: Mapping[str, Any], score: int) -> str:
        """Return why to do an action, as it stands on a lead, in words."""
        draw = action.get("draw")
        if draw and draw["suggested"] != action["code"]:
            said = self.words["drawn"]["preferred" if draw["preferred"] else "by_lot"]
            why = said.format(suggested=self.words["action_name"][draw["suggested"]])
        else:
            why = self.words["why"][action["code"]].format(score=score)
        after = "after_contact" in action
        return self.words["due"]["after_contact"].format(why=why) if after else why


def _spaced(name: str) -> str:
    return name.replace("_", " ").replace(".", " ").strip()


@cache
def catalogue(language: str) -> Catalogue:
    """Return a language's catalogue.

    Parameters
    ----------
    language
        One of `LANGUAGES`.

    Raises
    ------
    ValueError
        When there is no catalogue for the language.

    Examples
    --------
    >>> catalogue("en").reason("event:cta_click")
    'Clicked the call to action'
    """
    if language not in LANGUAGES:
        message = f"no catalogue for language {language!r}: use one of {', '.join(LANGUAGES)}"
        raise ValueError(message)
    text = files("domain").joinpath("locales", f"{language}.json").read_text(encoding="utf-8")
    return Catalogue(json.loads(text))
