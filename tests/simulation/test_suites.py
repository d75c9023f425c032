"""Suites beside each other: each knows its companies in its own way, and none keeps what another keeps."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import House, SuiteOptions, demand_alone, rivals, set_state, start_job, work_on
from shared.errors import Refused
from shared.mapping import Catalogue, fold
from tests.other_schemas import column_like
from tests.simulation.rig import TERMS
from tests.simulation.world import World, company, in_a_world, shipped_maps

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SHOP: Final = Path(__file__).parents[1] / "suites" / "shop"
CUSTOMERS: Final = "shop.customers"
SHOP_TERMS: Final = "shop.terms"
COLUMN: Final = {"type": "text", "length": 40}
EAST: Final = "7a1b2c63-3b7d-ee11-8179-000d3a11aa02"


@pytest.fixture(autouse=True)
def _a_column_of_its_own(tmp_path: Path) -> Iterator[None]:
    """Accounts have a text column for the company."""
    with column_like(tmp_path, "accounts", "shop_company", COLUMN):
        yield


def shop(*beside: str) -> Catalogue:
    """The maps of the shop, and these flows of dual_write."""
    own = {f"shop.{path.stem}": path for path in sorted(SHOP.glob("*.yaml"))}
    return Catalogue(own | {name: shipped_maps().files[name] for name in beside})


def terms_alone() -> Catalogue:
    """The one flow of the shop that needs no column of its own."""
    return Catalogue({SHOP_TERMS: SHOP / "terms.yaml"})


@dataclass(slots=True)
class Shop:
    """A house with the suite turned on, its flows running."""

    world: World
    house: House

    def terms(self, name: str, **values: Any) -> None:
        """Terms of payment that somebody creates in the ERP."""
        self.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": name, "Description": name, **values})

    def customer(self, account: str, **values: Any) -> None:
        """A customer that somebody creates in the ERP."""
        row = {"dataAreaId": "usmf", "CustomerAccount": account, "OrganizationName": account, "CustomerGroupId": "10",
               "PartyType": "Organization", "SalesCurrencyCode": "USD", **values}  # fmt: skip
        self.world.finops.create("CustomersV3", row)

    def account(self, number: str, **values: Any) -> str:
        """An account that somebody creates in Dataverse; its id."""
        return self.world.dataverse.create("accounts", {"accountnumber": number, "name": number, **values})

    def rows(self, table: str, key: str) -> dict[str, Any]:
        return {str(row[key]): row for row in self.world.dataverse.rows(table)}

    def erp(self, code: str, account: str) -> Any:
        return self.world.finops.row("CustomersV3", {"dataAreaId": code, "CustomerAccount": account})

    def writes(self) -> int:
        return len(self.world.dataverse.history) + len(self.world.finops.history)

    async def compare(self, *names: str) -> None:
        own = [name for name in (SHOP_TERMS, CUSTOMERS) if name in self.house.catalogue.names]
        job = await start_job(self.house, "compare", names or own)
        while job["state"] == "running":
            job = await work_on(self.house, job["id"], lambda: False)
        assert not job["errors"], job["errors"]


def in_the_shop(
    story: Callable[[Shop], Coroutine[Any, Any, None]], options: SuiteOptions, maps: Catalogue | None = None
) -> None:
    """Plays a story with the flows of the shop, and those beside them, running."""

    async def whole(world: World) -> None:
        for code in ("usmf", "demf"):
            company(world, code)
            world.finops.create("CustomerGroups", {"dataAreaId": code, "CustomerGroupId": "10"})
        world.companies = ()
        house = world.house()
        house.suites = {"shop": options}
        for each in map(house.catalogue.map, house.catalogue.names):
            await set_state(house, each.name, "running")
        await story(Shop(world, house))

    in_a_world(1, whole, maps=maps or shop())


USMF: Final = SuiteOptions(companies=("usmf", "demf"), writer="usmf")


def test_a_company_is_a_text() -> None:
    """Where rows hold the ERP's own code it is written, read in any letter case, and searched by."""

    async def story(shop: Shop) -> None:
        shop.customer("C-1")
        shop.customer("C-1", dataAreaId="demf")
        shop.account("C-2", shop_company="DEMF")
        await shop.compare()
        found = {(row["accountnumber"], row["shop_company"]) for row in shop.world.dataverse.rows("accounts")}
        assert found == {("C-1", "usmf"), ("C-1", "demf"), ("C-2", "DEMF")}
        assert shop.erp("demf", "C-2")
        assert not shop.erp("usmf", "C-2")
        before = shop.writes()
        await shop.compare()
        assert shop.writes() == before

    in_the_shop(story, USMF)


def test_rows_without_a_company_belong_to_the_writer() -> None:
    """A row that holds no company is of the one that the settings name: created there, matched there, in no other."""

    async def story(shop: Shop) -> None:
        row_id = shop.account("C-1")
        shop.customer("C-1")
        shop.customer("C-1", dataAreaId="demf")
        shop.account("C-2")
        await shop.compare()
        assert shop.erp("usmf", "C-2")
        assert not shop.erp("demf", "C-2")
        held = {str(row["accountid"]): row["shop_company"] for row in shop.world.dataverse.rows("accounts")}
        assert held[row_id] is None
        assert sorted(value for value in held.values() if value) == ["demf"]
        before = shop.writes()
        await shop.compare()
        assert shop.writes() == before

    in_the_shop(story, USMF)


