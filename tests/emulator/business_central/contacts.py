"""Contacts: names of people in parts, companies and who belongs to them, and for whom a contact stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tests.emulator.business_central.draft import Draft
from tests.emulator.business_central.environment import Company
from tests.emulator.business_central.refusal import FIELD, rule
from tests.emulator.business_central.schema import ID
from tests.emulator.business_central.store import Row

PERSON: Final = "Person"
_PARTS: Final = ("First Name", "Middle Name", "Surname")
_LONGEST_PART, _LONGEST_NAME = 30, 100
SHARED: Final = (
    "Name", "Address", "Address 2", "City", "County", "Country/Region Code", "Post Code", "Phone No.", "E-Mail",
    "Home Page", "VAT Registration No.",
)  # fmt: skip
"""Fields that a customer or vendor and the company contact that stands for it have in common."""


def name_changed(draft: Draft, old: Any) -> None:
    """The search name follows a name it was made of; that of a person falls into parts."""
    name = draft.values["Name"]
    if draft.values["Search Name"] in ("", old.upper()):
        draft.values["Search Name"] = name.upper()
    if draft.values["Type"] == PERSON:
        for part, text in zip(_PARTS, parts(name), strict=True):
            draft.values[part] = text[:_LONGEST_PART]


def parts(name: str) -> tuple[str, str, str]:
    """First, middle and last name; only the last word but one is a middle name."""
    words = name.split()
    if len(words) < 2:
        return name.strip(), "", ""
    if len(words) == 2:
        return words[0], "", words[1]
    return " ".join(words[:-2]), words[-2], words[-1]


def part_changed(draft: Draft, _old: Any) -> None:
    """The name of a person is made of its parts."""
    name = " ".join(draft.values[part] for part in _PARTS if draft.values[part])[:_LONGEST_NAME]
    if draft.values["Search Name"] == draft.values["Name"].upper():
        draft.values["Search Name"] = name.upper()
    draft.values["Name"] = name


def type_changed(draft: Draft, _old: Any) -> None:
    """A person belongs to no company until somebody says so; a company is its own."""
    if draft.values["Type"] == PERSON:
        draft.values["Company No."] = draft.values["Company Name"] = ""


def company_changed(draft: Draft, _old: Any) -> None:
    """Only people are put under a company, and only under one."""
    number = draft.values["Company No."]
    if draft.values["Type"] != PERSON and number != draft.values["No."]:
        text = f"Type must be equal to 'Person' in Contact: No.={draft.values['No.']}. Current value is 'Company'."
        raise rule(text, FIELD)
    row = draft.table.with_code(number) if number else None
    if row is not None and row.values["Type"] == PERSON:
        raise rule(f"Type must be equal to 'Company' in Contact: No.={number}. Current value is 'Person'.", FIELD)
    draft.values["Company Name"] = row.values["Name"] if row else ""
    draft.values["Contact Business Relation"] = relation(draft.company, draft.values)


def primary_changed(draft: Draft, _old: Any) -> None:
    """The primary contact of a customer or vendor belongs to its company, and a person gives the contact's name."""
    values, number = draft.values, draft.values["Primary Contact No."]
    values["Contact"] = ""
    if not number:
        return
    name = draft.table.definition.name
    row = draft.of("contacts").with_code(number)
    assert row is not None
    owners = {each.values["No."] for each in standing_for(draft.company, name, values[ID])}
    if row.values["Company No."] not in owners:
        whom = f"{name.lower()} {values['No.']} {values['Name']}"
        raise rule(f"Contact {number} {row.values['Name']} is not related to {whom}.", FIELD)
    if row.values["Type"] == PERSON:
        values["Contact"] = row.values["Name"]
        return
    for field in ("Phone No.", "E-Mail", "Mobile Phone No."):
        values[field] = row.values[field] or values[field]


def complete(draft: Draft) -> None:
    """A company contact is its own company; for whom a contact stands is worked out."""
    if draft.values["Type"] != PERSON:
        draft.values["Company No."], draft.values["Company Name"] = draft.values["No."], draft.values["Name"]
    draft.values["Contact Business Relation"] = relation(draft.company, draft.values)


def relation(company: Company, values: Any) -> str:
    """For whom a contact, or the company it belongs to, stands."""
    found = set(company.relations.get(values[ID], ()))
    owner = company.of("contacts").with_code(values["Company No."]) if values["Company No."] else None
    found |= company.relations.get(owner.id, set()) if owner else set()
    if len(found) > 1:
        return "Multiple"
    return next(iter(found))[0] if found else "None"


def people_of(company: Company, number: str) -> Iterator[Row]:
    """The people of a company contact."""
    table = company.of("contacts")
    for row_id in sorted(table.index("Company No.").get(number, ())):
        if table.rows[row_id].values["Type"] == PERSON:
            yield table.rows[row_id]


def standing_for(company: Company, table: str, row_id: str) -> list[Row]:
    """The company contacts that stand for a customer or vendor."""
    contacts = company.of("contacts").rows
    return [contacts[each] for each, found in sorted(company.relations.items()) if (table, row_id) in found]
