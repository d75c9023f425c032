"""What customers refer to: companies, currencies, and per company days, schedules, terms, groups, methods, vendors.

The rows stand in `references.json`, as F&O has them, with their kind; `there` is what Dataverse has instead. A broken
one is in Dataverse only, and F&O cannot take it: a description that is too long, or a line of something broken.
Texts in pairs are English and German; German companies get the second.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

from shared.mapping import Entity, entity
from tests.emulator.dataverse import BASE_CURRENCY_ID
from tests.emulator.demo.kinds import Kind
from tests.emulator.demo.numbers import Numbers
from tests.emulator.demo.pairs import REFERENCES, Pairing, Row
from tests.emulator.demo.rows import Find, Translator, blank

_FILE: Final = Path(__file__).with_name("references.json")
_NAMES: Final = {"usmf": "Contoso Entertainment System USA", "demf": "Contoso Entertainment System Germany"}
IN_FINOPS: Final[frozenset[Kind]] = frozenset({"only_erp", "equal", "different"})
IN_DATAVERSE: Final[frozenset[Kind]] = frozenset({"only_dataverse", "equal", "different"})
ON_BOTH: Final[frozenset[Kind]] = IN_FINOPS & IN_DATAVERSE


def guid(random: Random) -> str:
    """An id as Dataverse gives it, but the same for the same seed."""
    return str(UUID(int=random.getrandbits(128), version=4))


class References:
    """The reference rows of both systems, and how their codes and ids are found.

    kinds: of every row, per F&O entity. broken: the codes of the broken ones.
    """

    def __init__(self, companies: Sequence[str], random: Random, numbers: Numbers) -> None:
        self.companies = companies
        self.finops: dict[str, list[Row]] = {"Currencies": [], **{each.entity: [] for each in REFERENCES}}
        self.dataverse: dict[str, list[Row]] = {"cdm_companies": [], "transactioncurrencies": []}
        self.dataverse |= {each.table: [] for each in REFERENCES}
        self.kinds: dict[str, list[Kind]] = {each.entity: [] for each in REFERENCES}
        self.broken: dict[str, list[str]] = {each.entity: [] for each in REFERENCES}
        self._random, self._numbers = random, numbers
        self._ids: dict[tuple[str, str, str], str] = {}
        self._codes: dict[tuple[str, Kind], list[str]] = {}
        documents = json.loads(_FILE.read_text("utf-8"))
        self._add_companies()
        self._add_currencies(documents["currencies"])
        for pairing in REFERENCES:
            striped = "dataAreaId" in entity("finops", pairing.entity).key
            for company in companies if striped else ("",):
                self._add_rows(pairing, company, documents[pairing.entity])

    def company_id(self, company: str) -> str:
        """The Dataverse id of a company."""
        return self._ids["cdm_companies", "", company.upper()]

    def finder(self, company: str) -> Find:
        """What finds the Dataverse id of a code in a company; currencies belong to all of them."""

        def find(table: str, code: str) -> str:
            return self._ids[table, "" if table == "transactioncurrencies" else company, code.upper()]

        return find

    def codes(self, name: str, kinds: Collection[Kind]) -> list[str]:
        """The codes of an F&O entity that are of one of the kinds: the same in every company."""
        return [code for (entity_name, kind), codes in self._codes.items() if entity_name == name and kind in kinds
                for code in codes]  # fmt: skip

    def _add_companies(self) -> None:
        for company in self.companies:
            code, row_id = company.upper(), guid(self._random)
            self._ids["cdm_companies", "", code] = row_id
            row = {"cdm_companyid": row_id, "cdm_companycode": code, "cdm_name": _NAMES.get(company, f"Contoso {code}")}
            self.dataverse["cdm_companies"].append(row)

    def _add_currencies(self, document: Sequence[Sequence[Any]]) -> None:
        for code, name, symbol, rate, precision, kind in document:
            if kind in IN_FINOPS:
                self.finops["Currencies"].append({"CurrencyCode": code, "Name": name, "Symbol": symbol})
            if kind in IN_DATAVERSE:
                # The base currency is in every environment; a second EUR would make the code ambiguous.
                row_id = BASE_CURRENCY_ID if code == "EUR" else guid(self._random)
                self._ids["transactioncurrencies", "", code] = row_id
                row = {"transactioncurrencyid": row_id, "isocurrencycode": code, "currencyname": name}
                row |= {"currencysymbol": symbol, "exchangerate": rate, "currencyprecision": precision}
                self.dataverse["transactioncurrencies"].append(row)

    def _add_rows(self, pairing: Pairing, company: str, documents: Sequence[Mapping[str, Any]]) -> None:
        form = entity("finops", pairing.entity)
        empty, code = blank(form), form.key[-1]
        named = next(name for name in reversed(form.key) if form.fields[name].type in {"code", "guid"})
        own = {"dataAreaId": company} if company else {}
        translate = Translator.of(pairing)
        for document in documents:
            kind: Kind = document["kind"]
            row = empty | own | _worded(document["row"], company) | self._generated(form)
            there = row | document.get("there", {})
            self.kinds[pairing.entity].append(kind)
            if company in {"", self.companies[0]}:
                self._codes.setdefault((pairing.entity, kind), []).append(row[code])
            if kind in IN_FINOPS:
                self.finops[pairing.entity].append(row)
            if kind == "broken":
                self.broken[pairing.entity].append(row[named])
            if kind in IN_DATAVERSE or kind == "broken":
                self._add_there(pairing, company, there[code], translate.row(there, self.finder(company)))

    def _generated(self, form: Entity) -> Row:
        """What every row has for itself: a party number, or the id that both sides know it by."""
        found: Row = {"VendorPartyNumber": self._numbers.party()} if "VendorPartyNumber" in form.fields else {}
        return found | {name: guid(self._random) for name in form.key if form.fields[name].type == "guid"}

    def _add_there(self, pairing: Pairing, company: str, code: str, row: Row) -> None:
        form = entity("dataverse", pairing.table)
        own = {form.id: guid(self._random), **(self.in_company(company) if company else {})} | row
        self._ids[pairing.table, company, str(code).upper()] = own[form.id]
        self.dataverse[pairing.table].append(own)

    def in_company(self, company: str) -> Row:
        """What puts a Dataverse row into a company."""
        return {"msdyn_company@odata.bind": f"/cdm_companies({self.company_id(company)})"}


def _worded(row: Mapping[str, Any], company: str) -> Row:
    place = 1 if company.startswith("de") else 0
    return {name: value[place] if isinstance(value, list) else value for name, value in row.items()}
