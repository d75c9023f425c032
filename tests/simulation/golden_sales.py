"""Golden scenarios of prospect to cash: hand-over, products with their price, computed columns, the upgrade."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from functions.columns import follow
from shared.engine import start_job, start_upgrade, work_on
from shared.ledger import PARKED, WAITING, read_trouble
from shared.mapping import ERP
from tests.simulation.crashes import Scenario, Story
from tests.simulation.listed import conflicts
from tests.simulation.prospects import ACCOUNTS, BUYERS, CONTACTS, NAME, NUMBER, PERSON
from tests.simulation.sales_rules import unruly
from tests.simulation.shops import BUYS, COPIES, LINES, ONLY, Shop, furnished_shop
from tests.simulation.wares import FLOW as PRODUCTS
from tests.unit.maps.prospects import prospects

PERSONS: Final = [(PERSON, NUMBER, "King")]


async def stand(shop: Shop) -> Mapping[str, Any]:
    """What stands on both sides, and what the ledger says about it."""
    names = shop.house.catalogue.names
    aside = [read_trouble(row) for name in names for prefix in (PARKED, WAITING) for row in shop.rows(prefix, name)]
    lost = [row["line"] for name in names async for row in conflicts(shop.house.ledger(name))]
    items = shop.twin.rows("productpricelevels")
    products = shop.twin.rows("products")
    return {
        "customers": sorted((number, row["OrganizationName"]) for number, row in shop.customers().items()),
        "persons": sorted((*key, row["LastName"]) for key, row in shop.persons().items()),
        "buyers": sorted((number, row["PersonLastName"]) for number, row in shop.buyers().items()),
        "states": shop.states(),
        "buying": sorted(str(row[shop.own(BUYS)]) for row in shop.twin.rows("contacts")),
        "documents": [_said(shop, table) for table in LINES],
        "products": sorted((row["productnumber"], row["price"], row["statecode"]) for row in products),
        "items": sorted(row["amount"] for row in items),
        "unnumbered": sum(row[shop.own("contactnumber")] is None for row in shop.twin.rows("contacts")),
        "aside": sorted(str(item["code"]) for row in aside for item in row.items),
        "lost": lost,
    }


def _said(shop: Shop, table: str) -> set[object]:
    """What documents of a table, and their lines, say of their products."""
    headers = {row[shop.own(ONLY)] for row in shop.twin.rows(table)}
    return headers | {row[shop.own(COPIES[table])] for row in shop.twin.rows(LINES[table])}


# -- what people have done before


async def employed(shop: Shop, **values: Any) -> str:
    """A contact person of a customer, in sync; the contact's id."""
    account = shop.account()
    await shop.look(ACCOUNTS, account)
    contact = shop.contact(account, **values)
    await shop.look(CONTACTS, contact)
    return contact


async def new_account(shop: Shop) -> None:
    await shop.flow(ACCOUNTS).ledger.store_hint("dataverse", (shop.account(),), "create")


async def new_contact(shop: Shop) -> None:
    account = shop.account()
    await shop.look(ACCOUNTS, account)
    await shop.flow(CONTACTS).ledger.store_hint("dataverse", (shop.contact(account),), "create")


async def first_order(shop: Shop, **values: Any) -> None:
    """A contact person orders, and more may be edited in the same minute."""
    contact = await employed(shop)
    shop.document("salesorders", contact)
    if values:
        shop.change("contacts", contact, **values)


async def order_gone(shop: Shop) -> None:
    """The first order was seen, and is deleted before anybody has handed the contact over."""
    contact = await employed(shop)
    order = shop.document("salesorders", contact)
    await shop.keeper.woken("salesorders", order)
    shop.twin.delete("salesorders", order)


async def stranger_buys(shop: Shop) -> None:
    """Somebody of whom nobody has heard, and who works for nobody, writes a quote."""
    shop.document("quotes", shop.contact())


async def moved(shop: Shop) -> None:
    """A contact person works for another account by now."""
    contact = await employed(shop)
    other = shop.account("ACC-2", name="Fabrikam")
    await shop.look(ACCOUNTS, other)
    shop.moves(contact, other)
    await shop.flow(CONTACTS).ledger.store_hint("dataverse", (contact,), "update")


async def put_back(shop: Shop) -> None:
    """Somebody edits a customer in finance and operations, where nobody is asked."""
    await shop.look(ACCOUNTS, shop.account())
    key = {"dataAreaId": "usmf", "CustomerAccount": NUMBER}
    shop.world.finops.update("CustomersV3", key, {"OrganizationName": "Fabrikam"})
    await shop.flow(ACCOUNTS).ledger.store_hint(ERP, ("usmf", NUMBER), "update")


async def release(shop: Shop) -> None:
    await shop.flow(PRODUCTS).ledger.store_hint(ERP, shop.releases(), "create")


async def repriced(shop: Shop) -> None:
    await shop.hears(PRODUCTS, ERP, shop.releases())
    shop.reprices(20)
    await shop.flow(PRODUCTS).ledger.store_hint(ERP, ("usmf", "P-1"), "update")


