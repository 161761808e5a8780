"""The spreadsheet: everything in it is as its reader writes it."""

from __future__ import annotations

import csv

from ui.spreadsheet import written
from ui.translator import Translator

LEAD = {
    "nome": "=1+1", "status": "AQUECENDO", "score": 70, "score_probability": 0.1257,
    "score_motivos": [
        {"fator": "Prazo", "impacto": 54}, {"fator": "", "code": "by_hand", "impacto": 16},
    ],
    "segmento_interesse": "CAVALOS", "uf": "MG", "whatsapp": "+55 34 999990000",
    "orcamento_faixa": "60k+", "created_at": "2026-11-21T01:30:00+00:00",
    "next_action_text": "Ligar", "next_action_date": "2026-11-25", "next_action_time": "09:00:00",
}  # fmt: skip


def test_a_spreadsheet_in_portuguese() -> None:
    head, row = csv.reader(written(Translator("pt-BR"), [LEAD]).splitlines(), delimiter=";")
    cells = dict(zip(head, row, strict=True))
    assert cells["Nota"] == "54"
    assert cells["Nome"] == "'=1+1"
    assert cells["WhatsApp"] == "55 34 999990000"
    assert cells["Chance"] == "12,6%"
    assert cells["Chegou em"] == "20/11/2026 22:30"
    assert cells["Para quando"] == "25/11/2026 09:00"
    assert (cells["Segmento"], cells["Orçamento"], cells["Prazo de compra"]) == (
        "Cavalos", "mais de R$ 60 mil", "",
    )  # fmt: skip


def test_a_spreadsheet_in_english_has_commas_between_cells() -> None:
    head, row = csv.reader(written(Translator("en"), [LEAD]).splitlines())
    assert dict(zip(head, row, strict=True))["Chance"] == "12.6%"
