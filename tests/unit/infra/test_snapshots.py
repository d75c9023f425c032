"""What would be deployed, resource by resource: what a careful person would look for before saying yes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from functions.operations.checks import ALERTS
from functions.suites import setting_fields, shipped
from tests.emulator.azurite import ROOT
from tests.unit.infra.compiler import BASE, INFRA, Snapshot, needs_bicep, snapshot

pytestmark = needs_bicep

Take = Callable[..., Snapshot]
COMPANY = {"PROSPECT_TO_CASH_COMPANY": "usmf"}
CENTRAL = {
    "BUSINESS_CENTRAL_URL": "https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production",
    "BUSINESS_CENTRAL_COMPANIES": "66666666-0000-0000-0000-000000000000",
}
SIGN_IN = {
    "SIGN_IN_CLIENT_ID": "11111111-0000-0000-0000-000000000000",
    "SIGN_IN_GROUP": "22222222-0000-0000-0000-000000000000",
}
WAYS: dict[str, dict[str, str]] = {
    "nothing said": {},
    **{suite: {"SUITES": suite, **COMPANY, **CENTRAL} for suite in shipped() if suite != "dual_write"},
    "all suites": {"SUITES": ",".join(shipped()), **COMPANY, **CENTRAL},
    "private": {"PRIVATE_NETWORK": "true"},
    "copies": {"COPY_LEDGER": "true"},
    "sign-in": SIGN_IN,
    "everything": {
        **SIGN_IN, **COMPANY, "PRIVATE_NETWORK": "true", "COPY_LEDGER": "true",
        "OPERATOR_ID": "33333333-0000-0000-0000-000000000000",
        "ACTION_GROUP_ID": "/subscriptions/s/resourceGroups/g/providers/microsoft.insights/actionGroups/a",
        "MONTHLY_BUDGET": "100", "BUDGET_START": "2026-11-01",
        "ENTRA_TENANT_ID": "44444444-0000-0000-0000-000000000000",
        "ENTRA_CLIENT_ID": "55555555-0000-0000-0000-000000000000", "ENTRA_SECRET_NAME": "entra-client-secret",
    },
}  # fmt: skip
OTHER = {"AZURE_ENV_NAME": "e" * 32}
"""Another environment, with the longest name that is allowed."""
ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": ("storageAccounts", "app"),
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": ("storageAccounts", "app and operator"),
    "4633458b-17de-408a-b874-0445c86b69e6": ("vaults", "app"),
    "3913510d-42f4-4e42-8a64-420c390055eb": ("components", "app"),
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": ("vaults", "operator"),
}
"""Every role that is given, on what, and to whom."""
LIMITS = {
    "Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "KeyVault/vaults": r"[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]",
    "Web/sites": r"[a-zA-Z0-9-]{2,60}",
    "Web/serverfarms": r"[a-zA-Z0-9-]{1,60}",
    "ManagedIdentity/userAssignedIdentities": r"[a-zA-Z0-9_-]{3,128}",
    "OperationalInsights/workspaces": r"[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]",
    "Insights/scheduledQueryRules": r"[^*<>%{}&:\\?/+]{1,260}",
    "Resources/resourceGroups": r"[\w().-]{1,90}",
}
"""Names as the platform allows them (learn.microsoft.com, Naming rules and restrictions for Azure resources)."""


@pytest.fixture(scope="session")
def take(tmp_path_factory: pytest.TempPathFactory) -> Take:
    """Takes a snapshot, once in a run, whichever worker asks first."""
    folder = tmp_path_factory.getbasetemp().parent / "bicep"
    folder.mkdir(exist_ok=True)
    return lambda **environment: snapshot(folder, **environment)


@pytest.fixture(params=WAYS)
def taken(request: pytest.FixtureRequest, take: Take) -> Snapshot:
    """A snapshot of each way to deploy."""
    return take(**WAYS[request.param])


PARAMETERS = {
    name: (read.group(1), read.group(2))
    for name, text in re.findall(r"^param (\w+) = (.+)$", (INFRA / "main.bicepparam").read_text("utf-8"), re.MULTILINE)
    if (read := re.search(r"readEnvironmentVariable\('(\w+)'(?:, '(.*?)')?\)", text))
}
"""Every parameter, with its variable and its default."""
PARAMETERS_BY_VARIABLE = dict(PARAMETERS.values())


def test_every_setting_of_a_person_has_its_variable(take: Take) -> None:
    """Whatever `azd env set` may say of a setting reaches it, as it was said."""
    ours = {"LEDGER_ENDPOINT", "LEDGER_CLIENT_ID", "LEDGER_CONNECTION", "LEDGER_TABLE", "LEDGER_COPY",
            "BUSINESS_CENTRAL_KEY", "ENTRA_CLIENT_SECRET", "DATAVERSE_WEBHOOK_KEY", "OPERATOR_KEY",
            "BUSINESS_CENTRAL_NOTIFICATION_KEY", "FINGERPRINT_KEYS"}  # fmt: skip
    named = [name for name in setting_fields() if name not in ours]
    given = {name: BASE[name] if name in BASE else _other(PARAMETERS_BY_VARIABLE[name]) for name in named}
    given |= {
        "SUITES": "dual_write,prospect_to_cash",
        "SIGN_IN_CLIENT_ID": "c",
        "BUSINESS_CENTRAL_KEY_NAME": "k",
        "BUSINESS_CENTRAL_OWNERSHIP": "team",
    }
    settings = take(**given).settings
    assert {name: settings[name].lower() for name in named} == {name: given[name].lower() for name in named}


def _other(default: str) -> str:
    """A value that is not the default, and of its kind."""
    if default in {"true", "false"}:
        return "false" if default == "true" else "true"
    return str(int(default) + 1) if default.isdecimal() else f"{default or 'x'}1"


def test_the_defaults_are_those_of_the_settings(take: Take) -> None:
    """Whoever sets nothing gets what README says."""
    settings = take().settings
    for name, field in setting_fields().items():
        known = name in PARAMETERS_BY_VARIABLE and name != "ENTRA_CLIENT_ID"  # the identity's, which Azure only knows
        if known and name not in BASE and not field.is_required():
            plain = (
                ",".join(field.default) if isinstance(field.default, tuple) else str(field.default).removesuffix(".0")
            )
            assert settings[name].lower() == plain.lower(), name


def test_outputs_are_no_parameters(take: Take) -> None:
    """azd writes outputs into its environment: the next provision must not read one as if a person had set it."""
    assert not take().outputs.keys() & PARAMETERS_BY_VARIABLE.keys()


def test_the_settings_are_all_there(taken: Snapshot) -> None:
    """The app has every setting of the model, and beside them only what the platform asks for."""
    beside = {name for name in taken.settings if name not in setting_fields()}
    assert setting_fields().keys() <= taken.settings.keys()
    assert all(name.startswith(("AzureWebJobsStorage__", "APPLICATIONINSIGHTS_")) for name in beside)


def test_no_secret_is_in_plain_text(taken: Snapshot) -> None:
    """Secrets are references to the vault; nothing asks for the keys of a resource."""
    for name in ("DATAVERSE_WEBHOOK_KEY", "OPERATOR_KEY", "BUSINESS_CENTRAL_NOTIFICATION_KEY"):
        assert re.fullmatch(r"@Microsoft\.KeyVault\(VaultName=[\w-]+;SecretName=[\w-]+\)", taken.settings[name])
    assert not taken.settings["ENTRA_CLIENT_SECRET"] or "KeyVault" in taken.settings["ENTRA_CLIENT_SECRET"]
    assert not re.search(
        r"list(keys|accountsas|secrets)|AccountKey|SharedAccess", json.dumps(taken.resources), re.IGNORECASE
    )
    assert not [name for name in taken.outputs if re.search("secret|key|password", name, re.IGNORECASE)]


def test_no_role_beyond_those_named(taken: Snapshot) -> None:
    """Each role is one that is listed here, on the kind of resource that it is for."""
    for each in taken.of("Authorization/roleAssignments"):
        role = each["properties"]["roleDefinitionId"].rpartition("/")[2]
        where, whom = ROLES[role]
        assert f"/{where}/" in each["id"]
        is_app = each["properties"]["principalId"].endswith(".principalId]")
        assert ("app" if is_app else "operator") in whom


@pytest.mark.parametrize("way", ["all suites", "sign-in"])
def test_nobody_has_a_role_who_is_not_named(take: Take, way: str) -> None:
    """Without an operator the app alone has roles: four of them, none on queues."""
    assert len(list(take(**WAYS[way]).of("Authorization/roleAssignments"))) == 4


def test_storage_is_for_identities_only(taken: Snapshot) -> None:
    """No account key signs in, nothing is public, deleted blobs come back, and the account is locked."""
    accounts = [each["properties"] for each in taken.of("Storage/storageAccounts")]
    assert {(each["allowSharedKeyAccess"], each["allowBlobPublicAccess"]) for each in accounts} == {(False, False)}
    blobs = taken.one("Storage/storageAccounts/blobServices")["properties"]
    assert blobs["deleteRetentionPolicy"]["enabled"]
    assert blobs["containerDeleteRetentionPolicy"]["enabled"]
    locks = [each["properties"]["level"] for each in taken.of("Authorization/locks")]
    assert locks == ["CanNotDelete"] * len(accounts)
    assert not [name for name in taken.settings if "queue" in name.lower() or "accountName" in name]


@pytest.mark.parametrize(("way", "closed"), [("private", True), ("everything", True), ("nothing said", False)])
def test_a_private_network_closes_storage_and_vault(take: Take, way: str, closed: bool) -> None:
    """With the switch each of them is reached by an endpoint of the network, and by nothing else."""
    found = take(**WAYS[way])
    kinds = ("Storage/storageAccounts", "KeyVault/vaults")
    access = {each["properties"]["publicNetworkAccess"] for kind in kinds for each in found.of(kind)}
    assert access == {"Disabled" if closed else "Enabled"}
    endpoints = [each["properties"]["privateLinkServiceConnections"][0]["properties"]["groupIds"]
                 for each in found.of("Network/privateEndpoints")]  # fmt: skip
    copies = [["table"]] if way == "everything" else []
    assert endpoints == ([["blob"], ["table"], ["vault"], *copies] if closed else [])
    assert bool(_site(found)["virtualNetworkSubnetId"]) == closed
    assert len(list(found.of("Network/privateEndpoints/privateDnsZoneGroups"))) == len(endpoints)


def test_copies_of_the_ledger_are_a_switch(take: Take) -> None:
    """On, they have an account of their own, in which the app alone has a role; off, there is neither account nor
    address.
    """
    on, off = take(**WAYS["copies"]), take()
    (own,) = [each for each in on.of("Storage/storageAccounts") if each["name"].startswith("stcopies")]
    roles = [each for each in on.of("Authorization/roleAssignments") if own["name"] in each["id"]]
    assert [each["properties"]["roleDefinitionId"].rpartition("/")[2] for each in roles] == [
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"
    ]
    assert "koppelcopies" in {
        each["name"].rpartition("/")[2] for each in on.of("Storage/storageAccounts/tableServices/tables")
    }
    assert bool(on.settings["LEDGER_COPY"])
    assert (off.settings["LEDGER_COPY"], len(list(off.of("Storage/storageAccounts")))) == ("", 1)


def test_sign_in_is_a_switch(take: Take) -> None:
    """On, the platform reads tokens of one registration and group, and the app trusts that group; off, neither does."""
    on, off = take(**SIGN_IN), take()
    found = on.one("Web/sites/config", "/authsettingsV2")["properties"]
    provider = found["identityProviders"]["azureActiveDirectory"]
    allowed = provider["validation"]["defaultAuthorizationPolicy"]["allowedPrincipals"]
    assert found["platform"]["enabled"]
    assert allowed["groups"] == [on.settings["SIGN_IN_GROUP"]] == [SIGN_IN["SIGN_IN_GROUP"]]
    assert not off.one("Web/sites/config", "/authsettingsV2")["properties"]["platform"]["enabled"]
    assert off.settings["SIGN_IN_GROUP"] == ""


def test_receivers_are_not_asked_to_sign_in(taken: Snapshot) -> None:
    """Events carry a function key and no token: the platform lets them through to it."""
    found = taken.one("Web/sites/config", "/authsettingsV2")["properties"]["globalValidation"]
    assert found == {"requireAuthentication": False, "unauthenticatedClientAction": "AllowAnonymous"}


def test_an_instance_serves_many(taken: Snapshot) -> None:
    """A burst of webhooks does not take an instance each."""
    scale = _site(taken)["functionAppConfig"]["scaleAndConcurrency"]
    assert scale["triggers"]["http"]["perInstanceConcurrency"] >= 16
    assert scale["maximumInstanceCount"] == 40


def test_every_alert_has_its_runbook(taken: Snapshot) -> None:
    """Each alert tells somebody, and names a section of the page that there is."""
    page = (ROOT / "docs" / "runbooks.md").read_text("utf-8")
    for rule in taken.of("Insights/scheduledQueryRules"):
        properties = rule["properties"]
        (section,) = re.findall(r"docs/runbooks\.md#(\w+)$", properties["description"])
        assert f'<a id="{section}"></a>' in page
        assert properties["enabled"]
        assert all(properties["actions"]["actionGroups"])


def test_every_trouble_has_its_alert(taken: Snapshot) -> None:
    """The alerts that are deployed are those that checks of ready speak to, and no other."""
    queries = [each["properties"]["criteria"]["allOf"][0]["query"] for each in taken.of("Insights/scheduledQueryRules")]
    assert {name for query in queries for name in re.findall(r'customDimensions.alert\) == "(\w+)"', query)} == ALERTS


def test_somebody_is_told(take: Take) -> None:
    """Addresses become an action group; one that exists takes its place."""
    own, other = take(), take(**WAYS["everything"])
    receivers = own.one("Insights/actionGroups")["properties"]["emailReceivers"]
    assert [each["emailAddress"] for each in receivers] == ["anna@contoso.com", "ben@contoso.com"]
    assert not list(other.of("Insights/actionGroups"))
    wanted = {WAYS["everything"]["ACTION_GROUP_ID"]}
    assert {
        each
        for rule in other.of("Insights/scheduledQueryRules")
        for each in rule["properties"]["actions"]["actionGroups"]
    } == wanted


@pytest.mark.parametrize("kind", LIMITS)
def test_names_are_within_the_limits(take: Take, kind: str) -> None:
    """With the longest name of an environment that is allowed."""
    for each in take(**OTHER).of(kind):
        assert re.fullmatch(LIMITS[kind], each["name"]), each["name"]


def test_a_second_environment_collides_with_nothing(take: Take) -> None:
    """Two environments of one subscription share no resource, and no name that has to be one of a kind in the world."""
    first, second = take(), take(**OTHER)
    assert not {each["id"] for each in first.resources} & {each["id"] for each in second.resources}
    for kind in ("Storage/storageAccounts", "KeyVault/vaults", "Web/sites"):
        assert first.one(kind)["name"] != second.one(kind)["name"]


def test_everything_is_tagged(taken: Snapshot) -> None:
    """azd finds what is its own by the tag; what can hold tags has it."""
    kinds = ("Storage/storageAccounts", "KeyVault/vaults", "Web/sites", "Web/serverfarms", "Insights/components",
             "Insights/scheduledQueryRules", "Insights/workbooks", "Resources/resourceGroups")  # fmt: skip
    assert all(each["tags"]["azd-env-name"] == "test" for kind in kinds for each in taken.of(kind))
    assert _app(taken)["tags"]["azd-service-name"] == "koppel"


def _app(found: Snapshot) -> dict[str, Any]:
    return found.one("Web/sites")


def _site(found: Snapshot) -> dict[str, Any]:
    properties: dict[str, Any] = _app(found)["properties"]
    return properties
