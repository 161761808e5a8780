"""Words: the same in every language, and for everything there is to say."""

from __future__ import annotations

from string import Formatter

import pytest

from domain.actions import Action, Channel
from domain.alerts.motives import Motive, Over, Recommendation
from domain.bands import Confirmation, Status
from domain.catalogue import LANGUAGES, catalogue
from domain.customers.advice import ADVICE, OTHERWISE
from domain.customers.segments import SEGMENTS
from domain.rules import EVENT_RULES, PROFILE_POINTS, TEAM_EVENTS


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_same_words_and_blanks(language: str) -> None:
    first, other = catalogue(LANGUAGES[0]).words, catalogue(language).words
    assert {part: set(words) for part, words in first.items()} == {
        part: set(words) for part, words in other.items()
    }
    for part, words in first.items():
        for code, text in words.items():
            assert fields(other[part][code]) == fields(text), (part, code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_and_action_has_words(language: str) -> None:
    words = catalogue(language).words
    kinds = {kind.partition(":")[0] for kind in EVENT_RULES} | TEAM_EVENTS
    assert kinds <= set(words["event"])
    assert set(PROFILE_POINTS) <= set(words["profile"])
    assert set(words["action"]) == set(words["why"]) == set(Action)
    assert set(words["channel"]) == set(Channel)
    assert set(words["signal"]) == set(Confirmation)
    assert set(words["status"]) == set(Status)
    assert set(words["motive"]) == set(words["alert_why"]) == set(words["alert_say"]) == set(Motive)
    assert set(words["recommendation"]) == set(Recommendation)
    assert set(words["over"]) == {*Over, "done", "wrong", "merged"}
    assert set(words["customer_segment"]) == {segment.name for segment in SEGMENTS}
    assert set(words["customer_advice"]) == {*ADVICE.values(), OTHERWISE}
    assert set(words["advice"]) == set(words["risk"]) | {"handoff"}
    assert all(text.strip() for part in words.values() for text in part.values())


@pytest.mark.parametrize("kind", ["aurora_boreal", "{0}", "%s", "", "a:b:c", "crm_manual_move:"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_never_heard_of_is_said_too(language: str, kind: str) -> None:
    assert catalogue(language).signal(f"event:{kind}")
    assert isinstance(catalogue(language).signal(f"profile:{kind}"), str)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="use one of pt-BR, es, en"):
        catalogue("fr")
