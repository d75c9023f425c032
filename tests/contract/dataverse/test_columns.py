"""Column security and masking: what an application reads and may write, and how it can know of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.dataverse.behaviour import ColumnRight
from tests.emulator.dataverse.probe import Probe

LIMIT, TAX = ("accounts", "creditlimit"), ("accounts", "telephone1")
SECURED = "Attributes($select=LogicalName,IsSecured;$filter=IsSecured eq true)"


def an_account(probe: Probe) -> str:
    return probe.created("accounts", name="Contoso", creditlimit=5000, telephone1="123456789")


def read(probe: Probe, row_id: str) -> dict[str, Any]:
    return dict(probe.get(f"accounts({row_id})?$select=creditlimit,telephone1").json)


@pytest.mark.parametrize("rights", [frozenset[ColumnRight](), frozenset[ColumnRight]({"update"})])
def test_a_column_that_an_application_may_not_read_is_null(probe: Probe, rights: frozenset[ColumnRight]) -> None:
    """In rows, in pages and in what a write returns; for the people it is what it was."""
    row_id = an_account(probe)
    probe.twin.behaviour.secured_columns[LIMIT] = rights
    assert read(probe, row_id)["creditlimit"] is None
    assert [row["creditlimit"] for row in probe.get("accounts?$select=creditlimit").json["value"]] == [None]
    found = probe.twin.row("accounts", row_id)
    assert found is not None
    assert found["creditlimit"] == 5000


@pytest.mark.parametrize("right", ["create", "update"])
def test_a_column_that_an_application_may_not_write(probe: Probe, right: ColumnRight) -> None:
    """The request is refused as a whole; without the column it is carried out."""
    row_id = an_account(probe)
    probe.twin.behaviour.secured_columns[LIMIT] = frozenset[ColumnRight]({"read", "create", "update"}) - {right}
    method, path = ("POST", "accounts") if right == "create" else ("PATCH", f"accounts({row_id})")
    assert probe.send(method, path, {"name": "Fabrikam", "creditlimit": 7}).refusal[0] == 403
    assert probe.send(method, path, {"name": "Fabrikam"}).status == 204


def test_a_condition_on_a_column_that_an_application_may_not_read(probe: Probe) -> None:
    """It is refused with the documented code, not answered as if all were blank."""
    probe.twin.behaviour.secured_columns[LIMIT] = frozenset()
    assert probe.get("accounts?$filter=creditlimit eq 5000").refusal == (403, "0x8004f504")
    assert probe.get("accounts?$orderby=creditlimit").refusal == (403, "0x8004f504")


def test_a_masked_column_reads_as_its_mask(probe: Probe) -> None:
    """Only while it is secured; a rule alone hides nothing."""
    row_id = an_account(probe)
    probe.created("attributemaskingrules", uniquename="tax", entityname="account", attributelogicalname="telephone1")
    assert read(probe, row_id)["telephone1"] == "123456789"
    probe.twin.behaviour.secured_columns[TAX] = frozenset({"read"})
    assert read(probe, row_id)["telephone1"] == "*****6789"


def test_metadata_tells_which_columns_are_secured(probe: Probe) -> None:
    """With every table at once, its secured columns alone; the base amount shares the security of its money."""
    probe.twin.behaviour.secured_columns[LIMIT] = frozenset()
    url = f"EntityDefinitions?$select=LogicalName&$expand={SECURED}&$filter=LogicalName eq 'account'"
    (found,) = probe.get(url).json["value"]
    assert {each["LogicalName"]: each["IsSecured"] for each in found["Attributes"]} == {
        "creditlimit": True,
        "creditlimit_base": True,
    }


def test_a_user_is_told_what_he_may_do_with_secured_columns(probe: Probe) -> None:
    """By the id of the column, four for allowed; of a column that no profile of his names nothing is told."""
    probe.twin.behaviour.secured_columns |= {LIMIT: frozenset({"read"}), TAX: frozenset()}
    user = probe.get("WhoAmI").json["UserId"]
    told = probe.get(f"systemusers({user})/Microsoft.Dynamics.CRM.RetrievePrincipalAttributePrivileges()").json
    column = probe.get("EntityDefinitions(LogicalName='account')/Attributes(LogicalName='creditlimit')").json
    assert told["AttributePrivileges"] == [
        {"AttributeId": column["MetadataId"], "CanRead": 4, "CanCreate": 0, "CanUpdate": 0}
    ]
