"""Security roles: what they hold, who gives them to whom, and what a caller may do by them."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.emulator.dataverse.probe import HOST, Probe, Said
from tests.emulator.identity import COMMAND_LINE

ADD: Final = "Microsoft.Dynamics.CRM.AddPrivilegesRole"
BASELINE: Final = 9
"""How many privileges a new role has, by the product's own sample."""


def person(probe: Probe, name: str, *roles: str) -> dict[str, str]:
    """Headers of somebody who has signed in with the Azure CLI."""
    user = probe.twin.person(name, *roles)
    return {"authorization": f"Bearer {probe.identity.issue(HOST, COMMAND_LINE, user)}"}


def unit(probe: Probe) -> str:
    return str(probe.get("WhoAmI").json["BusinessUnitId"])


def new_role(probe: Probe, name: str = "Koppel", **headers: str) -> str:
    body = {"name": name, "businessunitid@odata.bind": f"/businessunits({unit(probe)})"}
    return row_id(probe.post("roles", body, **headers))


def row_id(answer: Said) -> str:
    return answer.headers["odata-entityid"].rpartition("(")[2].rstrip(")")


def privilege(probe: Probe, name: str) -> str:
    (found,) = probe.get(f"privileges?$select=privilegeid,name&$filter=name eq '{name}'").rows
    return str(found["privilegeid"])


def of(probe: Probe, role: str) -> dict[str, str]:
    """What a role holds, with depths."""
    found = probe.get(f"RetrieveRolePrivilegesRole(RoleId={role})").json["RolePrivileges"]
    return {each["PrivilegeName"].lower(): each["Depth"] for each in found}


def given(probe: Probe, role: str, *names: str, depth: object = "Global", **headers: str) -> Any:
    body = {"Privileges": [{"PrivilegeId": privilege(probe, name), "Depth": depth} for name in names]}
    return probe.post(f"roles({role})/{ADD}", body, **headers)


def assigned(probe: Probe, user: str, role: str, **headers: str) -> Any:
    body = {"@odata.id": f"{HOST}/api/data/v9.2/roles({role})"}
    return probe.post(f"systemusers({user})/systemuserroles_association/$ref", body, **headers)


def app_user(probe: Probe) -> str:
    return str(probe.get("WhoAmI").json["UserId"])


def test_the_roles_that_are_there(probe: Probe) -> None:
    """Two of them are known by their templates, and the app's user has the first."""
    rows = probe.get("roles?$select=name,_roletemplateid_value").rows
    found = {row["name"]: row["_roletemplateid_value"] for row in rows}
    assert found == {
        "System Administrator": "627090ff-40a3-4053-8790-584edc5be201",
        "System Customizer": "119f245c-3cc8-4b62-b31c-d1a046ced15d",
    }
    own = probe.get(f"systemusers({app_user(probe)})/systemuserroles_association?$select=name").rows
    assert [row["name"] for row in own] == ["System Administrator"]


def test_a_new_role(probe: Probe) -> None:
    """Belongs to a business unit, and holds what every role does; what it is given joins that, and may be read back."""
    assert probe.post("roles", {"name": "Koppel"}).refusal == (400, "0x80040203")
    role = new_role(probe)
    assert len(of(probe, role)) == BASELINE
    assert given(probe, role, "prvReadaccount", "prvWriteaccount").status == 204
    assert given(probe, role, "prvReadaccount", depth="Basic").status == 204
    held = of(probe, role)
    assert (held["prvreadaccount"], held["prvwriteaccount"], len(held)) == ("Basic", "Global", BASELINE + 2)
    listed = probe.get(f"roles({role})/roleprivileges_association?$select=name&$filter=name eq 'prvReadaccount'").rows
    assert [row["name"] for row in listed] == ["prvReadaccount"]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, "0x80048d19")),
        ({"Privileges": []}, (400, "0x80048d19")),
        ({"Privileges": [{"Depth": "Global"}]}, (400, "0x80048d19")),
        ({"Privileges": [{"PrivilegeId": "{id}", "Depth": 3}]}, (400, "0x80048d19")),
        ({"Privileges": [{"PrivilegeId": "{id}", "Depth": "Everywhere"}]}, (400, "0x80048d19")),
        ({"Privileges": [{"PrivilegeId": "{nobody}", "Depth": "Global"}]},
         (404, "0x80040217")),
    ],
)  # fmt: skip
def test_privileges_that_cannot_be_added(probe: Probe, body: dict[str, Any], refusal: tuple[int, str]) -> None:
    """A depth is the name of a member, and a privilege is one that there is; nothing of the request is kept."""
    role, known = new_role(probe), privilege(probe, "prvReadaccount")
    for each in body.get("Privileges", ()):
        if "PrivilegeId" in each:
            each["PrivilegeId"] = each["PrivilegeId"].format(id=known, nobody=role)
    assert probe.post(f"roles({role})/{ADD}", body).refusal == refusal
    assert len(of(probe, role)) == BASELINE


