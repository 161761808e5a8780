"""Customers: what they bought, what kind they are, and what they will buy."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BeforeValidator

from api.access import Viewer
from api.dependencies import Services, ServicesDep
from api.docs import refuses
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.customers import (
    ClientHistory,
    Clients,
    ClientSummary,
    ContactsEvolution,
    Distribution,
    Geo,
    Kpis,
    Recommendations,
    TopRisk,
)
from api.schemas.parameters import Given, LeadSearchQuery, OffsetQuery, UfQuery, clipped
from api.services.customers import Customer, Market, Standing
from api.texts import Text
from domain.attributes import folded_label
from domain.catalogue import Catalogue, catalogue
from domain.customers.advice import advice_for
from domain.rules import CONTACT, CONTACT_NOTE

router = APIRouter(prefix="/api", tags=["customers"])

PAGE = 500
"""Customers of a page, at the most: the intervals of each are drawn."""

NO_CUSTOMER = refuses(404, Text.CUSTOMER_NOT_FOUND)

TopQuery = Annotated[int, BeforeValidator(clipped(1, 100, 10)), Query(description="How many.")]


class Sort(StrEnum):
    """By what customers are listed."""

    VALUE = "value"
    AT_STAKE = "atStake"
    SPENT = "spent"
    ORDERS = "orders"
    LAST_ORDER = "lastOrder"
    NAME = "name"


class Dimension(StrEnum):
    """By what customers, or open alerts, and money are spread."""

    FAMILY = "family"
    SEGMENT = "segment"
    URGENCY = "urgency"


async def _market(services: Services) -> Market:
    return await services.customers.now((await services.policy()).customer_segments)


async def _clients(
    services: Services, market: Market, standings: Sequence[Standing]
) -> list[dict[str, Any]]:
    """Return customers as they are answered, with intervals."""
    words = catalogue(services.settings.language)
    clients = [_client(one, words) for one in standings]
    ends = await market.intervals(standings)
    if ends is not None:
        for client, bounds in zip(clients, zip(*ends, strict=True), strict=True):
            low, high, least, most = map(float, bounds)
            client["forecast"] |= {
                "ordersLow": low, "ordersHigh": high, "valueLow": least, "valueHigh": most,
            }  # fmt: skip
    return clients


def _client(standing: Standing, words: Catalogue) -> dict[str, Any]:
    customer, forecast = standing.customer, standing.forecast
    return {
        "leadId": customer.lead_id,
        "name": customer.name,
        "uf": customer.uf,
        "city": customer.city,
        "segment": standing.segment,
        "segmentText": words.segment(standing.segment),
        "orders": customer.orders,
        "firstOrder": customer.first,
        "lastOrder": customer.last,
        "daysSince": standing.days,
        "spent": customer.spent,
        "returned": customer.returned,
        "forecast": forecast
        and {
            "chance": forecast.chance,
            "orders": forecast.orders,
            "value": forecast.value,
            "atStake": forecast.at_stake,
        },
    }


def _key(standing: Standing, sort: Sort) -> tuple[Any, ...]:
    """Return by what a customer is sorted: the most first, names from A; the id tells equals."""
    customer, forecast = standing.customer, standing.forecast
    by: Any = {
        Sort.VALUE: -(forecast.value if forecast else customer.spent),
        Sort.AT_STAKE: -(forecast.at_stake if forecast else 0.0),
        Sort.SPENT: -customer.spent,
        Sort.ORDERS: -customer.orders,
        Sort.LAST_ORDER: -customer.last.toordinal(),
        Sort.NAME: folded_label(customer.name),
    }[sort]
    return by, str(customer.lead_id)


@router.get("/clients", response_model=Clients, summary="Whoever has bought")
async def clients(
    services: ServicesDep,
    _: Viewer,
    q: LeadSearchQuery = None,
    segment: Annotated[str | None, Given, Query(examples=["at_risk"])] = None,
    uf: UfQuery = None,
    sort: Sort = Sort.VALUE,
    limit: Annotated[
        int, BeforeValidator(clipped(1, PAGE, 100)), Query(description=f"At most {PAGE}.")
    ] = 100,
    offset: OffsetQuery = 0,
) -> JsonResponse:
    """Return a page of customers with their segment and what they will buy in 12 months.

    `q` is part of a name or city. Until forecasts are fitted, `value` sorts by what was spent.
    """
    market = await _market(services)
    wanted = folded_label(q or "")
    found = [
        one
        for one in market.standings.values()
        if (segment is None or one.segment == segment)
        and (uf is None or one.customer.uf == uf.upper())
        and wanted in folded_label(f"{one.customer.name} {one.customer.city or ''}")
    ]
    found.sort(key=lambda one: _key(one, sort))
    items = await _clients(services, market, found[offset : offset + limit])
    return JsonResponse({"total": len(found), "items": items})


async def _standing(services: Services, lead_id: UUID) -> tuple[Market, Standing]:
    market = await _market(services)
    standing = market.standings.get(lead_id)
    if standing is None:
        raise ApiError(404, Text.CUSTOMER_NOT_FOUND)
    return market, standing


def _families(customer: Customer) -> list[dict[str, Any]]:
    whole = sum(customer.families.values()) or 1.0
    spent = sorted(customer.families.items(), key=lambda one: (-one[1], one[0]))
    return [{"family": name, "spent": money, "share": money / whole} for name, money in spent]


def _advice(market: Market, standing: Standing, words: Catalogue) -> dict[str, Any]:
    advice = advice_for(standing.segment)
    return {
        "advice": advice,
        "adviceText": words.words["customer_advice"][advice],
        "nextFamily": market.companions.next_for(standing.customer.families),
    }


@router.get("/clients/{lead_id}/summary", response_model=ClientSummary, summary="A customer",
            responses=NO_CUSTOMER)  # fmt: skip
async def summary(lead_id: UUID, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return a customer: segment, rhythm, families, what it will buy, and what to do for it."""
    market, standing = await _standing(services, lead_id)
    customer, words = standing.customer, catalogue(services.settings.language)
    (client,) = await _clients(services, market, [standing])
    gap = customer.gap
    due = None if gap is None else date.fromordinal(customer.last.toordinal() + round(gap))
    return JsonResponse(
        {
            **client,
            "usualGap": gap,
            "dueOn": due,
            "families": _families(customer),
            **_advice(market, standing, words),
            "fit": market.fitted and market.fitted.told,
        }
    )


