"""Random partners and leads, as rows of their tables, with all that is found in such rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from domain.partners.places import UFS
from domain.partners.segments import ACTIVITIES

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

CITIES = ("Uberaba", "UBERABA", "Goiânia", "Goiania / GO", "São Paulo", "", None)
SEGMENTS = ("CAVALOS", "Serviços", "eventos", "EQUIPAMENTOS", "turismo", "", None)
CODES = (*ACTIVITIES, "0152-1/02", "02/02/4930", "152102", "9313-1/00", "0152", "x", "", None)
ADDRESSES = (
    None,
    "null",
    "[]",
    '{"lat": -19.75, "lon": -47.93}',
    '{"latitude": "-23,55", "longitude": "-46,63"}',
    '{"lat": "north", "lon": true}',
    '{"lat": 1e999, "lon": 0}',
    "{broken",
)
WORDS = ("Haras", "Bela", "Vista", "Selaria", "Clínica", "Leilões", "LTDA", "")

words = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
ufs = st.sampled_from([*UFS, "XX", "  ", None])

partner_rows: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": st.uuids(),
        "razao_social": st.none() | words,
        "nome_fantasia": st.none() | words,
        "uf": ufs,
        "municipio_nome": st.sampled_from(CITIES),
        "cnae_principal": st.sampled_from(CODES),
        "cnaes_secundarios": st.none() | st.lists(st.sampled_from(CODES), max_size=3),
        "segmento": st.sampled_from(SEGMENTS),
        "prioridade": st.none() | st.integers(-5, 9),
        "contato": st.none(),
        "endereco": st.sampled_from(ADDRESSES),
    }
)
partner_tables = st.lists(partner_rows, max_size=25, unique_by=lambda row: row["id"])

lead_rows: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "segmento_interesse": st.sampled_from(SEGMENTS) | words,
        "uf": ufs,
        "cidade": st.sampled_from(CITIES),
    },
    optional={"lat": st.floats(-33, 5), "lon": st.floats(-73, -35)},
)
