"""The index ranks as the definition of a match does, whatever is in the rows and when they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.partners.matching import DAY_ZERO, Partner, Wanted, features, match, ranked
from online_models.partners.index import PartnerIndex
from tests.domain.partners.companies import lead_rows, partner_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.partners.matching import Points

OTHER_POINTS: Points = {**DAY_ZERO, "neighbour": 24.0, "city": 1.0, "cnae_secondary": 20.0}


def blocks_of(rows: Iterable[dict[str, Any]]) -> dict[int, list[Partner]]:
    """Return partners by the first byte of their ids, in order."""
    blocks: dict[int, list[Partner]] = {}
    for row in sorted(rows, key=lambda row: row["id"]):
        blocks.setdefault(row["id"].bytes[0], []).append(Partner.of(row))
    return blocks


def indexed(rows: Iterable[dict[str, Any]]) -> PartnerIndex:
    """Return an index of rows."""
    index = PartnerIndex()
    index.update(blocks_of(rows))
    return index


@given(partner_tables, lead_rows, st.sampled_from([DAY_ZERO, OTHER_POINTS]), st.integers(1, 30))
def test_it_ranks_as_matches_are_defined(
    rows: list[dict[str, Any]], lead: dict[str, Any], points: Points, limit: int
) -> None:
    index, wanted = indexed(rows), Wanted.of(lead, "selaria perto de casa")
    refused = frozenset(row["id"] for row in rows[:1])
    found = index.top(wanted, points, limit, refused)
    matches = []
    for row in rows:
        known = index.candidate(wanted, row["id"])
        assert known is not None
        assert 0 <= known.likeness <= 1.0001
        said = features(wanted, Partner.of(row), known.likeness, known.km)
        matches.append(match(row["id"], said, points, known.km))
    by_id = {one.partner_id: one for one in matches}
    expected = ranked(matches, refused)[:limit]
    # Sums in another order may differ in the last digit, and so may the order of such neighbours.
    assert [by_id[one.partner_id].total for one in found] == pytest.approx(
        [one.total for one in expected], abs=2e-6
    )
    assert len({one.partner_id for one in found}) == min(limit, len(rows))


@given(partner_tables, partner_tables, lead_rows)
def test_changed_blocks_make_the_same_index_as_a_new_one(
    before: list[dict[str, Any]], after: list[dict[str, Any]], lead: dict[str, Any]
) -> None:
    index = indexed(before)
    gone: dict[int, list[Partner]] = {block: [] for block in blocks_of(before)}
    index.update(gone | blocks_of(after))
    assert len(index) == len(after)
    wanted = Wanted.of(lead, "clínica")
    assert index.top(wanted, DAY_ZERO, 50) == indexed(after).top(wanted, DAY_ZERO, 50)


def test_equal_partners_come_in_the_order_of_their_ids() -> None:
    ids = [UUID(int=(n * 7919) << 100) for n in range(1, 40)]
    index = indexed({"id": one, "uf": "MG"} for one in ids)
    found = index.top(Wanted("", "MG", ""), DAY_ZERO, 10)
    assert [one.partner_id for one in found] == sorted(ids)[:10]


def test_rare_words_in_common_count_most() -> None:
    names = ["Haras Bela Vista", "Haras Aurora Boreal", "Haras Central", "Haras do Vale"]
    rows = [{"id": UUID(int=n), "razao_social": name} for n, name in enumerate(names)]
    wanted = Wanted.of({"segmento_interesse": "haras"}, "gostei muito da Aurora Boreal")
    found = indexed(rows).top(wanted, DAY_ZERO, 4)
    assert found[0].partner_id == UUID(int=1)
    assert found[0].likeness > 2 * found[1].likeness > 0


def test_distance_is_known_from_the_city_where_the_lead_says_nothing() -> None:
    uberaba, campinas = {"lat": -19.75, "lon": -47.93}, {"lat": -22.91, "lon": -47.06}
    rows: list[dict[str, Any]] = [
        {"id": UUID(int=1), "uf": "MG", "municipio_nome": "Uberaba", "endereco": uberaba},
        {"id": UUID(int=2), "uf": "SP", "municipio_nome": "Campinas", "endereco": campinas},
        {"id": UUID(int=3), "uf": "SP", "municipio_nome": "Campinas", "endereco": None},
    ]
    index = indexed(rows)
    wanted = Wanted.of({"uf": "MG", "cidade": "Uberaba"})
    by_city = {one.partner_id.int: one.km for one in index.top(wanted, DAY_ZERO, 3)}
    assert by_city == {1: pytest.approx(0.0, abs=1e-3), 2: pytest.approx(363, abs=5), 3: None}
    own = Wanted.of({"uf": "MG", "cidade": "Uberaba", "latitude": -22.91, "longitude": -47.06})
    known = index.candidate(own, UUID(int=2))
    assert known is not None
    assert known.km == pytest.approx(0.0, abs=1e-3)
    assert index.candidate(Wanted.of({"uf": "RS", "cidade": "Bagé"}), UUID(int=1)) == (
        UUID(int=1),
        0.0,
        None,
    )


def test_an_empty_index_proposes_nobody() -> None:
    index = PartnerIndex()
    assert index.top(Wanted("CAVALOS", "MG", "uberaba", text="x"), DAY_ZERO, 5) == []
    assert index.candidate(Wanted("", "", ""), UUID(int=1)) is None
