"""People at work on both sides: they edit, create, delete, rename, move, merge records, and know nothing of Koppel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from random import Random
from typing import Any, Final

from shared.mapping import DATAVERSE, ERP, Entity, Side, entity
from tests.emulator.business_central.refusal import Refusal as CentralRefusal
from tests.emulator.dataverse.refusal import Refusal as DataverseRefusal
from tests.emulator.finops.refusal import Refusal as FinopsRefusal
from tests.simulation.kinds import CARDS, CONTACTS, CUSTOMERS, GROUPS, KINDS, PERSONS, TERMS, Kind, Pair
from tests.simulation.world import World, company

NOTHING: Final[Mapping[str, Any]] = {}
WEIGHTS: Final = {GROUPS: 2, TERMS: 2, CUSTOMERS: 6, CONTACTS: 5, PERSONS: 5, CARDS: 5}
COMPANIES: Final = {"usmf": 8, "demf": 1}
"""How often something is created in which company."""
ACTIONS: Final = {"edit": 26, "create": 6, "delete": 3, "rename": 1, "move": 2, "merge": 1, "own": 2, "use_again": 1}
DOUBLING: Final = {**ACTIONS, "make_again": 8, "double": 8, "join": 6}
"""Those of people who enter again what is there, or was, or call something their own that is somebody else's."""
MERGEABLE: Final = frozenset({"accounts", "contacts"})


@dataclass(frozen=True, slots=True)
class Deleted:
    """What somebody has deleted: what kind of record, where, of which company, and what it was called."""

    kind: Kind
    side: Side
    where: str
    code: str
    called: Mapping[str, Any]


