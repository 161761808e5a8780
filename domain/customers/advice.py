"""What to do for a customer, by its segment."""

ADVICE = {
    "champions": "thank",
    "loyal": "offer_more",
    "promising": "second_order",
    "at_risk": "win_back",
    "hibernating": "reactivate",
    "lost": "ask_why",
}
"""By segment; the catalogues have words for each under ``customer_advice``."""

OTHERWISE = "keep_in_touch"
"""For segments that the team named."""


def advice_for(segment: str) -> str:
    """Return what to do, as a code.

    Examples
    --------
    >>> advice_for("at_risk"), advice_for("ours")
    ('win_back', 'keep_in_touch')
    """
    return ADVICE.get(segment, OTHERWISE)
