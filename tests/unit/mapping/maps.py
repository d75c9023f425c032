"""Small maps over the shipped schemas. A map is text here, as its author writes it."""

from __future__ import annotations

from functools import cache

import pytest

from shared.errors import MapError
from shared.mapping import FlowMap, Line, Problem, build_map, parse_document

HEAD = {
    "erp": "{system: finops, entity: CustomersV3, identity: [dataAreaId, CustomerAccount]}",
    "dataverse": "{table: accounts}",
    "company": "{erp: dataAreaId, dataverse: msdyn_company.cdm_companycode}",
    "match": "[[CustomerAccount]]",
    "policy": "{master: dataverse, conflict: dataverse_wins}",
}
KEY = "CustomerAccount = accountnumber"
GROUP = "CustomerGroupId << - default 10"
HOLD = "{hold: {No: 806380000, Invoice: 806380001, All: 806380002}}"


def map_text(*lines: str, **head: str) -> str:
    """A map of customers with exactly these lines. An entry of the head that is given as '' is left out."""
    entries = {**HEAD, **head}
    top = [f"{name}: {value}" for name, value in entries.items() if value]
    return "\n".join([*top, "fields: |", *(f"  {line}" for line in lines)]) + "\n"


def customers(*lines: str, **head: str) -> FlowMap:
    """The built map of customers with these lines after the two that every such map needs."""
    return built(map_text(KEY, GROUP, *lines, **head))


def one(line: str, **head: str) -> Line:
    """One built line of a map of customers."""
    return customers(line, **head).lines[1]


@cache
def built(text: str, *overlays: str, switches: tuple[str, ...] = ()) -> FlowMap:
    """The map `dual_write.customers` from the text of its base file and overlays."""
    texts = {"base.yaml": text} | {f"overlay{number}.yaml": each for number, each in enumerate(overlays, 1)}
    documents = [parse_document(each, file) for file, each in texts.items()]
    return build_map("dual_write.customers", documents, switches)


def problems(text: str, *overlays: str) -> list[Problem]:
    """Every finding about a map and its overlays."""
    with pytest.raises(MapError) as refused:
        built(text, *overlays)
    return refused.value.problems


def number_of(text: str, start: str) -> int:
    """The number of the only line of a file that begins with this."""
    (found,) = [number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith(start)]
    return found
