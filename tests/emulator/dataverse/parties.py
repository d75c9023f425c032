"""What the party solutions of release 3 change, where they are installed (solutions Party and Dynamics365GABExtended).

Their business rules on contacts have the scope of the table, so that they run on the server, too; what they answer is
deduced. By the facts: `tests/unit/mapping/published/parties.json`, and the fact sheet's section on the party solutions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.refusal import Refusal
from tests.emulator.dataverse.schema import PARTIES, Column
from tests.emulator.dataverse.store import Row
from tests.emulator.dataverse.writer import Writer

FACTS: Final = Path(__file__).parents[2] / "unit" / "mapping" / "published" / "parties.json"
TABLES: Final = ("accounts", "contacts", "msdyn_parties", "msdyn_contactforparties", "msdyn_vendors")
HAS_NO_COMPANY: Final = 192_360_000
Values = dict[str, Any]


def install(environment: Environment, writer: Writer) -> None:
    """Columns are widened and numbered, keys refuse a party twice, contacts have rules, no table is tracked."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    for name in TABLES:
        table = environment.tables[name]
        for column, fact in facts[name]["columns"].items():
            table.set_column(_changed(table.definition.columns[column], fact))
        for key, columns in facts[name]["keys"].items():
            if not PARTIES.isdisjoint(columns):
                table.add_key(table.definition.new_key(key, " and ".join(columns), tuple(columns)))
        table.definition.change_tracking = False
    before = writer.checks.get("contacts")

    def check(row: Row | None, values: Values) -> None:
        if before is not None:
            before(row, values)
        _contact(values)

    writer.checks["contacts"] = check


def _changed(column: Column, fact: Mapping[str, Any]) -> Column:
    numbers = fact.get("autonumber", "")
    return replace(column, length=fact.get("len", column.length), auto_number=numbers or column.auto_number)


def _contact(values: Values) -> None:
    """Customers and vendors have a company. Whoever is neither has none, and is refused one with a number."""
    if values["msdyn_sellable"] or values["msdyn_isvendor"]:
        values["msdyn_contacthasnocompany"] = None
        return
    if values["_msdyn_company_value"] and values["msdyn_contactpersonid"]:
        raise Refusal(400, "0x80040265", "Company can't be selected for a contact that isn't a customer or vendor.")
    values["_msdyn_company_value"] = None
    values["msdyn_contacthasnocompany"] = HAS_NO_COMPANY
