"""Keys: one for each caller, on the functions that it calls and on no other. azd runs this after each deployment.

    python infra/hooks/keys.py                  sets what is missing, changes nothing that is there
    python infra/hooks/keys.py rotate CALLER    a new key beside the old one: dataverse, finops, or in its place:
                                                operator, business_central
    python infra/hooks/keys.py finish CALLER    takes the old ones away, once the caller sends the new one

The key of the ledger's fingerprints has no caller: it is made once, for nothing can be read without it any more. That
of Business Central's notifications proves them, and opens nothing; the app itself tells a new one to it.

Needs Python, the Azure CLI (`az login`), and what azd knows of the deployment: `azd env get-values`. All goes through
Azure Resource Manager, so it works behind a private network, too; nothing is printed or written to a file.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from typing import Any

ARM = "https://management.azure.com"
SITE, VAULT, REFERENCES = "2024-04-01", "2024-11-01", "2022-03-01"
SYSTEMS = {"dual_write": "finops", "prospect_to_cash": "finops"}
"""Which ERP sends events to the functions of a suite, with a key."""
SECRETS = {
    "dataverse": "dataverse-webhook-key",
    "operator": "operator-key",
    "business_central": "business-central-notification-key",
}
"""Keys that the app has to know; those of an ERP are entered there."""
KEYLESS = ("operator", "business_central")
"""Those whose keys open no function."""
FINGERPRINTS = "fingerprint-keys"
"""What hides what the ledger's fingerprints stand for. docs/runbooks.md says how another key is added to it."""


class Trouble(Exception):
    """What a person has to put right."""


