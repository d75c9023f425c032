"""The demo data of the local house, put together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from shared.mapping import entity
from tests.emulator.demo.broken import BREAKERS, CONSUMER_BREAKERS, Breaker, broken
from tests.emulator.demo.cards import Card, cards
from tests.emulator.demo.consumers import Consumers
from tests.emulator.demo.countries import countries, places, regions
from tests.emulator.demo.customers import Customer, Maker
from tests.emulator.demo.kinds import DEFERRED, Expected, Kind, allotted
from tests.emulator.demo.numbers import Numbers
from tests.emulator.demo.pairs import CARDS, CONSUMERS, CUSTOMERS, Pairing, Row
from tests.emulator.demo.persons import Person, Persons
from tests.emulator.demo.references import IN_DATAVERSE, IN_FINOPS, ON_BOTH, References
from tests.emulator.demo.rows import Translator
from tests.emulator.finops.places import Places

REFERENCE_FLOWS: Final = {
    "NameAffixes": "dual_write.name_affixes",
    "PaymentDaysCds": "dual_write.payment_days",
    "PaymentDayLinesCds": "dual_write.payment_day_lines",
    "PaymentSchedules": "dual_write.payment_schedules",
    "PaymentScheduleLines": "dual_write.payment_schedule_lines",
    "PaymentTerms": "dual_write.terms_of_payment",
    "CustomerGroups": "dual_write.customer_groups",
    "CustomerPaymentMethods": "dual_write.customer_payment_methods",
}
ACCOUNTS_FLOW: Final = "dual_write.customers_v3_accounts"
CONSUMERS_FLOW: Final = "dual_write.customers_v3_contacts"
OF_CUSTOMERS_FLOW: Final = "dual_write.cds_contacts_v2_customers"
OF_VENDORS_FLOW: Final = "dual_write.cds_contacts_v2"
CARDS_FLOW: Final = "dual_write.loyalty_cards"


@dataclass(frozen=True)
class Demo:
    """Rows to load into the twins, in the order of the dictionaries: what rows refer to comes first.

    finops: entity set to rows as F&O stores them. dataverse: entity set to rows in wire form, with their ids.
    expected: flow to the number of records of each kind. broken: flow and breakage (see the modules `broken`,
    `persons`, `cards` and `references`) to the numbers of the records that have it, or ids where they have no number.
    business_central: company to set to rows in wire form. places: what addresses in F&O may name.
    """

    finops: Mapping[str, list[dict[str, Any]]]
    dataverse: Mapping[str, list[dict[str, Any]]]
    expected: Mapping[str, Expected]
    broken: Mapping[str, Mapping[str, list[str]]]
    business_central: Mapping[str, Mapping[str, list[dict[str, Any]]]] = field(default_factory=dict)
    places: Places | None = None


def demo(customers: int = 2000, seed: int = 2026, companies: Sequence[str] = ("usmf", "demf")) -> Demo:
    """Demo data with so many customers that are organisations, and as many contacts: half of them persons that buy,
    the others persons who work for a customer or a vendor. The same arguments give the same data, byte for byte.
    """
    numbers = Numbers(Random(f"{seed} numbers"))
    references = References([each.lower() for each in companies], Random(f"{seed} references"), numbers)
    cast = _cast(customers, seed, references, numbers)
    return Demo(
        finops={"AddressCountryRegions": list(regions())} | references.finops | _in_finops(cast),
        dataverse=references.dataverse | _in_dataverse(cast, references),
        expected={flow: Expected.of(references.kinds[name]) for name, flow in REFERENCE_FLOWS.items()}
        | {flow: Expected.of(kinds) for flow, kinds in _kinds(cast).items()},
        broken={flow: {"cannot_be_taken": references.broken[name]} for name, flow in REFERENCE_FLOWS.items()}
        | {flow: _named(breakages) for flow, breakages in _breakages(cast).items()},
        places=places(),
    )


@dataclass(frozen=True)
class _Cast:
    """Everybody in the demo data. The broken customers stand apart, each with the name of its breakage."""

    organisations: Sequence[Customer]
    bad_organisations: Sequence[tuple[str, Customer]]
    consumers: Sequence[Customer]
    bad_consumers: Sequence[tuple[str, Customer]]
    of_customers: Sequence[Person]
    of_vendors: Sequence[Person]
    loyal: Sequence[Card]

    @property
    def all_organisations(self) -> list[Customer]:
        return [*self.organisations, *(each for _, each in self.bad_organisations)]

    @property
    def all_consumers(self) -> list[Customer]:
        return [*self.consumers, *(each for _, each in self.bad_consumers)]

    @property
    def people(self) -> list[Person]:
        return [*self.of_customers, *self.of_vendors]


def _cast(customers: int, seed: int, references: References, numbers: Numbers) -> _Cast:
    """Makes everybody, each group from a source of randomness of its own."""
    homes = countries(seed)

    def source(name: str) -> Random:
        return Random(f"{seed} {name}")

    organisations = Maker(source("demo"), homes, references, numbers)
    buyers = Consumers(source("consumers"), homes, references, numbers)
    persons = customers // 2
    made, consumers = _made(organisations, customers), _made(buyers, customers - persons)
    bad_consumers = _bad(CONSUMER_BREAKERS, buyers, [], customers - persons)
    bad = _bad(BREAKERS, organisations, _outsiders(made, consumers), customers)
    _defer(made, organisations.random, round(customers * DEFERRED))
    contacts = Maker(source("persons"), homes, references, numbers)
    for_customers = persons * 4 // 5
    return _Cast(
        made,
        bad,
        consumers,
        bad_consumers,
        Persons(contacts, made, consumers).make(for_customers) if made else [],
        Persons(contacts).make(persons - for_customers),
        cards(Maker(source("cards"), homes, references, numbers), consumers),
    )


def _kinds(cast: _Cast) -> Mapping[str, list[Kind]]:
    """The kinds of all records of a flow."""
    return {
        ACCOUNTS_FLOW: [each.kind for each in cast.all_organisations],
        CONSUMERS_FLOW: [each.kind for each in cast.all_consumers],
        OF_CUSTOMERS_FLOW: [each.kind for each in cast.of_customers],
        OF_VENDORS_FLOW: [each.kind for each in cast.of_vendors],
        CARDS_FLOW: [each.kind for each in cast.loyal],
    }


def _breakages(cast: _Cast) -> Mapping[str, list[tuple[str, str]]]:
    """Breakages of a flow's records, each with the number of the record."""
    return {
        ACCOUNTS_FLOW: [(name, each.number) for name, each in cast.bad_organisations],
        CONSUMERS_FLOW: [(name, each.number) for name, each in cast.bad_consumers],
        OF_CUSTOMERS_FLOW: [(each.broken, each.number) for each in cast.of_customers if each.broken],
        OF_VENDORS_FLOW: [(each.broken, each.number) for each in cast.of_vendors if each.broken],
        CARDS_FLOW: [("unknown_party", each.number) for each in cast.loyal if each.kind == "broken"],
    }


