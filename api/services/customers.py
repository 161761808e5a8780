"""Customers as they are now: read again where they bought something, and valued by the last fit."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
import orjson

from api.services.database import Database
from domain.attributes import folded_label
from domain.customers.families import Companions
from domain.customers.segments import Segment, segment_of
from online_models.customer_value import Bought, Interval, ValueModel
from postgres.settings import Settings

FRESH_S = 5.0
"""Seconds for which what was read counts."""

YEAR = 365
"""Days of which it is told what a customer will buy."""

SEED = 7
"""Of the futures that are drawn: the same customer has the same interval whenever it is asked."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who has bought; purchases of one day are one order."""

    lead_id: UUID
    name: str
    uf: str | None
    city: str | None
    orders: int
    first: date
    last: date
    spent: float
    returned: float
    families: Mapping[str, float]
    """Money by family; under the empty name what has none."""

    @property
    def gap(self) -> float | None:
        """The usual days between two orders; None before there are two."""
        return (self.last - self.first).days / (self.orders - 1) if self.orders > 1 else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a customer will buy within a year, and the money that is lost if it has left."""

    chance: float
    orders: float
    value: float
    at_stake: float


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer as of today; without a forecast while nothing is fitted."""

    customer: Customer
    segment: str
    days: int
    """Since the last order."""
    forecast: Forecast | None

    @property
    def is_at_risk(self) -> bool:
        """Whether somebody who bought more than once likelier buys nothing within a year."""
        forecast = self.forecast
        return forecast is not None and self.customer.orders > 1 and forecast.chance < 0.5  # noqa: PLR2004 - one half


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model that values customers, and what is told of it."""

    model: ValueModel
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Market:
    """All customers at one moment."""

    today: date
    standings: Mapping[UUID, Standing] = field(default_factory=dict)
    fitted: Fitted | None = None

    @property
    def companions(self) -> Companions:
        """Which families are bought by the same customers."""
        return Companions(
            [name for name in one.customer.families if name] for one in self.standings.values()
        )

    async def count(self, segments: Sequence[Segment]) -> Mapping[str, int]:
        """Return how many customers each segment would have by other bounds."""
        customers = [one.customer for one in self.standings.values()]
        return Counter(await asyncio.to_thread(_kinds, customers, self.today, segments))

    async def intervals(self, standings: Sequence[Standing]) -> Interval | None:
        """Return the bounds of what these customers will buy; None while nothing is fitted."""
        if self.fitted is None or not standings:
            return None
        bought = _bought([one.customer for one in standings], self.today)
        return await asyncio.to_thread(self.fitted.model.interval, bought, YEAR, SEED)


class Customers:
    """Whoever has bought, read again every few seconds at the most.

    Parameters
    ----------
    database
        Where they are.
    settings
        Name the zone, by which purchases of one day are one order.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._known: dict[UUID, tuple[str, asyncpg.Record]] = {}
        self._market = Market(date.min)
        self._by: tuple[Segment, ...] = ()
        self._read_at = -FRESH_S
        self._reading = asyncio.Lock()

    async def now(self, segments: tuple[Segment, ...]) -> Market:
        """Return all customers, told apart by these bounds."""
        async with self._reading:
            if monotonic() - self._read_at >= FRESH_S or segments != self._by:
                self._market = await self._read(segments)
                self._by, self._read_at = segments, monotonic()
            return self._market

    async def _read(self, segments: Sequence[Segment]) -> Market:
        rows = await self._database.fetch("customers")
        stale = [
            row["lead_id"]
            for row in rows
            if self._known.get(row["lead_id"], ("",))[0] != row["amounts"]
        ]
        zone = self._settings.timezone
        orders = await self._database.fetch("customers_orders", stale, zone) if stale else []
        bought = {row["lead_id"]: row for row in orders}
        self._known = {
            row["lead_id"]: (row["amounts"], of)
            for row in rows
            if (of := bought.get(row["lead_id"]) or self._known.get(row["lead_id"], ("", None))[1])
        }
        customers = [
            _customer(row, self._known[row["lead_id"]][1])
            for row in rows
            if row["lead_id"] in self._known
        ]
        fitted = await self._database.fetchrow("value_model")
        today = datetime.now(self._settings.zone).date()
        return await asyncio.to_thread(_market, customers, fitted, today, segments)


def _customer(row: asyncpg.Record, orders: asyncpg.Record) -> Customer:
    families: dict[str, float] = {}
    for name, spent in orjson.loads(orders["families"]).items():
        folded = folded_label(name)
        families[folded] = families.get(folded, 0.0) + spent
    return Customer(
        row["lead_id"],
        row["nome"],
        row["uf"],
        row["cidade"],
        orders["orders"],
        orders["first"],
        orders["last"],
        orders["spent"],
        orders["returned"],
        families,
    )


def _bought(customers: Sequence[Customer], today: date) -> Bought:
    table = [
        (one.orders, (one.last - one.first).days, (today - one.first).days, one.spent / one.orders)
        for one in customers
    ]
    return Bought(*np.array(table, dtype=np.float64).reshape(-1, 4).T)


def _market(
    customers: Sequence[Customer],
    row: asyncpg.Record | None,
    today: date,
    segments: Sequence[Segment],
) -> Market:
    fitted = row and Fitted(
        ValueModel.from_json(orjson.loads(row["model"])),
        {
            "fittedAt": row["fitted_at"],
            "customers": row["customers"],
            "heldOut": orjson.loads(row["held_out"] or "null"),
        },
    )
    kinds = _kinds(customers, today, segments)
    forecasts = _forecasts(customers, fitted.model, today) if fitted and customers else ()
    standings = {}
    for place, (one, kind) in enumerate(zip(customers, kinds, strict=True)):
        forecast = forecasts[place] if forecasts else None
        standings[one.lead_id] = Standing(one, kind, (today - one.last).days, forecast)
    return Market(today, standings, fitted or None)


def _kinds(
    customers: Sequence[Customer], today: date, segments: Sequence[Segment]
) -> Sequence[str]:
    """Return the segment of each customer."""
    average = sum(one.spent for one in customers) / max(len(customers), 1) or 1.0
    return [
        segment_of((today - one.last).days, one.orders, one.spent / average, segments)
        for one in customers
    ]


def _forecasts(customers: Sequence[Customer], model: ValueModel, today: date) -> Sequence[Forecast]:
    bought = _bought(customers, today)
    chance, orders = model.chance(bought, YEAR), model.expected(bought, YEAR)
    value = orders * model.mean_order(bought)
    # Who has not bought for a year is lost already, and takes no money along.
    yearly = bought.orders * bought.mean / np.maximum(bought.age, YEAR) * YEAR
    at_stake = yearly * (1.0 - chance) * (bought.age - bought.span <= YEAR)
    rows = zip(chance.tolist(), orders.tolist(), value.tolist(), at_stake.tolist(), strict=True)
    return [Forecast(*row) for row in rows]