def test_a_row_of_another_company_is_nobodys_match() -> None:
    """Where rows without a company may be meant, those of other companies with the same number still are not."""

    async def story(shop: Shop) -> None:
        german = shop.account("C-1", shop_company="demf")
        shop.customer("C-1", OrganizationName="Another C-1")
        await shop.compare()
        names = {str(row["accountid"]): row["name"] for row in shop.world.dataverse.rows("accounts")}
        assert names.pop(german) == "C-1"
        assert list(names.values()) == ["Another C-1"]
        assert shop.erp("demf", "C-1")["OrganizationName"] == "C-1"

    in_the_shop(story, USMF)


def test_without_a_writer_they_belong_to_nobody() -> None:
    """Where the settings name no company for them, they are left alone."""

    async def story(shop: Shop) -> None:
        shop.account("C-1")
        await shop.compare()
        assert not shop.erp("usmf", "C-1")

    in_the_shop(story, SuiteOptions(companies=("usmf",)))


def test_one_company_that_a_setting_names() -> None:
    """Where rows hold no company all of them belong to one, and records of other companies are none of the flow's."""

    async def story(shop: Shop) -> None:
        shop.terms("Net30")
        shop.terms("Net60", dataAreaId="demf")
        shop.world.dataverse.create("msdyn_paymentterms", {"msdyn_name": "Net10", "msdyn_description": "Net10"})
        await shop.compare()
        assert shop.rows("msdyn_paymentterms", "msdyn_name").keys() == {"Net30", "Net10"}
        assert all(not row["_msdyn_company_value"] for row in shop.world.dataverse.rows("msdyn_paymentterms"))
        assert shop.world.finops.row("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net10"})
        before = shop.writes()
        await shop.compare()
        assert shop.writes() == before

    in_the_shop(story, USMF)


def test_a_company_by_business_unit(tmp_path: Path) -> None:
    """Rows without a company belong to that of their business unit where the settings name one."""

    async def story(shop: Shop) -> None:
        twin = shop.world.dataverse
        twin.create("businessunits", {"businessunitid": EAST, "name": "East"})
        twin.environment.business_unit_id = EAST
        twin.create("msdyn_paymentterms", {"msdyn_name": "Net10", "msdyn_description": "Net10"})
        await shop.compare()
        assert shop.world.finops.row("PaymentTerms", {"dataAreaId": "demf", "Name": "Net10"})
        assert not shop.world.finops.row("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net10"})

    unit = {"type": "lookup", "targets": {"businessunits": "owningbusinessunit"}, "read_only": True}
    with column_like(tmp_path / "unit", "msdyn_paymentterms", "owningbusinessunit", unit):
        in_the_shop(story, SuiteOptions(writer="usmf", units={fold("East"): "demf"}), terms_alone())


def test_a_lookup_between_the_ways() -> None:
    """A customer of a company refers to terms whose rows hold none."""

    async def story(shop: Shop) -> None:
        shop.terms("Net30")
        shop.customer("C-1", PaymentTerms="Net30")
        await shop.compare()
        (account,) = shop.world.dataverse.rows("accounts")
        (terms,) = shop.world.dataverse.rows("msdyn_paymentterms")
        assert account["_msdyn_paymentterm_value"] == terms["msdyn_paymenttermid"]

    in_the_shop(story, USMF)


def test_lookups_are_kept_within_the_suite() -> None:
    """A flow of another suite does not answer for a lookup, though it keeps the same table."""

    async def story(shop: Shop) -> None:
        target = shop.house.flow(CUSTOMERS).links.pairs.targets.target("msdyn_paymentterms", "msdyn_name")
        assert target is not None
        assert target.ledger.flow == SHOP_TERMS
        other = shop.house.flow("dual_write.customer_groups").links.pairs.targets.target(
            "msdyn_paymentterms", "msdyn_name"
        )
        assert other is not None
        assert other.ledger.flow == TERMS

    in_the_shop(story, USMF, shop(TERMS, "dual_write.customer_groups"))


def test_two_suites_over_one_table() -> None:
    """They run together only where their companies keep the rows apart; else both are named, and one has to stop."""

    async def story(shop: Shop) -> None:
        maps = shop.house.catalogue
        assert [each.name for each in rivals(shop.house, maps.map(SHOP_TERMS))] == [TERMS]
        assert not rivals(shop.house, maps.map(CUSTOMERS))
        with pytest.raises(Refused, match=rf"{SHOP_TERMS} and {TERMS} would both keep the same rows"):
            await demand_alone(shop.house, SHOP_TERMS)
        await set_state(shop.house, TERMS, "not running")
        await demand_alone(shop.house, SHOP_TERMS)

    in_the_shop(story, USMF, shop(TERMS, "dual_write.customers_v3_accounts"))


def test_a_row_of_neither_suite_belongs_to_nobody() -> None:
    """Where another suite keeps the table, too, a row without a company has no writer."""

    async def story(shop: Shop) -> None:
        shop.account("C-1")
        await shop.compare(CUSTOMERS)
        assert not shop.erp("usmf", "C-1")

    in_the_shop(story, USMF, shop("dual_write.customers_v3_accounts"))
