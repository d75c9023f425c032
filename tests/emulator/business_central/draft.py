"""A row while it is written: what it will be, and what the request named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulator.business_central.environment import Actor, Company, Environment
from tests.emulator.business_central.refusal import blank_key, not_related
from tests.emulator.business_central.schema import Page, Property, every_page
from tests.emulator.business_central.store import Row, Table
from tests.emulator.business_central.tables import NEEDED

Trigger = Callable[["Draft", Any], None]


class Draft:
    """The next version of a row, on a page of a company. `before` is None for a new one.

    sent: fields that the request set, which defaults leave alone. found: codes that ids stood for, by the field of the
    code: whoever sends the code as well has to mean the same. flows: calculated values of a row that is loaded.
    """

    def __init__(
        self, environment: Environment, company: Company, page: Page, before: Row | None, actor: Actor
    ) -> None:
        self.environment = environment
        self.company = company
        self.page = page
        self.before = before
        self.actor = actor
        self.table: Table = company.tables[page.table]
        self.values: dict[str, Any] = dict(before.values if before else self.table.definition.template)
        self.sent: set[str] = set()
        self.found: dict[str, str] = {}
        self.flows: dict[str, Any] = {}
        self.template = ""

    def of(self, set_name: str) -> Table:
        """The table behind another set, in the same company."""
        return self.company.of(set_name)

    def put(self, field: str, value: Any, trigger: Trigger | None = None) -> None:
        """Sets a field as its table does: the code it holds has to exist; then the field's own rule runs."""
        known = self.table.definition.fields[field]
        if not value and (self.page.table, field) in NEEDED:
            raise blank_key(field)
        if known.ref and known.type == "code" and value:
            self._check(field, known, value)
        old, self.values[field] = self.values[field], value
        if trigger is not None:
            trigger(self, old)

    def _check(self, field: str, known: Property, code: str) -> None:
        if self.of(known.ref).with_code(code) is None:
            raise not_related(field, self.page.table, code, every_page()[known.ref].table)
