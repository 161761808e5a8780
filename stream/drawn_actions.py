"""The action that is drawn for a lead, where the team has actions learned."""

from uuid import UUID

import orjson

from domain.actions import missing_for
from domain.allowed_actions import allowed_actions
from domain.features import features
from domain.scoring import Scored
from stream.batch import BatchBuilder
from stream.cache import Cache, CachedLead
from stream.reads import Leads
from stream.writeback import SUGGEST, suggestion


async def read_decisions(leads: Leads, cache: Cache, builder: BatchBuilder) -> None:
    """Bring in what was drawn for a batch's leads before they were cached, and may stand."""
    if builder.choice is None:
        return
    cached = ((lead_id, cache.get(lead_id)) for lead_id in builder.work.causes)
    unread = {lead_id: lead for lead_id, lead in cached if lead and not lead.decision_read}
    if not unread:
        return
    found = await leads.decisions(list(unread))
    for lead_id, lead in unread.items():
        lead.decision, lead.decision_read = found.get(lead_id), True


def drawn(
    lead_id: UUID,
    lead: CachedLead,
    scored: Scored,
    builder: BatchBuilder,
    as_of: float,
    between: float,
) -> Scored:
    """Return a scoring with the action that is drawn for the lead, if there is a choice.

    None is where nobody would read it: where people keep what is next, or have it blank. What is
    drawn is due when the rules' suggestion is, so that neglect shows, whatever was drawn.

    Parameters
    ----------
    lead_id, lead
        The lead; it keeps the draw.
    scored
        Its scoring, with what the rules suggest.
    builder
        Of the batch, which keeps how it was drawn.
    as_of
        The moment of scoring, in seconds since 1970.
    between
        Seconds that are between two contacts at the least.
    """
    state, suggested, confirmations = lead.state, scored.action, scored.confirmations
    if builder.choice is None or suggestion(state, scored.status) != SUGGEST:
        return scored
    allowed = allowed_actions(state, suggested.action, confirmations, as_of, between)
    if len(allowed) == 1:
        return scored
    decision = lead.decision
    if decision is None or not decision.stands(suggested.action, allowed, as_of):
        values, arm = features(state, as_of, builder.card.directions), None
        if builder.choice.learned and builder.experiments.actions:
            arm = builder.serve(builder.experiments.actions, lead_id, scored.score)
        decision = builder.choice.decide(lead_id, values, allowed, suggested.action, as_of, arm)
        builder.batch.decisions[lead_id] = orjson.dumps(decision.to_json(values)).decode()
        lead.decision, lead.decision_read = decision, True
    action = decision.draw.action
    missing = missing_for(action, confirmations)
    return scored._replace(
        action=suggested._replace(action=action, missing=missing, draw=decision.draw)
    )
