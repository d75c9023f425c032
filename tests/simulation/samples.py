"""Values for the lines of a map: for each line a pair that means the same on both sides, and other pairs like it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.errors import FieldError
from shared.mapping import DATAVERSE, FlowMap, Line, Side

WORDS: Final = ("Alpha", "Beta")
ORGANISATIONS: Final = ("O-1", "O-2")
PERSONS: Final = ("P-1", "P-2")
"""Party numbers of the two customers and the two contact persons that other records refer to."""


@dataclass(frozen=True, slots=True)
class Target:
    """A record that lookups may point to: its code in the ERP, its table and id in Dataverse."""

    code: str
    table: str
    row_id: str


Targets = Mapping[str, tuple[Target, Target]]


@dataclass(frozen=True, slots=True)
class Pair:
    """One value as each side is told it and stores it; a lookup's Dataverse value is the id of its target."""

    erp: Any
    dataverse: Any
    target: Target | None = None

    def of(self, side: Side) -> Any:
        return self.dataverse if side == DATAVERSE else self.erp

    def sent(self, line: Line, side: Side) -> dict[str, Any]:
        """How a person writes it."""
        if side != DATAVERSE:
            return {line.erp.name: self.erp}
        if self.target is None:
            return {line.dataverse.name: self.dataverse}
        way = line.dataverse.targets[self.target.table]
        return {f"{way}@odata.bind": f"/{self.target.table}({self.target.row_id})"}


def pairs(found: FlowMap, targets: Targets, turn: int) -> dict[Line, Pair]:
    """A pair for every line. Turn 0 and turn 1 differ in every line, and each turn is one sound record."""
    by_field = {line.erp.name: _looked_up(line, targets, turn) for line in found.lines if line.lookup}
    result: dict[Line, Pair] = {}
    for line in found.lines:
        known = by_field.get(line.erp.name)
        result[line] = (
            _pair(found, line, turn) if known is None else known if line.lookup else Pair(known.erp, known.erp)
        )
    return result


def _looked_up(line: Line, targets: Targets, turn: int) -> Pair:
    assert line.lookup is not None
    target = targets[line.lookup.paths[0].table][turn]
    return Pair(target.code, target.row_id, target)


def _pair(found: FlowMap, line: Line, turn: int) -> Pair:
    erp, dataverse = line.erp, line.dataverse
    if erp.type == "enum":
        member, value = list(_members(line))[-1 - turn]
        return Pair(member, value == "true" if dataverse.type == "bool" else int(value))
    if erp.type == "guid":
        row_id = f"{turn + 1}" * 8 + "-1111-4111-8111-111111111111"
        return Pair(row_id, row_id)
    if erp.type == "datetime":
        return Pair(f"2024-0{turn + 1}-15T12:00:00Z", f"2024-0{turn + 1}-15")
    if erp.type in {"int", "decimal"}:
        number = turn + 1 if erp.type == "int" else turn + 1.25
        return Pair(number, number)
    if (found.erp.entity.name, erp.name) == ("RetailLoyaltyCards", "PartyNumber"):
        return Pair(ORGANISATIONS[turn], ORGANISATIONS[turn])
    word = WORDS[turn].upper() if erp.case == "upper" else WORDS[turn]
    word = word[: min(erp.length or 99, dataverse.length or 99)]
    return Pair(word, word)


def _members(line: Line) -> Iterable[tuple[str, str]]:
    """Members of an enumeration that the line has a Dataverse value for."""
    for member in line.erp.members:
        try:
            value = line.forward(member)
        except FieldError:
            continue
        if value:
            yield member, value