def _made(maker: Maker, number: int) -> list[Customer]:
    """So many customers of all kinds, the broken ones left out."""
    mixed = [kind for kind, share in allotted(number).items() if kind != "broken" for _ in range(share)]
    maker.random.shuffle(mixed)
    return [maker.make(kind) for kind in mixed]


def _bad(
    breakers: Mapping[str, Breaker], maker: Maker, outside: Sequence[Customer], number: int
) -> list[tuple[str, Customer]]:
    return broken(breakers, maker, outside, allotted(number)["broken"])


def _outsiders(customers: Sequence[Customer], consumers: Sequence[Customer]) -> list[Customer]:
    """Customers outside the scopes of organisations: prospects, those without a company, and persons of F&O."""
    outside = [each for each in customers if each.kind == "outside"]
    return outside + [each for each in consumers if each.kind == "only_erp"]


def _named(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, number in pairs:
        found.setdefault(name, []).append(number)
    return found


def _defer(customers: Sequence[Customer], random: Random, number: int) -> None:
    """Lets some customers pay through a later customer of their company, or through themselves by name."""
    inside = [each for each in customers if each.kind != "outside"]
    payers: dict[tuple[frozenset[Kind], str], list[int]] = {}
    for at, each in enumerate(inside):
        for kinds in (IN_FINOPS, IN_DATAVERSE, ON_BOTH):
            if each.kind in kinds:
                payers.setdefault((kinds, each.company), []).append(at)
    for at in random.sample(range(len(inside)), k=min(number, len(inside))):
        each = inside[at]
        kinds = ON_BOTH if each.kind in ON_BOTH else IN_FINOPS if each.here else IN_DATAVERSE
        pool = payers[kinds, each.company]
        later = pool[bisect_right(pool, at) :]
        each.bill_to = inside[random.choice(later)] if later and random.random() < 0.8 else each


def _in_finops(cast: _Cast) -> dict[str, list[Row]]:
    return {
        "CustomersV3": _finops_rows([*cast.all_organisations, *cast.all_consumers]),
        "CDSContactPersonsV2": [each.here for each in cast.people if each.here],
        "RetailLoyaltyCards": [each.here for each in cast.loyal if each.here],
    }


def _in_dataverse(cast: _Cast, references: References) -> dict[str, list[Row]]:
    consumers, people = _rows(CONSUMERS, cast.all_consumers, references), _people(cast.people, references)
    return {
        "accounts": _rows(CUSTOMERS, cast.all_organisations, references),
        "contacts": consumers + people,
        "msdyn_loyaltycards": _cards(cast.loyal),
    }


def _finops_rows(customers: Sequence[Customer]) -> list[Row]:
    rows: list[Row] = []
    for each in customers:
        if each.here is None:
            continue
        if each.bill_to is not None and each.bill_to.here is not None:
            each.here["InvoiceAccount"] = each.bill_to.here["CustomerAccount"]
        rows.append(each.here)
    return rows


def _rows(pairing: Pairing, customers: Sequence[Customer], references: References) -> list[Row]:
    translate, key = Translator.of(pairing), entity("dataverse", pairing.table).id
    rows: list[Row] = []
    for each in customers:
        if each.there is None:
            continue
        row: Row = {key: each.row_id}
        row |= references.in_company(each.company) if each.company else {}
        row |= translate.row(each.there, references.finder(each.company)) | each.columns
        if each.bill_to is not None:
            row["msdyn_billingaccount_account@odata.bind"] = f"/accounts({each.bill_to.row_id})"
        rows.append({name: value for name, value in row.items() if value is not None})
    return rows


def _people(people: Sequence[Person], references: References) -> list[Row]:
    rows: list[Row] = []
    for each in people:
        if each.there is None:
            continue
        row: Row = {"contactid": each.row_id}
        row |= references.in_company(each.company) if each.company else {}
        row |= Translator.of(each.pairing).row(each.there, references.finder(each.company))
        if each.employer is not None:
            row["parentcustomerid_account@odata.bind"] = f"/accounts({each.employer.row_id})"
        rows.append(row)
    return rows


def _cards(loyal: Sequence[Card]) -> list[Row]:
    translate = Translator.of(CARDS)
    return [
        {"msdyn_loyaltycardid": each.row_id} | translate.row(each.there, lambda _table, code: code)
        for each in loyal
        if each.there
    ]
