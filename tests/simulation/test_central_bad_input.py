"""What people type, delete and rename that nobody foresaw: it is told by number or name, it loses nothing, and a second
run finds everything as the first one left it (reference: business-central 5.2, 5.4).
"""

from __future__ import annotations

import pytest

from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import DE, Central, on_stage
from tests.simulation.central_contacts import buyer


def words(central: Central) -> list[str]:
    """All that is said of customers that are set aside."""
    return [message for _, message in central.troubles()]


def written(central: Central) -> tuple[int, int]:
    return len(central.erp.history), len(central.dataverse.history)


async def runs_unchanged(central: Central) -> bool:
    """Two further passes write nothing to either side, and say what was said before."""
    before, said = written(central), words(central)
    for _ in range(2):
        await central.compare()
    return (written(central), words(central)) == (before, said)


# -- codes


@pytest.mark.parametrize("typed", ["at", " at", "  AT ", "At  "])
async def test_a_code_is_the_same_in_any_letters_and_with_blanks_around_it(typed: str) -> None:
    """5.4: Business Central keeps codes trimmed and in capitals. What was typed stays, and is no edit of Business
    Central's; however often somebody types it, no machine is suspected of it.
    """

    async def story(central: Central) -> None:
        central.erp.load(DE, "countriesRegions", [{"code": "AT", "displayName": "Austria"}])
        identity, row_id = await buyer(central)
        for city in ("Wien", "Graz", "Linz", "Wels", "Enns"):
            central.later(minutes=5)
            central.dataverse.update("accounts", row_id, {"address1_country": typed, "address1_city": city})
            assert (await central.visit(DATAVERSE, (row_id,))).kind == "updated"
            (account,) = central.accounts()
            assert (central.row(identity)["country"], account["address1_country"]) == ("AT", typed)
            central.dataverse.update("accounts", row_id, {"address1_country": "AT"})
            assert (await central.visit(DATAVERSE, (row_id,))).kind == "equal"
        assert words(central) == []
        assert await runs_unchanged(central)

    await on_stage(story)


@pytest.mark.parametrize("typed", ["at", " at"])
async def test_two_that_match_have_no_difference_in_the_spelling_of_a_code(typed: str) -> None:
    """Neither side is written, and nobody is asked."""

    async def story(central: Central) -> None:
        central.erp.load(DE, "countriesRegions", [{"code": "AT", "displayName": "Austria"}])
        identity = central.customer(country="AT", city="Wien")
        row_id = central.account(accountnumber="C100", address1_country=typed, address1_city="Wien")
        before = written(central)
        assert (await central.visit(ERP, identity)).dataverse == row_id
        assert (written(central), central.kept("c~"), words(central)) == (before, [], [])
        assert await runs_unchanged(central)

    await on_stage(story)


@pytest.mark.parametrize("typed", [" c1/'&b ", "c1/'&b", "C1/'&B  "])
async def test_a_number_finds_its_customer_however_it_is_typed(typed: str) -> None:
    """With marks that addresses and filters give a meaning to; no second customer is made beside him."""

    async def story(central: Central) -> None:
        identity = central.customer("C1/'&B", displayName="Adatum")
        row_id = central.account(name="Adatum Corporation", accountnumber=typed)
        await central.visit(DATAVERSE, (row_id,), creates="both")
        assert [(each.erp, each.dataverse) for each in central.couplings()] == [(identity, row_id)]
        assert len(central.rows()) == 1
        assert await runs_unchanged(central)

    await on_stage(story)
