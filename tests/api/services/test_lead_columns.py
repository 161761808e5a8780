"""Columns of leads: recognised by their names, and read as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from api.services.lead_columns import answer, number, proposed

if TYPE_CHECKING:
    from api.schemas.imports import LeadField

ZONE = ZoneInfo("America/Sao_Paulo")


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (
            ["id", "created_time", "ad_name", "campaign_name", "form_name", "platform",
             "qual_o_seu_orçamento?", "full_name", "phone_number", "email", "city", "state"],
            [None, "created_at", None, None, None, None, "orcamento_faixa", "nome", "whatsapp",
             "email", "cidade", "uf"],
        ),
        (["NOME", "Celular/WhatsApp", "Cidade - UF", "Município"],
         ["nome", "whatsapp", None, "cidade"]),
        (["Nombre completo", "Correo electrónico", "Teléfono", "Ciudad", "Plazo de compra"],
         ["nome", "email", "whatsapp", "cidade", "prazo_compra"]),
        (["", "Telefone", "Telefone 2"], [None, "whatsapp", None]),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_names(
    headers: list[str], fields: list[LeadField | None]
) -> None:
    assert proposed(headers) == fields


@pytest.mark.parametrize(
    ("field", "text", "read"),
    [
        ("orcamento_faixa", "60k+", "60k+"), ("orcamento_faixa", "4.999,99", "0-5k"),
        ("orcamento_faixa", "25 mil", "20k-60k"), ("orcamento_faixa", "R$ 80.000", "60k+"),
        ("orcamento_faixa", "a combinar", "a combinar"),
        ("prazo_compra", "30d", "30d"), ("prazo_compra", "Até 2 semanas", "30d"),
        ("prazo_compra", "Imediato", "7d"), ("prazo_compra", "no verão", "no verão"),
        ("uf", "são paulo", "SP"), ("uf", "sp", "SP"), ("uf", "Lisboa", "Lisboa"),
        ("segmento_interesse", "Serviços", "SERVICOS"), ("segmento_interesse", "Café", "Café"),
        ("whatsapp", "'+55 34 99999-0000", "+55 34 99999-0000"), ("cidade", "  ", None),
        ("created_at", "20/11/2025", datetime(2025, 11, 20, tzinfo=ZONE)),
        ("created_at", "20/11/25", datetime(2025, 11, 20, tzinfo=ZONE)),
        ("created_at", "2025-11-20T10:00:00-0300", datetime(2025, 11, 20, 13, tzinfo=UTC)),
        ("created_at", "31/02/2025", "31/02/2025"), ("created_at", "45980", "45980"),
    ],
)  # fmt: skip
def test_cells_are_read_as_people_write_them(
    field: LeadField, text: str, read: str | datetime | None
) -> None:
    assert answer(field, text, ZONE) == read


def test_what_is_still_to_come_is_no_arrival() -> None:
    tomorrow = f"{datetime.now(ZONE) + timedelta(days=1):%d/%m/%Y %H:%M}"
    assert answer("created_at", tomorrow, ZONE) == tomorrow


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1.234.567,8", 1_234_567.8), ("0,5", 0.5), ("12", 12.0), ("12.34.56", None), ("1,2,3", None),
     (",", None), ("1.5", 1.5), ("", None)],
)  # fmt: skip
def test_amounts_have_a_decimal_comma(text: str, amount: float | None) -> None:
    assert number(text) == amount
