"""What would be deployed, resource by resource: what a careful person would look for before saying yes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from functions.operations.checks import ALERTS
from functions.suites import ADDRESSES, setting_fields, shipped, suite
from tests.emulator.azurite import ROOT
from tests.unit.infra.compiler import ALONE, BASE, Snapshot, expressions, needs_bicep, snapshot

pytestmark = needs_bicep

Take = Callable[..., Snapshot]
NO_ERP = {"FINOPS_URL": "", "BUSINESS_CENTRAL_URL": "", "BUSINESS_CENTRAL_COMPANIES": ""}
ALL = {name: value for each in shipped() for name, value in ALONE[each].items()} | {"SUITES": ",".join(shipped())}
SIGN_IN = {
    "SIGN_IN_CLIENT_ID": "11111111-0000-0000-0000-000000000000",
    "SIGN_IN_GROUP": "22222222-0000-0000-0000-000000000000",
}
WAYS: dict[str, dict[str, str]] = {
    "nothing said": {},
    **{suite: {**NO_ERP, **ALONE[suite]} for suite in shipped()},
    "all suites": ALL,
    "private": {"PRIVATE_NETWORK": "true"},
    "copies": {"COPY_LEDGER": "true"},
    "sign-in": SIGN_IN,
    "everything": {
        **ALL, **SIGN_IN, "BUSINESS_CENTRAL_USER": "u", "BUSINESS_CENTRAL_KEY_NAME": "k",
        "PRIVATE_NETWORK": "true", "COPY_LEDGER": "true",
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


@pytest.fixture
def take(compiled: Path) -> Take:
    """Takes a snapshot, once in a run, whichever worker asks first."""
    return lambda **environment: snapshot(compiled, **environment)


@pytest.fixture(params=WAYS)
def taken(request: pytest.FixtureRequest, take: Take) -> Snapshot:
    """A snapshot of each way to deploy."""
    return take(**WAYS[request.param])


PARAMETERS = {
    name: (read.group(1), read.group(2))
    for name, text in expressions().items()
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


@pytest.mark.parametrize("name", shipped())
def test_what_no_suite_needs_is_not_demanded(take: Take, name: str) -> None:
    """Each suite alone is deployed with the address of its own ERP and no other."""
    found = take(**WAYS[name]).settings
    given = {each for each in ("FINOPS_URL", "BUSINESS_CENTRAL_URL") if found[each]}
    assert (found["SUITES"], given) == (name, {ADDRESSES[suite(name).system].upper()})


def test_outputs_are_no_parameters(take: Take) -> None:
    """azd writes outputs into its environment: the next provision must not read one as if a person had set it."""
    assert not take().outputs.keys() & PARAMETERS_BY_VARIABLE.keys()


def test_the_settings_are_all_there(taken: Snapshot) -> None:
    """The app has every setting of the model, and beside them only what the platform and its libraries ask for."""
    beside = {name for name in taken.settings if name not in setting_fields()}
    assert setting_fields().keys() <= taken.settings.keys()
    assert all(name.startswith(("AzureWebJobsStorage__", "APPLICATIONINSIGHTS_", "AZURE_")) for name in beside)


def test_the_app_signs_in_at_the_cloud_that_it_is_deployed_to(take: Take) -> None:
    """bc-021: its address is not written out, but asked of the cloud."""
    assert take().settings["AZURE_AUTHORITY_HOST"] == "[environment().authentication.loginEndpoint]"


SECRETS = [name for name, field in setting_fields().items() if field.annotation is SecretStr]
NEVER_EMPTY = {"DATAVERSE_WEBHOOK_KEY", "OPERATOR_KEY", "FINGERPRINT_KEYS", "BUSINESS_CENTRAL_NOTIFICATION_KEY"}
"""What the hook makes."""


def test_the_secrets_are_known() -> None:
    """A model that held one as plain text would hide it from what follows."""
    assert {*NEVER_EMPTY, "BUSINESS_CENTRAL_KEY", "ENTRA_CLIENT_SECRET", "LEDGER_CONNECTION"} <= {*SECRETS}


def test_no_secret_is_in_plain_text(taken: Snapshot) -> None:
    """Every setting that holds a secret refers to the vault, or is empty; nothing asks for the keys of a resource."""
    for name in SECRETS:
        reference = re.fullmatch(r"@Microsoft\.KeyVault\(VaultName=[\w-]+;SecretName=[\w-]+\)", taken.settings[name])
        assert reference or (name not in NEVER_EMPTY and taken.settings[name] == ""), name
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


@pytest.mark.parametrize("way", ["nothing said", "everything"])
def test_a_second_environment_collides_with_nothing(take: Take, way: str) -> None:
    """Two environments of one subscription share no resource, no name that has to be one of a kind in the world, and
    nothing by which people would take one for the other.
    """
    first, second = take(**WAYS[way]), take(**WAYS[way], **OTHER)
    assert not {each["id"].lower() for each in first.resources} & {each["id"].lower() for each in second.resources}
    for kind in ("Storage/storageAccounts", "KeyVault/vaults", "Web/sites", "Resources/resourceGroups"):
        assert not {each["name"] for each in first.of(kind)} & {each["name"] for each in second.of(kind)}
    for kind in ("Insights/scheduledQueryRules", "Insights/workbooks"):
        titles = [{each["properties"]["displayName"] for each in found.of(kind)} for found in (first, second)]
        assert all(titles)
        assert not titles[0] & titles[1]


BESIDE: dict[str, tuple[str, str, Callable[[dict[str, Any]], object]]] = {
    "APP_PYTHON_VERSION": ("3.13", "Web/sites", lambda each: each["functionAppConfig"]["runtime"]["version"]),
    "INSTANCE_MEMORY": ("512", "Web/sites", lambda each: str(_scale(each)["instanceMemoryMB"])),
    "MAXIMUM_INSTANCES": ("7", "Web/sites", lambda each: str(_scale(each)["maximumInstanceCount"])),
    "HTTP_CONCURRENCY": (
        "32",
        "Web/sites",
        lambda each: str(_scale(each)["triggers"]["http"]["perInstanceConcurrency"]),
    ),
    "LOG_DAYS": ("90", "OperationalInsights/workspaces", lambda each: str(each["retentionInDays"])),
    "MONTHLY_BUDGET": ("50", "Consumption/budgets", lambda each: str(each["amount"])),
    "BUDGET_START": ("2027-01-01", "Consumption/budgets", lambda each: each["timePeriod"]["startDate"]),
}
"""Parameters that are no settings: another value than the default, the kind of resource that it reaches, and where."""
TRIED = {"STORAGE_SKU", "TAGS", "OPERATOR_ID", "OPERATOR_TYPE", "ALERT_EMAILS", "ACTION_GROUP_ID", "PRIVATE_NETWORK",
         "NETWORK_RANGE", "COPY_LEDGER", "SIGN_IN_CLIENT_ID", "ENTRA_SECRET_NAME", "BUSINESS_CENTRAL_KEY_NAME",
         "AZURE_ENV_NAME", "AZURE_LOCATION"}  # fmt: skip
"""Those with a test of their own."""


CHOSEN = {
    **{name: value for name, (value, *_) in BESIDE.items()},
    "STORAGE_SKU": "Standard_ZRS", "TAGS": '{"owner": "sales"}', "AZURE_LOCATION": "northeurope", "COPY_LEDGER": "true",
    "OPERATOR_ID": "33333333", "OPERATOR_TYPE": "User", "PRIVATE_NETWORK": "true", "NETWORK_RANGE": "10.91.2.128/25",
}  # fmt: skip
"""Everything but what is usual."""


def test_every_other_parameter_arrives(take: Take) -> None:
    """Whatever is no setting reaches the resource that it is about."""
    found = take(**CHOSEN)
    assert {name: read(found.one(kind)["properties"]) for name, (_, kind, read) in BESIDE.items()} == {
        name: value for name, (value, *_) in BESIDE.items()
    }
    assert PARAMETERS_BY_VARIABLE.keys() - setting_fields().keys() | {"TAGS"} == BESIDE.keys() | TRIED


def test_what_is_chosen_once_arrives_everywhere(take: Take) -> None:
    """Redundancy in every account, tags and region at every resource, the operator as what it is."""
    found = take(**CHOSEN)
    assert [each["sku"]["name"] for each in found.of("Storage/storageAccounts")] == ["Standard_ZRS"] * 2
    assert all(each["tags"]["owner"] == "sales" for each in found.resources if "tags" in each)
    assert {each["location"] for each in found.resources if "location" in each} == {"northeurope", "global"}
    operators = [each["properties"] for each in found.of("Authorization/roleAssignments")]
    assert {each["principalType"] for each in operators if each["principalId"] == CHOSEN["OPERATOR_ID"]} == {"User"}


def test_two_networks_may_be_peered(take: Take) -> None:
    """Each has its own range where somebody says so, and room for its subnets in it."""
    (network,) = take(**CHOSEN).of("Network/virtualNetworks")
    ranges = [ip_network(each["properties"]["addressPrefix"]) for each in network["properties"]["subnets"]]
    (whole,) = map(ip_network, network["properties"]["addressSpace"]["addressPrefixes"])
    assert str(whole) == "10.91.2.128/25"
    assert all(each.subnet_of(whole) for each in ranges)  # type: ignore[arg-type] # both are of version 4
    assert not ranges[0].overlaps(ranges[1])


def test_secrets_of_systems_are_named(take: Take) -> None:
    """The app looks in the vault under the names that a person has given."""
    settings = take(**WAYS["everything"]).settings
    assert settings["ENTRA_CLIENT_SECRET"].endswith(";SecretName=entra-client-secret)")
    assert settings["BUSINESS_CENTRAL_KEY"].endswith(";SecretName=k)")


def test_everything_is_tagged(taken: Snapshot) -> None:
    """azd finds what is its own by the tag; what can hold tags has it."""
    kinds = ("Storage/storageAccounts", "KeyVault/vaults", "Web/sites", "Web/serverfarms", "Insights/components",
             "Insights/scheduledQueryRules", "Insights/workbooks", "Resources/resourceGroups")  # fmt: skip
    assert all(each["tags"]["azd-env-name"] == "test" for kind in kinds for each in taken.of(kind))
    assert _app(taken)["tags"]["azd-service-name"] == "koppel"


def _scale(properties: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = properties["functionAppConfig"]["scaleAndConcurrency"]
    return found


def _app(found: Snapshot) -> dict[str, Any]:
    return found.one("Web/sites")


def _site(found: Snapshot) -> dict[str, Any]:
    properties: dict[str, Any] = _app(found)["properties"]
    return properties
