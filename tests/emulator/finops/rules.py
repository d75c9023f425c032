"""Business logic around a write: what is filled in, what must be there, what must exist elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tests.emulator.finops.environment import Environment
from tests.emulator.finops.masters import Masters
from tests.emulator.finops.numbers import PARTY, NumberSequences
from tests.emulator.finops.parties import PARTY_TYPES, Parties, PartyType
from tests.emulator.finops.refusal import Refusal, record_exists, write_failed
from tests.emulator.finops.schema import COMPANY, NO_GUID, TEXTS, Entity, Field
from tests.emulator.finops.store import Key, Row, Table
from tests.emulator.finops.values import fold

Values = dict[str, Any]
_GIVEN_BY_GROUP = {"PaymentTerms": "PaymentTermId"}
_PARTY_FIELDS = {
    "CustomersV3": "PartyNumber",
    "VendorsV2": "VendorPartyNumber",
    "CDSContactPersons": "ContactPersonPartyNumber",
    "CDSContactPersonsV2": "ContactPersonPartyNumber",
}
_NAME_FIELDS = {"Organization": "OrganizationName", "Person": "PersonFirstName"}
_NAMED_BY = {
    "VendorsV2": "VendorOrganizationName",
    "CDSContactPersons": "FirstName",
    "CDSContactPersonsV2": "FirstName",
}
_LOYALTY_PARTY = ("RetailLoyaltyCards", "PartyNumber")
OWN_POLICY = "The change does not comply with the policy of the company."
_CONTACT_OF = {"Customer": "CustomersV3", "Vendor": "VendorsV2"}
CONTACT_FIELD = ("CDSContactPersonsV2", "AssociatedContactNumber")


class Rules:
    """The rules of all entities."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.numbers = NumberSequences()
        self.parties = Parties(environment, self.numbers)
        self.masters = Masters(environment)

    # -- filling in

    def complete(self, table: Table, values: Values, given: Collection[str]) -> None:
        """Fills in what a create left out. Empty counts as left out where business logic wants a value."""
        entity = table.entity
        self._refuse_by_hand(entity, values)
        self._default_from_others(entity, values, given)
        self.masters.complete(table, values)
        self._name_from_party(entity, values)
        for field in entity.generated:
            if field.type == "guid":
                if values[field.name] == NO_GUID:
                    values[field.name] = self.environment.new_guid()
            elif values[field.name] == "" and self.environment.behaviour.assign_numbers:
                values[field.name] = self._number(table, field, values)

    def _refuse_by_hand(self, entity: Entity, values: Values) -> None:
        """A number that somebody gives is refused where its sequence is not manual."""
        for field in entity.generated:
            name = PARTY if field.name in _PARTY_FIELDS.values() else field.name
            company = "" if name == PARTY else values.get(COMPANY, "")
            if values[field.name] not in ("", NO_GUID) and (name, company) in self.numbers.automatic:
                text = f"Field '{field.label}' must be left blank: its number sequence does not allow manual numbers."
                raise self.invalid(entity, field, text)

    def _default_from_others(self, entity: Entity, values: Values, given: Collection[str]) -> None:
        if entity.name != "CustomersV3":
            return
        if values["PartyType"] == "":
            values["PartyType"] = PARTY_TYPES[0]
        if values["SalesCurrencyCode"] == "":
            values["SalesCurrencyCode"] = self.environment.currency(values[COMPANY])
        if not self.environment.behaviour.defaults_from_group:
            return
        group = self.target("CustomerGroups", values[COMPANY], values["CustomerGroupId"])
        for name, source in _GIVEN_BY_GROUP.items():
            if group is not None and name not in given:
                values[name] = group.values[source]

    def _name_from_party(self, entity: Entity, values: Values) -> None:
        """A customer of a party that is there already has its name."""
        if entity.name != "CustomersV3" or self.parties.type_of(values["PartyNumber"]) != values["PartyType"]:
            return
        name = _name_field(entity, values)
        values[name] = values[name] or self.parties.name_of(values["PartyNumber"])

    def _number(self, table: Table, field: Field, values: Mapping[str, Any]) -> str:
        if field.name in _PARTY_FIELDS.values():
            return self.parties.new_number()
        company = values.get(COMPANY, "")
        taken = table.index(field.name) if not field.is_key else {}
        return self.numbers.next(
            field.name,
            company,
            lambda number: fold(number) in taken or (*_prefix(company), fold(number)) in table.rows,
        )

    # -- checking

    def check(self, entity: Entity, values: Mapping[str, Any], names: Collection[str]) -> None:
        """Refuses a row as it would be stored. References are looked up for the fields in `names`."""
        for field in entity.references:
            if field.name in names and values[field.name] != "":
                self._check_reference(entity, field, values, field.ref)
        for field in entity.mandatory:
            if values[field.name] == "":
                raise self._empty(entity, field)
        if entity.name == "CustomersV3":
            self._check_party_type(entity, values)
        for name, reason in self.masters.problems(entity, values, names):
            text = f"The value '{values[name]}' in field '{entity.fields[name].label}' {reason}."
            raise self.invalid(entity, entity.fields[name], text)
        if entity.name == CONTACT_FIELD[0] and CONTACT_FIELD[1] in names:
            target = _CONTACT_OF.get(values["AssociatedContactType"])
            if target is not None:
                self._check_reference(entity, entity.fields[CONTACT_FIELD[1]], values, target)
        if entity.name == _LOYALTY_PARTY[0] and _LOYALTY_PARTY[1] in names:
            self._check_loyalty_party(entity, values)

    def check_values(self, entity: Entity, given: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        """Refuses what this installation's own logic does not let anybody enter."""
        behaviour, own = self.environment.behaviour, self.environment.behaviour.refused_values.get(entity.name, {})
        for name, value in given.items():
            if value == before.get(name) or value not in own.get(name, ()):
                continue
            if behaviour.refuses_by == "label":
                text = f"The value '{value}' in field '{entity.fields[name].label}' is not valid."
                raise self.failed(entity, text, "validateField")
            status, where = behaviour.write_failure_status, name if behaviour.refuses_by == "field" else ""
            raise write_failed(entity.xpp, OWN_POLICY, "validateField" if where else "validateWrite", status, where)

    def claim_party(self, entity: Entity, values: Mapping[str, Any]) -> None:
        """The party of a new row: made if it is not there, refused if it is of the other type."""
        name = _PARTY_FIELDS.get(entity.name)
        if name is None:
            return
        number, wanted = values[name], _party_type(entity, values)
        if number == "":
            raise self._empty(entity, entity.fields[name])
        found = self.parties.type_of(number)
        if found not in (None, wanted):
            raise self.failed(entity, f"You cannot update a party's type from Dir{found} to Dir{wanted}.", "")
        self.parties.create(number, wanted, values[_name_field(entity, values)])

    def check_unused(self, table: Table, row: Row) -> None:
        """Refuses to delete a row that others name."""
        for other, _, key in self.users(table, row):
            if other is table and key == row.key:
                continue
            label = f"{table.entity.label} ({table.entity.table})"
            reason = (
                f"Cannot delete a record in {label}. The record cannot be deleted while dependent records exist in "
                f"{other.entity.label}. Delete dependent records and try again."
            )
            raise self.failed(table.entity, reason, "validateDelete")

    def users(self, table: Table, row: Row) -> Iterator[tuple[Table, Field, Key]]:
        """Rows that name this one, and in which field, in the order of their keys."""
        code = row.key[-1]
        for other in self.environment.tables.values():
            for field in other.entity.references:
                if field.ref == table.entity.name:
                    found = sorted(other.index(field.name).get(code, ()))
                    yield from (
                        (other, field, key) for key in found if not table.entity.striped or key[0] == row.key[0]
                    )

    def contacts(self, table: Table, row: Row) -> list[Row]:
        """The contact persons of a customer or vendor."""
        people = self.environment.tables[CONTACT_FIELD[0]]
        if table.entity.name not in _CONTACT_OF.values():
            return []
        keys = sorted(people.index(CONTACT_FIELD[1]).get(row.key[-1], ()))
        found = [people.rows[key] for key in keys if key[0] == row.key[0]]
        return [each for each in found if _CONTACT_OF[each.values["AssociatedContactType"]] == table.entity.name]

    def target(self, name: str, company: str, code: str) -> Row | None:
        """The row of an entity with a single code as key."""
        table = self.environment.tables[name]
        return table.rows.get((*(_prefix(company) if table.entity.striped else ()), fold(code)))

    def failed(self, entity: Entity, reason: str, step: str) -> Refusal:
        return write_failed(entity.xpp, reason, step, self.environment.behaviour.write_failure_status)

    def invalid(self, entity: Entity, field: Field, reason: str) -> Refusal:
        """A field whose value is not accepted: the log names it after its entity."""
        status = self.environment.behaviour.write_failure_status
        return write_failed(entity.xpp, reason, "validateField", status, field.name)

    def exists(self, entity: Entity, values: Mapping[str, Any]) -> Refusal:
        """The refusal of a create or rename whose key is taken."""
        named = ", ".join(f"{entity.fields[name].label}: {values[name]}" for name in entity.own_key)
        label = f"{entity.label} ({entity.table})"
        return record_exists(entity.xpp, label, named, self.environment.behaviour.write_failure_status)

    def _check_reference(self, entity: Entity, field: Field, values: Mapping[str, Any], target: str) -> None:
        value = values[field.name]
        if self.target(target, values.get(COMPANY, ""), value) is None:
            label = self.environment.tables[target].entity.label
            raise self._unrelated(entity, field, value, label)

    def _check_party_type(self, entity: Entity, values: Mapping[str, Any]) -> None:
        kind = values["PartyType"]
        if kind not in PARTY_TYPES:
            raise self.invalid(
                entity, entity.fields["PartyType"], f"The value '{kind}' in field 'Party type' is not valid."
            )
        needed = entity.fields[_NAME_FIELDS[kind]]
        if values[needed.name] == "":
            raise self._empty(entity, needed)

    def _check_loyalty_party(self, entity: Entity, values: Mapping[str, Any]) -> None:
        number = values["PartyNumber"]
        if number and self.parties.type_of(number) is None:
            raise self._unrelated(entity, entity.fields["PartyNumber"], number, "Global address book")

    def _unrelated(self, entity: Entity, field: Field, value: str, label: str) -> Refusal:
        text = f"The value '{value}' in field '{field.label}' is not found in the related table '{label}'."
        return self.invalid(entity, field, text)

    def _empty(self, entity: Entity, field: Field) -> Refusal:
        assert field.type in TEXTS
        return self.failed(entity, f"Field '{field.label}' must be filled in.", "validateWrite")


def _prefix(company: str) -> tuple[str, ...]:
    return (company,) if company else ()


def _name_field(entity: Entity, values: Mapping[str, Any]) -> str:
    return _NAMED_BY.get(entity.name) or _NAME_FIELDS[_party_type(entity, values)]


def _party_type(entity: Entity, values: Mapping[str, Any]) -> PartyType:
    if entity.name == "CustomersV3":
        return "Person" if values["PartyType"] == "Person" else "Organization"
    return "Organization" if entity.name == "VendorsV2" else "Person"
