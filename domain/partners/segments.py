"""The segments of the trade: which words mean one, and which registered activities serve it.

The codes are CNAE 2.3 subclasses (IBGE); the choice of them and the words are this project's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.partners.cnae import CLASS, SUBCLASS
from domain.partners.words import folded, stems


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment.

    Parameters
    ----------
    words
        Beginnings of words that people write for it, folded.
    activities
        What companies that serve it do, by CNAE subclass.
    """

    words: tuple[str, ...]
    activities: Mapping[str, str]


SEGMENTS: dict[str, Segment] = {
    "EQUIPAMENTOS": Segment(
        (
            "equipa",
            "sela",
            "arrei",
            "racao",
            "racoes",
            "traile",
            "couro",
            "medica",
            "ferrad",
            "produt",
        ),
        {
            "1066000": "fábrica de ração e alimentos para animais",
            "1510600": "curtume, couro",
            "1529700": "selaria, selas e arreios de couro",
            "2122000": "fábrica de medicamentos veterinários",
            "2833000": "fábrica de máquinas e equipamentos agropecuários",
            "3230200": "fábrica de artigos esportivos",
            "4623109": "atacado de ração e alimentos para animais",
            "4644302": "atacado de medicamentos veterinários",
            "4661300": "atacado de máquinas e equipamentos agropecuários",
            "4692300": "atacado de insumos agropecuários",
            "4763602": "loja de artigos esportivos e de montaria",
            "4771704": "loja de medicamentos veterinários",
            "4789004": "loja agropecuária, ração e artigos para animais",
            "7731400": "aluguel de máquinas e equipamentos agrícolas",
        },
    ),
    "EVENTOS": Segment(
        (
            "evento",
            "leil",
            "rodei",
            "prova",
            "expos",
            "feira",
            "vaquej",
            "cavalg",
            "compet",
            "clube",
        ),
        {
            "7319001": "estandes para feiras e exposições",
            "8230001": "organização de feiras, exposições e leilões",
            "8230002": "casa de festas e eventos",
            "8299704": "leiloeiro, leilões",
            "8591100": "escola de equitação, ensino de esportes",
            "9001905": "rodeios e vaquejadas",
            "9311500": "pista e instalações de esportes",
            "9312300": "clube hípico, clube esportivo",
            "9319101": "provas e eventos esportivos",
            "9319199": "outras atividades esportivas",
        },
    ),
    "SERVICOS": Segment(
        ("servi", "veteri", "ferrag", "doma", "treina", "transp", "hosped", "insemi", "consul"),
        {
            "0162801": "inseminação artificial, reprodução",
            "0162803": "manejo de animais, doma e ferrageamento",
            "0162899": "apoio à pecuária, treinamento de cavalos",
            "4930202": "transporte rodoviário, frete de animais",
            "7490103": "consultoria agropecuária",
            "7500100": "clínica veterinária",
            "9609207": "hospedagem de animais",
        },
    ),
    "CAVALOS": Segment(
        (
            "cavalo",
            "equin",
            "equest",
            "haras",
            "potr",
            "egua",
            "garanh",
            "caball",
            "yegua",
            "horse",
        ),
        {
            "0152102": "criação de cavalos, haras",
            "4611700": "representante de animais vivos",
            "4623101": "atacado de animais vivos, compra e venda de cavalos",
        },
    ),
}
"""By name. What is written for one segment and mentions another belongs to the one listed first:
equipment for horses is equipment."""

ACTIVITIES = {
    code: what for segment in SEGMENTS.values() for code, what in segment.activities.items()
}
"""What companies do, by CNAE subclass, of all segments."""


def segment_of(written: object) -> str:
    """Return the segment that somebody wrote: a known one's name, else the text itself, folded.

    Examples
    --------
    >>> segment_of("Serviços"), segment_of("sela para meu cavalo"), segment_of(" Turismo ")
    ('SERVICOS', 'EQUIPAMENTOS', 'turismo')
    """
    if not isinstance(written, str):
        return ""
    words = stems(written)
    hits = {
        name: sum(word.startswith(segment.words) for word in words)
        for name, segment in SEGMENTS.items()
    }
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] else folded(written)


def segment_of_cnae(code: str) -> str:
    """Return the segment that a registered activity serves; empty when it serves none.

    Examples
    --------
    >>> segment_of_cnae("7500100"), segment_of_cnae("0152"), segment_of_cnae("4711301")
    ('SERVICOS', 'CAVALOS', '')
    """
    level = SUBCLASS if len(code) == SUBCLASS else CLASS
    for name, segment in SEGMENTS.items():
        if len(code) >= level and any(
            activity[:level] == code[:level] for activity in segment.activities
        ):
            return name
    return ""