@router.get("/clients/{lead_id}/history", response_model=ClientHistory,
            summary="What a customer bought by month", responses=NO_CUSTOMER)  # fmt: skip
async def history(
    lead_id: UUID,
    services: ServicesDep,
    _: Viewer,
    months: Annotated[
        int, BeforeValidator(clipped(1, 120, 24)), Query(description="Up to this one.")
    ] = 24,
) -> JsonResponse:
    """Return orders, money and families of the last months, and what came back."""
    market, _standing_now = await _standing(services, lead_id)
    newest = market.today.year * 12 + market.today.month - 1
    names = [
        f"{month // 12:04}-{month % 12 + 1:02}" for month in range(newest - months + 1, newest + 1)
    ]
    since = date.fromisoformat(f"{names[0]}-01")
    rows = await services.database.fetch(
        "orders_by_month", lead_id, services.settings.timezone, since
    )
    by_month: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_month[row["month"]].append(row)
    return JsonResponse(
        {"leadId": lead_id, "months": [_month(name, by_month[name]) for name in names]}
    )


def _month(name: str, rows: Sequence[Any]) -> dict[str, Any]:
    spent: dict[str, float] = defaultdict(float)
    for row in rows:
        if row["days"]:
            spent[folded_label(row["family"])] += row["spent"]
    return {
        "month": name,
        "orders": len({day for row in rows for day in row["days"] or ()}),
        "spent": sum(spent.values()),
        "returned": sum(row["returned"] for row in rows),
        "families": [{"family": family, "spent": money} for family, money in sorted(spent.items())],
    }


async def _contacts(services: Services, days: int) -> list[dict[str, Any]]:
    converts = sorted((await services.policy()).head.converts)
    rows = await services.database.fetch(
        "contacts_by_day", services.settings.timezone, days, CONTACT_NOTE, converts, CONTACT
    )
    return [dict(row) for row in rows]


@router.get("/contacts-evolution", response_model=ContactsEvolution, summary="Contacts by day")
async def contacts_evolution(
    services: ServicesDep,
    _: Viewer,
    days: Annotated[int, BeforeValidator(clipped(1, 365, 30)), Query(description="Up to today.")]
    = 30,
) -> JsonResponse:  # fmt: skip
    """Return how many leads were contacted on each day, and how many then said yes."""
    return JsonResponse({"items": await _contacts(services, days)})


