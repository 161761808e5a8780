"""What may be recommended for a lead: what a team may not do is no preference to be learned."""

from domain.actions import QUIET_AFTER, Action, Channel, channel_for
from domain.bands import Confirmation
from domain.rules import IN_TOUCH
from domain.state import LeadState

HELD = frozenset({Action.HANDOFF, Action.FOLLOW_UP})
"""Actions that the lead's place decides: nothing else is to be done there."""

TURNED_TO = IN_TOUCH | {"invalid_contact"}
"""Events that happen only where somebody turned to the lead."""

SAYS_NO = "lost_interest"
"""After this event the rules alone say what is next."""


def allowed_actions(
    state: LeadState,
    suggested: Action,
    confirmations: frozenset[Confirmation],
    now: float,
    between: float,
) -> list[Action]:
    """Return what may be recommended: what the rules suggest, and what else is allowed; sorted.

    A lead that was passed on, or is ready to be, has one action. So has whoever left no way to be
    reached, said no, or was in touch with the team so lately that it is left alone. Only what is
    not confirmed is asked for, only who did something lately is replied to, and only who is quiet
    is woken.

    Parameters
    ----------
    state, confirmations
        The lead as it was just scored.
    suggested
        What the rules suggest.
    now
        The moment of scoring, in seconds since 1970.
    between
        Seconds that are between two contacts at the least.
    """
    touched_at = state.last_of(TURNED_TO)
    if (
        suggested in HELD
        or channel_for(state) is Channel.SITE
        or SAYS_NO in state.tallies
        or (touched_at is not None and now - touched_at < between)
    ):
        return [suggested]
    allowed = {suggested, Action.NURTURE}
    if len(confirmations) < len(Confirmation):
        allowed.add(Action.CONFIRM)
    if state.moved is not None:
        quiet = now - state.moved
        allowed.add(Action.REACTIVATE if quiet >= QUIET_AFTER else Action.REPLY)
    return sorted(allowed)
