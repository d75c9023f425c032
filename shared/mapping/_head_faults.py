"""What is wrong with the head of a map, in the words of the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from shared.mapping._document import Place
from shared.mapping._filter_faults import CUT
from shared.mapping._grammar import RESERVED
from shared.mapping._model import Authority, Company, DataversePart, Deletes, ErpPart, Head, Policy, Review
from shared.mapping._problems import Fault
from shared.mapping._wording import alike, either

EXAMPLES: Final = {
    "if": "if: pilot, one word that MAP_SWITCHES may name",
    "erp": "erp: {system: finops, entity: CustomersV3, identity: [dataAreaId, CustomerAccount]}",
    "erp.second": "second: PartyNumber, one field",
    "dataverse": "dataverse: {table: accounts}",
    "company": "company: {erp: dataAreaId, dataverse: msdyn_company.cdm_companycode}",
    "match": "match: [[CustomerAccount]], a list of groups of fields",
    "name": "name: [OrganizationName]",
    "policy": "policy: {master: erp, conflict: erp_wins}",
    "authority": "authority: {dataverse: statecode eq 0}, a filter for a side",
    "continues": "continues: the name of one flow",
    "values": "values: {my_list: {No: 806380000, All: 806380002}}",
    "constants": "constants: {site: {USMF: '1', '*': '2'}}",
    "hands_over_to": "hands_over_to: the name of one flow",
    "review": "review: {comes_with: 1, creates: none}",
    "after": "after: [customer_groups], a list of flows",
    "woken_by": "woken_by: [quotes(customerid)], a list of tables with their lookup",
    "needs": "needs: [customer_groups], a list of flows",
}
"""Each entry of a head as it is written."""

_ENTRIES: Final[
    Mapping[str, type[Head | ErpPart | DataversePart | Company | Policy | Deletes | Authority | Review]]
] = {
    "": Head,
    "erp": ErpPart,
    "dataverse": DataversePart,
    "company": Company,
    "policy": Policy,
    "policy.delete": Deletes,
    "authority": Authority,
    "review": Review,
}
_SHAPES: Final = {
    "tuple_type": "a list",
    "model_type": "a group of entries",
    "dict_type": "a group of entries",
    "string_type": "a single text",
}


def head_fault(error: Mapping[str, Any]) -> Fault:
    """What a person is told about an entry that the model of a head refuses."""
    place: Place = tuple(str(part) for part in error["loc"])
    name, kind = place[-1], error["type"]
    if name in RESERVED and kind == "extra_forbidden":
        return Fault(f"{name!r} is reserved", RESERVED[name])
    written = EXAMPLES.get(".".join(place[:2])) or EXAMPLES.get(place[0])
    example = f"write {written}" if written else "see docs/maps.md"
    if kind == "missing":
        return Fault("is missing", example)
    if kind == "extra_forbidden":
        return _unknown(name, place)
    if kind == "literal_error":
        return _not_possible(str(error["input"]), re.findall(r"'(\w+)'", str(error["ctx"]["expected"])))
    if kind == "string_pattern_mismatch":
        return Fault(f"{error['input']!r} is not one word", example)
    if kind == "too_short":
        return Fault("is empty", example)
    if kind in _SHAPES:
        return Fault(f"is not {_SHAPES[kind]}", example)
    what, _, remedy = str(error["msg"]).partition("; ")
    return Fault(what, remedy or example)


def _unknown(name: str, place: Place) -> Fault:
    around = ".".join(place[:-1])
    if place[0] in {"erp", "dataverse"} and name.endswith(")"):
        return Fault(*CUT)
    fields = _ENTRIES[around].model_fields if around in _ENTRIES else {}
    known = [field.alias or each for each, field in fields.items()]
    known += ["fields", "extends"] if not around else []
    near = alike(name, known)
    homes = [part for part, model in _ENTRIES.items() if part and part != around and name in model.model_fields]
    if near:
        return Fault("there is no such entry", f"write {near}")
    if homes:
        return Fault("there is no such entry", f"write it in {' or '.join(homes)}")
    return Fault("there is no such entry", f"use one of {', '.join(known)}" if known else "leave it out")


def _not_possible(given: str, possible: list[str]) -> Fault:
    near = [each for each in possible if given and each.startswith(given.lower())]
    return Fault(f"cannot be {given!r}", f"write {either(near or possible)}")
