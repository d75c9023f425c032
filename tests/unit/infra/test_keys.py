"""The hook that sets keys, against a twin of the few requests of Azure Resource Manager that it makes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from functions.suites import receiver_modules, shipped, suite
from shared.settings import SHORTEST_SECRET
from tests.emulator.azurite import ROOT
from tests.functions.stage import every_function

APP: Final = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/app"
VAULT: Final = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"
OPEN: Final = "business_central_notifications"
"""What Business Central calls: it sends no key."""
AZ: Final = """#!{python} -IS
import json, re, sys
with open({state!r}) as file:
    state = json.load(file)
words = dict(zip(sys.argv[2::2], sys.argv[3::2]))
method, path = words["--method"], words["--url"].removeprefix("https://management.azure.com").partition("?")[0]
body = json.loads(sys.stdin.read()) if "--body" in words else None
state["asked"].append([method, path])
def found():
    if path.endswith("/functions"):
        return {{"value": [{{"name": "app/" + name, "properties": {{"config": {{"bindings": [trigger]}}}}}}
                          for name, trigger in state["functions"].items()]}}
    if listed := re.fullmatch(r".*/functions/(\\w+)/listkeys", path):
        return state["keys"].setdefault(listed[1], {{"default": "of the platform"}})
    if key := re.fullmatch(r".*/functions/(\\w+)/keys/([\\w-]+)", path):
        if method == "delete":
            del state["keys"][key[1]][key[2]]
        else:
            state["keys"][key[1]][key[2]] = body["properties"]["value"]
    if secret := re.fullmatch(r".*/secrets/([\\w-]+)", path):
        if method == "put":
            state["secrets"][secret[1]] = body["properties"]["value"]
        return {{"name": secret[1]}} if secret[1] in state["secrets"] else None
    return {{}}
answer = found()
with open({state!r}, "w") as file:
    json.dump(state, file)
if answer is None:
    sys.exit("ERROR: Not Found({{\\"error\\": {{\\"code\\": \\"SecretNotFound\\"}}}})")
