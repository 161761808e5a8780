"""Heads beside the primary one, with models that read all that a lead of the benches has."""

from collections.abc import Sequence

import orjson

from domain.features import (
    HOURS_BETWEEN,
    HOURS_KNOWN,
    HOURS_QUIET,
    LONG_AGO,
    answer_feature,
    event_features,
)
from domain.heads import Anchor, Head
from domain.policy import OURS, Policy
from domain.scorecard import Scale
from domain.state import DAY
from online_models.model import Basis, LeadModel
from online_models.rationale import Rationale
from online_models.spline_features import step
from postgres.connect import Connection
from postgres.model_registry import keep_model, make_champion

EVENTS = ("page_view", "hook_complete", "cta_click", "whatsapp_click", "asked_price",
          "budget_confirmed")  # fmt: skip
"""Event types of the benches' leads."""

ANSWERS = {
    "uf": ("MG", "SP", "GO", "BA"),
    "segmento_interesse": ("CAVALOS", "SERVICOS", "EVENTOS", "EQUIPAMENTOS"),
    "orcamento_faixa": ("0-5k", "5k-20k", "20k-60k", "60k+"),
    "prazo_compra": ("7d", "30d", "90d"),
}
"""Their answers."""


def others(count: int) -> tuple[Head, ...]:
    """Return so many rolling heads."""
    return tuple(
        Head(f"other_{n}", frozenset({EVENTS[-n % len(EVENTS)]}), frozenset(), 90 * DAY,
             Anchor.ROLLING)
        for n in range(1, count + 1)
    )  # fmt: skip


def model(policy: Policy) -> LeadModel:
    """Return a model of the size of a trained one, four knots a number, which moves with time."""
    knots: dict[str, tuple[float, ...]] = {
        HOURS_KNOWN: (0.0, 4.0, 6.0, LONG_AGO),
        HOURS_QUIET: (0.0, 4.0, 6.0, LONG_AGO),
        HOURS_BETWEEN: (0.0, 2.0, 4.0, 6.0),
    }
    for event_type in EVENTS:
        names = event_features(event_type)
        knots |= {names.total: (0.0, 0.7, 1.4, 2.1), names.recent: (0.0, 0.3, 0.7, 1.4)}
    for column, answers in ANSWERS.items():
        knots |= {answer_feature(column, answer)[0]: (0.0, 1.0) for answer in answers}
    weights = {
        step(feature, knot): 0.1 + 0.01 * place
        for place, (feature, at) in enumerate(knots.items())
        for knot in range(1, len(at))
    }
    return LeadModel.warm_start(Basis(knots, (), policy.directions), weights, -3.0, Scale())


async def ask(connection: Connection, decide: str, heads: Sequence[Head], **decided: float) -> None:
    """Have the team ask these heads beside the primary one, each with a model.

    Parameters
    ----------
    connection
        Where.
    decide
        The statement that stores a decision.
    heads
        Which.
    decided
        What else the team decides.
    """
    wanted = {"others": [head.to_json() for head in heads], **decided}
    async with connection.transaction():
        await connection.execute(decide, orjson.dumps(wanted).decode())
        for head in heads:
            policy = OURS.having(wanted).asking(head.name)
            why = Rationale("a bench's", {})
            version = await keep_model(connection, head.name, model(policy), why)
            await make_champion(connection, head.name, version, why)


async def declare(connection: Connection, decide: str, count: int, **decided: float) -> None:
    """Have the team ask so many heads beside the primary one, as `ask` does."""
    await ask(connection, decide, others(count), **decided)