@router.get("/kpis", response_model=Kpis, summary="How the trade with customers stands")
async def kpis(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return how many customers there are and are at risk, and what contacts bring."""
    market = await _market(services)
    everybody = list(market.standings.values())
    forecasts = [one.forecast for one in everybody if one.forecast]
    at_risk = [one.forecast for one in everybody if one.is_at_risk and one.forecast]
    days = await _contacts(services, 90)
    contacts = sum(day["contacts"] for day in days)
    converted = sum(day["converted"] for day in days)
    alerts = (await _urgencies(services)).values()
    return JsonResponse(
        {
            "customers": len(everybody),
            "atRiskCustomers": len(at_risk) if market.fitted else None,
            "valueAtStake": sum(one.at_stake for one in at_risk) if market.fitted else None,
            "expectedValue": sum(one.value for one in forecasts) if market.fitted else None,
            "openAlerts": sum(count for count, _ in alerts),
            "moneyAtStake": sum(money for _, money in alerts),
            "contactsThisWeek": sum(day["contacts"] for day in days[-7:]),
            "contacts": contacts,
            "contactsConverted": converted,
            "contactConversion": converted / contacts if contacts else None,
        }
    )


@router.get("/distribution/{dimension}", response_model=Distribution,
            summary="How customers, alerts and money are spread",
            responses=refuses(404, Text.DIMENSION_NOT_FOUND))  # fmt: skip
async def distribution(dimension: str, services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return customers and money by `family` of products or `segment`, open alerts by `urgency`."""
    if dimension not in set(Dimension):
        raise ApiError(404, Text.DIMENSION_NOT_FOUND)
    if dimension == Dimension.URGENCY:
        parts = await _urgencies(services)
    else:
        parts = await _parts(services, Dimension(dimension))
    words = catalogue(services.settings.language)
    whole = sum(money for _, money in parts.values()) or 1.0
    items = [
        {
            "name": name,
            "text": _part(words, Dimension(dimension), name),
            "count": count,
            "money": money,
            "share": money / whole,
        }
        for name, (count, money) in parts.items()
    ]
    return JsonResponse({"dimension": dimension, "items": items})


def _part(words: Catalogue, dimension: Dimension, name: str) -> str:
    """Return a part's name in words."""
    if dimension is Dimension.SEGMENT:
        return words.segment(name)
    return words.words["urgency"][name] if dimension is Dimension.URGENCY else name


async def _parts(services: Services, dimension: Dimension) -> dict[str, tuple[int, float]]:
    """Return customers and what they spent, by family or segment."""
    spent: dict[str, list[float]] = defaultdict(list)
    policy = await services.policy()
    if dimension is Dimension.SEGMENT:
        spent |= {segment.name: [] for segment in policy.customer_segments}
    for one in (await _market(services)).standings.values():
        by_segment = {one.segment: one.customer.spent}
        of = by_segment if dimension is Dimension.SEGMENT else one.customer.families
        for name, money in of.items():
            spent[name].append(money)
    parts = {name: (len(money), sum(money)) for name, money in spent.items()}
    if dimension is Dimension.SEGMENT:
        return parts
    return dict(sorted(parts.items(), key=lambda part: (-part[1][1], part[0])))


async def _urgencies(services: Services) -> dict[str, tuple[int, float]]:
    """Return open alerts and the money at stake, by how soon it is lost."""
    rows = await services.database.fetch("alert_urgency")
    return {row["name"]: (row["count"], row["money"]) for row in rows}


@router.get("/geo", response_model=Geo, summary="Customers by state")
async def geo(services: ServicesDep, _: Viewer) -> JsonResponse:
    """Return customers, those at risk, and money by state."""
    market = await _market(services)
    states: dict[str | None, list[Standing]] = defaultdict(list)
    for one in market.standings.values():
        states[one.customer.uf].append(one)
    items: list[dict[str, Any]] = [
        {
            "uf": uf,
            "customers": len(of),
            "atRiskCustomers": sum(one.is_at_risk for one in of),
            "spent": sum(one.customer.spent for one in of),
            "expectedValue": sum(one.forecast.value for one in of if one.forecast)
            if market.fitted
            else None,
        }
        for uf, of in states.items()
    ]
    items.sort(key=lambda item: -item["spent"])
    return JsonResponse({"items": items})


@router.get("/top-risk", response_model=TopRisk, summary="Whose loss would cost the most")
async def top_risk(services: ServicesDep, _: Viewer, n: TopQuery = 10) -> JsonResponse:
    """Return customers at risk, the most money at stake first; nobody until one is fitted."""
    market = await _market(services)
    at_risk = [one for one in market.standings.values() if one.is_at_risk]
    at_risk.sort(key=lambda one: _key(one, Sort.AT_STAKE))
    return JsonResponse({"items": await _clients(services, market, at_risk[:n])})


@router.get("/recommendations", response_model=Recommendations, summary="What to do for whom")
async def recommendations(services: ServicesDep, _: Viewer, n: TopQuery = 10) -> JsonResponse:
    """Return customers with what to do for each, the most money at stake or expected first."""
    market = await _market(services)
    words = catalogue(services.settings.language)

    def worth(one: Standing) -> tuple[float, str]:
        forecast = one.forecast
        money = max(forecast.at_stake, forecast.value) if forecast else one.customer.spent
        return -money, str(one.customer.lead_id)

    first = sorted(market.standings.values(), key=worth)[:n]
    items = await _clients(services, market, first)
    advised = [
        client | _advice(market, standing, words)
        for client, standing in zip(items, first, strict=True)
    ]
    return JsonResponse({"items": advised})
