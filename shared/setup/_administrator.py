"""What an administrator of Dataverse sets up with his own sign-in: checked first, in the order in which it is done.

Two roles are asked for, as the vendor's set-up asks for them (reference: business-central 3.17). They are known by the
templates that they are made of, whatever they are called; what somebody has by a team alone is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from shared.errors import Denied, Refused
from shared.mapping import FlowMap
from shared.setup._dataverse_reader import privileges_of
from shared.setup._declared import Declared
from shared.setup._reading import rows
from shared.setup._role import Held, give_role, role_privileges, roles_of
from shared.setup._suite_setup import SuiteSetup, set_up
from shared.setup._webhooks import track_changes
from shared.systems import Dataverse

TEMPLATES: Final[Mapping[str, str]] = {
    "627090ff-40a3-4053-8790-584edc5be201": "System Administrator",
    "119f245c-3cc8-4b62-b31c-d1a046ced15d": "System Customizer",
}
_USER: Final = "systemuserid,fullname,applicationid,azureactivedirectoryobjectid,isdisabled,_businessunitid_value"
Say = Callable[[str], None]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who has signed in: his row, and the business unit that his session works in."""

    row: Row
    unit: str

    @property
    def ids(self) -> set[str]:
        """Whatever he may be called by."""
        names = ("systemuserid", "azureactivedirectoryobjectid", "applicationid")
        return {str(self.row[name]).lower() for name in names if self.row[name]}


async def demand_administrator(dataverse: Dataverse) -> Administrator:
    """Who has signed in. Raises Refused unless that is a System Administrator and a System Customizer."""
    who = await dataverse.get("WhoAmI")
    user = str(who["UserId"])
    row, held = await _seen(dataverse, user)
    if missing := [name for template, name in TEMPLATES.items() if template not in held]:
        raise Refused(
            f"{row['fullname']} is no {' and no '.join(missing)} here: give the role to this account itself (those of "
            "its teams do not count), or sign in as somebody who is (az login)"
        )
    return Administrator(row, str(who["BusinessUnitId"]))


async def _seen(dataverse: Dataverse, user: str) -> tuple[Row, set[str]]:
    """A user's row, and the templates of his roles; of somebody who may not even look at them there are none."""
    try:
        row = await dataverse.get(f"systemusers({user})?$select={_USER}")
        return row, {str(each["_roletemplateid_value"]).lower() for each in await roles_of(dataverse, user)}
    except Denied:
        return {"fullname": f"the account with the user id {user}"}, set()


async def user_of_app(dataverse: Dataverse, application: str, administrator: Administrator) -> tuple[Row, bool]:
    """The app's user in Dataverse, and whether it had to be made. application: the client id of the app's sign-in.

    Raises Refused for an id that is the administrator's own, for what is no id, and for a user that is disabled.
    """
    try:
        client = str(UUID(application))
    except ValueError:
        raise Refused(f"{application!r} is no client id: it looks like 00000000-0000-0000-0000-000000000000") from None
    if client in administrator.ids:
        raise Refused(
            f"{client} is the account that has signed in ({administrator.row['fullname']}): the app needs a user of "
            "its own, so that its edits are known from a person's. Name the client id of the app's identity"
        )
    if (found := await _by_application(dataverse, client)) is not None:
        if found["isdisabled"]:
            raise Refused(f"the application user {found['fullname']} is disabled: enable it in the admin centre first")
        return found, False
    body = {"applicationid": client, "businessunitid@odata.bind": f"/businessunits({administrator.unit})"}
    await dataverse.put("POST", "systemusers", body)
    made = await _by_application(dataverse, client)
    if made is None:
        raise Refused(f"an application user for {client} was made and is not there: run it again")
    return made, True


async def as_administrator(
    dataverse: Dataverse,
    flows: Collection[FlowMap],
    declared: Sequence[Declared],
    application: str,
    say: Say,
    enough: Callable[[], bool],
) -> bool:
    """Everything in its order, each told as it is done; whether nothing is left. A second time it does nothing."""
    administrator = await demand_administrator(dataverse)
    say(f"signed in as {administrator.row['fullname']}, System Administrator and System Customizer")
    user, is_new = await user_of_app(dataverse, application, administrator)
    say(f"{'made' if is_new else 'found'} the app's user {user['fullname'] or application}")
    left = [each for suite in declared for each in _told(await set_up(dataverse, suite, enough), say)]
    tracked = await track_changes(dataverse, {flow.dataverse.entity.type for flow in flows if _is_tracked(flow)})
    say(f"change tracking: {', '.join(f'turned on for {name}' for name in tracked) or 'on for every table'}")
    given = await give_role(
        dataverse, role_privileges(flows), {**user, "_businessunitid_value": _unit(user, administrator)}
    )
    for each in given.done or ("the role holds what it has to, and is given",):
        say(f"role: {each}")
    for name in given.absent:
        say(f"role: there is no privilege {name}: install the app of Dynamics 365 that has its table, and run it again")
    return not left and not given.absent


def _unit(user: Row, administrator: Administrator) -> str:
    """The business unit whose copy of the role the user gets."""
    return str(user["_businessunitid_value"] or administrator.unit)


def _is_tracked(flow: FlowMap) -> bool:
    return flow.dataverse.entity.change_tracking and not flow.dataverse.entity.choice


def _told(found: SuiteSetup, say: Say) -> list[str]:
    """What was made, and what is left with what to do; the latter is given back."""
    for step in found.made:
        say(f"columns: made {step.title}")
    left = [f"{step.title}: {step.says or step.state}. {step.remedy}" for step in found.steps if step.state != "there"]
    for each in left:
        say(f"columns: left {each}")
    return left


async def _by_application(dataverse: Dataverse, client: str) -> Row | None:
    url = f"systemusers?$select={_USER}&$filter=applicationid eq {client}"
    found = [row async for row in rows(dataverse, url)]
    return found[0] if found else None


async def held_by_app(dataverse: Dataverse) -> Held:
    """What the app's own user may do. Raises Denied if it may not look at that."""
    user = str((await dataverse.get("WhoAmI"))["UserId"])
    held = await privileges_of(dataverse, user)
    seen = held.keys() >= {"prvreaduser", "prvreadrole"}
    row = await dataverse.get(f"systemusers({user})?$select={_USER}") if seen else {}
    roles = [str(each["name"]) for each in await roles_of(dataverse, user)] if seen else []
    return Held(user, str(row.get("applicationid") or ""), held, roles)
