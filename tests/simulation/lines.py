"""Whether every line of a flow's map does what it says, in both directions: played once per flow on the stage.

A record is created on each side with a value in every line, and then each line is edited on each side it flows from.
`python -m tests.simulation.lines` prints how many lines work, per flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from shared.engine import House, Wake, explain, pump, set_state, start_job, visit, work_on
from shared.ledger import Coupling, end_of
from shared.mapping import ABSENT, DATAVERSE, ERP, SIDES, Constant, FlowMap, Line, Side, entity, fold, other, reader
from tests.simulation.samples import ORGANISATIONS, PERSONS, Pair, Target, pairs
from tests.simulation.world import World, company, in_a_world
from tests.unit.maps.shipped import FLOWS, REVISIONS, catalogue, lines_of, shipped

COMPANY: Final = "usmf"
CODES: Final = ("T1", "T2")
KEPT: Final = {
    "msdyn_paymentdays": ("PaymentDaysCds", "Name", "msdyn_name"),
    "msdyn_paymentschedules": ("PaymentSchedules", "Name", "msdyn_name"),
    "msdyn_paymentterms": ("PaymentTerms", "Name", "msdyn_name"),
    "msdyn_customergroups": ("CustomerGroups", "CustomerGroupId", "msdyn_groupid"),
    "msdyn_customerpaymentmethods": ("CustomerPaymentMethods", "Name", "msdyn_name"),
    "accounts": ("CustomersV3", "CustomerAccount", "accountnumber"),
}
"""Tables that lookups point to and a flow keeps equal: ERP entity, its code, and the column that holds it."""

BY_KEY: Final = {
    "msdyn_vendors": ("VendorsV2", "VendorAccountNumber", "msdyn_vendoraccountnumber"),
    "msdyn_taxgroups": ("TaxGroups", "TaxGroupCode", "msdyn_name"),
    "msdyn_contactforparties": ("", "", "msdyn_contactforpartynumber"),
}
"""Tables without a flow: their rows are found by key, whoever keeps them."""
BUYERS: Final = "dual_write.customers_v3_contacts"
TYPED: Final = "typed_party"
"""The overlay that sends a party number with a new record, whoever has typed it."""

Outcome = tuple[str, str, str]
"""Line as written, what was done at which side, and what is wrong; empty if it arrived."""


@dataclass(slots=True)
class Stage:
    """One flow in a world of its own, with two records of everything that its lines refer to."""

    world: World
    house: House
    found: FlowMap
    company_id: str = ""
    targets: dict[str, tuple[Target, Target]] = field(default_factory=dict)

    # -- what records refer to

    async def furnish(self) -> None:
        """Everything that lines point to, on both sides and in sync."""
        self.company_id = company(self.world, COMPANY)
        for name in self.house.catalogue.names:
            await set_state(self.house, name, "running")
        self.targets["transactioncurrencies"] = (self._currency("USD"), self._currency("SEK"))
        self._add_parties()
        await self._add_kept()
        for table, (name, code, column) in BY_KEY.items():
            self.targets[table] = _two(self._by_key(table, name, code, column, at) for at in (0, 1))
        if any(path.table == "contacts" for line in self.found.lookups if line.lookup for path in line.lookup.paths):
            await self._add_buyers()
        for at, number in enumerate(PERSONS):
            person = {"ContactPersonPartyNumber": number, "FirstName": "Ada", "AssociatedContactType": "Vendor"}
            row = {"dataAreaId": COMPANY, "AssociatedContactNumber": CODES[1 - at], **person}
            self.world.finops.create("CDSContactPersonsV2", row)

    def _add_parties(self) -> None:
        numbers = ORGANISATIONS if self.found.name == "dual_write.customers_v3_accounts" else PERSONS
        ids = {number: self.world.dataverse.create("msdyn_parties", {"msdyn_partynumber": number})
               for number in (*ORGANISATIONS, *PERSONS)}  # fmt: skip
        self.targets["msdyn_parties"] = _two(Target(number, "msdyn_parties", ids[number]) for number in numbers)

    async def _add_kept(self) -> None:
        for name, code, _ in KEPT.values():
            for at in (0, 1):
                self.world.finops.create(name, self._customer(at) if code == "CustomerAccount" else _coded(code, at))
        await self._compare([name for name in self.house.catalogue.names if "contacts" not in name])
        for table, (_, _, column) in KEPT.items():
            rows = {row[column]: row for row in self.world.dataverse.rows(table)}
            self.targets[table] = _two(_target(code, table, rows[code]) for code in CODES)

    async def _add_buyers(self) -> None:
        """Contacts whose number both sides have agreed on."""
        for at in (0, 1):
            row = {
                "PartyType": "Person",
                "PersonFirstName": "Ada",
                "PersonLastName": "King",
                "SalesCurrencyCode": "USD",
            }
            key = {"dataAreaId": COMPANY, "CustomerAccount": f"B{at}", "CustomerGroupId": CODES[at]}
            self.world.finops.create("CustomersV3", {**row, **key})
        await self._compare([BUYERS])
        rows = {str(row["msdyn_contactpersonid"]): row for row in self.world.dataverse.rows("contacts")}
        self.targets["contacts"] = _two(_target(f"B{at}", "contacts", rows[f"B{at}"]) for at in (0, 1))

    def _currency(self, code: str) -> Target:
        if self.world.finops.row("Currencies", {"CurrencyCode": code}) is None:
            self.world.finops.create("Currencies", {"CurrencyCode": code, "Name": code})
        row = {"isocurrencycode": code, "currencyname": code, "currencysymbol": code, "exchangerate": 1}
        row_id = self.world.dataverse.create("transactioncurrencies", {**row, "currencyprecision": 2})
        return Target(code, "transactioncurrencies", row_id)

    def _customer(self, at: int) -> dict[str, Any]:
        row = {"OrganizationName": "Contoso", "PartyType": "Organization", "SalesCurrencyCode": "USD"}
        return {**row, **_coded("CustomerAccount", at), "CustomerGroupId": CODES[at], "PartyNumber": ORGANISATIONS[at]}

    def _by_key(self, table: str, name: str, code: str, column: str, at: int) -> Target:
        if name:
            self.world.finops.create(name, _coded(code, at))
        striped = "msdyn_company" in entity(DATAVERSE, table).fields
        own = self._in_company() if striped else {}
        return Target(CODES[at], table, self.world.dataverse.create(table, {column: CODES[at], **own}))

    def _in_company(self) -> dict[str, Any]:
        return {"msdyn_company@odata.bind": f"/cdm_companies({self.company_id})"}

    # -- people

    def create(self, side: Side, values: Mapping[Line, Pair]) -> tuple[str, ...]:
        """Somebody creates a record with a value in every line that flows from this side; its identity."""
        sent: dict[str, Any] = {}
        for line, pair in values.items():
            if _flows_from(line, side):
                sent |= pair.sent(line, side)
        part = self.found.side(side)
        sent |= {each.target.name: _raw(each) for each in part.constants if each.value}
        if side == ERP:
            row = self.world.finops.create(
                part.entity.name, sent | ({"dataAreaId": COMPANY} if self.found.company else {})
            )
            return self.found.erp_identity(row)
        row_id = self.world.dataverse.create(
            part.entity.name, sent | (self._in_company() if self.found.company else {})
        )
        return (row_id,)

    def edit(self, side: Side, identity: tuple[str, ...], line: Line, pair: Pair) -> None:
        """Somebody gives one line another value."""
        name = self.found.side(side).entity.name
        if side == ERP:
            key = dict(zip(self.found.identity, identity, strict=True))
            self.world.finops.update(name, key, pair.sent(line, side))
        else:
            self.world.dataverse.update(name, identity[0], pair.sent(line, side))

    # -- the app

    async def visit(self, side: Side, identity: tuple[str, ...]) -> Coupling | None:
        """The record is looked at; its coupling."""
        flow = self.house.flow(self.found.name)
        await visit(flow, Wake(side, identity, await flow.ledger.store_hint(side, identity, "event")))
        return await flow.ledger.coupling(end_of(side, identity))

    async def _compare(self, names: Sequence[str]) -> None:
        job = await start_job(self.house, "compare", names)
        while job["state"] == "running":
            job = await work_on(self.house, job["id"], lambda: False)
        assert not job["errors"], job["errors"]

    # -- what came of it

    def stored(self, side: Side, identity: tuple[str, ...]) -> Mapping[str, Any]:
        """A record as it stands now; empty if there is none."""
        name = self.found.side(side).entity.name
        if side == ERP:
            return self.world.finops.row(name, dict(zip(self.found.identity, identity, strict=True))) or {}
        return self.world.dataverse.row(name, identity[0]) or {}

    def wrong(self, line: Line, side: Side, row: Mapping[str, Any], pair: Pair) -> str:
        """What a line holds instead of what it should; empty if it holds that."""
        column = line.dataverse if side == DATAVERSE else line.erp
        read = reader(column)
        now, wanted = read(row.get(column.wire_name, ABSENT)), read(pair.of(side))
        return "" if fold(now) == fold(wanted) else f"{side} has {now!r}, not {wanted!r}"


def _coded(name: str, at: int) -> dict[str, Any]:
    return {"dataAreaId": COMPANY, name: CODES[at]}


def _target(code: str, table: str, row: Mapping[str, Any]) -> Target:
    return Target(code, table, str(row[entity(DATAVERSE, table).id]))


def _two(found: Iterable[Target]) -> tuple[Target, Target]:
    first, second = found
    return first, second


def _flows_from(line: Line, side: Side) -> bool:
    return line.to_dataverse if side == ERP else line.to_erp


def _raw(constant: Constant) -> Any:
    kind, value = constant.target.type, constant.value
    return value == "true" if kind == "bool" else int(value) if kind == "choice" else value


# -- the play


@cache
def outcomes(flow: str, *revisions: str) -> tuple[Outcome, ...]:
    """What became of every line of a flow's map, with these revisions of it. A party number goes along as it stands: by
    default it would have to come out of the ERP first.
    """
    typed = [TYPED] if f"{flow}.{TYPED}" in REVISIONS and TYPED not in revisions else []
    maps = catalogue(*(f"{flow}.{revision}" for revision in (*revisions, *typed)))
    found: list[Outcome] = []

    async def story(world: World) -> None:
        stage = Stage(world, world.house(), maps.map(f"dual_write.{flow}"))
        await stage.furnish()
        first, second = (pairs(stage.found, stage.targets, turn) for turn in (0, 1))
        both = await _created(stage, ERP, first, found)
        await _created(stage, DATAVERSE, second, found)
        for side in SIDES:
            values = second if side == ERP else first
            for line in stage.found.lines:
                if _flows_from(line, side) and not line.key and not line.fixed:
                    stage.edit(side, both[side], line, values[line])
                    await stage.visit(side, both[side])
                    wrong = stage.wrong(line, other(side), stage.stored(other(side), both[other(side)]), values[line])
                    found.append((line.name, f"edited in {side}", wrong))

    in_a_world(1, story, maps=maps)
    return tuple(found)


async def _created(
    stage: Stage, side: Side, values: Mapping[Line, Pair], found: list[Outcome]
) -> Mapping[Side, tuple[str, ...]]:
    """A record is created on a side; the identities of both when it has arrived."""
    identity = stage.create(side, values)
    await stage.visit(side, identity)
    await pump(stage.house, lambda: False)
    coupling = await stage.visit(side, identity)
    assert coupling is not None, await explain(stage.house.flow(stage.found.name), side, identity)
    assert coupling.erp is not None
    both: dict[Side, tuple[str, ...]] = {ERP: coupling.erp, DATAVERSE: (coupling.dataverse,)}
    row = stage.stored(other(side), both[other(side)])
    for line, pair in values.items():
        if _flows_from(line, side):
            found.append((line.name, f"created in {side}", stage.wrong(line, other(side), row, pair)))
    for constant in stage.found.side(other(side)).constants:
        now, wanted = row.get(constant.target.name), None if constant.value == "" else _raw(constant)
        found.append((constant.line, f"created in {side}", "" if now == wanted else f"{now!r}, not {wanted!r}"))
    return both


def working(flow: str, *revisions: str) -> tuple[int, int]:
    """How many lines of a map do what they say, and how many it has."""
    played = outcomes(flow, *revisions)
    names = {line for line, _, _ in played}
    return len(names - {line for line, _, wrong in played if wrong}), len(lines_of(shipped(flow, *revisions)))


def main() -> None:
    for flow in FLOWS:
        good, all_lines = working(flow)
        print(f"{flow:28} {good:3} / {all_lines:3}")  # noqa: T201 - this is the command's answer


if __name__ == "__main__":
    main()
