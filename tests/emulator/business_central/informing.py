"""contactsInformation: put together when it is read, from the contacts of one customer or vendor."""

from __future__ import annotations

from odata_query import ast

from tests.emulator.business_central import contacts
from tests.emulator.business_central.environment import Company
from tests.emulator.business_central.filters import parse
from tests.emulator.business_central.refusal import rule
from tests.emulator.business_central.schema import ID, MODIFIED, NO_TIME
from tests.emulator.business_central.store import Row, Table


def information(company: Company, table: str, row_id: str) -> list[Row]:
    """The company contact of a customer or vendor, and the people under it."""
    owners = contacts.standing_for(company, table, row_id)
    found = [each for owner in owners for each in (owner, *contacts.people_of(company, owner.values["No."]))]
    return [_row(company.of("contacts"), each, table, row_id) for each in found]


def asked(text: str | None) -> tuple[str, str]:
    """The table and the id that a filter names: without both nothing can be put together."""
    named: dict[str, str] = {}
    nodes = [parse(text)] if text else []
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.BoolOp):
            nodes += [node.left, node.right]
        elif isinstance(node, ast.Compare) and isinstance(node.comparator, ast.Eq):
            named |= _named(node.left, node.right)
    if not {"relatedId", "relatedType"} <= named.keys():
        raise rule("id type not specified.")
    return named["relatedType"], named["relatedId"]


def _named(left: ast._Node, right: ast._Node) -> dict[str, str]:
    if not isinstance(left, ast.Identifier) or not isinstance(right, ast.String | ast.GUID):
        return {}
    return {left.name: right.val.lower() if isinstance(right, ast.GUID) else right.val}


def _row(table: Table, contact: Row, related: str, row_id: str) -> Row:
    values = {
        ID: contact.id,
        "Contact Id": contact.id,
        "Contact No.": contact.values["No."],
        "Contact Name": contact.values["Name"],
        "Contact Type": contact.values["Type"],
        "Related Id": row_id,
        "Related Type": related,
        MODIFIED: NO_TIME,
    }
    return Row(table, values, contact.version)
