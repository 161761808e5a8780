"""Translator: the same in every language, and for everything the pages say."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import ui
from domain.catalogue import LANGUAGES, catalogue
from ui.translator import Translator, texts

KEYED = re.compile(r"[a-z_]+\.[A-Za-z0-9_+-]*[A-Za-z0-9+]")
SOURCES = sorted(Path(next(iter(ui.__path__))).rglob("*.py"))


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def asked_for() -> set[str]:
    """Every key that is written out in a call of a language, such as ``translate("page.lead")``."""
    keys = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _is_language(node.func):
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and KEYED.fullmatch(str(part.value)):
                        keys.add(str(part.value))
    return keys


def _is_language(called: ast.expr) -> bool:
    named = called.func if isinstance(called, ast.Call) else called
    return isinstance(named, ast.Name) and named.id in {"translate", "translator"}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_same_texts_and_blanks(language: str) -> None:
    first, other = texts(LANGUAGES[0]), texts(language)
    assert set(first) == set(other)
    assert {key: fields(text) for key, text in first.items()} == {
        key: fields(text) for key, text in other.items()
    }
    assert all(text.strip() for text in other.values())


def test_every_text_that_is_asked_for_is_there() -> None:
    assert len(asked_for()) > 100
    assert asked_for() <= set(texts(LANGUAGES[0]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_told_in_any_language(language: str) -> None:
    translate = Translator(language)
    for code in ("event:cta_click", "profile:uf", "start", "missing:event:whatsapp_reply"):
        stored = {"fator": "in another language", "impacto": 3, "code": code, "args": {}}
        assert translate.reason(stored) == catalogue(language).reason(code)
        assert translate.detail(stored | {"detalhe": "in another language"}) == ""


@pytest.mark.parametrize(
    ("language", "arguments", "detail"),
    [
        ("en", {"count": 4}, "4 times"),
        ("en", {"count": 1}, "once"),
        ("en", {"points": 6}, "worth up to +6"),
        ("es", {"answer": "20k-60k"}, "R$ 20 a 60 mil"),
        ("es", {"answer": "Uberaba"}, "Uberaba"),
        ("es", {"answer": 12.0}, "12"),
        (
            "en",
            {"parts": [["profile:uf", 2.4], ["event:page_view", -1.0]]},
            "State +2.4; Visited the page -1",
        ),
        ("es", {"parts": [["profile:uf", 2.4]]}, "Estado +2,4"),
    ],
)
def test_what_stands_behind_a_reason_is_told_in_any_language(
    language: str, arguments: dict[str, float | str], detail: str
) -> None:
    stored = {"code": "a code", "detalhe": "in another language", "args": arguments}
    assert Translator(language).detail(stored) == detail


@pytest.mark.parametrize(
    ("arguments", "detail"),
    [({"count": 3}, "3 vezes, a última há 2 h"), ({"count": 1}, "há 2 h"), ({}, "há 2 h")],
)
def test_a_reason_says_how_long_ago_it_last_happened(
    arguments: dict[str, int], detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    translate = Translator("pt-BR")
    now = translate.now()
    monkeypatch.setattr(translate, "now", lambda: now)
    last = round(now.timestamp()) - 2 * 3600 - 60
    assert translate.detail({"code": "event:x", "args": {**arguments, "last": last}}) == detail


def test_a_reason_of_the_first_release_is_told_as_it_is_stored() -> None:
    stored = {"fator": "Clicou no botão", "impacto": 20, "detalhe": "1 vez"}
    assert Translator("en").reason(stored) == "Clicou no botão"
    assert Translator("en").detail(stored) == "1 vez"
    assert Translator("en").detail(stored | {"detalhe": None}) == ""


@pytest.mark.parametrize(
    ("language", "number", "percent", "day"),
    [("pt-BR", "1.234,5", "20,7%", "21/11/2026"), ("en", "1,234.5", "20.7%", "2026-11-21")],
)
def test_numbers_and_days_are_written_as_people_do(
    language: str, number: str, percent: str, day: str
) -> None:
    translate = Translator(language)
    assert translate.number(1234.5) == number
    assert translate.percent(0.207, 1) == percent
    assert translate.day("2026-11-21T10:00:00+00:00") == day


@pytest.mark.parametrize(
    ("language", "tenth", "whole"),
    [
        ("pt-BR", "menos de 0,1%", "menos de 1%"),
        ("es", "menos del 0,1%", "menos del 1%"),
        ("en", "less than 0.1%", "less than 1%"),
    ],
)
def test_a_share_of_some_is_never_said_to_be_none(language: str, tenth: str, whole: str) -> None:
    translate = Translator(language)
    assert translate.percent(1 / 2_001, 1) == tenth
    assert translate.percent(1 / 201) == whole
    assert translate.percent(0.0) == "0%"
    assert f" {translate.percent(0.001, 1)}" == tenth[-5:]
    assert f" {translate.percent(0.0006, 1)}" == tenth[-5:]


def test_a_moment_is_in_the_readers_zone() -> None:
    assert Translator("pt-BR").when("2026-11-21T01:30:00+00:00") == "20/11/2026 22:30"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="use one of pt-BR, es, en"):
        texts("fr")
