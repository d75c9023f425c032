"""What a currency of Business Central is worth, for the exchange rate that Dataverse keeps of it (reference:
business-central 3.5, business-central-api 12.5).

A row of the list says: so many units of its currency are so many of another one, or where that is blank of the local
currency, which has no row of its own. Business Central knows nothing of the base currency of Dataverse; against that
its rates are needed, so it is told here along with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from shared.errors import Unanswered
from shared.mapping import BUSINESS_CENTRAL, entity
from shared.systems._business_central_pages import READING, place
from shared.systems._client import ODataClient, rows_of
from shared.systems._elsewhere import Elsewhere
from shared.systems._multipart import Part
from shared.systems._odata import encoded, literal

RATES: Final = "currencyExchangeRates"
SETUP: Final = "generalLedgerSetup"
REMEMBERED: Final = timedelta(minutes=10)
"""So long it is not asked again which currency is the local one of a company, and which the base of Dataverse: both are
there before the first entry, and stay.
"""
_NONE: Final = Decimal(0)
_COLUMNS: Final = "id,currencyCode,exchangeRateAmount,relationalCurrencyCode,relationalExchangeRateAmount"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BaseCurrency:
    """The base currency of Dataverse by its ISO code. decimals: with how many new currencies are made there."""

    code: str
    decimals: int | None


@dataclass(slots=True)
class _Worth:
    """How many units of a currency one unit of the local one is, in one company."""

    client: ODataClient
    company: str
    local: str

    async def units(self, code: str, until: str = "") -> Decimal:
        """By the newest row, or the newest that holds on a day. 0 where there is none, or it holds a zero."""
        units, met = Decimal(1), {""}
        while code != self.local and code not in met:
            met.add(code)
            row = await self._row(code, until)
            amount, others = (Decimal(str(row.get(f"{name}Amount") or 0)) for name in _AMOUNTS)
            if not amount or not others:
                return _NONE
            units *= amount / others
            code = row["relationalCurrencyCode"] or self.local
        return units if code == self.local else _NONE

    async def _row(self, code: str, until: str) -> Row:
        """The newest row of a currency; empty if there is none. Many of them travel together."""
        of = entity(BUSINESS_CENTRAL, RATES)
        asked = f"currencyCode eq {literal(code, of.fields['currencyCode'])}"
        asked += f" and startingDate le {until}" if until else ""
        url = f"{place(of, self.company)}?$select={_COLUMNS}&$filter={encoded(asked)}&$orderby=startingDate desc&$top=1"
        answer = await self.client.send(Part("GET", url, READING))
        if answer.status != 200:
            raise self.client.error(answer.status, answer.content)
        (row, *_) = rows_of(answer.row) or [{}]
        if row and row.get("currencyCode") != code:
            raise Unanswered(f"the rate of {code} that was asked for is one of {row.get('currencyCode')}")
        return row


_AMOUNTS: Final = ("exchangeRate", "relationalExchangeRate")


class ExchangeRates:
    """The rates of currencies, as fields of theirs: `rate` and `rateToday` in units for one of the local currency,
    `baseRate` the same of the base currency.

    base: asks Dataverse. As the product does, it takes the newest row where the local currency is the base, be it of
    a day to come, and else that of today; `rateToday` is always that.
    """

    needs: Sequence[str] = ("code",)

    def __init__(self, base: Callable[[], Awaitable[BaseCurrency]], clock: Callable[[], datetime]) -> None:
        self._base, self._clock = base, clock
        self._known: dict[str, tuple[datetime, Any]] = {}

    @property
    def day(self) -> str:
        return self._clock().date().isoformat()

    async def values(
        self, client: ODataClient, company: str, rows: Sequence[Row], names: Collection[str]
    ) -> Sequence[Mapping[str, Any]]:
        base: BaseCurrency = await self._lately("", self._base)
        local = await self.local(client, company)
        worth, newest = _Worth(client, company, local), "" if base.code == local else self.day
        of_base, *of_rows = await asyncio.gather(
            worth.units(base.code, newest) if "baseRate" in names else _nothing(),
            *(self._of(worth, str(row["code"]), newest, names) for row in rows),
        )
        shared = {"baseCurrency": base.code, "baseDecimals": base.decimals, "baseRate": _plain(of_base)}
        return [{name: value for name, value in {**shared, **each}.items() if name in names} for each in of_rows]

    async def local(self, client: ODataClient, company: str) -> str:
        """The code of a company's local currency."""
        found: str = await self._lately(company, lambda: _local(client, company))
        return found

    async def _of(self, worth: _Worth, code: str, newest: str, names: Collection[str]) -> Mapping[str, Any]:
        days = {"rate": newest, "rateToday": self.day}
        asked = [name for name in days if name in names]
        found = await asyncio.gather(*(worth.units(code, days[name]) for name in asked))
        return dict(zip(asked, map(_plain, found), strict=True))

    async def _lately(self, key: str, ask: Callable[[], Awaitable[Any]]) -> Any:
        now = self._clock()
        known = self._known.get(key)
        if known is None or known[0] < now - REMEMBERED:
            known = self._known[key] = (now, await ask())
        return known[1]


class LocalCurrency:
    """The local currency of its company, as a field of each record: what its amounts are in."""

    needs: Sequence[str] = ()
    day = ""

    def __init__(self, rates: ExchangeRates) -> None:
        self._rates = rates

    async def values(
        self, client: ODataClient, company: str, rows: Sequence[Row], names: Collection[str]
    ) -> Sequence[Mapping[str, Any]]:
        local = await self._rates.local(client, company)
        return [dict.fromkeys(names, local) for _ in rows]


def worked_out(base: Callable[[], Awaitable[BaseCurrency]], clock: Callable[[], datetime]) -> Mapping[str, Elsewhere]:
    """By entity, who works out what no page of it shows."""
    rates = ExchangeRates(base, clock)
    return {"currencies": rates, **dict.fromkeys(("items", "itemCards"), LocalCurrency(rates))}


async def _nothing() -> Decimal:
    return _NONE


async def _local(client: ODataClient, company: str) -> str:
    """The code of a company's local currency; empty where it has not said it."""
    of = entity(BUSINESS_CENTRAL, SETUP)
    rows = rows_of(await client.get(f"{place(of, company)}?$select=id,localCurrencyCode"))
    return str(rows[0].get("localCurrencyCode") or "") if rows else ""


def _plain(number: Decimal) -> str:
    return f"{number:f}"