@dataclass(slots=True)
class People:
    """Everybody who works in the two systems. `tell` hears what they do. hot: all are after the same few records.

    flows: what they work on. kinds: what they know of these, and weights: how much of it they do. stripes: how often
    something is created in which company.
    """

    world: World
    random: Random
    tell: Callable[[str], None]
    flows: Sequence[str]
    actions: Mapping[str, int] = field(default_factory=lambda: ACTIONS)
    hot: bool = False
    done: int = 0
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    stripes: Mapping[str, int] = field(default_factory=lambda: COMPANIES)
    companies: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    deleted: list[Deleted] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: count(1))

    def furnish(self, decimals: int = 2) -> None:
        """What no flow brings: companies and a currency; and what is there before Koppel is."""
        self.companies = {code: company(self.world, code) for code in COMPANIES}
        first = next(iter(self.companies))  # the others name no team
        team = self.world.dataverse.create("teams", {"name": first})
        bound = {"cdm_defaultowningteam@odata.bind": f"/teams({team})"}
        self.world.dataverse.update("cdm_companies", self.companies[first], bound)
        dollar = {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "$", "exchangerate": 1,
                  "currencyprecision": decimals}  # fmt: skip
        self.currency = self.world.dataverse.create("transactioncurrencies", dollar)
        for code, row_id in self.companies.items():
            self.world.erp.create("TaxGroups", {"dataAreaId": code, "TaxGroupCode": "AV"})  # never all is gone
            self.world.erp.create("PaymentTerms", {"dataAreaId": code, "Name": "Net30", "Description": "A"})
            group = {"dataAreaId": code, "CustomerGroupId": "10", "Description": "A", "PaymentTermId": "Net30"}
            self.world.erp.create("CustomerGroups", group)
            row = {"msdyn_groupid": "10", "msdyn_company@odata.bind": f"/cdm_companies({row_id})"}
            assert self.world.dataverse.create("msdyn_customergroups", row)

    def stock(self, size: int) -> None:
        """Customers that were there before Koppel: on one side, on the other, and on both."""
        kind = KINDS[CUSTOMERS]
        for number in range(size):
            for side in (ERP, DATAVERSE) if number % 3 == 0 else (ERP,) if number % 3 == 1 else (DATAVERSE,):
                self._try("create", kind, side, partial(self._create, kind, side, f"S{number}"))

    def copy_long_texts(self) -> None:
        """Somebody has copied long memos from the ERP into Dataverse by hand, as far as there is room."""
        kind = KINDS[CUSTOMERS]
        accounts = {row.get(kind.column): row for row in self._all(kind, DATAVERSE)}
        for customer in self._all(kind, ERP):
            account = accounts.get(customer[kind.key])
            if account is not None:
                memo = f"{customer[kind.key]} buys " + "a lot " * 400
                self._update(kind, ERP, customer, {"SalesMemo": memo})
                self._update(kind, DATAVERSE, account, {"description": memo[:2000]})

    def act(self) -> None:
        """Somebody does something."""
        kind = self.kinds[drawn(self.random, {flow: self.weights[flow] for flow in self.flows})]
        side: Side = self.random.choice((ERP, DATAVERSE))
        action = drawn(self.random, self.actions)
        if action != "create" and not self._records(kind, side):
            action = "create"
        self._try(action, kind, side, partial(getattr(self, f"_{action}"), kind, side))

    def get_in_between(self, flow: str, names: Mapping[Side, str], action: str = "") -> None:
        """Somebody does something to the very record that Koppel is at work on. names: its code, and its row's id."""
        kind = self.kinds[flow]
        side = self.random.choice(sorted(names))
        found = [each for each in self._all(kind, side) if _known_as(kind, side, each) == names[side].lower()]
        if not found:
            code = names.get(ERP, "")
            if code in kind.codes:
                self._try("create", kind, side, partial(self._create, kind, side, code))
            return
        action = action or drawn(self.random, {"edit": 8, "delete": 1, "rename": 1})
        deed = getattr(self, f"_{action}")
        self._try(action, kind, side, partial(deed, kind, side, found[0]))

    def _try(self, action: str, kind: Kind, side: Side, deed: Callable[[], str]) -> None:
        try:
            what = deed()
        except (FinopsRefusal, CentralRefusal, DataverseRefusal) as refusal:
            self.tell(f"somebody wants to {action} in {side} {_table(kind, side)}, which refuses: {refusal}")
            return
        self.done += 1
        self.tell(f"somebody {what} in {side} {_table(kind, side)}")

    # -- what people do

    def _edit(self, kind: Kind, side: Side, record: Mapping[str, Any] | None = None) -> str:
        record = record or self.random.choice(self._records(kind, side))
        several = min(self.random.choice((1, 1, 2)), len(kind.pairs))
        pairs = self.random.sample(kind.pairs[:3] if self.hot else kind.pairs, several)
        where = self._company_of(side, record)
        values = {name: value for pair in pairs for name, value in self._filled(pair, side, where).items()}
        self._update(kind, side, record, values)
        return f"edits {_name(kind, side, record)}: {_shown(values)}"

    def _own(self, kind: Kind, side: Side) -> str:
        """Somebody means another language, or another kind of address, than the map gives; and edits something else."""
        if side not in kind.own:
            return self._edit(kind, side)
        record = self.random.choice(self._records(kind, side))
        name, choices = kind.own[side]
        values = {name: self.random.choice(choices)}
        if self.random.random() < 0.5:
            values |= self._filled(self.random.choice(kind.pairs), side, self._company_of(side, record))
        self._update(kind, side, record, values)
        return f"edits {_name(kind, side, record)}: {_shown(values)}"

    def _create(self, kind: Kind, side: Side, code: str = "", where: str = "", own: Mapping[str, Any] = NOTHING) -> str:
        """own: what this record is called, or known by."""
        pairs = self.random.sample(kind.pairs, min(self.random.randint(0, 3), len(kind.pairs)))
        where = where or drawn(self.random, self.stripes)
        values = {name: value for pair in pairs for name, value in self._filled(pair, side, where).items()}
        values |= own
        given, code = bool(code), code or self.random.choice(kind.codes or ("",))
        if side == ERP:
            values = {
                **self._needed(kind, where),
                **values,
                **self._where(kind, side, where),
                **({kind.key: code} if code else {}),
            }
            self.world.erp.create(kind.entity, values)
        else:
            if self._may_be_blank(kind) and not given and self.random.random() < 0.2:
                code = ""
            company = self._where(kind, side, where)
            values = {**self._wanted(kind, where), **values, kind.column: code or None, **company}
            self.world.dataverse.create(kind.table, {key: value for key, value in values.items() if value is not None})
        return f"creates {code or '(no number)'} of {where}: {_shown(values)}"

    def _may_be_blank(self, kind: Kind) -> bool:
        """True if somebody may leave it to others to number such a row."""
        return kind.flow in {CUSTOMERS, PERSONS}

    def _where(self, kind: Kind, side: Side, where: str) -> dict[str, Any]:
        """The company of what belongs to one."""
        if not kind.striped:
            return {}
        if side == ERP:
            return {"dataAreaId": where}
        return {"msdyn_company@odata.bind": f"/cdm_companies({self.companies[where]})"}

    def _needed(self, kind: Kind, where: str) -> dict[str, Any]:
        """What the ERP does not create such a record without, or would default."""
        if kind.flow == CONTACTS:
            return {"FirstName": f"v{next(self._numbers)}", "AssociatedContactType": "Customer",
                    "AssociatedContactNumber": self._code(CUSTOMERS, ERP, where)}  # fmt: skip
        if kind.flow not in {CUSTOMERS, PERSONS}:
            return {}
        assert kind.only is not None
        name = "OrganizationName" if kind.flow == CUSTOMERS else "PersonFirstName"
        return {name: f"v{next(self._numbers)}", "CustomerGroupId": self._code(GROUPS, ERP, where),
                "PartyType": kind.only[1], "SalesCurrencyCode": "USD"}  # fmt: skip

    def _wanted(self, kind: Kind, where: str) -> dict[str, Any]:
        """What people fill in for such a record in Dataverse."""
        currency = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currency})"}
        if kind.flow == CUSTOMERS:
            name = {"name": f"v{next(self._numbers)}", "customertypecode": 3}
            return {**name, **currency, **self._filled(kind.pairs[-3], DATAVERSE, where)}
        if kind.flow == PERSONS:
            name = {"firstname": f"v{next(self._numbers)}", "msdyn_sellable": True}
            return {**name, **currency, **self._filled(kind.pairs[-1], DATAVERSE, where)}
        if kind.flow == CONTACTS:
            return {"firstname": f"v{next(self._numbers)}", **self._of_an_account(where)}
        return {}

    def _of_an_account(self, where: str) -> dict[str, Any]:
        """A contact's company, more often than not one of the accounts."""
        rows = self._of_company(KINDS[CUSTOMERS], DATAVERSE, where)
        if not rows or self.random.random() < 0.1:
            return {}
        return {"parentcustomerid_account@odata.bind": f"/accounts({self.random.choice(rows)['accountid']})"}

    def _delete(self, kind: Kind, side: Side, record: Mapping[str, Any] | None = None) -> str:
        record = record or self._dispensable(kind, side)
        gone = self._about_to_go(kind, side, record)
        if side == ERP:
            self.world.erp.delete(kind.entity, erp_key(kind, record))
        else:
            self.world.dataverse.delete(kind.table, row_id_of(kind, record))
        self.deleted.append(gone)
        return f"deletes {_name(kind, side, record)}"

    def _about_to_go(self, kind: Kind, side: Side, record: Mapping[str, Any]) -> Deleted:
        name = kind.pairs[0].erp if side == ERP else kind.pairs[0].dataverse
        code = str(record.get(kind.key if side == ERP else kind.column) or "") if kind.codes else ""
        where = self._company_of(side, record) if kind.striped else ""
        return Deleted(kind, side, where, code, {name: record[name]} if record.get(name) else {})

    def _use_again(self, kind: Kind, side: Side) -> str:
        """A record is deleted in the ERP, and its number given to another one: the same minute, or whenever it is."""
        records = self._records(kind, ERP)
        if kind.flow not in {CUSTOMERS, PERSONS} or not records:
            return self._create(kind, side)
        record = self.random.choice(records)
        self.world.erp.delete(kind.entity, erp_key(kind, record))
        where = self._company_of(ERP, record)
        values = {**self._needed(kind, where), "dataAreaId": where, kind.key: record[kind.key]}
        self.world.erp.create(kind.entity, values)
        return f"(in erp) deletes {record[kind.key]}, and gives its number to another: {_shown(values)}"

    def _make_again(self, kind: Kind, side: Side) -> str:
        """What was just deleted is entered again under its number, mostly where it was, and mostly as the same."""
        if not self.deleted:
            return self._delete(kind, side) if self._records(kind, side) else self._create(kind, side)
        gone = self.random.choice(self.deleted[-2:])
        there = gone.side if self.random.random() < 0.7 else DATAVERSE if gone.side == ERP else ERP
        called = gone.called if there == gone.side and self.random.random() < 0.7 else NOTHING
        return f"(in {there}) makes again: {self._create(gone.kind, there, gone.code, gone.where, called)}"

    def _double(self, kind: Kind, side: Side) -> str:
        """A second record with the party, or else the number, that another one has.

        A customer of the same party is one of another company; of a contact there may be two in one.
        """
        kind = KINDS[CONTACTS] if CONTACTS in self.flows and self._records(KINDS[CONTACTS], side) else kind
        record = self.random.choice(self._records(kind, side))
        party = (kind.party.erp if side == ERP else kind.party.dataverse) if kind.party else ""
        where = self._company_of(side, record) or drawn(self.random, self.stripes)
        if not record.get(party):
            number = record.get(kind.key if side == ERP else kind.column) if kind.codes else None
            return f"makes a double: {self._create(kind, side, str(number or ''), where)}"
        other = next(each for each in self.stripes if each != where)
        return f"makes a double: {self._create(kind, side, '', other if kind.codes else where, {party: record[party]})}"

    def _join(self, kind: Kind, side: Side) -> str:
        """Somebody types the party number of a record that he cannot see into a row of his own, in whatever company."""
        kinds = [each for flow in self.flows if (each := self.kinds[flow]).party]
        kind = kind if kind in kinds else self.random.choice(kinds)
        victims = [row[each.party.erp] for each in kinds if each.party for row in self._all(each, ERP)]
        if not victims or kind.party is None:
            return self._create(kind, side)
        number = self.random.choice(victims)
        code = "" if kind.codes else number
        return (
            f"(in dataverse) joins a party: {self._create(kind, DATAVERSE, code, '', {kind.party.dataverse: number})}"
        )

    def _dispensable(self, kind: Kind, side: Side) -> Mapping[str, Any]:
        """Whatever somebody takes it into his head to delete, and rather what was merged away."""
        records = self._records(kind, side)
        merged = [each for each in records if each.get("merged") is True]
        return self.random.choice(merged if merged and self.random.random() < 0.5 else records)

    def _rename(self, kind: Kind, side: Side, record: Mapping[str, Any] | None = None) -> str:
        record = record or self.random.choice(self._records(kind, side))
        if not kind.codes:
            return self._move_to_another_account(kind, side, record)
        code = self.random.choice(kind.codes)
        if side == ERP:
            self.world.erp.rename(kind.entity, erp_key(kind, record), {kind.key: code})
        else:
            self.world.dataverse.update(kind.table, row_id_of(kind, record), {kind.column: code})
        return f"renames {_name(kind, side, record)} to {code}"

    def _move_to_another_account(self, kind: Kind, side: Side, record: Mapping[str, Any]) -> str:
        """Whose contact person somebody is. In the ERP that is a part of the key, and only its own people change it."""
        if side == ERP:
            code = self._code(CUSTOMERS, ERP, self._company_of(ERP, record)) or record["AssociatedContactNumber"]
            self.world.erp.rename(kind.entity, erp_key(kind, record), {"AssociatedContactNumber": code})
            return f"re-assigns {_name(kind, side, record)} to {code}"
        values = self._of_an_account(self._company_of(side, record))
        self._update(kind, side, record, values)
        return f"moves {_name(kind, side, record)} to another account: {_shown(values)}"

    def _move(self, kind: Kind, side: Side) -> str:
        """Only records of Dataverse can leave the scope: a party in the ERP stays what it is."""
        return self._sell(kind, side) if kind.table == "contacts" else self._promote(kind, side)

    def _sell(self, kind: Kind, side: Side) -> str:
        """A contact takes part in an order, or it turns out that it does not."""
        records = self._records(kind, DATAVERSE)
        if not records:
            return self._create(kind, side)
        record, sold = self.random.choice(records), self.random.random() < 0.75
        values: dict[str, Any] = {"msdyn_sellable": sold}
        if sold:
            values |= self._filled(KINDS[PERSONS].pairs[-1], DATAVERSE, self._company_of(DATAVERSE, record))
        if sold and self.random.random() < 0.5:
            values["msdyn_contactpersonid"] = self.random.choice(KINDS[PERSONS].codes)
        self.world.dataverse.update("contacts", record["contactid"], values)
        return f"(in Dataverse) makes contact [{record['contactid'][:8]}] {'' if sold else 'not '}sellable"

    def _promote(self, kind: Kind, side: Side) -> str:
        records = self._records(KINDS[CUSTOMERS], DATAVERSE)
        if not records:
            return self._create(kind, side)
        prospects = [row for row in records if row.get("customertypecode") != 3]
        record = self.random.choice(prospects if prospects and self.random.random() < 0.5 else records)
        code, also = self.random.choice((3, 3, 8)), ""
        if code == 8 and self.random.random() < 0.5:
            also = self._delete_customer_of(record)
        self.world.dataverse.update("accounts", record["accountid"], {"customertypecode": code})
        name = record.get("accountnumber")
        return f"(in Dataverse) makes account {name} a {'customer' if code == 3 else 'prospect'}{also}"

    def _delete_customer_of(self, account: Mapping[str, Any]) -> str:
        """Whoever is no customer any more is not kept in the ERP."""
        kind, number = KINDS[CUSTOMERS], account.get("accountnumber")
        where = self._company_of(DATAVERSE, account)
        for row in self._of_company(kind, ERP, where):
            if row[kind.key] == number:
                return f", and {self._delete(kind, ERP, row)}"
        return ""

    def _merge(self, kind: Kind, side: Side) -> str:
        """Two rows of Dataverse turn out to be the same: one of them stays behind, inactive."""
        kind = kind if kind.table in MERGEABLE else KINDS[CUSTOMERS]
        rows = [row for row in self._all(kind, DATAVERSE) if row.get("merged") is not True]
        if len(rows) < 2:
            return self._create(kind, side)
        winner, loser = self.random.sample(rows, 2)
        self.world.dataverse.merge(kind.table, row_id_of(kind, winner), row_id_of(kind, loser))
        return f"(in Dataverse) merges {_name(kind, DATAVERSE, loser)} into {_name(kind, DATAVERSE, winner)}"

    # -- details

    def _records(self, kind: Kind, side: Side) -> Sequence[Mapping[str, Any]]:
        return self._all(kind, side)[:1] if self.hot else self._all(kind, side)

    def _all(self, kind: Kind, side: Side) -> Sequence[Mapping[str, Any]]:
        if side == DATAVERSE:
            return list(self.world.dataverse.rows(kind.table))
        rows = list(self.world.erp.rows(kind.entity))
        return [row for row in rows if row[kind.only[0]] == kind.only[1]] if kind.only else rows

    def _of_company(self, kind: Kind, side: Side, where: str) -> Sequence[Mapping[str, Any]]:
        """What people choose from when a record of that company refers to another."""
        return [each for each in self._records(kind, side) if self._company_of(side, each) == where]

    def _company_of(self, side: Side, record: Mapping[str, Any]) -> str:
        if side == ERP:
            return str(record.get("dataAreaId", "")).lower()
        mine = record.get("_msdyn_company_value")
        return next((code for code, row_id in self.companies.items() if row_id == mine), "")

    def _update(self, kind: Kind, side: Side, record: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        if side == ERP:
            self.world.erp.update(kind.entity, erp_key(kind, record), values)
        else:
            self.world.dataverse.update(kind.table, row_id_of(kind, record), values)

    def _filled(self, pair: Pair, side: Side, where: str) -> dict[str, Any]:
        if not pair.refers:
            make = pair.make if side == ERP else pair.dataverse_make or pair.make
            value = make(self.random, next(self._numbers))
            return {pair.erp if side == ERP else pair.dataverse: value if side == ERP or value != "" else None}
        if side == ERP:
            return {pair.erp: self._code(pair.refers, side, where)}
        target = KINDS[pair.refers]
        rows = self._of_company(target, DATAVERSE, where)
        if not rows or self.random.random() < 0.15:
            return {f"{pair.navigation}@odata.bind": None}
        return {f"{pair.navigation}@odata.bind": f"/{target.table}({row_id_of(target, self.random.choice(rows))})"}

    def _code(self, flow: str, side: Side, where: str) -> str:
        rows = self._of_company(KINDS[flow], side, where)
        return str(self.random.choice(rows)[KINDS[flow].key]) if rows and self.random.random() < 0.9 else ""


def drawn(random: Random, weights: Mapping[str, int]) -> str:
    """One of some words, by their weights."""
    return random.choices(list(weights), list(weights.values()))[0]


def _table(kind: Kind, side: Side) -> str:
    return kind.entity if side == ERP else kind.table


def erp_key(kind: Kind, record: Mapping[str, Any]) -> dict[str, Any]:
    """What addresses a record of the ERP."""
    return {name: record[name] for name in entity(kind.system, kind.entity).key}


def row_id_of(kind: Kind, record: Mapping[str, Any]) -> str:
    """The id of a row of Dataverse."""
    found: Entity = entity("dataverse", kind.table)
    return str(record[found.id])


def _known_as(kind: Kind, side: Side, record: Mapping[str, Any]) -> str:
    return (str(record[kind.named_by or kind.key]) if side == ERP else row_id_of(kind, record)).lower()


def _name(kind: Kind, side: Side, record: Mapping[str, Any]) -> str:
    return str(record[kind.key]) if side == ERP else f"{record.get(kind.column)} [{row_id_of(kind, record)[:8]}]"


def _shown(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.partition('@')[0]}={value!r}" for name, value in values.items())
