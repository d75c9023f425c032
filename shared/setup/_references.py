"""Codes that a map itself gives to records of the ERP: what they name has to be there, or each record is refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from shared.mapping import ERP, Entity, Field, FlowMap, entity
from shared.setup._findings import Finding
from shared.systems import Finops

GLOBAL = ""
"""Stands for the company of a flow that has none."""
Given = tuple[str, str]
"""The entity that a code is of, and the code."""


async def reference_findings(flow: FlowMap, finops: Finops, companies: Collection[str]) -> list[Finding]:
    """companies: those of the flow, in lower case."""
    wanted: dict[Given, set[str]] = defaultdict(set)
    for company in companies if flow.company else (GLOBAL,):
        for field, code in given(flow, company):
            wanted[field.ref, code].add(company)
    found = []
    for (name, code), of in sorted(wanted.items()):
        lacking = sorted(of - await _companies_with(finops, entity(flow.erp.entity.system, name), code, of))
        if lacking:
            where = f" in {', '.join(lacking)}" if lacking != [GLOBAL] else ""
            what = f"F&O has no {code} in {name}{where}, which the map gives to records"
            found.append(Finding("error", what, "create it there, or name another in an overlay", (flow.name,)))
    return found


def given(flow: FlowMap, company: str) -> Iterator[tuple[Field, str]]:
    """Every field that refers to a record of the ERP, with the code that the map has for a company."""
    for constant in flow.erp.constants:
        if constant.target.ref and (code := constant.of(company)):
            yield constant.target, code
    for line in flow.lines:
        if line.to_erp and line.erp.ref and (code := line.fill(ERP, company)):
            yield line.erp, code


async def _companies_with(finops: Finops, named: Entity, code: str, wanted: Collection[str]) -> set[str]:
    """The companies that have a record of that code; all that are wanted where the entity has none of its own."""
    (key,) = (each for each in named.key if each != named.company)
    rows = await finops.find(named, [(named.fields[key], code)], [key, *filter(None, [named.company])])
    if not named.company:
        return {*wanted} if rows else set()
    return {str(row.row[named.company]).lower() for row in rows}
