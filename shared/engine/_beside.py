"""Two suites over one table: they run together only where scopes or companies keep their rows apart."""

from __future__ import annotations

from shared.engine._house import House
from shared.engine._states import state_of
from shared.errors import Refused
from shared.mapping import FlowMap, fold

WAY_OUT = "stop one of them, or let their scopes or companies exclude each other"


def rivals(house: House, found: FlowMap) -> list[FlowMap]:
    """Flows of other suites that would keep rows of this flow's table, too."""
    others = [each for each in house.catalogue.of_table(found.dataverse.entity.name) if each.suite != found.suite]
    return [each for each in others if not (_scopes_apart(found, each) or _companies_apart(house, found, each))]


async def demand_alone(house: House, name: str) -> None:
    """Raises Refused while a flow of another suite keeps the same rows."""
    found = house.catalogue.map(name)
    for each in rivals(house, found):
        if (await state_of(house, each.name))["state"] != "not running":
            raise Refused(f"{clash(found, each)}: {WAY_OUT}")


def clash(found: FlowMap, other: FlowMap) -> str:
    """What is wrong with two flows beside each other."""
    return f"{found.name} and {other.name} would both keep the same rows of {found.dataverse.entity.name}"


def _scopes_apart(left: FlowMap, right: FlowMap) -> bool:
    """True if a column has to hold one value here, and another one there."""
    asked = dict(left.dataverse.scope.asks)
    return any(fold(asked.get(name, value)) != fold(value) for name, value in right.dataverse.scope.asks)


def _companies_apart(house: House, left: FlowMap, right: FlowMap) -> bool:
    """True if each names its companies in a column of its own, or both name other companies in the same."""
    here, there = (each.company.dataverse if each.company else None for each in (left, right))
    if here is None or there is None:
        return False
    if here.name != there.name:
        return True
    ours, theirs = (frozenset(map(fold, house.chosen_companies(each))) for each in (left, right))
    return bool(ours and theirs) and not ours & theirs
