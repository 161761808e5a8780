"""What answers contradict, and that every language has words for it."""

from __future__ import annotations

from typing import Any

import pytest

from domain.anomalies import Anomaly, contradictions, odd_activity
from domain.catalogue import LANGUAGES, catalogue
from domain.partners.places import AREAS, UFS

LEAD: dict[str, Any] = {
    "uf": "MG", "phone": "34999990000", "prazo_compra": "30d", "orcamento_faixa": "60k+",
    "came": None, "happened": None,
}  # fmt: skip

FACTS: dict[Anomaly, dict[str, Any]] = {
    Anomaly.UNUSUAL: {
        "parts": [
            ["event:cta_click", "count", 40, 1], ["quiet", "hours", 900, 20],
            ["profile:cidade", "rare", 0.004, 0.2], ["amount", "more", 3.0, 1.0],
        ]
    },
    Anomaly.SAME_LEAD: {"alike": ["phones", "name", "place"], "likeness": 0.98},
    Anomaly.SAME_PARTNER: {"alike": ["document"], "likeness": 0.98},
    Anomaly.HURRY_WITHOUT_BUDGET: {},
    Anomaly.CAME_IN_FUTURE: {"day": "2030-01-01"},
    Anomaly.HAPPENED_IN_FUTURE: {"day": "2030-01-01"},
    Anomaly.PLACE_DISAGREES: {"area": "11", "theirs": "SP", "uf": "MG"},
    Anomaly.ODD_ACTIVITY: {"activity": "6201501", "segment": "SERVICOS"},
    Anomaly.MACHINE: {"count": 40},
}  # fmt: skip


def codes(**changes: str | None) -> list[Anomaly]:
    return [code for code, _ in contradictions(LEAD | changes)]


def test_a_lead_that_agrees_with_itself_has_none() -> None:
    assert codes() == []
    assert codes(uf=None) == codes(phone=None) == codes(uf="XX") == []
    assert codes(phone="119999") == []  # without an area code
    assert codes(phone="00999990000") == []  # of nowhere


def test_what_contradicts_itself() -> None:
    assert codes(prazo_compra="7d", orcamento_faixa="") == [Anomaly.HURRY_WITHOUT_BUDGET]
    assert codes(phone="11999990000") == [Anomaly.PLACE_DISAGREES]
    assert codes(came="2030-01-01") == [Anomaly.CAME_IN_FUTURE]
    assert codes(happened="2030-01-01") == [Anomaly.HAPPENED_IN_FUTURE]


def test_every_area_is_of_a_state_and_every_state_has_one() -> None:
    assert len(AREAS) == 67
    assert {uf for units in AREAS.values() for uf in units} == set(UFS)
    assert AREAS["61"] == ("DF", "GO")


@pytest.mark.parametrize(
    ("segment", "activities", "odd"),
    [
        ("CAVALOS", ["6201-5/01"], True),
        ("CAVALOS", ["6201-5/01", "0152-1/02"], False),
        ("CAVALOS", ["0151-2/01"], False),  # of the same division
        ("turismo", ["6201-5/01"], False),
        ("CAVALOS", ["n/d", None], False),
        (None, ["6201-5/01"], False),
    ],
)
def test_activities_odd_for_a_segment(
    segment: str | None, activities: list[str | None], odd: bool
) -> None:
    assert (odd_activity(segment, activities) is not None) == odd


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_anomaly_has_words(language: str) -> None:
    words = catalogue(language)
    for code in Anomaly:
        text = words.anomaly(code, FACTS[code], "Ana")
        assert "{" not in text
        assert ("Ana" in text) == code.startswith("same")
