"""What a lead's row becomes: answers a model can use, and nothing that names a person."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from domain.bands import Status
from domain.state import Profile

PERSONAL = frozenset(
    {
        "nome",
        "whatsapp",
        "email",
        "telefone",
        "phone",
        "name",
        "cpf",
        "cnpj",
        "documento",
        "endereco",
    }
)
"""Columns of personal data: that they are filled in is kept, what they say is not."""

_PERSONAL_WORDS = frozenset(
    {
        *("email", "mail", "phone", "telefone", "fone", "celular", "whatsapp"),
        *("cpf", "cnpj", "rg", "passport", "passaporte", "documento", "endereco", "address"),
        *("cep", "zip", "nascimento", "birth", "birthday", "sobrenome", "surname", "lastname"),
    }
)
"""Words in the names of such columns, whatever else the name says."""

_IDENTIFIES = re.compile(r"@|://|\bwww\.|(?<!\w)(?:\d[ ()./+-]{0,2}){10,}(?!\w)")
"""An address of e-mail or of a page, or as many digits as a telephone or a document has.

Digits among letters are a code: of 495 landing pages that are named by a hash 30 have ten in a row.
"""

WRITTEN = frozenset(
    {
        "score",
        "score_motivos",
        "score_engine",
        "score_model_name",
        "score_probability",
        "score_scored_at",
        "score_meta",
        "next_best_action",
        "next_action_text",
        "next_action_date",
        "next_action_time",
        "next_action_at",
    }
)
"""Columns that the scorer, or the team on its advice, writes: no score may feed on them."""

NOT_PROFILE = WRITTEN | frozenset(
    {"id", "external_id", "created_at", "updated_at", "crm_stage", "status"}
)
"""Columns that are not answers."""

INVENTED_IDS = "9a10be00"
"""How the ids of the demo's invented leads begin."""

LONGEST_ANSWER = 40
"""Characters. Longer text is prose, kept as present like personal data."""


LARGEST_NUMBER = 1e15
"""Beyond it a number is an identifier or a mistake."""


def normalised(text: str) -> str:
    """Return text as it is kept: one Unicode form, single spaces.

    Examples
    --------
    >>> normalised("  São  PAULO ")
    'São PAULO'
    """
    # Text from a json column may hold what neither UTF-8 nor Postgres can: half a pair, or NUL.
    clean = text.encode(errors="ignore").decode().replace("\0", "")
    return " ".join(unicodedata.normalize("NFKC", clean).split())


@lru_cache(maxsize=10_000)
def is_personal(column: str) -> bool:
    """Tell whether a column holds personal data, by its name.

    Examples
    --------
    >>> is_personal("nome"), is_personal("email2"), is_personal("nome_campanha")
    (True, True, False)
    """
    return column in PERSONAL or not _PERSONAL_WORDS.isdisjoint(
        re.split("[^a-z]+", column.casefold())
    )


def _answer(value: Any, *, personal: bool) -> float | str | None:
    if value is None or value == "":
        return None
    if personal:
        return 1.0
    if isinstance(value, bool | int | float):
        return float(value) if abs(value) <= LARGEST_NUMBER else None
    if not isinstance(value, str):
        return 1.0
    text = normalised(value)
    if not text:
        return None
    return 1.0 if len(text) > LONGEST_ANSWER or _IDENTIFIES.search(text) else text


def profile_of(row: Mapping[str, Any], personal: frozenset[str] = frozenset()) -> Profile:
    """Return the answers in a row of ``leads``.

    Parameters
    ----------
    row
        JSON values by column; any columns.
    personal
        More columns kept only as present; those that are personal by their names, and any text that
        tells who somebody is, always are.

    Examples
    --------
    >>> profile_of({"id": "7", "nome": "Ana", "uf": "MG", "orcamento_faixa": None, "hectares": 12})
    {'nome': 1.0, 'uf': 'MG', 'hectares': 12.0}
    """
    answers = {
        column: _answer(value, personal=column in personal or is_personal(column))
        for column, value in row.items()
        if column not in NOT_PROFILE
    }
    return {column: answer for column, answer in answers.items() if answer is not None}


def is_sent(row: Mapping[str, Any]) -> bool:
    """Tell whether a lead was sent to a partner: the scorer never writes that status by itself."""
    return bool(row.get("status") == Status.SENT)
