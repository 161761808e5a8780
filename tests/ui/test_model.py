"""The model's page, from what the API says of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamlit.testing.v1 import AppTest

if TYPE_CHECKING:
    import pytest

METRICS = [
    {
        "version": 3,
        "contender": name,
        "measured_at": "2026-11-21T12:00:00+00:00",
        "metrics": {
            "auc": 0.81,
            "leads": 120,
            "by_band": {"AQUECENDO": {"examples": 40, "said": 0.55, "converted": 0.5}},
        },
    }
    for name in ("champion", "frozen")
]


def page() -> None:
    from ui.screens import model  # noqa: PLC0415 - it runs as a script of its own

    model.show()


def drawn(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any]) -> AppTest:
    monkeypatch.setattr("ui.screens.model.ask", answers.__getitem__)
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    return app


def test_without_a_model_it_says_what_counts_until_then(monkeypatch: pytest.MonkeyPatch) -> None:
    app = drawn(monkeypatch, {"/ml/model-info": {"available": False}, "/ml/metrics": []})
    assert "regras da equipe" in app.info[0].value
    assert any("Ainda não há resultados" in one.value for one in app.caption)


def test_models_are_listed_with_what_happened_by_band(monkeypatch: pytest.MonkeyPatch) -> None:
    app = drawn(monkeypatch, {"/ml/model-info": {"available": False}, "/ml/metrics": METRICS})
    assert list(app.dataframe[0].value["Quem"]) == ["o que dá as notas", "como foi treinado"]
    said = [one.value for one in app.markdown]
    assert "◐ Aquecendo: a nota dizia 55%; aconteceu em 50% (40 situações)" in said
