"""Invented people, towns and firms of Brazil's horse business."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.random import Generator

T = TypeVar("T")

FIRST_NAMES = (
    "Ana", "André", "Antônia", "Beatriz", "Benedito", "Caio", "Camila", "Carlos", "Cecília",
    "Clara", "Davi", "Eduarda", "Elisa", "Fábio", "Fernanda", "Gustavo", "Helena", "Heitor",
    "Inês", "Isabela", "João", "Joaquim", "Júlia", "Laura", "Leandro", "Lívia", "Lucas", "Luísa",
    "Marcelo", "Mariana", "Mateus", "Nair", "Otávio", "Paula", "Pedro", "Rafael", "Raquel",
    "Renato", "Rosa", "Sandra", "Sebastião", "Sílvia", "Tadeu", "Teresa", "Vicente", "Vitória",
)  # fmt: skip

SURNAMES = (
    "Abreu", "Almeida", "Andrade", "Barros", "Bastos", "Brandão", "Campos", "Cardoso", "Coelho",
    "Cordeiro", "Couto", "Duarte", "Esteves", "Falcão", "Fontes", "Furtado", "Guerra", "Lacerda",
    "Leal", "Lemos", "Macedo", "Meireles", "Moraes", "Neves", "Pacheco", "Peixoto", "Prado",
    "Queiroz", "Rezende", "Salgado", "Sampaio", "Siqueira", "Tavares", "Teles", "Valadares",
    "Vargas", "Vasconcelos", "Vilela", "Xavier",
)  # fmt: skip

TOWNS: dict[str, tuple[str, ...]] = {
    "MG": ("Belo Horizonte", "Uberaba", "Uberlândia", "Cruzília", "Juiz de Fora", "Lavras"),
    "SP": ("São Paulo", "Barretos", "Ribeirão Preto", "Campinas", "Sorocaba", "Jaguariúna"),
    "GO": ("Goiânia", "Rio Verde", "Jataí", "Anápolis", "Catalão"),
    "BA": ("Feira de Santana", "Vitória da Conquista"),
    "PR": ("Londrina", "Castro"),
    "MS": ("Campo Grande", "Dourados"),
}

STATES = {"MG": 0.40, "SP": 0.28, "GO": 0.18, "BA": 0.05, "PR": 0.05, "MS": 0.04}

FARMS = (
    "Boa Vista", "Campo Largo", "da Lagoa", "da Serra", "do Cedro", "do Ipê", "do Vale",
    "Estrela", "Flor do Campo", "Lua Nova", "Ouro Fino", "Pedra Azul", "Rancho Alto",
    "Recanto", "Santa Clara", "São Bento", "Três Irmãos", "Vento Sul",
)  # fmt: skip

HOUSES = {
    "CAVALOS": ("Haras", "Criatório", "Fazenda"),
    "SERVICOS": ("Clínica Equina", "Centro de Treinamento", "Ferradoria"),
    "EVENTOS": ("Leilões", "Hípica", "Exposições"),
    "EQUIPAMENTOS": ("Selaria", "Casa do Cavaleiro", "Agropecuária"),
}


def pick(rng: Generator, shares: Mapping[T, float]) -> T:
    """Return one of the keys, each as often as its share says; shares need not sum to one."""
    remaining = rng.random() * sum(shares.values())
    for key, share in shares.items():
        remaining -= share
        if remaining < 0:
            return key
    return next(reversed(list(shares)))


def one_of(rng: Generator, options: tuple[T, ...]) -> T:
    """Return one of some things, each as often."""
    return options[int(rng.random() * len(options))]


def person(rng: Generator) -> str:
    """Return an invented full name."""
    return f"{one_of(rng, FIRST_NAMES)} {one_of(rng, SURNAMES)} {one_of(rng, SURNAMES)}"


def email(name: str, number: int) -> str:
    """Return an address that belongs to nobody.

    Examples
    --------
    >>> email("Antônia Leal Prado", 7)
    'antonia.prado.7@example.com'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    first, *_, last = plain.split()
    return f"{first}.{last}.{number}@example.com"


def whatsapp(rng: Generator) -> str:
    """Return a number that can't be called: no area of Brazil has the code 00."""
    return f"+55 00 9{rng.integers(10**7, 10**8)}"


def firm(rng: Generator, segment: str) -> str:
    """Return an invented firm's name."""
    return f"{one_of(rng, HOUSES[segment])} {one_of(rng, FARMS)}"
