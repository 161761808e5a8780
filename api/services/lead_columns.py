"""What a spreadsheet's columns say of leads: which column is which, and its cells as answers."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from api.schemas.imports import LeadField
from domain.partners.places import uf_of
from domain.partners.segments import SEGMENTS, segment_of

EXACT: dict[LeadField, tuple[str, ...]] = {
    "nome": ("nome", "name", "nombre", "lead", "cliente", "contato", "contacto", "primeiro nome",
             "first name", "sobrenome", "last name", "apellido"),
    "whatsapp": ("fone", "tel", "cel"),
    "uf": ("uf", "state", "provincia"),
    "cidade": ("municipio",),
    "segmento_interesse": ("interesse", "interes", "interest", "produto", "product"),
    "created_at": ("data", "date", "fecha", "created at", "created time", "criado em", "chegou em"),
}  # fmt: skip
"""Headers that name a field, by field."""

WITHIN: dict[LeadField, tuple[str, ...]] = {
    "whatsapp": ("whatsapp", "telefone", "telefono", "celular", "phone", "mobile"),
    "email": ("email", "e mail", "correo"),
    "nome": ("nome completo", "seu nome", "full name", "nombre completo", "nome do lead"),
    "cidade": ("cidade", "ciudad", "city"),
    "uf": ("estado",),
    "segmento_interesse": ("segmento", "segment"),
    "orcamento_faixa": ("orcamento", "presupuesto", "budget", "investimento"),
    "prazo_compra": ("prazo", "plazo", "deadline", "timeline"),
    "created_at": ("data de criacao", "data do cadastro", "data de cadastro", "fecha de creacion"),
}
"""Words within a header, such as a form's question, that say which field it is."""

STATES = {
    "acre": "AC", "alagoas": "AL", "amapa": "AP", "amazonas": "AM", "bahia": "BA", "ceara": "CE",
    "distrito federal": "DF", "espirito santo": "ES", "goias": "GO", "maranhao": "MA",
    "mato grosso": "MT", "mato grosso do sul": "MS", "minas gerais": "MG", "para": "PA",
    "paraiba": "PB", "parana": "PR", "pernambuco": "PE", "piaui": "PI", "rio de janeiro": "RJ",
    "rio grande do norte": "RN", "rio grande do sul": "RS", "rondonia": "RO", "roraima": "RR",
    "santa catarina": "SC", "sao paulo": "SP", "sergipe": "SE", "tocantins": "TO",
}  # fmt: skip

BUDGETS = ((5_000.0, "0-5k"), (20_000.0, "5k-20k"), (60_000.0, "20k-60k"))
"""Amounts up to which a budget is in a band."""

HIGHEST_BUDGET = "60k+"

DEADLINES = ((7, "7d"), (30, "30d"), (90, "90d"))
"""Days up to which a deadline is in a band."""

DAYS = {"dia": 1, "dias": 1, "day": 1, "days": 1, "d": 1, "semana": 7, "semanas": 7, "week": 7,
        "weeks": 7, "mes": 30, "meses": 30, "month": 30, "months": 30}  # fmt: skip

AT_ONCE = ("imediato", "imediatamente", "agora", "urgente", "inmediato", "ahora", "now")

AMOUNT = re.compile(r"(?:r\$ ?)?([\d.,]+) ?(k|mil)?(?: reais)?")

CENTS = 2
"""Digits after a point that are cents; three after one are thousands."""

BRAZILIAN = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d/%m/%y")


