"""The role that an administrator gives to the app's user is enough for what the suite does, and for setting it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pytest

from shared.setup import as_administrator
from shared.systems import WHO, Connection, Dataverse, Limiter
from tests.emulator.identity import APP_ID, COMMAND_LINE, Identity
from tests.functions.test_connection import Guide, guided
from tests.simulation.central import CUSTOMERS, Central

SUITE: Final = "business_central"
CREATING: Final = ("units_of_measure", "payment_terms")
"""Flows that create in Dataverse: rows, and options of a choice."""
URL: Final = "http://127.0.0.1:7081"


@dataclass
class PersonsTokens:
    """Tokens of somebody who signed in with the Azure CLI."""

    identity: Identity
    account: str
    scheme: str = "Bearer"

    async def token(self) -> str:
        return self.identity.issue(URL, COMMAND_LINE, self.account)

    async def renew(self) -> None:
        return

    async def close(self) -> None:
        return


async def administrated(central: Central) -> list[str]:
    """An administrator has set Dataverse up, and the app has nothing but its role; what he was told."""
    account = central.dataverse.person("berta", "System Administrator", "System Customizer")
    ours = central.house.dataverse
    assert isinstance(ours, Dataverse)
    tokens = PersonsTokens(central.identity, account)
    connection = Connection(ours.connection.client, ours.connection.base, tokens, Limiter(), probe=WHO)
    said: list[str] = []
    his = Dataverse(connection, lambda: "boundary")
    assert await as_administrator(his, central.maps.sound(), [], APP_ID, said.append, lambda: False)
    central.dataverse.take_role(str((await ours.get(WHO))["UserId"]))
    return said


def test_the_app_works_with_its_role_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step of the set-up is done, the preflight misses no right, and records and options come to be."""
    monkeypatch.setenv("SUITES", SUITE)

    async def story(guide: Guide) -> None:
        central = guide.told.central
        await administrated(central)
        done = await guide.do(product_off=True)
        assert done["complete"], [each["missing"] for each in done["steps"]]
        report = (await guide.ask("GET", "/api/operations/preflight")).json()
        assert not [each for each in report["findings"] if "lacks" in each["what"] or "not allowed" in each["what"]]
        central.coded("unitsOfMeasure", "BOX", displayName="Box")
        central.coded("paymentTerms", "30D", displayName="30 days")
        for flow in CREATING:
            name = f"{SUITE}.{flow}"
            tally = await central.compare(name)
            assert central.troubles(name) == [], tally
        identity = central.customer()
        account = central.account(accountnumber="C100")
        await central.compare()
        assert [each.state for each in central.couplings()] == ["coupled"]
        central.erp.update(identity[0], "customers", identity[1], {"displayName": "Adatum Ltd"})
        await central.catch_up()
        assert (central.dataverse.row("accounts", account) or {})["name"] == "Adatum Ltd"
        assert central.troubles() == []

    guided(story, [CUSTOMERS, *(f"{SUITE}.{each}" for each in CREATING)])
