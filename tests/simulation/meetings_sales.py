"""Meetings over prospect to cash: two instances at a hand-over, over one product, and beside who keeps the columns."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from functions.columns import follow
from shared.engine import Wake, start_upgrade, visit
from shared.mapping import DATAVERSE, ERP, Side
from tests.simulation.crashes import Story
from tests.simulation.golden_sales import employed
from tests.simulation.interleavings import Meeting
from tests.simulation.prospects import BUYERS, CONTACTS, NAME
from tests.simulation.sales_rules import unruly
from tests.simulation.shops import BUYS, WORKS, Shop, furnished_shop
from tests.simulation.wares import FLOW as PRODUCTS
from tests.unit.maps.prospects import prospects

CONTACT: Final = (f"{CONTACTS} ", f"{BUYERS} ", "owners ", "/CustomersV3", "/CDSContactPersons", "/contacts", "$batch")
PRODUCT: Final = (f"{PRODUCTS} ", "/SellableReleasedProducts", "/products", "/productpricelevels", "$batch")


def contact_id(shop: Shop) -> str:
    (row,) = shop.twin.rows("contacts")
    return str(row["contactid"])


async def told(shop: Shop, name: str, side: Side, identity: tuple[str, ...]) -> None:
    """An event has come, and nobody has looked yet."""
    await shop.flow(name).ledger.store_hint(side, identity, "update")


async def look(shop: Shop, name: str, side: Side, identity: tuple[str, ...]) -> None:
    """A visit that finds the hint that stands."""
    flow = shop.flow(name)
    await visit(flow, Wake(side, identity, await flow.ledger.hint(Wake(side, identity).end)))


# -- contacts


async def buys(shop: Shop) -> None:
    """Sales activity has begun, and the computed column says so. Both flows hear of it."""
    shop.document("salesorders", contact_id(shop))
    shop.buys(contact_id(shop))
    await both_hear(shop)


async def renames(shop: Shop) -> None:
    """Somebody has another name by now."""
    shop.change("contacts", contact_id(shop), lastname="Lovelace")
    await both_hear(shop)


async def both_hear(shop: Shop) -> None:
    for name in (CONTACTS, BUYERS):
        await told(shop, name, DATAVERSE, (contact_id(shop),))


async def bought(shop: Shop) -> None:
    """A contact person has just ordered."""
    await employed(shop)
    await buys(shop)


async def ordered(shop: Shop) -> None:
    """The same, and nobody has computed anything yet."""
    await employed(shop)
    shop.document("salesorders", contact_id(shop))


async def order_is_gone(shop: Shop) -> None:
    """The order is deleted."""
    for row in list(shop.twin.rows("salesorders")):
        shop.twin.delete("salesorders", str(row["salesorderid"]))


async def says_otherwise(shop: Shop) -> None:
    """Somebody sets both computed columns by hand."""
    shop.change("contacts", contact_id(shop), **{shop.own(BUYS): False, shop.own(WORKS): False})
    await both_hear(shop)


async def at_contacts(shop: Shop) -> None:
    await look(shop, CONTACTS, DATAVERSE, (contact_id(shop),))


async def at_buyers(shop: Shop) -> None:
    await look(shop, BUYERS, DATAVERSE, (contact_id(shop),))


async def pump(shop: Shop) -> None:
    """Hints alone."""
    await super(Shop, shop).pump()


async def columns(shop: Shop) -> None:
    await follow(shop.keeper, 600)


async def woken(shop: Shop) -> None:
    """The function of the columns hears of the contact."""
    await shop.keeper.woken("contacts", contact_id(shop))


def is_one_customer(shop: Shop) -> bool:
    """One customer by the contact's name, and one contact person."""
    names = {row["PersonLastName"] for row in shop.buyers().values()}
    wanted = {row["lastname"] for row in shop.twin.rows("contacts")}
    return (names, len(shop.buyers()), len(shop.persons())) == (wanted, 1, 1)


# -- products


async def released(shop: Shop) -> None:
    await told(shop, PRODUCTS, ERP, shop.releases())


async def reprices(shop: Shop) -> None:
    """The ERP has another price."""
    shop.reprices(20)
    await told(shop, PRODUCTS, ERP, ("usmf", "P-1"))


async def at_product(shop: Shop) -> None:
    await look(shop, PRODUCTS, ERP, ("usmf", "P-1"))


def is_sold_once(shop: Shop) -> bool:
    """One active product, on the price list once, at its price."""
    (sold,) = shop.world.finops.rows("SellableReleasedProducts")
    products, items = shop.twin.rows("products"), shop.twin.rows("productpricelevels")
    said = [(row["price"], row["statecode"]) for row in products], [row["amount"] for row in items]
    return said == ([(sold["SalesPrice"], 0)], [sold["SalesPrice"]])


# -- the upgrade


async def older(shop: Shop) -> None:
    """Somebody who is older than the columns, and an upgrade that was ordered."""
    shop.older()
    await start_upgrade(shop.house, NAME, dry=False)


async def is_numbered(shop: Shop) -> None:
    """Somebody types a number."""
    shop.change("contacts", contact_id(shop), **{shop.own("contactnumber"): "MY-OWN"})


def has_one_number(shop: Shop) -> bool:
    """A number, which is the customer's."""
    (row,) = shop.twin.rows("contacts")
    number = row[shop.own("contactnumber")]
    return bool(number) and list(shop.buyers()) in ([number], [])


def _meeting(name: str, prepare: Story, workers: Any, people: Any = (), **options: Any) -> Meeting:
    played = {"told": False, "about": CONTACT, "right": is_one_customer, **options}
    return Meeting(name, prospects, prepare, workers, people, stage=furnished_shop, rules=unruly, **played)


HEIRS: Final = (at_contacts, at_buyers)
SALES_MEETINGS: Final = (
    _meeting("two instances hand over one contact", bought, HEIRS),
    _meeting("two instances hand over one contact, somebody dies", bought, HEIRS, deaths=1, lapses=1),
    _meeting("two instances hand over one contact, an answer is lost", bought, HEIRS, faults=1, lapses=1),
    _meeting("the first order and an edit of the name meet", employed, HEIRS, [[buys], [renames]]),
    _meeting("a contact is handed over and renamed", bought, (at_contacts, at_contacts), [[renames]]),
    _meeting("the pump and who keeps the columns", ordered, (pump, columns), [[renames]]),
    _meeting("the pump and who keeps the columns, the order is gone", ordered, (pump, columns), [[order_is_gone]],
             right=lambda shop: len(shop.persons()) == 1),
    _meeting("two keep the columns of one contact, somebody says otherwise", ordered, (woken, columns),
             [[says_otherwise]]),
    _meeting("two visits to a product that is released", released, (at_product, at_product), [[reprices]],
             about=PRODUCT, right=is_sold_once),
    _meeting("two visits to a product that is released, somebody dies", released, (at_product, at_product),
             deaths=1, lapses=1, about=PRODUCT, right=is_sold_once),
    _meeting("an upgrade and who keeps the columns, a number is typed", older, (partial(Shop.pump), columns),
             [[is_numbered]], right=has_one_number),
)  # fmt: skip