def test_privileges_are_not_made(probe: Probe) -> None:
    """They come with tables; whoever has which is changed by messages, not by rows."""
    for name in ("privileges", "systemuserrolescollection", "roleprivilegescollection", "roletemplates"):
        assert probe.post(name, {"name": "prvReadmoon"}).refusal == (405, "0x80060888")


def test_a_role_decides(probe: Probe) -> None:
    """What it does not hold is refused by name, for whatever user; what it holds may be done."""
    user, role = app_user(probe), new_role(probe)
    given(probe, role, "prvReadaccount")
    assert assigned(probe, user, role).status == 204
    probe.twin.take_role(user)
    assert probe.get("accounts").status == 200
    said = probe.post("accounts", {"name": "A"})
    assert (said.refusal, "prvCreateaccount" in said.message) == ((403, "0x80040220"), True)
    found = probe.get(f"systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()").json["RolePrivileges"]
    assert "prvReadaccount" in {each["PrivilegeName"] for each in found}
    assert len(found) == BASELINE + 1


def test_a_role_is_given_once_and_taken(probe: Probe) -> None:
    """A second time it is there already; after that it is not."""
    user, role = app_user(probe), new_role(probe)
    assert [assigned(probe, user, role).status for _ in range(2)] == [204, 412]
    target = f"systemusers({user})/systemuserroles_association({role})/$ref"
    assert [probe.send("DELETE", target).status for _ in range(2)] == [204, 404]


def test_a_role_of_another_business_unit(probe: Probe) -> None:
    """Each unit has its copy of a role, which holds what the root does; a user gets that of his own."""
    other = probe.created("businessunits", name="Branch")
    role = new_role(probe)
    given(probe, role, "prvReadaccount")
    (copy,) = probe.get(f"roles?$filter=name eq 'Koppel' and _businessunitid_value eq {other}").rows
    assert "prvreadaccount" in of(probe, copy["roleid"])
    assert assigned(probe, app_user(probe), copy["roleid"]).refusal == (400, "0x80040203")


@pytest.mark.parametrize(
    ("roles", "made", "may_assign"),
    [
        (("System Administrator",), 204, 204),
        (("System Customizer",), 403, 403),
        ((), 403, 403),
    ],
)
def test_who_may_make_and_give_roles(probe: Probe, roles: tuple[str, ...], made: int, may_assign: int) -> None:
    """A System Customizer customizes, and neither makes nor gives roles; whoever has no role may nothing."""
    headers, role, user = person(probe, "berta", *roles), new_role(probe, "Mine"), app_user(probe)
    body = {"name": "Koppel", "businessunitid@odata.bind": f"/businessunits({unit(probe)})"}
    assert probe.post("roles", body, **headers).status == made
    assert assigned(probe, user, role, **headers).status == may_assign
    assert given(probe, role, "prvReadaccount", **headers).status == made


def test_nobody_gives_more_than_he_has(probe: Probe) -> None:
    """Neither by a privilege nor by a role: that would be a way to become an administrator."""
    keys, other = new_role(probe, "Keys"), new_role(probe, "Other")
    rights = ("prvReadUser", "prvReadOrganization", "prvReadRole", "prvWriteRole", "prvAssignRole")
    given(probe, keys, *rights)
    given(probe, other, "prvReadaccount")
    headers, user = person(probe, "berta", "Keys"), app_user(probe)
    assert given(probe, other, "prvWriteaccount", **headers).refusal == (403, "0x80040220")
    assert assigned(probe, user, other, **headers).refusal == (403, "0x80040220")
    assert assigned(probe, user, keys, **headers).status == 204


def test_a_person_signs_in(probe: Probe) -> None:
    """Over the Web API roles decide, for people, too; whoever is no user of the environment is turned away."""
    headers = person(probe, "berta", "System Administrator")
    assert probe.get("WhoAmI", **headers).json["UserId"] != app_user(probe)
    assert probe.get("accounts", **headers).status == 200
    assert probe.get("accounts", **person(probe, "carl")).refusal == (403, "0x80040220")
    stranger = probe.identity.issue(HOST, COMMAND_LINE, "22222222-0000-0000-0000-000000000000")
    assert probe.get("WhoAmI", authorization=f"Bearer {stranger}").refusal == (403, "0x80072560")


def test_how_it_is_described(probe: Probe) -> None:
    """The model names both relationships, from both sides, and the operations."""
    model = probe.get("$metadata").text
    for name in ("systemuserroles_association", "roleprivileges_association"):
        assert model.count(f'<NavigationProperty Name="{name}"') == 2
    assert '<Action Name="AddPrivilegesRole" IsBound="true">' in model
    assert '<Function Name="RetrieveRolePrivilegesRole">' in model
    rows = probe.get("EntityDefinitions(LogicalName='role')/ManyToManyRelationships").rows
    assert [row["IntersectEntityName"] for row in rows] == ["systemuserroles", "roleprivileges"]
