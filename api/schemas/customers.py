"""Customers as they are answered: who they are, what they bought, and what they will buy."""

from datetime import date
from typing import Annotated

from pydantic import Field

from api.schemas.base import CamelBody, LeadId, RequestBody, Timestamp
from api.schemas.policy import DECIDED, CustomerSegments

SegmentName = Annotated[str, Field(examples=["champions"])]
SegmentText = Annotated[str, Field(examples=["Campeões"])]
Money = Annotated[float, Field(examples=[18_450.0])]
Share = Annotated[float, Field(examples=[0.62])]
Count = Annotated[int, Field(examples=[14])]
Family = Annotated[str, Field(examples=["ração"])]


class Forecast(CamelBody):
    """What a customer will buy within the next 12 months."""

    chance: Share = Field(description="Of any order.")
    orders: float = Field(examples=[8.3], description="Expected.")
    value: Money = Field(description="Expected, in the team's money.")
    at_stake: Money = Field(
        description="What it spent a year, times the chance that it buys nothing; 0 for those who"
        " have bought nothing for a year."
    )
    orders_low: float = Field(examples=[4], description="With `ordersHigh`, an interval of 80 %.")
    orders_high: float = Field(examples=[13])
    value_low: Money
    value_high: Money


class Client(CamelBody):
    """Somebody who has bought; purchases of one day are one order."""

    lead_id: LeadId
    name: str = Field(examples=["Helena Prado"])
    uf: str | None = Field(examples=["MG"])
    city: str | None = Field(examples=["Uberaba"])
    segment: SegmentName
    segment_text: SegmentText
    orders: Count
    first_order: date = Field(examples=["2025-02-10"])
    last_order: date = Field(examples=["2026-04-28"])
    days_since: int = Field(examples=[6], description="Since the last order.")
    spent: Money
    returned: Money = Field(description="What came back, as money above zero.")
    forecast: Forecast | None = Field(description="Null until `offline.value` has fitted one.")


class Clients(CamelBody):
    """A page of customers."""

    total: int = Field(examples=[240], description="Of all pages.")
    items: list[Client]


class FamilyShare(CamelBody):
    """What was bought of a family of products."""

    family: Family = Field(description="Empty for what has none.")
    spent: Money
    share: Share


class HeldOut(CamelBody):
    """What was foretold of the newest days from what was before, and what came."""

    days: int = Field(examples=[90])
    customers: Count
    orders_expected: float = Field(examples=[412.0])
    orders: float = Field(examples=[430.0])
    value_expected: Money
    value: Money


class FitTold(CamelBody):
    """Of whom and when forecasts were fitted."""

    fitted_at: Timestamp
    customers: Count
    held_out: HeldOut | None = Field(description="Null where there was too little before.")


class ClientSummary(Client):
    """A customer, whole."""

    usual_gap: float | None = Field(
        examples=[31.5], description="Days between two orders; null before there are two."
    )
    due_on: date | None = Field(
        examples=["2026-05-29"], description="When the next order is usual."
    )
    families: list[FamilyShare] = Field(description="The most bought first.")
    next_family: Family | None = Field(
        description="What customers who buy the same buy too, and this one does not."
    )
    advice: str = Field(examples=["thank"])
    advice_text: str = Field(examples=["Agradecer e pedir uma indicação"])
    fit: FitTold | None


class FamilySpent(CamelBody):
    """What was bought of a family in a month."""

    family: Family
    spent: Money


class Month(CamelBody):
    """What a customer bought in one month."""

    month: str = Field(examples=["2026-04"])
    orders: Count = Field(description="Days with a purchase.")
    spent: Money
    returned: Money
    families: list[FamilySpent]


class ClientHistory(CamelBody):
    """What a customer bought by month, the oldest first; months of nothing are there too."""

    lead_id: LeadId
    months: list[Month]


class Kpis(CamelBody):
    """How the trade with customers stands."""

    customers: Count
    at_risk_customers: int | None = Field(
        examples=[9],
        description="Bought more than once, and likelier buy nothing within a year; null until a"
        " forecast is fitted.",
    )
    value_at_stake: Money | None = Field(description="Of them, what `atStake` adds up to.")
    expected_value: Money | None = Field(description="Of all within the next 12 months.")
    open_alerts: int = Field(examples=[17], description="That nobody hid.")
    money_at_stake: Money = Field(description="Of them.")
    contacts_this_week: Count = Field(description="In the last 7 days.")
    contacts: int = Field(examples=[180], description="In the last 90 days.")
    contacts_converted: int = Field(
        examples=[41],
        description="Of these, answered yes within 30 days, by a purchase or what the primary head"
        " counts.",
    )
    contact_conversion: Share | None = Field(description="Null where nobody was contacted.")


class Portion(CamelBody):
    """One part of a whole."""

    name: str = Field(examples=["ração"])
    text: str = Field(examples=["ração"])
    count: Count = Field(description="Customers; by urgency, open alerts.")
    money: Money = Field(description="Spent; by urgency, at stake.")
    share: Share = Field(description="Of the money.")


class Distribution(CamelBody):
    """How customers, or open alerts, and money are spread."""

    dimension: str = Field(examples=["family"])
    items: list[Portion] = Field(
        description="Families by the most money; the others in their order."
    )


class TriedSegments(RequestBody):
    """Bounds of segments, as `customer_segments` in `PUT /admin/policy` has them."""

    segments: CustomerSegments = Field(examples=[DECIDED["customer_segments"]])


class SegmentCount(CamelBody):
    """How many customers a segment would have."""

    name: str = Field(examples=["champions"])
    text: str = Field(examples=["Campeões"])
    count: Count


class SegmentCounts(CamelBody):
    """How many customers each segment would have, in their order."""

    items: list[SegmentCount]


class State(CamelBody):
    """Customers of one state."""

    uf: str | None = Field(examples=["MG"])
    customers: Count
    at_risk_customers: int = Field(examples=[9])
    spent: Money
    expected_value: Money | None


class Geo(CamelBody):
    """Customers by state, the most money first."""

    items: list[State]


class TopRisk(CamelBody):
    """Customers whose loss would cost the most, and is likely."""

    items: list[Client]


class ContactsOfDay(CamelBody):
    """Contacts of one day."""

    day: date = Field(examples=["2026-05-04"])
    contacts: Count
    converted: int = Field(examples=[3], description="Answered yes within 30 days, so far.")


class ContactsEvolution(CamelBody):
    """Contacts by day, the oldest first; days without are there too."""

    items: list[ContactsOfDay]


class Recommendation(Client):
    """A customer, and what to do for it."""

    advice: str = Field(examples=["offer_more"])
    advice_text: str = Field(examples=["Oferecer o que ainda não compra aqui"])
    next_family: Family | None


class Recommendations(CamelBody):
    """What to do for whom, where the most money depends on it."""

    items: list[Recommendation]