async def written_in(shop: Shop, table: str) -> None:
    """A document with a product of the ERP gets a write-in."""
    await shop.hears(PRODUCTS, ERP, shop.releases())
    (product,) = (str(row["productid"]) for row in shop.twin.rows("products"))
    document = shop.document(table)
    shop.line(table, document, product)
    await follow(shop.keeper, 600)
    shop.line(table, document)


async def line_gone(shop: Shop, table: str) -> None:
    """The only write-in of a document is deleted."""
    await written_in(shop, table)
    await follow(shop.keeper, 600)
    (gone,) = (row for row in shop.twin.rows(LINES[table]) if row.get("_productid_value") is None)
    shop.twin.delete(LINES[table], str(gone[f"{LINES[table][:-1]}id"]))


async def older(shop: Shop) -> None:
    """People who are older than the columns, one of whom has bought; a person starts the upgrade."""
    shop.older()
    await start_upgrade(shop.house, NAME, dry=False)


async def half_filled(shop: Shop) -> None:
    """Accounts, contacts and products of which nobody has heard; one customer is there already, under another name."""
    account = shop.account()
    shop.contact(account)
    shop.buys(shop.contact(account, "CON-2"))
    shop.account("ACC-2", name="Fabrikam")
    known = {
        "PartyNumber": "ACC-2",
        "CustomerGroupId": "10",
        "SalesCurrencyCode": "USD",
        "IsExternallyMaintained": "Yes",
    }
    row = {
        "dataAreaId": "usmf",
        "CustomerAccount": "ACC-2",
        "OrganizationName": "Fabrikam AG",
        "PartyType": "Organization",
    }
    shop.world.finops.create("CustomersV3", {**row, **known})
    shop.releases()


# -- what is cut off


async def pump(shop: Shop) -> None:
    await shop.pump()


async def columns(shop: Shop) -> None:
    await follow(shop.keeper, 600)


async def columns_and_flows(shop: Shop) -> None:
    """Columns are kept, and the flows look at everybody."""
    await columns(shop)
    for name in (CONTACTS, BUYERS):
        for row in shop.twin.rows("contacts"):
            await shop.look(name, str(row["contactid"]))
    await shop.pump()


async def load(shop: Shop) -> None:
    """An initial load, from its order on."""
    job = await start_job(shop.house, "sync", shop.house.catalogue.order())
    while job["state"] == "running":
        job = await work_on(shop.house, job["id"], lambda: False)


def _scenario(name: str, prepare: Story, end: Mapping[str, Any], act: Story = pump, **options: Any) -> Scenario:
    calm = {"aside": [], "lost": [], "unnumbered": 0}
    played: dict[str, Any] = {"told": False, "stage": furnished_shop, "rules": unruly, **options}
    return Scenario(name, prospects, prepare, act, stand, {**calm, **end}, **played)


BOUGHT: Final = {"persons": PERSONS, "buyers": [(PERSON, "King")], "buying": ["True"],
                 "states": {"accounts": ["coupled"], "contacts": ["dormant"],
                            "contacts_to_customers": ["coupled"]}}  # fmt: skip
SOLD: Final = {"products": [("P-1", 12.5, 0)], "items": [12.5], "states": {"products": ["coupled"]}}

SALES_SCENARIOS: Final = (
    _scenario("an account of Sales becomes a customer", new_account,
              {"customers": [(NUMBER, "Contoso")], "states": {"accounts": ["coupled"]}}),
    _scenario("a contact of Sales becomes a contact person", new_contact, {"persons": PERSONS, "buyers": []}),
    _scenario("an edit of a customer is put back", put_back, {"customers": [(NUMBER, "Contoso")], "lost": []}),
    _scenario("a contact person moves to another account", moved, {"persons": PERSONS, "aside": ["moved"]}),
    _scenario("a contact person orders, and is handed over", first_order, BOUGHT, columns_and_flows),
    _scenario("a contact person orders, and is renamed", partial(first_order, lastname="Lovelace"),
              {**BOUGHT, "buyers": [(PERSON, "Lovelace")]}, columns_and_flows ),
    _scenario("the first order is gone before the contact is handed over", order_gone, BOUGHT, columns_and_flows),
    _scenario("somebody buys of whom nobody has heard", stranger_buys,
              {"persons": [], "buyers": [(PERSON, "King")], "states": {"contacts_to_customers": ["coupled"]}},
              columns_and_flows),
    _scenario("a product is released, priced and set active", release, SOLD),
    _scenario("a product has another price", repriced, {**SOLD, "products": [("P-1", 20, 0)], "items": [20]}),
    *(_scenario(f"a write-in is added to one of the {table}", partial(written_in, table=table),
                {"documents": [{False} if each == table else set() for each in LINES]}, columns) for table in LINES),
    *(_scenario(f"the only write-in of one of the {table} is deleted", partial(line_gone, table=table),
                {"documents": [{True} if each == table else set() for each in LINES]}, columns)
      for table in LINES),
    _scenario("an upgrade", older, {"buying": ["True"], "states": {"contacts_to_customers": ["coupled"]}}),
    _scenario("an initial load of the suite", half_filled,
              {"customers": [(NUMBER, "Contoso"), ("ACC-2", "Fabrikam")], "persons": PERSONS,
               "buyers": [("CON-2", "King")], "lost": ["OrganizationName < name"],
               **{name: SOLD[name] for name in ("products", "items")}}, load),
)  # fmt: skip
