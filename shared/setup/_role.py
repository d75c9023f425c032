"""The security role that Koppel's user in Dataverse has: what it has to hold, and making it (learn.microsoft.com: Role,
Privilege, AddPrivilegesRole, RetrieveRolePrivilegesRole; AddPrivilegesRole message privileges).

Only somebody with more rights can give it: nobody gives what he does not have. So it is an administrator's to make.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from shared.errors import Exists, Refused
from shared.mapping import FlowMap
from shared.setup._dataverse_reader import CRM, DUAL_WRITE
from shared.setup._needs import needed_privileges
from shared.setup._reading import rows
from shared.setup._tables import PICTURING, REGISTERING
from shared.systems import Dataverse

ROLE: Final = "Koppel Integration User"
ORGANISATION: Final = "Global"
AT_ONCE: Final = 40
"""Names of privileges in one question: an address has room for these."""
LOOKING: Final = tuple(
    f"prvRead{each}"
    for each in (
        "Entity", "Attribute", "Relationship", "Organization", "User", "BusinessUnit", "Role", "Publisher", "Solution",
        "ServiceEndpoint", "SdkMessage", "SdkMessageFilter", "SdkMessageProcessingStep",
        "SdkMessageProcessingStepImage",
    )
)  # fmt: skip
"""What set-up and preflight read of Dataverse itself."""


WHERE_THERE: Final = tuple(
    f"prv{each}"
    for each in (
        "AppendSdkMessageProcessingStep", "AppendToServiceEndpoint", "AppendToSdkMessage", "AppendToSdkMessageFilter",
        "AppendSdkMessageProcessingStepImage", "AppendToSdkMessageProcessingStep", f"Read{DUAL_WRITE}",
    )
)  # fmt: skip
"""What it may take to bind a webhook's step to its message and endpoint, of which no page says that there is such a
privilege; and to see whether dual-write runs, where it is installed. Nobody misses those that there are not.
"""


def role_privileges(flows: Iterable[FlowMap]) -> list[str]:
    """What the role has to hold for these flows: their tables, what set-up reads, and webhooks. In order, each once."""
    maps = list(flows)
    found = [*LOOKING, *REGISTERING, *(name for flow in maps for name in needed_privileges(flow))]
    found += PICTURING if any(flow.woken_by for flow in maps) else ()
    return sorted({name.lower(): name for name in reversed(found)}.values(), key=str.lower)


@dataclass(frozen=True, slots=True)
class Held:
    """What a user of Dataverse may do. roles: the names of the user's own roles, none where they may not be read."""

    user: str
    application: str
    privileges: Mapping[str, str]
    roles: Sequence[str] = ()

    def lacking(self, needed: Iterable[str]) -> list[str]:
        """Those that are not held for the whole organisation."""
        return [name for name in needed if self.privileges.get(name.lower()) != ORGANISATION]


@dataclass(frozen=True, slots=True)
class Given:
    """What came of making the role. done: in words, empty if it was all there. absent: privileges that there are none
    of, because the app of Dynamics 365 that brings their table is not installed.
    """

    done: Sequence[str]
    absent: Sequence[str]


async def roles_of(dataverse: Dataverse, user: str) -> list[Mapping[str, Any]]:
    """The roles that a user has himself: those of his teams are not among them."""
    url = f"systemusers({user})/systemuserroles_association?$select=roleid,name,_roletemplateid_value"
    return [row async for row in rows(dataverse, url)]


async def give_role(dataverse: Dataverse, needed: Collection[str], user: Mapping[str, Any]) -> Given:
    """Makes the role for a user (a row with systemuserid and _businessunitid_value), adds what it lacks, assigns it.

    What the role holds beside that stays. Raises Denied where the caller may not.
    """
    by_name = await _privileges(dataverse, {*needed, *WHERE_THERE})
    absent = [name for name in needed if name.lower() not in by_name]
    done: list[str] = []
    unit = str(user["_businessunitid_value"])
    role = await _role(dataverse, unit)
    if role is None:
        await dataverse.put("POST", "roles", {"name": ROLE, "businessunitid@odata.bind": f"/businessunits({unit})"})
        done.append(f"made the role {ROLE}")
        role = await _role(dataverse, unit)
    if role is None:
        raise Refused(f"the role {ROLE} was made and is not there: run it again")
    done += await _filled(dataverse, str(role["_parentrootroleid_value"] or role["roleid"]), by_name)
    done += await _assigned(dataverse, str(user["systemuserid"]), str(role["roleid"]))
    return Given(done, absent)


async def _role(dataverse: Dataverse, unit: str) -> Mapping[str, Any] | None:
    """Our role as the business unit has it: each has a copy of its own."""
    about = quote(f"name eq '{ROLE}' and _businessunitid_value eq {unit}", safe="")
    url = f"roles?$select=roleid,_parentrootroleid_value&$filter={about}"
    found = [row async for row in rows(dataverse, url)]
    return found[0] if found else None


async def _privileges(dataverse: Dataverse, needed: Collection[str]) -> dict[str, str]:
    """Ids by names in lower case, of those that there are."""
    names, found = sorted(needed), dict[str, str]()
    for begin in range(0, len(names), AT_ONCE):
        about = quote(" or ".join(f"name eq '{name}'" for name in names[begin : begin + AT_ONCE]), safe="")
        url = f"privileges?$select=privilegeid,name&$filter={about}"
        found |= {str(row["name"]).lower(): str(row["privilegeid"]) async for row in rows(dataverse, url)}
    return found


async def _filled(dataverse: Dataverse, role: str, by_name: Mapping[str, str]) -> list[str]:
    """Adds what the role lacks, for the whole organisation."""
    answer = await dataverse.get(f"RetrieveRolePrivilegesRole(RoleId={role})")
    held = {str(each["PrivilegeId"]).lower(): str(each["Depth"]) for each in answer["RolePrivileges"]}
    lacks = [privilege for privilege in by_name.values() if held.get(privilege.lower()) != ORGANISATION]
    if not lacks:
        return []
    body = {"Privileges": [{"PrivilegeId": each, "Depth": ORGANISATION} for each in lacks]}
    await dataverse.put("POST", f"roles({role})/{CRM}AddPrivilegesRole", body)
    return [f"added {len(lacks)} privileges to it"]


async def _assigned(dataverse: Dataverse, user: str, role: str) -> list[str]:
    if any(str(each["roleid"]) == role for each in await roles_of(dataverse, user)):
        return []
    body = {"@odata.id": f"{dataverse.connection.base}/roles({role})"}
    try:
        await dataverse.put("POST", f"systemusers({user})/systemuserroles_association/$ref", body)
    except Exists:
        return []  # somebody was faster
    return ["gave it to the app's user"]
