"""What a pass asks of the ledger where nothing has changed: little, and no more for many records than for few."""

from __future__ import annotations

from collections import Counter

import pytest

from shared.engine import set_state
from shared.ledger import Stored
from shared.mapping import Unresolved
from tests.emulator.tables import MemoryTables
from tests.simulation.central import Central
from tests.simulation.central import on_stage as on_central_stage
from tests.simulation.central_contacts import CONTACTS, company_of, person
from tests.simulation.rig import Rig, coupled, on_stage
from tests.simulation.test_central_connector import connected

COUPLED = "e~"
"""How keys begin under which it stands what a record of the ERP is coupled with."""
DAYS = "dual_write.payment_days"
LEAST = 31
"""Requests of a calm pass, with its job, its leases and what tells its flow's state."""


def asked(rig: Rig) -> Counter[str]:
    """Requests to the ledger so far, by kind."""
    return Counter({step: count for step, count in rig.world.weather.passed.items() if step.startswith("ledger ")})


async def calm_pass(rig: Rig) -> Counter[str]:
    """A pass in which nothing has changed; what it asked of the ledger."""
    before = asked(rig)
    tally = await rig.compare()
    assert set(tally.counts) == {"equal"}
    return asked(rig) - before


def test_a_calm_pass_asks_as_little_for_many_records_as_for_few() -> None:
    async def story(rig: Rig) -> None:
        await coupled(rig)
        await rig.compare()
        few = await calm_pass(rig)
        for number in range(2, 30):
            rig.customer(f"US-{number:03d}")
        await rig.compare()
        many = await calm_pass(rig)
        assert (many, many.total() <= LEAST) == (few, True), many

    on_stage(story)


def test_a_flow_that_never_ran_is_not_asked_for_each_code() -> None:
    """Days of payment are looked up by their key, and nobody keeps them: no coupling could say anything about them."""

    async def story(rig: Rig) -> None:
        for name in ("Day1", "Day2", "Day3"):
            day_of_payment(rig, name)
            await coupled(rig, f"US-{name}", PaymentDay=name)
        await rig.compare()
        three = await calm_pass(rig)
        for number in range(4, 20):
            day_of_payment(rig, f"Day{number}")
            await coupled(rig, f"US-{number}", PaymentDay=f"Day{number}")
        await rig.compare()
        assert await calm_pass(rig) == three

    on_stage(story)


def test_a_flow_that_runs_may_couple_a_code_while_somebody_waits_for_it() -> None:
    """It had no couplings when a slice began, and is asked again all the same: the row is known by its coupling."""

    async def story(rig: Rig) -> None:
        await set_state(rig.house, DAYS, "running")
        links, lines = rig.flow().links, rig.flow().map.lookups
        (line,) = [each for each in lines if each.erp.name == "PaymentDay"]
        rig.world.finops.create("PaymentDaysCds", {"dataAreaId": "usmf", "Name": "Day15"})
        assert isinstance(await links.forward(line, "usmf", "Day15"), Unresolved)
        await rig.compare(DAYS)
        (row,) = rig.world.dataverse.rows("msdyn_paymentdays")
        rig.world.dataverse.update("msdyn_paymentdays", row["msdyn_paymentdayid"], {"msdyn_name": "The fifteenth"})
        assert await links.forward(line, "usmf", "Day15") == row["msdyn_paymentdayid"]

    on_stage(story)


def day_of_payment(rig: Rig, name: str) -> None:
    """Both sides have it, and no flow is run that would keep it equal."""
    rig.world.finops.create("PaymentDaysCds", {"dataAreaId": "usmf", "Name": name})
    company = rig.companies["usmf"]
    rig.world.dataverse.create(
        "msdyn_paymentdays", {"msdyn_name": name, "msdyn_company@odata.bind": f"/cdm_companies({company})"}
    )


def test_a_pass_asks_once_what_is_put_off_however_many_records_it_couples() -> None:
    async def story(rig: Rig) -> None:
        await rig.compare()
        ranges: list[int] = []
        for many in (2, 20):
            for number in range(many):
                rig.customer(f"US-{many}-{number}")
            before = asked(rig)
            assert (await rig.compare()).counts["created"] == many
            ranges.append((asked(rig) - before)["ledger range"])
        assert ranges[0] == ranges[1]

    on_stage(story)


async def test_what_a_record_without_a_coupling_refers_to_is_asked_by_its_visit_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is created for these persons, whose customers nobody has coupled: a customer, or a vendor, he may be."""
    asked: list[str] = []
    get = MemoryTables.get

    async def counted(tables: MemoryTables, partition: str, key: str) -> Stored | None:
        asked.append(key)
        return await get(tables, partition, key)

    async def story(central: Central) -> None:
        for number in range(5):
            customer = central.customer(f"C{number}")
            person(central, str(company_of(central, customer)["number"]))
        monkeypatch.setattr(MemoryTables, "get", counted)
        assert (await central.compare(CONTACTS)).counts["ignored"] == 5

    await on_central_stage(story, connected())
    assert sum(key.startswith(COUPLED) for key in asked) == 5 * len(("customers", "vendors"))
