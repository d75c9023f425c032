"""The demo data of the local house, put together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.emulator.demo.broken import broken
from tests.emulator.demo.countries import countries
from tests.emulator.demo.customers import Customer, Maker
from tests.emulator.demo.kinds import DEFERRED, Expected, Kind, allotted
from tests.emulator.demo.numbers import Numbers
from tests.emulator.demo.pairs import CUSTOMERS, Row, Translator
from tests.emulator.demo.references import IN_DATAVERSE, IN_FINOPS, ON_BOTH, References

FLOWS: Final = {
    "PaymentTerms": "dual_write.terms_of_payment",
    "CustomerGroups": "dual_write.customer_groups",
    "CustomersV3": "dual_write.customers_v3_accounts",
}


@dataclass(frozen=True)
class Demo:
    """Rows to load into the two twins, in the order of the dictionaries: what rows refer to comes first.

    finops: entity set to rows as F&O stores them. dataverse: entity set to rows in wire form, with their ids.
    expected: flow to the number of records of each kind. broken: breakage (see the module `broken`) to the account
    numbers of the customers that have it.
    """

    finops: Mapping[str, list[dict[str, Any]]]
    dataverse: Mapping[str, list[dict[str, Any]]]
    expected: Mapping[str, Expected]
    broken: Mapping[str, list[str]]


def demo(customers: int = 2000, seed: int = 2026, companies: Sequence[str] = ("usmf", "demf")) -> Demo:
    """Demo data with so many customers. The same arguments give the same data, byte for byte."""
    random, numbers = Random(f"{seed} demo"), Numbers(Random(f"{seed} numbers"))
    references = References([each.lower() for each in companies], Random(f"{seed} references"), numbers)
    maker = Maker(random, countries(seed), references, numbers)
    kinds = allotted(customers)
    mixed = [kind for kind, number in kinds.items() if kind != "broken" for _ in range(number)]
    random.shuffle(mixed)
    made = [maker.make(kind) for kind in mixed]
    bad = broken(maker, [each for each in made if each.kind == "outside"], kinds["broken"])
    _defer(made, random, round(customers * DEFERRED))
    everybody = made + [each for _, each in bad]
    expected = {FLOWS[name]: Expected.of(of) for name, of in references.kinds.items() if name in FLOWS}
    expected[FLOWS["CustomersV3"]] = Expected.of(each.kind for each in everybody)
    breakages: dict[str, list[str]] = {}
    for name, each in bad:
        breakages.setdefault(name, []).append(each.number)
    return Demo(
        finops=references.finops | {"CustomersV3": _finops_rows(everybody)},
        dataverse=references.dataverse | {"accounts": _accounts(everybody, references)},
        expected=expected,
        broken=breakages,
    )


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


def _finops_rows(customers: Sequence[Customer]) -> list[Row]:
    rows: list[Row] = []
    for each in customers:
        if each.here is None:
            continue
        if each.bill_to is not None and each.bill_to.here is not None:
            each.here["InvoiceAccount"] = each.bill_to.here["CustomerAccount"]
        rows.append(each.here)
    return rows


def _accounts(customers: Sequence[Customer], references: References) -> list[Row]:
    translate = Translator.of(CUSTOMERS)
    rows: list[Row] = []
    for each in customers:
        if each.there is None:
            continue
        row: Row = {"accountid": each.account_id}
        row |= references.in_company(each.company) if each.company else {}
        row |= translate.row(each.there, references.finder(each.company)) | each.columns
        if each.bill_to is not None:
            row["msdyn_billingaccount@odata.bind"] = f"/accounts({each.bill_to.account_id})"
        rows.append({name: value for name, value in row.items() if value is not None})
    return rows
