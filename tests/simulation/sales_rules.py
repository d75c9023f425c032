"""What has to be so in prospect to cash when all is quiet, beyond the laws: who buys, and what computed columns say.

Worked out anew from the rows and the histories of the twins, and the couplings of the ledger; nothing else is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from shared.columns import TAG
from shared.mapping import DATAVERSE
from tests.simulation.book import Book, alike
from tests.simulation.differences import ACTION
from tests.simulation.records import Record
from tests.simulation.sales_kinds import (
    BUYERS,
    BUYS,
    CONTACTS,
    COPIES,
    EXTERNAL,
    LINES,
    ONLY,
    PARENTS,
    PRODUCTS,
    WORKS,
)
from tests.simulation.world import World

DRAFT: Final = 2
SOLD: Final = (0, 3)
"""States of products that can stand on a line: active, and under revision."""
PRICED, ACTIVATED = "price list item", "active state"


def unruly(world: World, books: Sequence[Book]) -> Iterator[str]:
    """Every rule of the suite that does not hold, in words."""
    found = {book.flow.name: book for book in books}
    yield from _columns_of_contacts(world)
    for table in LINES:
        yield from _columns_of_documents(world, table)
    if CONTACTS in found and BUYERS in found:
        yield from _handed_over(found[CONTACTS], found[BUYERS])
    if PRODUCTS in found:
        yield from _for_sale(world, found[PRODUCTS])


# -- computed columns


def _columns_of_contacts(world: World) -> Iterator[str]:
    """Who is the customer of a document buys, and whose company is an account works there."""
    documents = [row for table in PARENTS for row in world.dataverse.rows(table)]
    buyers = {str(row["_customerid_value"]) for row in documents if row.get("_customerid_value")}
    accounts = {change.id for change in world.dataverse.history if change.table == "accounts"}
    for row in world.dataverse.rows("contacts"):
        row_id = str(row["contactid"])
        bought = row_id in buyers or _bought(world, row_id)
        if row[BUYS] is not bought:
            yield f"rule: contact {row_id[:8]} says {row[BUYS]} of whether it buys, which is {bought}"
        works = str(row.get("_parentcustomerid_value")) in accounts
        if row[WORKS] is not works:
            yield f"rule: contact {row_id[:8]} says {row[WORKS]} of whether its company is an account, which is {works}"


def _bought(world: World, row_id: str) -> bool:
    """It was said before that it buys, and nobody has taken that back: a Yes stays."""
    said = [each for each in world.dataverse.history if each.id == row_id and BUYS in each.after]
    yes = [each for each in said if each.after[BUYS] is True]
    return bool(yes) and all(each.tag == TAG for each in said if each.sequence > yes[-1].sequence)


def _columns_of_documents(world: World, table: str) -> Iterator[str]:
    """A document that can be edited, and its lines, say whether all its products are the ERP's.

    But for lines whose product is retired, or a draft again: a system that sells active products only may refuse to
    write them, whoever writes what. Koppel tries again with the next change, and lists the refusal.
    """
    external = {str(row["productid"]): row.get(EXTERNAL) is True for row in world.dataverse.rows("products")}
    sold = {str(row["productid"]): row["statecode"] in SOLD for row in world.dataverse.rows("products")}
    parent = f"_{PARENTS[table]}_value"
    for row in world.dataverse.rows(table):
        if row["statecode"] != 0:
            continue
        row_id = str(row[PARENTS[table]])
        lines = [line for line in world.dataverse.rows(LINES[table]) if line[parent] == row_id]
        only = all(external.get(str(line.get("_productid_value"))) is True for line in lines)
        said = {
            row[ONLY],
            *(line[COPIES[table]] for line in lines if sold.get(str(line.get("_productid_value")), True)),
        }
        if said != {only}:
            yield f"rule: {table} {row_id[:8]} and its lines say {said} of whether all is the ERP's, which is {only}"


# -- one contact, one customer


def _handed_over(persons: Book, buyers: Book) -> Iterator[str]:
    """A contact with sales activity is one customer and nobody's contact person any more; one without it that works
    for no account is no contact person either.
    """
    for name, record in buyers.times[DATAVERSE].alive.items():
        who = f"contact {name[0][:8]}"
        made = [each for each in buyers.partners(record) if each.ended is None and each.born.by == "koppel"]
        customer = buyers.coupling_of(record)
        if len(made) > 1 and not (customer is not None and buyers.rows_about(customer)):
            yield f"rule: {who} is a customer {len(made)} times: {' and '.join(each.name[-1] for each in made)}"
        coupled = persons.coupling_of(record)
        is_person = coupled is not None and coupled.state == "coupled" and not persons.rows_about(coupled)
        if record.row.get(BUYS) is True:
            said = any(book.explained(record) for book in (persons, buyers))
            left = buyers.coupling_of(record, ended=True)
            if customer is None and not said and not (left is not None and left.state == "uncoupled"):
                yield f"rule: {who} buys, is no customer, and no row says why"
            if is_person:
                yield f"rule: {who} buys, and is still a contact person"
        elif is_person and not record.row.get(WORKS):
            yield f"rule: {who} works for no account, and is a contact person"


# -- what is sold


def _for_sale(world: World, products: Book) -> Iterator[str]:
    """A product that came from the ERP is no draft, and on one price list at its price, unless a row says why not."""
    for coupling in products.couplings:
        record = products.standing(coupling)[DATAVERSE]
        if record is None or coupling.state != "coupled":
            continue
        mine = [row for row in world.dataverse.rows("productpricelevels") if row["_productid_value"] == record.name[0]]
        rows = products.rows_about(coupling)
        yield from _wrongly_set_aside(world, record, mine, [item for row in rows for item in row.items])
        price, amounts = str(record.row.get("price") or 0), [str(row["amount"]) for row in mine]
        if rows:
            continue
        if record.row.get("statecode") == DRAFT:
            yield f"rule: product {record.name[0][:8]} is still a draft"
        if len(amounts) != 1 or not alike(amounts[0], price):
            yield f"rule: product {record.name[0][:8]} costs {price}, and is on price lists at {amounts}"


def _wrongly_set_aside(
    world: World, record: Record, mine: Sequence[Mapping[str, Any]], items: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """What a row says that is yet to be done for a product is yet to be done."""
    said = {item["line"] for item in items if item["code"] == ACTION}
    done = {PRICED: _is_priced(world, record, mine), ACTIVATED: record.row.get("statecode") != DRAFT}
    for each in said:
        if done.get(each, True):
            yield f"rule: a row says of product {record.name[0][:8]} that its {each} is yet to come, which is not so"


def _is_priced(world: World, record: Record, mine: Sequence[Mapping[str, Any]]) -> bool:
    """It is on one list of its currency, for its unit, at its price."""
    money = {row["pricelevelid"]: row["_transactioncurrencyid_value"] for row in world.dataverse.rows("pricelevels")}
    price, held = str(record.row.get("price") or 0), record.row
    return [
        money[row["_pricelevelid_value"]] == held["_transactioncurrencyid_value"]
        and row["_uomid_value"] == held["_defaultuomid_value"]
        and alike(str(row["amount"]), price)
        for row in mine
    ] == [True]
