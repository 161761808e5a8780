"""Likeness: what is written otherwise is the same, and what merely looks alike is not."""

from __future__ import annotations

import pytest

from offline.likeness import FEW, Identity, duplicates

PHONE, OTHER_PHONE = frozenset({"3499990000"}), frozenset({"1133330000"})
MAIL, OTHER_MAIL = frozenset({"a@example.com"}), frozenset({"b@example.com"})
CNPJ, OTHER_CNPJ = "12ABC34501DE35", "11222333000181"


def of(name: str, **more: object) -> Identity:
    return Identity("", name, **more)  # type: ignore[arg-type]


SAME = [
    (of("Ana Prado Neves", phones=PHONE), of("ANA PRADO", phones=PHONE)),
    (of("Ana Prado", emails=MAIL, phones=PHONE), of("Aninha", emails=MAIL)),
    (of("Agro Silva Ltda", document=CNPJ), of("Silva Agropecuária", document=CNPJ)),
    (
        of("Casa do Criador", address="Rua João Pinheiro, 120", place="uberaba MG"),
        of("Casa do Criador Ltda.", address="R. Joao Pinheiro 120", place="uberaba MG"),
    ),
    (of("José Antônio Ferraz", place="uberaba MG"), of("jose antonio ferraz", place="uberaba MG")),
]
OTHERS = [
    (
        of("Ana Silva", phones=PHONE, emails=MAIL, place="uberaba MG"),
        of("Ana Silva", phones=OTHER_PHONE, emails=OTHER_MAIL, place="uberaba MG"),
    ),
    (of("Agro Silva", document=CNPJ, phones=PHONE), of("Agro Silva", document=OTHER_CNPJ)),
    (
        of("Agro Silva", address="Rua A, 120", phones=PHONE),
        of("Agro Silva", address="Rua A, 940", phones=OTHER_PHONE),
    ),
    (of("Rui Barros"), of("Rita Barroso", phones=PHONE)),
    (of(""), of("")),
]


def numbered(*records: Identity) -> list[Identity]:
    return [
        Identity(str(at), one.name, one.address, one.place, one.phones, one.emails, one.document)
        for at, one in enumerate(records)
    ]


@pytest.mark.parametrize("pair", SAME, ids=range(len(SAME)))
def test_the_same_written_otherwise_is_found(pair: tuple[Identity, Identity]) -> None:
    [found] = duplicates(numbered(*pair))
    assert (found.first, found.second) == ("0", "1")
    assert 0.5 < found.likeness < 1
    assert found.alike


@pytest.mark.parametrize("pair", OTHERS, ids=range(len(OTHERS)))
def test_others_who_look_alike_are_not(pair: tuple[Identity, Identity]) -> None:
    assert duplicates(numbered(*pair)) == []


def test_all_pairs_are_compared_and_the_likeliest_come_first() -> None:
    records = numbered(*(one for pair in (*SAME, *OTHERS[:4]) for one in pair))
    found = duplicates(records)
    assert {(one.first, one.second) for one in found} >= {
        (str(2 * n), str(2 * n + 1)) for n in range(5)
    }
    assert [one.likeness for one in found] == sorted((one.likeness for one in found), reverse=True)
    assert duplicates(records, likely=0.999999) == []
    assert duplicates(records[:1]) == []


def test_a_telephone_of_very_many_is_a_switchboard_and_finds_nobody() -> None:
    names = ("Abel", "Bruna", "Caio", "Diva", "Enzo", "Flora", "Gil", "Hebe", "Ivo", "Joana")
    records = numbered(
        *(
            of(f"{one} {other}", phones=PHONE)
            for one in names
            for other in ("Reis", "Lago", "Muniz", "Torres", "Vaz", "Zanin")
        )
    )
    assert duplicates(records) == []


def test_in_a_large_table_common_letters_find_nobody() -> None:
    records = numbered(*(of(f"Fazenda {at:05d} {chr(97 + at % 26) * 3}") for at in range(FEW + 1)))
    twice = [*records, Identity("twice", "fazenda 00007 HHH", phones=PHONE)]
    assert ("7", "twice") in {(one.first, one.second) for one in duplicates(twice)}
