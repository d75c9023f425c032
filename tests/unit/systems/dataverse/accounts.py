"""Accounts, as the tests of the Dataverse client use them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.mapping import entity
from shared.systems import Connection, Dataverse, Reading
from tests.unit.systems.worlds import DataverseWorld, Script, boundaries, connection

ACCOUNTS, CONTACTS = entity("dataverse", "accounts"), entity("dataverse", "contacts")
COMPANIES, GROUPS = entity("dataverse", "cdm_companies"), entity("dataverse", "msdyn_customergroups")
NAMES = ["accountid", "accountnumber", "name"]
ABSENT = "00000000-1111-4222-8333-444444444444"
TRACK = Reading(NAMES, page=3, track=True)
BASE = "https://contoso.crm4.dynamics.com/api/data/v9.2"


def new_id(number: int) -> str:
    return str(UUID(int=(0xA0A0 << 112) + (4 << 76) + (0xA << 60) + number))


ROW = {"accountid": new_id(1), "@odata.etag": 'W/"1"'}


def account(number: int, company: str = "", **more: str) -> dict[str, str]:
    """The body of a new account."""
    body = {"accountid": f'"{new_id(number)}"', "accountnumber": f'"C-{number}"', "name": f'"Name {number}"'}
    if company:
        body["msdyn_company@odata.bind"] = f'"/cdm_companies({company})"'
    return {**body, **more}


def known(world: DataverseWorld, number: str = "C-1", **values: Any) -> tuple[str, str]:
    """An account that is there: its id and version."""
    row_id = world.twin.create("accounts", {"accountnumber": number, "name": f"Name {number}", **values})
    row = world.twin.environment.tables["accounts"].rows[row_id]
    return row_id, row.etag


def number_is(value: str) -> list[Any]:
    return [(ACCOUNTS.fields["accountnumber"], value)]


def dataverse(*steps: Any) -> tuple[Dataverse, Script]:
    script = Script(*steps)
    link: Connection = connection(script, base=BASE)
    return Dataverse(link, boundaries()), script
