"""Answers: any column, one form, and nothing that names a person."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.profile import LONGEST_ANSWER, PERSONAL, is_sent, normalised, profile_of

anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.text(max_size=5) | st.sampled_from(sorted(PERSONAL)), anything))
@pytest.mark.no_cover
def test_any_row_becomes_answers(row: dict[str, Any]) -> None:
    profile = profile_of(row)
    for column, answer in profile.items():
        assert column in row
        if column in PERSONAL:
            assert answer == 1.0
        elif isinstance(answer, str):
            assert 0 < len(answer) <= LONGEST_ANSWER
            assert answer == normalised(answer)
        else:
            assert abs(answer) <= 1e15
    assert orjson.loads(orjson.dumps(profile)) == profile
    assert profile_of(profile) == profile


@given(st.text())
def test_normalising_again_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (None, None), ("", None), ("  \u00a0 ", None), ("MG", "MG"), (7, 7.0),
        (" Sa\u0303o\tPaulo ", "São Paulo"), ("ﷺ", "صلى الله عليه وسلم"),
        (True, 1.0), (False, 0.0), (1e16, None), (float("inf"), None),
        ("x" * 41, 1.0), ("x" * 40, "x" * 40), ([1], 1.0), ({"a": 1}, 1.0),
    ],
)  # fmt: skip
def test_one_form_of_each_answer(value: Any, answer: float | str | None) -> None:
    expected = {} if answer is None else {"hectares": answer}
    assert profile_of({"hectares": value}) == expected


def test_what_is_personal_is_only_present() -> None:
    row = {"nome": "Ana", "email": "", "apelido": "Aninha", "id": "7", "status": "ENVIADO"}
    assert profile_of(row, frozenset({"apelido"})) == {"nome": 1.0, "apelido": 1.0}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("celular_contato", "ligar"), ("cpf_responsavel", 12345678909), ("email2", "ana"),
        ("contato", "ana@casa.br"), ("rede", "https://rede.br/ana"), ("obs", "+55 (34) 99999-0000"),
        ("obs", "123.456.789-09"), ("obs", "12.345.678/0001-95"),
        ("obs", "ligar 34999990000 cedo"), ("obs", "tel:34999990000"),
    ],
)  # fmt: skip
def test_what_tells_who_somebody_is_by_name_or_content_is_only_present(
    column: str, value: Any
) -> None:
    assert profile_of({column: value}) == {column: 1.0}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("campanha_nome", "verao"), ("faixa", "R$ 100.000,00 a 200.000,00"),
        ("prazo", "2026-11-26"), ("orcamento", "20k-60k"),
        ("landing_page_id", "22c29808c4f815213303f8933030604c"), ("pagina", "b0123456789f"),
    ],
)  # fmt: skip
def test_what_many_may_answer_is_kept(column: str, value: str) -> None:
    assert profile_of({column: value}) == {column: value}


@pytest.mark.parametrize(
    ("row", "sent"),
    [
        ({}, False),
        ({"crm_stage": "ENVIADO"}, False),
        ({"crm_stage": "INBOX", "status": "ENVIADO"}, True),
        ({"status": "QUALIFICADO"}, False),
        ({"status": 7}, False),
    ],
)
def test_a_lead_is_sent_whose_status_says_so(row: dict[str, Any], sent: bool) -> None:
    assert is_sent(row) is sent
