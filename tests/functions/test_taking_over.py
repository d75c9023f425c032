"""Taking over from Business Central's own integration over HTTP: told first, and not while that still runs."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httpx

from shared.engine import check_environment, set_state
from tests.emulator.local import KEYS, OPERATOR_KEY
from tests.functions.stage import JSON, MASTER, keyed, the_host
from tests.simulation.central import CUSTOMERS, DE
from tests.simulation.notified import Told, on_told
from tests.simulation.test_central_connector import connected
from tests.simulation.test_taking_over import product_coupled

OPERATIONS: Final = "/api/operations"


def test_couplings_are_taken_over_once_the_product_is_switched_off() -> None:
    """A dry run looks at any time; what is confirmed, and the first run, are refused until then, with the page of the
    product on which that is done. A company of a list may be called by its name.
    """

    async def story(told: Told) -> None:
        central = told.central
        told.start(operator_key=OPERATOR_KEY, dataverse_webhook_key=KEYS["dataverse"])
        await check_environment(central.house)
        _, record = central.customer("C1")
        row_id = central.account()
        product_coupled(central, 18, record, row_id, skipped=True)
        setup = central.erp.create(DE, "cdsConnectionSetups", {"enabled": True})
        transport = httpx.ASGITransport(the_host().asgi())
        async with httpx.AsyncClient(transport=transport, base_url="https://koppel.example") as client:

            async def post(path: str, body: dict[str, Any], key: str = OPERATOR_KEY) -> httpx.Response:
                return await client.post(path, json=body, headers={**JSON, **keyed(path, key)})

            async def over(body: dict[str, Any]) -> httpx.Response:
                return await post(f"{OPERATIONS}/pairs/business_central/all/take_over", body)

            dry = (await over({})).json()
            await post("/admin/functions/operations_pump", {}, MASTER)
            path = f"{OPERATIONS}/jobs/{dry['job']}/left"
            (row,) = (await client.get(path, headers=keyed(path, OPERATOR_KEY))).json()["records"]
            assert (row["what"], "skipped there" in row["why"]) == ("coupled, equal", True)
            assert central.couplings() == []
            await set_state(central.house, CUSTOMERS, "not running")
            for refused in (
                await over({"confirm": True}),
                await post(f"{OPERATIONS}/flows/business_central/customers/run", {"initial": False}),
            ):
                assert (refused.status_code, "Dataverse Connection Setup" in refused.text) == (409, True), refused.text
            central.erp.update(DE, "cdsConnectionSetups", str(setup["id"]), {"enabled": False})
            assert (await over({"confirm": True})).status_code == 202
            await post("/admin/functions/operations_pump", {}, MASTER)
            assert [each.erp for each in central.couplings()] == [(central.company, record)]
            by_name = {"csv": f"erp;dataverse;company\r\nC1;{row_id};{DE.lower()}\r\n"}
            dry = (await post(f"{OPERATIONS}/pairs/business_central/customers/couple", by_name)).json()
            await post("/admin/functions/operations_pump", {}, MASTER)
            path = f"{OPERATIONS}/jobs/{dry['job']}/left"
            (row,) = (await client.get(path, headers=keyed(path, OPERATOR_KEY))).json()["records"]
            assert (row["what"], row["given"]["company"]) == ("already coupled", central.company), row

    asyncio.run(on_told(story, maps=connected()))
