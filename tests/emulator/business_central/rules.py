"""What happens when a property is sent: the page's own rules, and then those of the field behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.emulator.business_central import contacts, items, numbers, pairs
from tests.emulator.business_central.draft import Draft, Trigger
from tests.emulator.business_central.refusal import rule
from tests.emulator.business_central.schema import CARDS, ZERO, Property
from tests.emulator.business_central.store import Row

TIERS: Final = ("Basic", "Essential", "Premium")
_TRIGGERS: Final[Mapping[tuple[str, str], Trigger]] = {
    ("Contact", "Name"): contacts.name_changed,
    ("Contact", "Type"): contacts.type_changed,
    ("Contact", "Company No."): contacts.company_changed,
    ("Contact", "First Name"): contacts.part_changed,
    ("Contact", "Middle Name"): contacts.part_changed,
    ("Contact", "Surname"): contacts.part_changed,
    ("Customer", "Primary Contact No."): contacts.primary_changed,
    ("Vendor", "Primary Contact No."): contacts.primary_changed,
    ("Item", "Type"): items.type_changed,
    ("Item", "Unit Cost"): items.cost_changed,
}


def _tax_area(draft: Draft, value: Any) -> None:
    if value != ZERO and value not in draft.of("taxAreas").rows:
        raise rule('The "taxAreaId" does not match to a Tax Area.')
    draft.put("Tax Area ID", value)


def _tax_group_id(draft: Draft, value: Any) -> None:
    row = draft.of("taxGroups").rows.get(value)
    _set_group(draft, row, value == ZERO, "taxGroupId")
    if row is not None:
        draft.found["Tax Group Code"] = row.values["Code"]


def _tax_group_code(draft: Draft, value: Any) -> None:
    if draft.found.get("Tax Group Code", value) != value:
        raise rule("The tax group values do not match to a specific Tax Group.")
    _set_group(draft, draft.of("taxGroups").with_code(value), not value, "taxGroupCode")


def _set_group(draft: Draft, row: Row | None, blank: bool, name: str) -> None:
    """The sales tax group of an item: in a company with VAT there is none (reference: scenario ITM-16)."""
    if not blank and (row is None or draft.company.vat):
        raise rule(f'The "{name}" does not match to a Tax Group.')
    found = None if blank else row
    draft.values["Tax Group Id"] = found.id if found else ZERO
    draft.values["Tax Group Code"] = found.values["Code"] if found else ""


def _experience(draft: Draft, value: Any) -> None:
    if value not in TIERS:
        raise rule("Failed to save experience tier for the current company.")
    before, company = draft.company.experience, draft.company
    draft.environment.undo_with(lambda: setattr(company, "experience", before))
    company.experience = value


def _customer_of_contact(draft: Draft, value: Any) -> None:
    """Another customer takes over the company that the person belongs to."""
    if value not in draft.of("customers").rows:
        raise rule(f"Customer with provided id - {value} does not exist")
    owner = draft.table.with_code(draft.values["Company No."])
    assert owner is not None
    kept = {each for each in draft.company.relations.get(owner.id, set()) if each[0] != "Customer"}
    before = draft.company.relations.get(owner.id, set())
    draft.environment.undo_with(lambda: draft.company.relations.__setitem__(owner.id, before))
    draft.company.relations[owner.id] = kept | {("Customer", value)}


def _unit_id(draft: Draft, value: Any) -> None:
    """The page of the connector validates the unit once the item is there."""
    _set(draft, "Unit of Measure Id", value)


def _currency_of_card(draft: Draft, value: Any) -> None:
    """The connector sets the field of the record by its code; the local currency is stored blank, the id follows."""
    code = "" if value == draft.company.currency else value
    draft.put("Currency Code", code)
    draft.sent.add("Currency Code")
    pair = pairs.by_code(draft.page.table, "Currency Code")
    if pair is not None:
        pairs.set_code(draft, pair, code)


def _company_of(draft: Draft, value: Any) -> None:
    """A person is put under the company contact that stands for a customer or vendor."""
    owner = next(iter(_standing_for(draft, value)), None) if value != ZERO else None
    if value != ZERO and owner is None:
        raise rule(f"The Contact Business Relation does not exist. Identification fields and values: No.='{value}'")
    draft.put("Company No.", owner.values["No."] if owner else "", contacts.company_changed)
    draft.sent.add("Company No.")


def _standing_for(draft: Draft, row_id: str) -> list[Row]:
    return [row for table in ("Customer", "Vendor") for row in contacts.standing_for(draft.company, table, row_id)]


def _template(draft: Draft, value: Any) -> None:
    """A configuration template of the row's table, by which a new row is filled; one that is there gets nothing."""
    known = {each.code for each in draft.company.templates.get(draft.page.shows, ())}
    if value and value not in known:
        text = f"Identification fields and values: Code='{value}'"
        raise rule(f"The Config. Template Header does not exist. {text}")
    draft.template = value


def _nothing(draft: Draft, value: Any) -> None:
    """A field of other countries: what is sent is taken and kept nowhere."""


_PAGE_RULES: Final[Mapping[tuple[str, str], Callable[[Draft, Any], None]]] = {
    ("customers", "taxAreaId"): _tax_area,
    ("items", "taxGroupId"): _tax_group_id,
    ("items", "taxGroupCode"): _tax_group_code,
    ("items", "inventory"): items.set_inventory,
    ("vendors", "irs1099Code"): _nothing,
    ("companyInformation", "experience"): _experience,
    ("customerContacts", "customerId"): _customer_of_contact,
    ("itemCards", "baseUnitOfMeasureId"): _unit_id,
    **{(card, "templateCode"): _template for card in CARDS},
    **{(card, "currencyCode"): _currency_of_card for card in ("customerCards", "vendorCards", "contactCards")},
    ("contactCards", "customerOrVendorId"): _company_of,
    ("contactCards", "vendorOrCustomerId"): _company_of,
}


def apply(draft: Draft, found: Property, value: Any) -> None:
    """Sets one property of a draft. What is refused is raised."""
    if found.required and not value and found.name == "displayName":
        raise rule('The blank "displayName" is not allowed.')
    if found.assigned and found.source == "No.":
        _check_manual(draft)
    special = _PAGE_RULES.get((draft.page.name, found.name)) or _PAGE_RULES.get((draft.page.shows, found.name))
    if special is not None:
        special(draft, value)
    elif found.name == "currencyCode" and not found.source:
        pairs.set_code(draft, pairs.PAIRS[draft.page.table][0], value)
    else:
        _set(draft, found.source, value)
    draft.sent.add(found.source)


def _set(draft: Draft, field: str, value: Any) -> None:
    id_pair, code_pair = pairs.by_id(draft.page.table, field), pairs.by_code(draft.page.table, field)
    if id_pair is not None:
        pairs.set_id(draft, id_pair, value)
    elif code_pair is not None:
        pairs.set_code(draft, code_pair, value)
    else:
        draft.put(field, value, _TRIGGERS.get((draft.page.table, field)))
    if draft.page.table == "Item":
        items.check_unit(draft)


def _check_manual(draft: Draft) -> None:
    refusal = numbers.not_manual(draft.company.series, draft.page.table)
    if refusal is not None:
        raise refusal
