"""Whose a new row of Dataverse is: what the map says, else the company's team, else the suite's owner."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.engine import SuiteOptions
from shared.mapping import Entity
from shared.systems import Observation
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, TERMS, Rig, maps_with, on_stage
from tests.simulation.test_plans import planned

BY_NAME = "fields: |\n  SalesMemo  >  ownerid.Team(name)  ; create, missing keep\n"


def team(rig: Rig, name: str) -> str:
    return rig.world.dataverse.create("teams", {"name": name})


def of_company(rig: Rig, team_id: str | None, company: str = "usmf") -> None:
    """Somebody names the team that owns what is new in a company."""
    bound = {"cdm_defaultowningteam@odata.bind": f"/teams({team_id})" if team_id else None}
    rig.world.dataverse.update("cdm_companies", rig.companies[company], bound)


def owner(rig: Rig, account: str = ACCOUNT) -> str:
    row = rig.dataverse(account)
    assert row is not None
    return str(row["_ownerid_value"])


@pytest.mark.parametrize("heard", ["event", "pass"])
def test_what_comes_from_the_erp_belongs_to_the_team_of_its_company(heard: str) -> None:
    """A customer and a payment term, planned and created: the team that the company's row names owns them."""

    async def story(rig: Rig) -> None:
        ours = team(rig, "USMF")
        of_company(rig, ours)
        identity = rig.customer()
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net99"})
        assert (await planned(rig, 9))["told"][0]["counts"]["created"] == 1
        if heard == "event":
            await rig.visit(ERP, identity)
        await rig.compare()
        await rig.compare(TERMS)
        terms = [row for row in rig.world.dataverse.rows("msdyn_paymentterms") if row["msdyn_name"] == "Net99"]
        assert [owner(rig), *(row["_ownerid_value"] for row in terms)] == [ours, ours]

    on_stage(story)


def test_an_owner_is_given_once(tmp_path: Path) -> None:
    """Assigning cascades: what was there, or was assigned since, keeps its owner, whatever comes from the ERP."""

    async def story(rig: Rig) -> None:
        ours, theirs = team(rig, "USMF"), team(rig, "Sales")
        before = rig.account("US-002", name="Before")
        mine = owner(rig, "US-002")
        of_company(rig, ours)
        await rig.visit(ERP, rig.customer("US-002", OrganizationName="Before", CreditLimit=7))
        await rig.visit(ERP, rig.customer(SalesMemo="Sales"))
        row = rig.dataverse()
        assert row is not None
        assert owner(rig) == theirs
        rig.change(str(row["accountid"]), **{"ownerid@odata.bind": f"/teams({ours})"})
        rig.edit(OrganizationName="Edited", SalesMemo="USMF")
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Edited", "Edited")
        assert (owner(rig), owner(rig, "US-002")) == (ours, mine)
        assert before in rig.accounts()

    on_stage(story, maps_with(tmp_path, BY_NAME))


@pytest.mark.parametrize(
    ("memo", "of_it", "setting", "whose"),
    [("Sales", "USMF", "Suite", "Sales"), ("", "USMF", "Suite", "USMF"), ("Nobody", "USMF", "", "USMF"),
     ("", "", "Suite", "Suite"), ("", "", "", "")],
)  # fmt: skip
def test_the_map_goes_before_the_company_and_that_before_the_suite(
    tmp_path: Path, memo: str, of_it: str, setting: str, whose: str
) -> None:
    """An overlay has a line for the owner; where none of the three says anything, the row is the app's own."""

    async def story(rig: Rig) -> None:
        teams = {name: team(rig, name) for name in ("Sales", "USMF", "Suite")}
        of_company(rig, teams.get(of_it))
        rig.house.suites = {"dual_write": SuiteOptions(owner=f"teams({teams[setting]})" if setting else "")}
        await rig.visit(ERP, rig.customer(SalesMemo=memo))
        app = (await rig.house.dataverse.user()).lower()
        assert owner(rig) == (teams[whose] if whose else app)

    on_stage(story, maps_with(tmp_path, BY_NAME))


def test_a_table_without_owners_is_sent_none() -> None:
    """Rows of some tables are the organisation's: to name an owner would be refused."""

    async def story(rig: Rig) -> None:
        of_company(rig, team(rig, "USMF"))
        rig.world.dataverse.environment.by_logical["msdyn_paymentterm"].definition.owned = False
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net99"})
        await rig.compare(TERMS)
        created = [each for each in rig.world.dataverse.history if each.table == "msdyn_paymentterms"]
        assert created[-1].operation == "create"
        assert "ownerid" not in created[-1].sent

    on_stage(story)


def test_what_goes_to_the_erp_has_no_owner_there() -> None:
    """An account that somebody has created keeps his name, and its customer comes about as ever."""

    async def story(rig: Rig) -> None:
        of_company(rig, team(rig, "USMF"))
        row_id = rig.account()
        before = owner(rig)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.erp() is not None
        assert owner(rig) == before

    on_stage(story)


def test_the_company_is_asked_once_for_many() -> None:
    """A first load reads the company's row once, whether it names a team or not."""

    async def story(rig: Rig) -> None:
        asked, read = list[str](), rig.house.dataverse.read

        async def watched(entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
            asked.append(entity.name)
            return await read(entity, identity, columns)

        rig.house.dataverse.read = watched  # type: ignore[method-assign]
        for named in (None, team(rig, "USMF")):
            of_company(rig, named)
            for number in range(8):
                rig.customer(f"{'T' if named else 'N'}-{number}")
            asked.clear()
            await rig.compare()
            assert asked.count("cdm_companies") == 1

    on_stage(story)
