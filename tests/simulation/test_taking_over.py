"""Taking over from Business Central's own integration: its couplings, through the connector, and no two engines."""

from __future__ import annotations

from typing import Any

import pytest

from functions.beside import beside_findings, refuse_beside
from functions.business_central.taking_over import CONNECTIONS, product_pairs
from shared.engine import set_state
from shared.errors import Refused
from tests.simulation.central import CUSTOMERS, DE, US, Central, on_stage
from tests.simulation.central_contacts import CONTACTS, SUITE
from tests.simulation.test_central_connector import connected
from tests.simulation.test_pairs import carried_out


def product_coupled(central: Central, table: int, record: str, row_id: str, **more: Any) -> None:
    """The product has coupled two records."""
    row = {"tableNumber": table, "recordId": record, "dataverseId": row_id, **more}
    central.erp.create(DE, "crmIntegrationRecords", row)


async def test_couplings_of_the_product_become_pairs_that_ask_about_what_differs() -> None:
    """bc-071: of every flow by its own table, in the companies that are synchronised; who was skipped there is told, a
    coupling that leads nowhere is named, and nothing is written before the first synchronisation.
    """

    async def story(central: Central) -> None:
        names = [CUSTOMERS, f"{SUITE}.vendors", f"{SUITE}.payment_terms"]
        for name in names:
            await set_state(central.house, name, "not running")
        (_, same), (_, other) = central.customer("C1"), central.customer("C2", displayName="Erp")
        rows = [central.account(), central.account(name="Row")]
        vendor = str(central.erp.create(DE, "vendors", {"number": "V1", "displayName": "Fabrikam"})["id"])
        supplier = central.account(name="Fabrikam", customertypecode=11)
        product_coupled(central, 18, same, rows[0])
        product_coupled(central, 18, other, rows[1], skipped=True)
        product_coupled(central, 18, "00000000-0000-0000-0000-00000000dead", rows[1])
        product_coupled(central, 23, vendor, supplier)
        product_coupled(central, 9, same, supplier)
        terms = central.coded("paymentTerms", "30 DAYS")
        option = {"tableNumber": 3, "record": "Payment Terms: 30 DAYS", "optionValue": 1}
        central.erp.create(DE, "crmOptionMappings", option)
        counts, told = await carried_out(central, source="product", first="none")
        assert counts == {"coupled": 2, "refused": 1}
        dead, equal, skipped = sorted((each["why"] for each in told), key=lambda why: ("exist" not in why, why))
        assert "dead does not exist in the ERP" in dead
        assert (equal, skipped) == ("", "skipped there: it had failed twice, and is looked at again")
        for name in names[1:]:
            counts, told = await carried_out(central, source="product", first="none", name=name)
            assert counts == {"coupled": 1}, told
        (pair,) = central.couplings(f"{SUITE}.payment_terms")
        assert (pair.erp, pair.dataverse) == (terms, "1")
        assert {row["name"] for row in central.accounts()} == {"Adatum", "Row", "Fabrikam"}
        await set_state(central.house, CUSTOMERS, "running")
        tally = await central.compare()
        assert (tally.counts["conflict"], tally.counts["equal"]) == (1, 1), tally
        assert {row["displayName"] for row in central.rows() if row["number"] in {"C1", "C2"}} == {"Adatum", "Erp"}

    await on_stage(story, connected())


@pytest.mark.parametrize("page", [*CONNECTIONS])
async def test_while_the_products_own_integration_runs_no_flow_is_begun(page: str) -> None:
    """In a company that is synchronised; the connector tells, and the preflight says where it is switched off."""

    async def story(central: Central) -> None:
        central.erp.create(US, page, {"enabled": True})
        await refuse_beside(central.house, [CUSTOMERS], run=True)
        central.erp.create(DE, page, {"enabled": True})
        with pytest.raises(Refused, match=f"switched on in company {DE}.*{CONNECTIONS[page]}"):
            await refuse_beside(central.house, [CUSTOMERS, CONTACTS], run=False)
        (finding,) = await beside_findings(central.house, [CUSTOMERS])
        assert (finding.severity, finding.flows) == ("error", (CUSTOMERS,))

    await on_stage(story, connected())


async def test_without_the_connector_a_person_says_that_the_product_is_off() -> None:
    """Once, with the first run of any flow; couplings are given as CSV then."""

    async def story(central: Central) -> None:
        house = central.house
        with pytest.raises(Refused, match="product_off"):
            await refuse_beside(house, [CUSTOMERS], run=True)
        (finding,) = await beside_findings(house, [CUSTOMERS])
        assert (finding.severity, "product_off" in finding.remedy) == ("note", True)
        await refuse_beside(house, [CUSTOMERS], run=True, said=True)
        await refuse_beside(house, [f"{SUITE}.vendors"], run=True)
        (finding,) = await beside_findings(house, [CUSTOMERS])
        assert "nothing to do" in finding.remedy
        with pytest.raises(Refused, match="give them as CSV"):
            await anext(product_pairs(house, CUSTOMERS))

    await on_stage(story)
