"""Scores and their reasons, as they are answered."""

from typing import Annotated, Any

from pydantic import Field

from api.schemas.base import LeadId, Probability, ResponseBody, ScorePoints, StatusName, Timestamp


class Reason(ResponseBody):
    """One line of a score's explanation; together they add up to it."""

    fator: str = Field(examples=["Clicou no botão de ação"])
    impacto: float = Field(examples=[20])
    detalhe: str | None = Field(default=None, examples=["1 vez"])
    code: str | None = Field(
        default=None,
        examples=["event:cta_click"],
        description="What the line says, in no language; None on scores of the first release.",
    )
    args: dict[str, float | str] = Field(
        default={},
        examples=[{"count": 1}],
        description="What stands behind it: `count`, `amount`, `answer`, or `points` that are"
        " missing.",
    )


Reasons = Annotated[
    list[Reason],
    Field(
        examples=[
            [
                {
                    "fator": "Completou o questionário",
                    "impacto": 38,
                    "detalhe": "1 vez",
                    "code": "event:hook_complete",
                    "args": {"count": 1},
                },
                {
                    "fator": "Clicou no botão de ação",
                    "impacto": 20,
                    "detalhe": "1 vez",
                    "code": "event:cta_click",
                    "args": {"count": 1},
                },
            ]
        ]
    ),
]
"""What a score is made of."""


class ScoreMeta(ResponseBody):
    """What gave a score."""

    engine: str | None = Field(examples=["galope"])
    model_name: str | None = Field(examples=["galope qualify v3"])
    probability_qualified: Probability | None


class Diagnostics(ScoreMeta):
    """What gave a score, and when."""

    scored_at: Timestamp | None
    meta: dict[str, Any] = Field(examples=[{"model_version": 3, "learned": 120}])


class Score(ResponseBody):
    """A lead's live score, its reasons, and where it comes from."""

    score: ScorePoints | None
    status: StatusName
    motivos: Reasons
    meta: ScoreMeta
    diagnostics: Diagnostics


class LeadDiagnostics(ResponseBody):
    """Where a lead's stored score comes from."""

    lead_id: LeadId
    score: ScorePoints | None
    status: StatusName
    diagnostics: Diagnostics
