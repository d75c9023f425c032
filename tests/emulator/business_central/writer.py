"""Creates, updates, deletes and renames: the same path for the wire, for people in the product and for loading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from tests.emulator.business_central import contacts, numbers, pairs, rules, views
from tests.emulator.business_central.customising import customise
from tests.emulator.business_central.draft import Draft
from tests.emulator.business_central.environment import Actor, Company, Environment, Event, Operation
from tests.emulator.business_central.following import Following
from tests.emulator.business_central.refusal import Refusal, blank_key, exists, locked, no_property, read_only, rule
from tests.emulator.business_central.schema import ID, MODIFIED, ZERO, Page, Property, every_page
from tests.emulator.business_central.store import Row
from tests.emulator.business_central.values import read

Body = Mapping[str, Any]
_LOADING: Final = Actor("load")
_MINT: Final = frozenset({"auto", "buffer", "conditional"})
_UNSAID: Final = frozenset({"Item Category Code"})
"""Not noted as sent, so that a default may take its place (reference: business-central-api 5)."""
_WITHOUT_DEFAULTS: Final = frozenset({"unitsOfMeasure", "salespeoplePurchasers", "taxAreas", "taxGroups"})
"""Pages that ask for no template, or keep nothing of it (reference: business-central-api 5)."""


class Writer:
    """Writes rows inside the open transaction. Everything is checked first; what is refused is raised."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.following = Following(environment, self.save)

    def create(self, company: Company, page: Page, body: Body, actor: Actor, row_id: str = "") -> Row:
        """A new row with what the product fills in. row_id: that a person's record has, whatever the page does."""
        self._trouble(page, actor)
        draft = Draft(self.environment, company, page, None, actor)
        given = self._apply(draft, body)
        draft.values[ID] = row_id or self._id(page, body)
        self._complete(draft)
        self._default(draft)
        if page.shows == "contacts":
            contacts.complete(draft)
        row = self.save(draft, "create", given)
        self.following.created(company, row, actor)
        return row

    def update(self, company: Company, page: Page, row: Row, body: Body, actor: Actor) -> Row:
        """The next version of a row; the same one if nothing differs."""
        self._trouble(page, actor)
        try:
            return self._updated(company, page, row, body, actor)
        except Refusal as refusal:
            self.environment.refused.append((page.name, row.id, frozenset(body), refusal.message))
            raise

    def _updated(self, company: Company, page: Page, row: Row, body: Body, actor: Actor) -> Row:
        draft = Draft(self.environment, company, page, row, actor)
        given = self._apply(draft, body)
        if page.table == "Contact":
            contacts.complete(draft)
        if draft.values == row.values:
            return row
        key = row.table.definition.key
        renamed = len(key) == 1 and draft.values[key[0]] != row.values[key[0]]
        if renamed:
            self._check_key(draft)
        after = self.save(draft, "rename" if renamed else "update", given)
        if renamed:
            self.following.renamed(company, row, after, actor)
        self.following.updated(company, row, after, actor)
        return after

    def delete(self, company: Company, row: Row, actor: Actor) -> None:
        """Takes a row away unless something hangs on it."""
        self.following.check_delete(company, row)
        self.environment.write(Event(row.table, "delete", row, None, actor))
        self.following.deleted(company, row, actor)

    def load(self, company: Company, page: Page, bodies: Iterable[Body]) -> None:
        """Rows that are simply there: checked and completed like creates, but nobody is told. They may have ids."""
        for body in bodies:
            draft = Draft(self.environment, company, page, None, _LOADING)
            self._apply(draft, {name: value for name, value in body.items() if name != page.key})
            draft.values[ID] = str(body.get(page.key, "")).lower() or self.environment.new_guid()
            self._complete(draft)
            if page.shows == "contacts":
                contacts.complete(draft)
            row = self.save(draft, "create", (), bulk=True)
            draft.table.flows[row.id] = draft.flows
            self.following.loaded(company, row)

    def save(self, draft: Draft, operation: Operation, sent: Iterable[str], *, bulk: bool = False) -> Row:
        """Writes the draft as the next version of its row."""
        draft.values[MODIFIED] = self.environment.stamp()
        row = Row(draft.table, draft.values, self.environment.next_version())
        event = Event(draft.table, operation, draft.before, row, draft.actor, tuple(sent))
        self.environment.write(event, bulk=bulk)
        return row

    def _apply(self, draft: Draft, body: Body) -> list[str]:
        """Carries out a body, property by property in its order; the names it gave."""
        given: list[str] = []
        for name, value in body.items():
            if name.startswith("@odata.") or "@odata." in name:
                continue
            found = self._property(draft.page, name)
            stored = read(found, value, clears=self.environment.behaviour.nulls == "clear")
            given.append(name)
            if found.name == draft.page.key:
                self._check_id(draft, stored)
            elif self._now(draft, found) == stored:
                draft.sent.add(found.source)
            elif found.source in views.FLOWS.get(draft.page.table, ()) and draft.actor.app is None:
                draft.flows[found.source] = stored
            elif found.read_only and draft.actor.app is not None:
                raise read_only(name)
            else:
                rules.apply(draft, found, stored)
        customise(draft, given)
        return given

    def _trouble(self, page: Page, actor: Actor) -> None:
        """What can befall any write over the wire."""
        if actor.app is not None and self.environment.behaviour.locked:
            raise locked(page.table, self.environment.behaviour.locked.pop(0))

    def _property(self, page: Page, name: str) -> Property:
        found = page.properties.get(name)
        if found is None or name in self.environment.behaviour.gone.get(page.name, ()):
            raise no_property(name, page.qualified_type)
        return found

    def _now(self, draft: Draft, found: Property) -> Any:
        """The value that a property has before it is set: one that is equal is not set again."""
        return views.value(draft.company, draft.page, Row(draft.table, draft.values), found.name)

    def _check_id(self, draft: Draft, row_id: str) -> None:
        before = draft.before
        if before is not None and row_id != before.id:
            raise read_only(draft.page.key)
        if before is None and row_id != ZERO and self._refuses_ids(draft.page):
            raise read_only(draft.page.key)

    def _refuses_ids(self, page: Page) -> bool:
        return self.environment.behaviour.given_ids == "refuse" and page.id_on_insert in _MINT

    def _id(self, page: Page, body: Body) -> str:
        """The id of a new row: the caller's only where the page leaves the insert to the platform."""
        given = str(body.get(page.key, ZERO)).lower()
        if given == ZERO or page.id_on_insert in ("auto", "buffer"):
            return self.environment.new_guid()
        if page.id_on_insert == "conditional" and {"baseUnitOfMeasureId", "baseUnitOfMeasureCode"} & body.keys():
            raise rule(f"The Item does not exist. Identification fields and values: SystemId='{given}'")
        return given

    def _complete(self, draft: Draft) -> None:
        """What has to be there before a row is inserted, and its number."""
        page, values = draft.page, draft.values
        if page.shows in ("customers", "contacts") and not values["Name"]:
            raise rule('A "displayName" must be provided.')
        key = draft.table.definition.key
        if numbers.numbered(page.table) and not values["No."]:
            values["No."] = self._number(draft)
        if key and not values[key[0]]:
            raise blank_key(key[0])
        self._check_key(draft)

    def _number(self, draft: Draft) -> str:
        series, table = draft.company.series, draft.page.table
        found = series.get(table)
        if found is not None:
            last = found.last
            self.environment.undo_with(lambda: setattr(found, "last", last))
        return numbers.next_number(series, table, lambda number: draft.table.with_code(number) is not None)

    def _check_key(self, draft: Draft) -> None:
        definition, values, before = draft.table.definition, draft.values, draft.before
        if before is None and values[ID] in draft.table.rows:
            raise exists(definition.name, f"SystemId='{values[ID]}'")
        key = definition.key
        if not key:
            return
        if not values[key[0]]:
            raise blank_key(key[0])
        same = [draft.table.rows[each] for each in draft.table.index(key[0]).get(values[key[0]], ())]
        if any(row is not before and all(row.values[name] == values[name] for name in key) for row in same):
            raise exists(definition.name, definition.identification(values))

    def _default(self, draft: Draft) -> None:
        """The template that the row names gives what was not sent, else the first fitting one."""
        page = every_page()[draft.page.shows]
        if page.name in _WITHOUT_DEFAULTS:
            return
        shown = views.shown(draft.company, page, Row(draft.table, draft.values))
        for template in draft.company.templates.get(draft.page.shows, ()):
            fits = template.chosen and all(shown[name] == value for name, value in template.when.items())
            if template.code == draft.template if draft.template else fits:
                self._fill(draft, page, template.values)
                return

    def _fill(self, draft: Draft, page: Page, values: Body) -> None:
        sent = draft.sent - _UNSAID
        draft.found = {}
        for name, value in values.items():
            found = page.properties[name]
            if _fields(draft, found).isdisjoint(sent):
                rules.apply(draft, replace(found, assigned=False), read(found, value))


def _fields(draft: Draft, found: Property) -> set[str]:
    """The fields that a property sets."""
    if not found.source:
        return {pairs.PAIRS[draft.page.table][0].code_field} if found.name == "currencyCode" else set()
    return {found.source}
