"""What a write brings along in other rows: codes that follow a rename, contacts of customers, rates of a currency."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

from tests.emulator.business_central import contacts
from tests.emulator.business_central.draft import Draft
from tests.emulator.business_central.environment import Actor, Company, Environment, Event, Operation
from tests.emulator.business_central.refusal import rule
from tests.emulator.business_central.schema import ID, MODIFIED, every_page, pages
from tests.emulator.business_central.store import Row, Table

_LINKED: Final = {"Customer": "customer_relation", "Vendor": "vendor_relation"}
_LOADING: Final = Actor("load")


class Save(Protocol):
    def __call__(self, draft: Draft, operation: Operation, sent: Iterable[str], *, bulk: bool = False) -> Row: ...


class Following:
    """Rows that follow others, in the same transaction."""

    def __init__(self, environment: Environment, save: Save) -> None:
        self.environment = environment
        self.save = save

    def created(self, company: Company, row: Row, actor: Actor) -> None:
        """A customer or vendor gets a company contact, where the set-up names a relation."""
        setting = _LINKED.get(row.table.definition.name)
        if setting is not None and getattr(company, setting):
            self._make_contact(company, row, actor)

    def loaded(self, company: Company, row: Row) -> None:
        """The same for rows that are simply there, unless a contact of that name waits for them."""
        setting = _LINKED.get(row.table.definition.name)
        if setting is not None and getattr(company, setting):
            self._make_contact(company, row, _LOADING, bulk=True)

    def updated(self, company: Company, before: Row, after: Row, actor: Actor) -> None:
        """The company contact of a customer or vendor has its name and address."""
        name = after.table.definition.name
        if name not in _LINKED:
            return
        moved = {field: after.values[field] for field in contacts.SHARED if after.values[field] != before.values[field]}
        for contact in contacts.standing_for(company, name, after.id) if moved else ():
            self._change(company, contact, moved, actor)

    def renamed(self, company: Company, before: Row, after: Row, actor: Actor) -> None:
        """Every row that holds the code of another one follows it."""
        key = after.table.definition.key[0]
        old, new, name = before.values[key], after.values[key], after.table.definition.name
        usage = company.usage
        usage.renamed(name, old, new)
        self.environment.undo_with(lambda: usage.renamed(name, new, old))
        for table, field in _holders(company, name):
            for row_id in sorted(table.index(field).get(old, ())):
                self._follow(table.rows[row_id], {field: new}, actor)

    def check_delete(self, company: Company, row: Row) -> None:
        """Refuses the delete of a row that is in use."""
        name, values = row.table.definition.name, row.values
        key = row.table.definition.key
        reason = company.usage.hinders_delete(name, values[key[0]]) if key else ""
        if name == "Unit of Measure" and company.of("items").index("Base Unit of Measure").get(values["Code"]):
            reason = "You cannot delete the unit of measure because it is assigned to one or more records."
        if reason:
            raise rule(reason)

    def deleted(self, company: Company, row: Row, actor: Actor) -> None:
        """Rates go with their currency, people with their company; nobody stands for a customer that is gone."""
        name = row.table.definition.name
        if name == "Currency":
            rates = company.of("currencyExchangeRates")
            for row_id in sorted(rates.index("Currency Code").get(row.values["Code"], ())):
                self.environment.write(Event(rates, "delete", rates.rows[row_id], None, actor))
        if name == "Contact":
            self._set_relations(company, row.id, set())
            for person in list(contacts.people_of(company, row.values["No."])):
                self.environment.write(Event(person.table, "delete", person, None, actor))
        for contact in contacts.standing_for(company, name, row.id) if name in _LINKED else ():
            self._set_relations(company, contact.id, company.relations[contact.id] - {(name, row.id)})
            self.relate(company, contact, actor)

    def relate(self, company: Company, contact: Row, actor: Actor) -> None:
        """Works out again for whom a company contact and its people stand."""
        for row in [contact, *contacts.people_of(company, contact.values["No."])]:
            found = contacts.relation(company, row.values)
            if found != row.values["Contact Business Relation"]:
                self._change(company, row, {"Contact Business Relation": found}, actor)

    def link(self, company: Company, contact: Row, to: Row, actor: Actor) -> None:
        """A company contact stands for a customer or vendor from now on."""
        found = company.relations.get(contact.id, set()) | {(to.table.definition.name, to.id)}
        self._set_relations(company, contact.id, found)
        self.relate(company, contact, actor)

    def _make_contact(self, company: Company, row: Row, actor: Actor, *, bulk: bool = False) -> None:
        draft = Draft(self.environment, company, pages()["contacts"], None, actor)
        series = company.series.get("Contact")
        assert series is not None
        last = series.last
        self.environment.undo_with(lambda: setattr(series, "last", last))
        number = series.number()
        while draft.table.with_code(number) is not None:
            number = series.number()
        shared = {field: row.values[field] for field in contacts.SHARED}
        draft.values |= {ID: self.environment.new_guid(), "No.": number, **shared, "Type": "Company"}
        draft.values["Search Name"] = row.values["Name"].upper()
        self._set_relations(company, draft.values[ID], {(row.table.definition.name, row.id)})
        contacts.complete(draft)
        self.save(draft, "create", (), bulk=bulk)

    def _change(self, company: Company, row: Row, values: Mapping[str, Any], actor: Actor) -> None:
        draft = Draft(self.environment, company, row.table.definition.page, row, actor)
        old_name = row.values.get("Name", "")
        draft.values |= values
        if values.get("Name", old_name) != old_name:
            contacts.name_changed(draft, old_name)
        if row.table.definition.name == "Contact":
            contacts.complete(draft)
        if draft.values != row.values:
            self.save(draft, "update", ())

    def _follow(self, row: Row, values: Mapping[str, Any], actor: Actor) -> None:
        stamps = self.environment.behaviour.rename_stamps
        after = {**row.values, **values}
        if stamps:
            after[MODIFIED] = self.environment.stamp()
        new = Row(row.table, after, self.environment.next_version())
        self.environment.write(Event(row.table, "update", row, new, actor, silent=not stamps))

    def _set_relations(self, company: Company, contact: str, found: set[tuple[str, str]]) -> None:
        before = company.relations.get(contact)
        company.relations[contact] = found
        self.environment.undo_with(_restoring(company.relations, contact, before))


def _restoring(
    relations: dict[str, set[tuple[str, str]]], contact: str, before: set[tuple[str, str]] | None
) -> Callable[[], None]:
    def undo() -> None:
        relations.pop(contact, None)
        if before is not None:
            relations[contact] = before

    return undo


def _holders(company: Company, name: str) -> Iterator[tuple[Table, str]]:
    """The fields of all tables that hold codes of a table."""
    for table in company.tables.values():
        for field, found in table.definition.codes.items():
            if every_page()[found.ref].table == name:
                yield table, field
