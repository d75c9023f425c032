"""Contact persons of customers and of vendors, who buy nothing themselves.

| breakage          | stands in | what is wrong                                          | outcome             |
|-------------------|-----------|--------------------------------------------------------|---------------------|
| works_for_person  | F&O       | the customer is a person, and so has no account        | waiting, `missing`  |
| works_for_unknown | F&O       | a vendor that Dataverse does not have                  | waiting, `missing`  |
| works_for_nobody  | Dataverse | no account or vendor, which F&O demands                | parked              |
| typed_party       | Dataverse | a party number that did not come from F&O              | parked, `joins`     |
| unspecific        | F&O       | a gender that Dataverse has no value for               | parked, `value-map` |

Of vendors, none works for a person; of customers, none for an unknown vendor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.emulator.demo.customers import Customer, Maker
from tests.emulator.demo.edits import PERSON_EDITS, differ
from tests.emulator.demo.kinds import OTHER_CASE, Kind, allotted
from tests.emulator.demo.lifelike import contact_person
from tests.emulator.demo.pairs import OF_CUSTOMERS, OF_VENDORS, Pairing, Row
from tests.emulator.demo.references import IN_DATAVERSE, IN_FINOPS, ON_BOTH, guid

OF_CUSTOMER_BROKEN: Final = ("works_for_person", "works_for_nobody", "typed_party", "unspecific")
OF_VENDOR_BROKEN: Final = ("works_for_unknown", "works_for_nobody", "typed_party", "unspecific")


@dataclass(slots=True, eq=False)
class Person:
    """A contact person, on one side or both.

    here and there as of a customer. employer: the customer this is a person of. broken: the name of the breakage.
    """

    kind: Kind
    company: str
    row_id: str
    pairing: Pairing
    here: Row | None = None
    there: Row | None = None
    employer: Customer | None = None
    broken: str = ""

    @property
    def number(self) -> str:
        """The party number, as F&O spells it; the id of somebody who has none."""
        row = self.here or self.there
        return str(row["ContactPersonPartyNumber"]) if row and row["ContactPersonPartyNumber"] else self.row_id


@dataclass(slots=True)
class Persons:
    """Makes contact persons: of vendors, or of these customers."""

    maker: Maker
    customers: Sequence[Customer] = ()
    consumers: Sequence[Customer] = ()
    _employers: dict[frozenset[Kind], Sequence[Customer]] = field(default_factory=dict)

    def make(self, number: int) -> list[Person]:
        """So many contact persons, of every kind."""
        kinds = allotted(number)
        mixed = [kind for kind, share in kinds.items() if kind != "broken" for _ in range(share)]
        self.maker.random.shuffle(mixed)
        names = OF_CUSTOMER_BROKEN if self.customers else OF_VENDOR_BROKEN
        return [self._one(kind) for kind in mixed] + [
            self._broken(names[at % len(names)]) for at in range(kinds["broken"])
        ]

    def _one(self, kind: Kind) -> Person:
        within: Mapping[Kind, frozenset[Kind]] = {"only_erp": IN_FINOPS, "equal": ON_BOTH, "different": ON_BOTH}
        kinds = within.get(kind, IN_DATAVERSE)
        person = self._of(kind, kinds)
        row = self._row(person)
        person.here = row if kinds <= IN_FINOPS else None
        person.there = dict(row) if kinds <= IN_DATAVERSE else None
        if person.there is not None:
            self._as_in_dataverse(person, person.there)
        return person

    def _as_in_dataverse(self, person: Person, there: Row) -> None:
        """What Dataverse has otherwise than F&O would."""
        random = self.maker.random
        if person.kind == "outside":
            person.company, person.employer = "", None
            there["AssociatedContactNumber"] = ""
        elif person.here is None:
            there["ContactPersonPartyNumber"] = ""
        elif random.random() < OTHER_CASE:
            there["ContactPersonPartyNumber"] = person.here["ContactPersonPartyNumber"].lower()
        if person.kind == "different" and person.here is not None:
            differ(PERSON_EDITS, person.here, there, random)

    def _of(self, kind: Kind, kinds: frozenset[Kind]) -> Person:
        """Whom the person works for: a customer that both systems could know, or a vendor of a company."""
        if not self.customers:
            return Person(kind, self.maker.company(), guid(self.maker.random), OF_VENDORS)
        if kinds not in self._employers:
            self._employers[kinds] = [each for each in self.customers if each.kind in kinds and each.number]
        found = self._employers[kinds] or [each for each in self.customers if each.company and each.number]
        employer = self.maker.random.choice(found)
        return Person(kind, employer.company, guid(self.maker.random), OF_CUSTOMERS, employer=employer)

    def _row(self, person: Person) -> Row:
        maker = self.maker
        row = contact_person(maker.country(person.company), maker.random)
        row |= {"dataAreaId": person.company, "ContactPersonPartyNumber": maker.numbers.party()}
        row["ContactPersonId"] = maker.numbers.of_contact_person(person.company)
        row["AssociatedContactType"] = "Customer" if person.employer else "Vendor"
        row["AssociatedContactNumber"] = person.employer.number if person.employer else maker.code("VendorsV2", ON_BOTH)
        return row

    # -- broken

    def _broken(self, name: str) -> Person:
        person = self._one("only_dataverse" if name in {"works_for_nobody", "typed_party"} else "only_erp")
        person.kind, person.broken = "broken", name
        row = person.here or person.there
        assert row is not None
        if name == "works_for_person":
            employer = self.maker.random.choice([each for each in self.consumers if each.here])
            assert employer.here is not None
            row |= {"dataAreaId": employer.company, "AssociatedContactNumber": employer.here["CustomerAccount"]}
            person.company, person.employer = employer.company, None
        elif name == "works_for_unknown":
            (row["AssociatedContactNumber"],) = self.maker.references.codes("VendorsV2", {"only_erp"})
        elif name == "works_for_nobody":
            row["AssociatedContactNumber"], person.employer = "", None
        elif name == "typed_party":
            row["ContactPersonPartyNumber"] = self.maker.numbers.typed_party()
        else:
            row["Gender"] = "NonSpecific"
        return person