print(json.dumps(answer))
"""


@dataclass
class Azure:
    """What Azure Resource Manager holds of the app, and was asked."""

    file: Path
    environment: dict[str, str]

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text("utf-8"))
        return found

    def run(self, *words: str, status: int = 0) -> str:
        """Runs the hook; what it says. Only what has been asked since is kept."""
        self.file.write_text(json.dumps({**self.state, "asked": []}), "utf-8")
        hook = ROOT / "infra" / "hooks" / "keys.py"
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, str(hook), *words], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stderr
        assert not [value for value in self.state["secrets"].values() if value in done.stdout + done.stderr]
        return done.stderr

    def changes(self) -> list[str]:
        """What was written since."""
        return [f"{method} {path}" for method, path in self.state["asked"] if method in {"put", "delete"}]


FEW: Final = (OPEN, "business_central_customers", "dual_write_columns", "dual_write_customers_v3_accounts",
              "dual_write_payment_days", "operations_pump", "operations_setup")  # fmt: skip
"""One function of each kind: each of them costs a process or two."""


@pytest.fixture
def azure(tmp_path: Path, request: pytest.FixtureRequest) -> Azure:
    """An app with a few of its functions as they are indexed, or with all, and nobody's keys."""
    file, az = tmp_path / "state.json", tmp_path / "az"
    indexed = every_function()
    functions = {name: dict(indexed[name].trigger) for name in (indexed if hasattr(request, "param") else FEW)}
    file.write_text(json.dumps({"functions": functions, "keys": {}, "secrets": {}, "asked": []}), "utf-8")
    az.write_text(AZ.format(python=sys.executable, state=str(file)), "utf-8")
    az.chmod(0o755)
    known = {"KOPPEL_APP_ID": APP, "KOPPEL_VAULT_ID": VAULT}
    return Azure(file, {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", **known})


@pytest.mark.parametrize("azure", ["all functions"], indirect=True)
def test_each_caller_has_a_key_where_it_calls_and_nowhere_else(azure: Azure) -> None:
    """Dataverse on all receivers, the ERP on those of flows only; on no operation any. The app learns what it needs."""
    azure.run()
    keys, secrets = azure.state["keys"], azure.state["secrets"]
    http = {name: each for name, each in azure.state["functions"].items() if each["type"] == "httpTrigger"}
    assert keys.keys() == {name for name in http if not name.startswith("operations_")} - {OPEN}
    assert keys["dual_write_columns"].keys() == {"default", "dataverse-1"}
    assert keys["dual_write_customers_v3_accounts"].keys() == {"default", "dataverse-1", "finops-1"}
    assert {each["dataverse-1"] for each in keys.values()} == {secrets["dataverse-webhook-key"]}
    ours = [secrets["operator-key"], secrets["dataverse-webhook-key"]]
    ours += [secrets["fingerprint-keys"], secrets["business-central-notification-key"]]
    assert len({*ours, keys["dual_write_customers_v3_accounts"]["finops-1"]}) == 5
    assert min(map(len, ours[2:])) >= SHORTEST_SECRET
    asked = [path for _, path in azure.state["asked"]]
    assert asked[-2:] == [f"{APP}/config/configreferences/appsettings/refresh", f"{APP}/restart"]


def test_a_second_time_nothing_changes(azure: Azure) -> None:
    """Whoever deploys again changes no key, and the app is not restarted."""
    azure.run()
    before = azure.state
    azure.run()
    assert (azure.state["keys"], azure.state["secrets"], azure.changes()) == (before["keys"], before["secrets"], [])
    assert f"{APP}/restart" not in [path for _, path in azure.state["asked"]]


def test_a_function_that_is_new_gets_the_keys_that_there_are(azure: Azure) -> None:
    """A suite that is turned on later has the same callers."""
    azure.run()
    state = azure.state
    del state["keys"]["dual_write_payment_days"]
    azure.file.write_text(json.dumps(state), "utf-8")
    azure.run()
    assert azure.state["keys"]["dual_write_payment_days"]["dataverse-1"] == state["secrets"]["dataverse-webhook-key"]
    assert len(azure.changes()) == 2


@pytest.mark.parametrize("caller", ["dataverse", "finops"])
def test_a_rotation_loses_no_event(azure: Azure, caller: str) -> None:
    """While the caller still sends the old key both open; finished, only the new one does."""
    azure.run()
    old = azure.state["keys"]["dual_write_customers_v3_accounts"][f"{caller}-1"]
    azure.run("rotate", caller)
    both = azure.state["keys"]["dual_write_customers_v3_accounts"]
    assert both[f"{caller}-1"] == old != both[f"{caller}-2"]
    assert (azure.state["secrets"]["dataverse-webhook-key"] == both["dataverse-2"]) if caller == "dataverse" else True
    azure.run("rotate", caller)  # as somebody who was cut off does
    assert azure.state["keys"]["dual_write_customers_v3_accounts"] == both
    azure.run("finish", caller)
    assert not [keys for keys in azure.state["keys"].values() if f"{caller}-1" in keys]
    azure.run()
    assert azure.changes() == []


@pytest.mark.parametrize(
    ("caller", "secret"),
    [("operator", "operator-key"), ("business_central", "business-central-notification-key")],
)
def test_a_key_that_opens_no_function_is_rotated_at_once(azure: Azure, caller: str, secret: str) -> None:
    """There is one at a time."""
    azure.run()
    before = azure.state["secrets"]
    azure.run("rotate", caller)
    after = azure.state["secrets"]
    assert {name for name in after if after[name] != before[name]} == {secret}


def test_a_receiver_that_is_open_at_the_host_gets_no_key(azure: Azure) -> None:
    """Business Central sends none, and a 401 would end its subscriptions."""
    azure.run()
    assert azure.state["functions"][OPEN]["authLevel"].lower() == "anonymous"
    assert OPEN not in azure.state["keys"]
    assert azure.state["keys"]["business_central_customers"].keys() == {"default", "dataverse-1"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("rotate", "sales"), "sales is no caller; callers: dataverse, finops, operator, business_central"),
        (("turn",), "rotate CALLER"),
    ],
)
def test_what_cannot_be_done_is_said(azure: Azure, words: tuple[str, ...], says: str) -> None:
    """In one line, with what can be done."""
    azure.run()
    assert says in azure.run(*words, status=1)


def test_what_azd_does_not_know_yet_is_named(azure: Azure) -> None:
    """Before there is an app."""
    del azure.environment["KOPPEL_APP_ID"]
    assert "KOPPEL_APP_ID is not known" in azure.run(status=1)


def test_every_suite_has_its_system() -> None:
    """The hook runs without the app's packages, so it lists what the suites say."""
    text = (ROOT / "infra" / "hooks" / "keys.py").read_text("utf-8")
    keyed = [name for name in shipped() if not receiver_modules(name)]
    assert all(f'"{name}": "{suite(name).system}"' in text for name in keyed)