def plain(text: str) -> str:
    """Return text in small letters without accents, words parted by single spaces.

    Examples
    --------
    >>> plain("Qual_o_seu Orçamento?")
    'qual o seu orcamento'
    """
    letters = unicodedata.normalize("NFD", text).casefold()
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def proposed(headers: Sequence[str]) -> list[LeadField | None]:
    """Return which field each column is, None for none; only a name may be in several columns.

    Examples
    --------
    >>> proposed(["Nome completo", "E-mail", "ad_name", "phone_number", "Telefone 2"])
    ['nome', 'email', None, 'whatsapp', None]
    """
    columns = [plain(header) for header in headers]
    fields: list[LeadField | None] = [None] * len(columns)
    for whole, names in ((True, EXACT), (False, WITHIN)):
        for field, words in names.items():
            found = [
                place
                for place, column in enumerate(columns)
                if fields[place] is None and _named(column, words, whole=whole)
            ]
            if field not in fields:
                for place in found if field == "nome" else found[:1]:
                    fields[place] = field
    return fields


def _named(column: str, words: Iterable[str], *, whole: bool) -> bool:
    return column in words if whole else any(f" {word} " in f" {column} " for word in words)


def answer(field: LeadField, text: str, zone: ZoneInfo) -> str | datetime | None:
    """Return what a cell says of a field; what can't be read stays as it is, to be refused.

    Parameters
    ----------
    field
        Which one.
    text
        The cell.
    zone
        Of times that name none.

    Examples
    --------
    >>> utc = ZoneInfo("UTC")
    >>> answer("orcamento_faixa", "R$ 25.000,50", utc), answer("prazo_compra", "2 meses", utc)
    ('20k-60k', '90d')
    >>> answer("uf", "Minas Gerais", utc), answer("whatsapp", "p:+5534999990000", utc)
    ('MG', '+5534999990000')
    """
    text = text.removeprefix("'").strip()
    if not text:
        return None
    if field == "created_at":
        return moment(text, zone) or text
    return READERS[field](text) if field in READERS else text


def number(text: str) -> float | None:
    """Return an amount as people write it: a comma before the decimals, points between thousands.

    Examples
    --------
    >>> number("25.000,50"), number("25,5"), number("1.500"), number("1500.5"), number("1.2.3,")
    (25000.5, 25.5, 1500.0, 1500.5, None)
    """
    whole, comma, decimals = text.rpartition(",") if "," in text else (text, "", "")
    if not comma and 0 < len(text.rpartition(".")[2]) <= CENTS and text.count(".") == 1:
        return float(text) if re.fullmatch(r"\d+\.\d+", text) else None
    if not re.fullmatch(r"\d{1,3}(\.\d{3})+|\d+", whole) or (comma and not decimals.isdigit()):
        return float(text) if re.fullmatch(r"\d+\.\d+", text) else None
    return float(f"{whole.replace('.', '')}.{decimals or 0}")


def _budget(text: str) -> str:
    found = AMOUNT.fullmatch(text.casefold())
    amount = number(found[1]) if found else None
    if found is None or amount is None:
        return text
    amount *= 1_000 if found[2] else 1
    return next((band for most, band in BUDGETS if amount <= most), HIGHEST_BUDGET)


def _deadline(text: str) -> str:
    if plain(text) in AT_ONCE:
        return DEADLINES[0][1]
    found = re.fullmatch(r"(?:ate |em |within |in |en )?(\d{1,4}) ?([a-z]+)", plain(text))
    if found is None or found[2] not in DAYS:
        return text
    days = int(found[1]) * DAYS[found[2]]
    return next((band for most, band in DEADLINES if days <= most), text)


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Return a moment that is over, written as in Brazil or as ISO 8601 has it."""
    for form in BRAZILIAN:
        try:
            at = datetime.strptime(text, form).replace(tzinfo=zone)
            break
        except ValueError:
            continue
    else:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=zone)
    return at if at <= datetime.now(UTC) else None


def _segment(text: str) -> str:
    segment = segment_of(text)
    return segment if segment in SEGMENTS else text


READERS: dict[LeadField, Callable[[str], str]] = {
    "whatsapp": lambda text: text.removeprefix("p:"),
    "uf": lambda text: STATES.get(plain(text)) or uf_of(text) or text,
    "segmento_interesse": _segment,
    "orcamento_faixa": _budget,
    "prazo_compra": _deadline,
}
"""What reads a cell, by field; cells of others are what they say."""
