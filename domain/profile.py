"""What a lead's row becomes: answers a model can use, and nothing that names a person."""

import unicodedata
from collections.abc import Mapping
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
    return 1.0 if len(text) > LONGEST_ANSWER else text


def profile_of(row: Mapping[str, Any], personal: frozenset[str] = PERSONAL) -> Profile:
    """Return the answers in a row of ``leads``.

    Parameters
    ----------
    row
        JSON values by column; any columns.
    personal
        The columns kept only as present.

    Examples
    --------
    >>> profile_of({"id": "7", "nome": "Ana", "uf": "MG", "orcamento_faixa": None, "hectares": 12})
    {'nome': 1.0, 'uf': 'MG', 'hectares': 12.0}
    """
    answers = {
        column: _answer(value, personal=column in personal)
        for column, value in row.items()
        if column not in NOT_PROFILE
    }
    return {column: answer for column, answer in answers.items() if answer is not None}


def is_sent(row: Mapping[str, Any]) -> bool:
    """Tell whether a lead was sent to a partner: the scorer never writes that status by itself."""
    return bool(row.get("status") == Status.SENT)
