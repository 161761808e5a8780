"""The admin's words, numbers and dates, by language."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, cast
from zoneinfo import ZoneInfo

from domain.actions import NextBestAction
from domain.catalogue import LANGUAGES, catalogue
from domain.experiments.declaration import BuiltInArm
from domain.grouping import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from domain.reasons import Arguments

ANSWERS = ("segment", "budget", "deadline")
"""Sections whose codes are a lead's answers."""

INITIALS = 2
"""Letters of an answer that is an abbreviation, as states are."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Translator:
    """One language.

    Parameters
    ----------
    language
        One of `domain.catalogue.LANGUAGES`.
    zone
        The reader's time zone.

    Examples
    --------
    >>> Translator("pt-BR").number(1234.5), Translator("en").percent(0.071)
    ('1.234,5', '7%')
    """

    def __init__(self, language: str, zone: str = "America/Sao_Paulo") -> None:
        self.language = language
        self.leads = catalogue(language)
        self._words = texts(language)
        self._zone = ZoneInfo(zone)

    def __call__(self, key: str, /, **blanks: object) -> str:
        """Return a text by its key, such as ``board.title``, its blanks filled."""
        text = self._words[key]
        return text.format(**blanks) if blanks else text

    def among(self, section: str, code: Any) -> str:
        """Return the text of a code of the wire in a section, or the code where there is none."""
        return self._words.get(f"{section}.{code}", "—" if code in (None, "") else str(code))

    def cause(self, cause: str) -> str:
        """Return in words why a score changed."""
        return self.leads.cause(cause.partition(":")[0])

    def event(self, event_type: str) -> str:
        """Return an event type in words."""
        return self.leads.signal(f"event:{event_type}")

    def reason(self, reason: Mapping[str, Any]) -> str:
        """Return a line of a score's explanation in words, as it is stored where it has no code."""
        code = reason.get("code")
        return self.leads.reason(code) if code else reason["fator"]

    def detail(self, reason: Mapping[str, Any]) -> str:
        """Return in words what stands behind a line of a score's explanation."""
        if not reason.get("code"):
            return reason.get("detalhe") or ""
        arguments = cast("Arguments", reason.get("args") or {})
        if isinstance(answer := arguments.get("answer"), str):
            return self._given(answer) or answer
        detail = self.leads.detail(arguments) or ""
        if (last := arguments.get("last")) is None:
            return detail
        ago = self.ago(max(self.now().timestamp() - last, 0.0))
        return self("lead.last", times=detail, ago=ago) if arguments.get("count", 1) > 1 else ago

    def _given(self, answer: str) -> str | None:
        """Return an answer that has words of its own, such as a budget, in words."""
        texts = (self._words.get(f"{section}.{answer}") for section in ANSWERS)
        return next(filter(None, texts), None)

    def match(self, reason: Mapping[str, Any], km: float | None) -> str:
        """Return why a partner is recommended, in words."""
        text: str = self.leads.words.get("match", {}).get(reason["code"], reason["text"])
        return text.format(km=round(km or 0.0))

    def signal(self, signal: str) -> str:
        """Return what has to be confirmed, in words."""
        return self.leads.words["signal"][signal]

    def feature(self, name: str) -> str:
        """Return what a model reads, such as ``profile:uf|mg``, in words.

        Examples
        --------
        >>> Translator("en").feature("profile:orcamento_faixa|60k+")
        'Budget (over R$ 60k)'
        """
        signal, _, aspect = name.partition("|")
        name = self.leads.signal(signal)
        if not aspect or not signal.startswith("profile:") or aspect == "number":
            return name
        return f"{name} ({self.answer(aspect)})"

    def group(self, marks: Iterable[Mapping[str, Any]]) -> str:
        """Return the name of a group of leads or partners, by what sets it apart."""
        return self.leads.group([Mark(mark["feature"], mark["above"]) for mark in marks])

    def arm(self, name: str) -> str:
        """Return what an experiment's arm is called: in words, where Galope serves it."""
        words = self.leads.words["experiment_arm"]
        return str(words[name]) if isinstance(name, BuiltInArm) else name

    def answer(self, answer: str) -> str:
        """Return an answer, which models keep in small letters, in words."""
        text = self._given(answer) or self._given(answer.upper())
        initials = len(answer) == INITIALS
        return text or (answer.upper() if initials else answer.title())

    def action(self, action: Mapping[str, Any] | None) -> str:
        """Return a recommended action, as it is stored, in words."""
        if not action:
            return ""
        return self.leads.action(NextBestAction.stored(action))

    def why(self, action: Mapping[str, Any], score: int) -> str:
        """Return in words why an action is recommended."""
        return self.leads.why(action, score)

    @property
    def separator(self) -> str:
        """What stands between the cells of a CSV, where a comma stands in numbers."""
        return "," if self.language == "en" else ";"

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number as it is written in the language."""
        digits = digits or (0 if float(value).is_integer() else 1)
        text = f"{value:,.{digits}f}"
        return text if self.language == "en" else text.translate(str.maketrans(",.", ".,"))

    def decimal(self, value: float) -> str:
        """Return a number with as many digits as it has, as it is written in the language.

        Examples
        --------
        >>> Translator("pt-BR").decimal(0.02), Translator("pt-BR").decimal(2.0)
        ('0,02', '2')
        """
        text = f"{value:.9g}"
        return text if self.language == "en" else text.replace(".", ",")

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share of one as a percentage; one of few is less than the least shown.

        Examples
        --------
        >>> Translator("en").percent(0.0003, 1), Translator("en").percent(0.0, 1)
        ('less than 0.1%', '0.0%')
        """
        text, none = (f"{100 * part:.{digits}f}%" for part in (share, 0.0))
        if share > 0.0 and text == none:
            return self("share.under", least=self.percent(10**-digits / 100, digits))
        return text if self.language == "en" else text.replace(".", ",")

    @property
    def date_format(self) -> str:
        """How a date is written, as `strftime` takes it."""
        return "%Y-%m-%d" if self.language == "en" else "%d/%m/%Y"

    @property
    def date_picker(self) -> Literal["YYYY-MM-DD", "DD/MM/YYYY"]:
        """The same, as Streamlit takes it."""
        return "YYYY-MM-DD" if self.language == "en" else "DD/MM/YYYY"

    @property
    def day_format(self) -> str:
        """How a date is written where the year is known, as `strftime` takes it."""
        return "%m-%d" if self.language == "en" else "%d/%m"

    def day(self, moment: str | date | None) -> str:
        """Return a date as it is written in the language."""
        if not moment:
            return "—"
        if isinstance(moment, str):
            moment = date.fromisoformat(moment[:10])
        return moment.strftime(self.date_format)

    def day_name(self, day: date) -> str:
        """Return a day as a heading: today and yesterday by name, others by date."""
        days = (self.now().date() - day).days
        names = {0: "contact.today", 1: "contact.yesterday"}
        return self(names[days]).capitalize() if days in names else self.day(day)

    def when(self, moment: str | None) -> str:
        """Return a moment of the API's as the reader's date and hour."""
        if not moment:
            return "—"
        local = datetime.fromisoformat(moment).astimezone(self._zone)
        return f"{self.day(local.date())} {local:%H:%M}"

    def duration(self, seconds: float) -> str:
        """Return how long something takes, in its largest whole unit.

        Examples
        --------
        >>> Translator("en").duration(3 * 86_400)
        '3 d'
        """
        for name, size in (("day", DAY), ("hour", HOUR)):
            if seconds >= size:
                return self(f"duration.{name}", count=int(seconds // size))
        return self("duration.minute", count=max(int(seconds // MINUTE), 1))

    def ago(self, seconds: float) -> str:
        """Return how long ago something was."""
        for name, size in (("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
            if seconds >= size:
                return self(f"ago.{name}", count=int(seconds // size))
        return self("ago.now")

    def local(self, moment: str) -> datetime:
        """Return a moment of the API's in the reader's time zone."""
        return datetime.fromisoformat(moment).astimezone(self._zone)

    def now(self) -> datetime:
        """Return the present in the reader's time zone."""
        return datetime.now(UTC).astimezone(self._zone)


@cache
def texts(language: str) -> dict[str, str]:
    """Return a language's texts by key, ``section.name``.

    Raises
    ------
    ValueError
        When there is no catalogue for the language.
    """
    if language not in LANGUAGES:
        message = f"no catalogue for language {language!r}: use one of {', '.join(LANGUAGES)}"
        raise ValueError(message)
    text = files("ui").joinpath("locales", f"{language}.json").read_text(encoding="utf-8")
    return dict(_flat(json.loads(text)))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from _flat(value, f"{prefix}{name}.")
