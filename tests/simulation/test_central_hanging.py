"""What keeps a record of Business Central, or its row, from being deleted: also what a map looks up by couplings."""

from __future__ import annotations

import pytest

from shared.engine.record._hanging import Lookups
from shared.mapping import DATAVERSE, ERP, Catalogue, Side
from tests.simulation.central import DE, US, Central, on_stage, shipped
from tests.simulation.central_contacts import CONTACTS, SUITE, buyer, company_of, people, person, seen, seller
from tests.simulation.central_items import UNITS, Shelf, with_shelf
from tests.simulation.overlays import with_overlays
from tests.simulation.test_central_choices import TERMS, coupled_terms, held, value_of
from tests.simulation.test_central_companies import customer, with_both
from tests.simulation.test_central_connector import connected
from tests.simulation.world import shipped_maps
from tests.unit.maps.once import like


def deleting(*flows: str) -> Catalogue:
    """The maps where the connector is installed; these carry deletes over."""
    return with_overlays(connected(), {name: ["policy: {delete: propagate}"] for name in flows})


async def keeping(central: Central, name: str, side: Side, identity: tuple[str, ...]) -> list[str]:
    """The tables of the rows because of which a record is not deleted."""
    flow = central.house.flow(name)
    return [each.entity.name for each in await Lookups(flow, flow.others.maps()).keeping(side, identity)]


async def test_an_option_is_kept_by_the_account_that_has_it() -> None:
    """It is a number there, and no reference: only the map says what it means."""

    async def story(central: Central) -> None:
        terms, free = [await coupled_terms(central, code) for code in ("14D2%", "30 DAYS")]
        row_id = (await central.visit(ERP, central.customer(paymentTermsId=terms[1]), creates="both")).dataverse
        assert await keeping(central, TERMS, DATAVERSE, (str(held(central, row_id)),)) == ["accounts"]
        flow = central.house.flow(TERMS)
        undone = await Lookups(flow, flow.others.maps()).hanging(DATAVERSE, (str(held(central, row_id)),))
        assert [each.entity.name for each in undone] == ["accounts"]
        (unused,) = [each.dataverse for each in central.couplings(TERMS) if each.erp == free]
        assert await keeping(central, TERMS, DATAVERSE, (unused,)) == []

    await on_stage(story)


@pytest.mark.parametrize("maps", [deleting(TERMS), with_overlays(shipped(), {TERMS: ["policy: {delete: propagate}"]})],
                         ids=["by code", "by id"])  # fmt: skip
async def test_an_option_whose_payment_terms_are_deleted_is_left_to_a_person(maps: Catalogue) -> None:
    """Whoever names it still, and however: an option has no version, so none is deleted. Customers go on naming what
    there is not any more, for Business Central lets them.
    """

    async def story(central: Central) -> None:
        company, terms = await coupled_terms(central, "30 DAYS")
        row_id = (await central.visit(ERP, central.customer(paymentTermsId=terms), creates="both")).dataverse
        central.later(hours=1)
        central.erp.delete(company, "paymentTerms", terms)
        for _ in range(2):
            await central.compare(TERMS)
            await central.compare()
            ((code, words),) = central.troubles(TERMS)
            assert (code, "'30 DAYS' in the ERP was deleted" in words, central.troubles()) == ("deleted", True, [])
            assert held(central, row_id) == value_of(central, "30 DAYS")

    await on_stage(story, maps)


async def test_a_unit_group_stays_as_long_as_a_product_is_of_it() -> None:
    """Products point to it over a line that the couplings of the units resolve."""

    async def story(shelf: Shelf) -> None:
        central = shelf.central
        product = await shelf.created(shelf.item())
        group = str(product["_defaultuomscheduleid_value"])
        assert "products" in await keeping(central, UNITS, DATAVERSE, (group,))

    await with_shelf(story)


@pytest.mark.parametrize("of", ["customer", "vendor"])
async def test_people_do_not_keep_a_customer_for_business_central_keeps_them(of: str) -> None:
    """They are people of the company contact, which stays. The field that says whose they are knows no filter."""
    flow = f"{SUITE}.{of}s"

    async def story(central: Central) -> None:
        whose, account = await (buyer(central) if of == "customer" else seller(central))
        identity = person(central, str(company_of(central, whose, of.capitalize())["number"]))
        await seen(central, identity, creates="both")
        central.later(hours=1)
        central.dataverse.delete("accounts", account)
        await central.compare(flow)
        await central.compare(CONTACTS)
        assert (central.erp.row(DE, f"{of}s", whose[1]), central.troubles(flow)) == (None, [])
        assert len(people(central)) == 1

    await on_stage(story, deleting(flow, CONTACTS))


async def test_who_names_a_record_by_its_code_keeps_it_although_its_key_is_an_id() -> None:
    """A salesperson is named by a code: whom nobody names, nobody keeps."""

    async def story(central: Central) -> None:
        mine, free = (central.coded("salespeoplePurchasers", code, displayName=code) for code in ("AB", "CD"))
        central.customer(salespersonCode="AB")
        people_of = f"{SUITE}.salespeople"
        assert await keeping(central, people_of, ERP, mine) == ["customers"]
        assert await keeping(central, people_of, ERP, free) == []

    await on_stage(story)


def beside_another_erp() -> Catalogue:
    """The maps where a suite of another ERP is at work over the same accounts."""
    maps = connected()
    return like(maps, files={**maps.files, **shipped_maps().files})


async def test_records_of_another_erp_system_name_none_of_business_central() -> None:
    """Another suite looks its customers up by the number of an account, as this one does: its ERP is not asked here."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        company = company_of(central, customer)["number"]
        assert await keeping(central, f"{SUITE}.customers", ERP, customer) == []
        await seen(central, person(central, str(company)), creates="both")
        assert await keeping(central, f"{SUITE}.customers", DATAVERSE, (account,)) == ["contacts"]

    await on_stage(story, beside_another_erp())


async def test_what_a_code_goes_on_as_is_asked_of_its_own_erp_system() -> None:
    """An account may stand in maps of two suites: who names the deleted payment terms is asked in this one alone."""

    async def story(central: Central) -> None:
        company, terms = await coupled_terms(central, "30 DAYS")
        await central.visit(ERP, central.customer(paymentTermsId=terms), creates="both")
        central.later(hours=1)
        central.erp.delete(company, "paymentTerms", terms)
        assert (await central.visit(ERP, (company, terms), name=TERMS)).codes == ("deleted",)

    await on_stage(story, beside_another_erp())


async def test_a_record_of_another_company_with_the_same_code_names_none_of_this_one() -> None:
    """Each company has salespeople of its own."""

    async def story(central: Central) -> None:
        mine = central.coded("salespeoplePurchasers", "AB", displayName="Ann")
        central.erp.create(US, "salespeoplePurchasers", {"code": "AB", "displayName": "Abe"})
        customer(central, salespersonCode="AB")
        assert await keeping(central, f"{SUITE}.salespeople", ERP, mine) == []
        central.customer(salespersonCode="AB")
        assert await keeping(central, f"{SUITE}.salespeople", ERP, mine) == ["customerCards"]

    await with_both(story)