def rest(method: str, path: str, version: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """One request to Azure Resource Manager; None if there is no such thing."""
    az = shutil.which("az")
    if az is None:
        raise Trouble("the Azure CLI is not here: install it, and run az login")
    command = [az, "rest", "--method", method, "--url", f"{ARM}{path}?api-version={version}", "--output", "json"]
    command += ["--body", "@-", "--headers", "Content-Type=application/json"] if body is not None else []
    text = json.dumps(body) if body is not None else ""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode == 0:
        answer: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
        return answer
    if re.search(r"NotFound|\b404\b", done.stderr):
        return None
    raise Trouble(f"{method} {path}: {done.stderr.strip()}")


def known(name: str) -> str:
    """A value that azd knows. Raises Trouble if it does not."""
    if not os.environ.get(name):
        raise Trouble(f"{name} is not known: run azd provision first, or export it from azd env get-values")
    return os.environ[name]


class Keys:
    """The keys of one app."""

    def __init__(self) -> None:
        self.app, self.vault = known("KOPPEL_APP_ID"), known("KOPPEL_VAULT_ID")
        self.changed = False
        self._keys: dict[str, dict[str, str]] = {}

    def receivers(self) -> dict[str, set[str]]:
        """Functions that take events, each with its callers."""
        found: dict[str, set[str]] = {}
        answer = rest("get", f"{self.app}/functions", SITE) or {}
        for each in answer.get("value", ()):
            name = each["name"].rpartition("/")[2]
            bindings = each["properties"]["config"]["bindings"]
            triggers = [one for one in bindings if one.get("type") == "httpTrigger"]
            routes = [str(one.get("route", "")) for one in triggers if str(one.get("authLevel")).lower() != "anonymous"]
            if routes:
                found[name] = {"dataverse"}
                suite = routes[0].partition("/")[0]
                if routes[0].endswith("{source}") and suite in SYSTEMS:
                    found[name].add(SYSTEMS[suite])
        if not found:
            raise Trouble("the app has no functions yet: deploy it first, and look whether it starts")
        return found

    def of(self, function: str) -> dict[str, str]:
        """The keys of a function, by their names."""
        if function not in self._keys:
            self._keys[function] = dict(rest("post", f"{self.app}/functions/{function}/listkeys", SITE) or {})
        return self._keys[function]

    def generations(self, caller: str, functions: list[str]) -> dict[int, str]:
        """The keys of a caller that some function has, by their number: the highest is the newest."""
        found = {}
        for function in functions:
            for name, value in self.of(function).items():
                if number := re.fullmatch(rf"{caller}-(\d+)", name):
                    found[int(number[1])] = value
        return found

    def set(self, caller: str, number: int, value: str, functions: list[str]) -> None:
        """Gives these functions a key, where they do not have it."""
        name = f"{caller}-{number}"
        for function in functions:
            if self.of(function).get(name) != value:
                body = {"properties": {"name": name, "value": value}}
                rest("put", f"{self.app}/functions/{function}/keys/{name}", SITE, body)
                self._keys[function][name] = value

    def store(self, caller: str, value: str) -> None:
        """Lets the app know a key."""
        self.keep(SECRETS[caller], value)

    def keep(self, name: str, value: str) -> None:
        rest("put", f"{self.vault}/secrets/{name}", VAULT, {"properties": {"value": value}})
        self.changed = True

    def is_stored(self, caller: str) -> bool:
        return self.is_kept(SECRETS[caller])

    def is_kept(self, name: str) -> bool:
        return rest("get", f"{self.vault}/secrets/{name}", VAULT) is not None

    def take_effect(self) -> None:
        """The app reads its references to the vault anew, at once and not within a day."""
        if self.changed:
            rest("post", f"{self.app}/config/configreferences/appsettings/refresh", REFERENCES)
            rest("post", f"{self.app}/restart", SITE)


def callers_of(receivers: dict[str, set[str]]) -> dict[str, list[str]]:
    """Callers, each with the functions that it calls."""
    names = sorted(set().union(*receivers.values()))
    return {caller: sorted(each for each, by in receivers.items() if caller in by) for caller in names}


def complete(keys: Keys) -> None:
    """Sets what is missing."""
    for caller, functions in callers_of(keys.receivers()).items():
        found = keys.generations(caller, functions)
        number = max(found, default=1)
        value = found.get(number) or secrets.token_urlsafe(32)
        keys.set(caller, number, value, functions)
        if caller in SECRETS and (not found or not keys.is_stored(caller)):
            keys.store(caller, value)
    for caller in KEYLESS:
        if not keys.is_stored(caller):
            keys.store(caller, secrets.token_urlsafe(32))
    if not keys.is_kept(FINGERPRINTS):
        keys.keep(FINGERPRINTS, secrets.token_urlsafe(32))


def rotate(keys: Keys, caller: str) -> None:
    """A new key beside the old one. Operators have one at a time: whoever has the old one is told by a 401. So has
    Business Central: what it tells under the old one is dropped until the app has told it, and found by a pass.
    """
    value = secrets.token_urlsafe(32)
    if caller not in KEYLESS:
        functions = functions_of(keys, caller)
        found = keys.generations(caller, functions)
        if len(found) > 1:  # somebody was cut off, or has not finished: the newest goes on
            value = found[max(found)]
        keys.set(caller, max(found) if len(found) > 1 else max(found, default=0) + 1, value, functions)
    if caller in SECRETS:
        keys.store(caller, value)


def finish(keys: Keys, caller: str) -> None:
    """Takes all keys of a caller away but the newest."""
    functions = functions_of(keys, caller)
    newest = max(keys.generations(caller, functions), default=0)
    for function in functions:
        for name in list(keys.of(function)):
            if (number := re.fullmatch(rf"{caller}-(\d+)", name)) and int(number[1]) < newest:
                rest("delete", f"{keys.app}/functions/{function}/keys/{name}", SITE)


def functions_of(keys: Keys, caller: str) -> list[str]:
    """The functions that a caller calls. Raises Trouble if there is no such caller."""
    found = callers_of(keys.receivers())
    if caller not in found:
        raise Trouble(f"{caller} is no caller; callers: {', '.join([*found, *KEYLESS])}")
    return found[caller]


def act(words: list[str]) -> None:
    """Does what the words say. Raises Trouble."""
    keys = Keys()
    if not words:
        complete(keys)
    elif len(words) == 2 and words[0] in {"rotate", "finish"}:
        {"rotate": rotate, "finish": finish}[words[0]](keys, words[1])
    else:
        raise Trouble("use no words, rotate CALLER, or finish CALLER")
    keys.take_effect()


def main(words: list[str]) -> int:
    """What went wrong is told in one line."""
    try:
        act(words)
    except Trouble as trouble:
        print(f"keys: {trouble}", file=sys.stderr)  # noqa: T201 - a command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
