"""Partners for a lead: parts that add up, nobody left out, one order, and rows of any quality."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue import LANGUAGES, catalogue
from domain.partners.cnae import code_of, nearness
from domain.partners.matching import (
    DAY_ZERO,
    NONE,
    PARTS,
    Partner,
    Wanted,
    features,
    match,
    priority_of,
    ranked,
)
from domain.partners.places import NEIGHBOURS, UFS, coordinates_of
from domain.partners.segments import SEGMENTS, segment_of, segment_of_cnae
from tests.domain.partners.companies import lead_rows, partner_rows, partner_tables

likeness = st.floats(0, 1)
distances = st.none() | st.floats(0, 20_000)
worth = st.fixed_dictionaries({feature: st.floats(0, 100) for feature in DAY_ZERO}).map(
    lambda points: {
        feature: 100 * value / max(best, 1e-9)
        for best in [sum(max(points[one] for one in of) for of in PARTS.values())]
        for feature, value in points.items()
    }
)


@given(lead_rows, partner_rows, likeness, distances, worth | st.just(DAY_ZERO))
def test_parts_and_reasons_add_up(
    lead: dict[str, object],
    row: dict[str, object],
    alike: float,
    km: float | None,
    points: dict[str, float],
) -> None:
    partner = Partner.of(row)
    found = features(Wanted.of(lead, "quer comprar"), partner, alike, km)
    assert all(0 < x <= 1 for x in found.values())
    said = match(partner.partner_id, found, points, km)
    assert 0 <= said.compatibility <= 100
    assert sum(said.parts.values()) == said.compatibility
    assert abs(said.compatibility - said.total) <= 0.5 + 1e-9
    assert all(points >= 0 for points in said.parts.values())
    assert said.parts.keys() == PARTS.keys()
    assert 1 <= len(said.reasons) <= 3
    assert all(a.points >= b.points for a, b in pairwise(said.reasons))
    assert {reason.points for reason in said.reasons} <= {*said.parts.values()}


def test_the_best_there_can_be_has_a_hundred() -> None:
    partner = Partner.of(
        {
            "id": UUID(int=1),
            "uf": "MG",
            "municipio_nome": "UBERABA",
            "segmento": "cavalos",
            "cnae_principal": "0152-1/02",
            "prioridade": 1,
        }
    )
    lead = {"segmento_interesse": "Cavalos", "uf": "mg", "cidade": "Uberaba"}
    found = features(Wanted.of(lead), partner, likeness=1.0, km=0.0)
    assert match(partner.partner_id, found).compatibility == 100


def test_nothing_in_common_is_said_too() -> None:
    partner = Partner.of({"id": UUID(int=1), "uf": "RR", "prioridade": 3})
    said = match(partner.partner_id, features(Wanted.of({"uf": "RS"}), partner))
    assert (said.compatibility, [reason.code for reason in said.reasons]) == (0, [NONE])


@given(lead_rows, partner_tables, st.randoms(use_true_random=False))
def test_the_order_is_total_and_nobody_is_left_out(
    lead: dict[str, object], rows: list[dict[str, object]], random: object
) -> None:
    wanted = Wanted.of(lead)
    matches = [
        match(partner.partner_id, features(wanted, partner)) for partner in map(Partner.of, rows)
    ]
    order = ranked(matches)
    assert {one.partner_id for one in order} == {row["id"] for row in rows}
    shuffled = list(matches)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ranked(shuffled) == order
    assert all(a.compatibility >= b.compatibility for a, b in pairwise(order))
    if order:
        refused = order[0].partner_id
        assert ranked(matches, frozenset({refused}))[-1].partner_id == refused


def test_states_touch_each_other() -> None:
    assert len(UFS) == len(NEIGHBOURS) == 27
    for uf, others in NEIGHBOURS.items():
        assert others
        assert uf not in others
        assert all(uf in NEIGHBOURS[other] for other in others)
    assert NEIGHBOURS["MG"] == {"BA", "DF", "ES", "GO", "MS", "RJ", "SP"}


def test_nearer_places_are_worth_more() -> None:
    lead = {"segmento_interesse": "CAVALOS", "uf": "MG", "cidade": "Uberaba"}
    places = [("MG", "Uberaba"), ("MG", "Lavras"), ("SP", "Uberaba"), ("BA", "Irecê"), ("RS", "X")]
    partners = [
        Partner.of({"id": UUID(int=n), "uf": uf, "municipio_nome": city, "prioridade": 3})
        for n, (uf, city) in enumerate(places)
    ]
    found = [features(Wanted.of(lead), partner) for partner in partners]
    assert [list(one) for one in found] == [["city"], ["state"], *[["neighbour"]] * 2, []]


def test_a_lead_without_a_state_is_taken_by_its_city() -> None:
    partner = Partner.of({"id": UUID(int=1), "uf": "MG", "municipio_nome": "Uberaba - MG"})
    assert "city" in features(Wanted.of({"cidade": "uberaba"}), partner)


def test_the_priority_counts() -> None:
    totals = [
        match(UUID(int=1), features(Wanted.of({}), Partner.of({"id": 1, "prioridade": one}))).total
        for one in (1, 2, None, 3)
    ]
    assert totals == [10, 5, 5, 0]
    assert priority_of("ALTA") == 2


@pytest.mark.parametrize(
    ("principal", "others", "expected"),
    [
        ("0152-1/02", ["7500-1/00"], {"cnae": 1.0}),
        ("0152-1/03", None, {"cnae": 0.8}),
        ("0159802", [], {"cnae": 0.6}),
        ("0111301", ["0152-1/02"], {"cnae_secondary": 1.0}),
        ("6201501", ["0159802", None], {"cnae_secondary": 0.6}),
        ("0152-1/03", ["0152-1/02"], {"cnae": 0.8}),
        ("6201501", None, {}),
        (None, ["", "n/d"], {}),
    ],
)
def test_activities_count_by_the_hierarchy(
    principal: str | None, others: list[str] | None, expected: dict[str, float]
) -> None:
    row = {
        "id": UUID(int=1),
        "segmento": "turismo",
        "cnae_principal": principal,
        "cnaes_secundarios": others,
        "prioridade": 3,
    }
    wanted = Wanted.of({"segmento_interesse": "CAVALOS"})
    assert features(wanted, Partner.of(row)) == expected


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("4930-2/02", "4930202"),
        ("49.30-2-02", "4930202"),
        ("4930202", "4930202"),
        ("02/02/4930", "4930202"),
        ("4930-02-02 00:00:00", "4930202"),
        ("7500-1/00 - Atividades veterinárias", "7500100"),
        (152102, "0152102"),
        ("0152-1", "01521"),
        ("9900-8/00", "9900800"),
        ("", ""),
        ("Não informada", ""),
        ("0000000", ""),
        ("12345678901234", ""),
        (None, ""),
        (True, ""),
        (3.5, ""),
        (["0152102"], ""),
    ],
)
def test_codes_are_read_as_people_write_them(written: object, code: str) -> None:
    assert code_of(written) == code


@given(st.text(max_size=20), st.text("0123456789-/.", max_size=12))
@pytest.mark.no_cover
def test_nearness_is_symmetric(one: str, other: str) -> None:
    a, b = code_of(one), code_of(other)
    assert nearness(a, b) == nearness(b, a)
    assert nearness(b, b) in ({0.0} if not b else {0.4, 0.6, 0.8, 1.0})


@pytest.mark.parametrize(
    ("written", "segment"),
    [
        ("CAVALOS", "CAVALOS"),
        ("Serviços", "SERVICOS"),
        ("égua e potros", "CAVALOS"),
        ("leilão de cavalos", "EVENTOS"),
        ("Equipamentos p/ cavalo", "EQUIPAMENTOS"),
        ("busco um veterinário", "SERVICOS"),
        ("caballos", "CAVALOS"),
        ("Turismo Rural", "turismo rural"),
        ("  ", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_segments_in_free_text(written: object, segment: str) -> None:
    assert segment_of(written) == segment


def test_every_segment_names_itself_and_its_activities_are_its_own() -> None:
    for name, segment in SEGMENTS.items():
        assert segment_of(name) == name
        assert all(segment_of_cnae(code) == name == segment_of_cnae(code) for code in
                   segment.activities)  # fmt: skip
        assert all(code_of(code) == code for code in segment.activities)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
@pytest.mark.no_cover
def test_addresses_of_any_kind_are_no_obstacle(value: object) -> None:
    assert coordinates_of(value) is None
    found = coordinates_of({"lat": value, "lng": -47.9})
    assert found is None or abs(found[0]) <= 90


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words(language: str) -> None:
    words = catalogue(language).words["match"]
    assert set(words) == {*DAY_ZERO, NONE}
    assert {feature for of in PARTS.values() for feature in of} == set(DAY_ZERO)
