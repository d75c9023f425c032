"""Bodies of answers: rows with their versions, and what `$expand` brings along."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from tests.emulator.business_central import views
from tests.emulator.business_central.environment import Company, Environment
from tests.emulator.business_central.exchange import Exchange
from tests.emulator.business_central.filters import EVERYTHING, compiled
from tests.emulator.business_central.informing import information
from tests.emulator.business_central.options import Expansion, expansions, number, selection
from tests.emulator.business_central.refusal import bad_request
from tests.emulator.business_central.schema import Page, pages
from tests.emulator.business_central.store import Row
from tests.emulator.business_central.values import json_text
from tests.emulator.wire import Answer

JSON: Final = {"content-type": "application/json; odata.metadata=minimal; odata.streaming=true"}


class Documents:
    """Writes rows as the caller asked for them."""

    def __init__(self, environment: Environment, exchange: Exchange, company: Company) -> None:
        self.environment = environment
        self.exchange = exchange
        self.company = company

    def one(self, page: Page, row: Row, status: int = 200) -> Answer:
        """A row."""
        context = json.dumps(f"{self._context(page)}/$entity")
        text = self.row(page, row, self.exchange.options)
        headers = {**JSON, "etag": views.etag(self.company, page, row)}
        if status == 201:
            headers["location"] = f"{self.exchange.base}/companies({self.company.id})/{page.name}({row.id})"
        return Answer(status, headers, f'{{"@odata.context":{context},{text[1:]}'.encode())

    def many(self, page: Page, rows: Sequence[Row], count: int | None, link: str) -> Answer:
        """A page of rows."""
        found = ",".join(self.row(page, row, self.exchange.options) for row in rows)
        total = f'"@odata.count":{count},' if count is not None else ""
        following = f',"@odata.nextLink":{json.dumps(link)}' if link else ""
        context = json.dumps(self._context(page))
        return Answer(200, JSON, f'{{"@odata.context":{context},{total}"value":[{found}]{following}}}'.encode())

    def row(self, page: Page, row: Row, options: Mapping[str, str]) -> str:
        """A row as JSON, with the properties and the rows beside it that are wanted."""
        names = selection(page, options.get("$select")) or page.properties
        gone = self.environment.behaviour.gone.get(page.name, ())
        self.environment.serve(page, names, lambda: views.shown(self.company, page, row))
        values = {name: views.value(self.company, page, row, name) for name in names if name not in gone}
        parts = [f'"@odata.etag":{json.dumps(views.etag(self.company, page, row))}']
        parts += [f'"{name}":{json_text(value)}' for name, value in values.items()]
        parts += [self._beside(page, row, each) for each in expansions(options.get("$expand"))]
        return f"{{{','.join(parts)}}}"

    def _beside(self, page: Page, row: Row, wanted: Expansion) -> str:
        navigation = page.navigations.get(wanted.name)
        if navigation is None:
            raise bad_request(f"Could not find a property named '{wanted.name}' on type '{page.qualified_type}'.")
        if navigation.many:
            return f'"{wanted.name}":[{",".join(self._many(page, row, wanted))}]'
        other = pages()[navigation.set]
        found = self.company.tables[other.table].rows.get(views.value(self.company, page, row, navigation.by))
        return f'"{wanted.name}":{self.row(other, found, wanted.options) if found else "null"}'

    def _many(self, page: Page, row: Row, wanted: Expansion) -> list[str]:
        other = pages()[page.navigations[wanted.name].set]
        text = wanted.options.get("$filter")
        chosen = compiled(other, text, newer=self.exchange.is_newer) if text else EVERYTHING
        rows = [each for each in information(self.company, page.table, row.id) if chosen.test(each.values)]
        return [self.row(other, each, wanted.options) for each in rows[: number(wanted.options, "$top")]]

    def _context(self, page: Page) -> str:
        chosen = self.exchange.options.get("$select")
        suffix = f"({chosen})" if chosen else ""
        return f"{self.exchange.base}/$metadata#companies({self.company.id})/{page.name}{suffix}"
