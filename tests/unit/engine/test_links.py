"""In which table a row is that a lookup points to by the couplings of several flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from shared.engine.lookups import Links, Target
from shared.mapping import Entity, Line, entity
from shared.systems import Observation
from tests.simulation.test_central_connector import connected


@dataclass(slots=True)
class Rows:
    """A system that has one row, and counts who is asked for."""

    table: str
    row_id: str
    asked: list[str] = field(default_factory=list)

    async def read(self, where: Entity, identity: Sequence[str], _columns: Sequence[str]) -> Observation | None:
        self.asked.append(where.name)
        found = (where.name, tuple(identity)) == (self.table, (self.row_id,))
        return Observation({where.id: self.row_id}, "1") if found else None


class Flows:
    """Two flows: customers are accounts, people are contacts."""

    def by_flow(self, name: str) -> Target:
        tables = {"people": ("contactCards", "contacts"), "customers": ("customers", "accounts")}
        erp, table = tables[name]
        own = entity("business_central", erp), entity("dataverse", table)
        return Target(cast("Any", None), *own, size=2, code=1, company=0)


def looking(*via: str) -> Line:
    """The line of a contact's parent, by the couplings of these flows."""
    line = next(each for each in connected().map("business_central.contacts").lookups if each.dataverse.targets)
    assert line.lookup is not None
    return replace(line, lookup=replace(line.lookup, via=via))


async def test_a_row_that_one_of_several_flows_may_keep_is_found_in_the_table_that_has_it() -> None:
    """Restored or written again, nobody has looked it up by its code: the reference names its own table."""
    rows = Rows("contacts", "r1")
    links, line = Links(cast("Any", rows), cast("Any", None), cast("Any", Flows())), looking("customers", "people")
    await links.locate(line, "r1")
    assert links.table_of(line, "r1") == "contacts"


async def test_nobody_asks_where_a_row_is_that_can_only_be_in_one_table() -> None:
    rows = Rows("accounts", "r1")
    links, line = Links(cast("Any", rows), cast("Any", None), cast("Any", Flows())), looking("customers", "customers")
    await links.locate(line, "r1")
    assert (links.table_of(line, "r1"), rows.asked) == ("accounts", [])
