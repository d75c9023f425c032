"""What is deployed: Bicep files that hold together, and the same settings in the model, the sample and the templates.

No compiler is at hand, so the files are read for what goes wrong most: brackets, names, and what is passed to what.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from functions.suites import setting_fields
from shared.settings import Settings
from tests.emulator.azurite import ROOT

INFRA = ROOT / "infra"
FILES = sorted(INFRA.rglob("*.bicep"))
MODULES = [path for path in FILES if path.name != "main.bicep"]
PLATFORM = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"}
"""Settings of the Functions platform that the sample holds too."""
PAIRS = {")": "(", "]": "[", "}": "{"}


@cache
def code(path: Path) -> str:
    """The code of a file: comments gone, of texts only what they interpolate."""
    bare = re.sub(r"^\s*//.*$|\s//\s.*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
    return re.sub(r"'((?:[^'\\\n]|\\.)*)'", lambda text: " ".join(["''", *re.findall(r"\${([^}]*)}", text[1])]), bare)


def block(text: str, start: int) -> str:
    """What stands between the bracket at `start` and its partner."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in PAIRS.values()) - (text[at] in PAIRS)
        if depth == 0:
            return text[start + 1 : at]
    raise AssertionError(f"nothing closes {text[start : start + 40]!r}")


def members(text: str, name: str) -> dict[str, str]:
    """The members of the object that is given as `name`, at its own depth only."""
    found = re.search(rf"\b{name}: {{", text)
    assert found is not None, f"there is no {name}"
    inside = block(text, found.end() - 1)
    while "{" in inside:
        start = inside.index("{")
        inside = inside[:start] + "..." + inside[start + len(block(inside, start)) + 2 :]
    return dict(re.findall(r"(\w+): ([^,\n]+)", inside))


def declared(path: Path) -> dict[str, bool]:
    """The parameters of a file, and whether they have a default."""
    return {name: bool(default) for name, default in re.findall(r"^param (\w+) \w+( =)?", code(path), re.MULTILINE)}


def modules() -> dict[str, tuple[Path, str]]:
    """The modules of main.bicep by their names: file and text."""
    main = INFRA / "main.bicep"
    found = re.finditer(r"^module (\w+) '([^']+)' = {", main.read_text("utf-8"), re.MULTILINE)
    text = code(main)
    starts = {each[1]: text.index("{", text.index(f"module {each[1]} ")) for each in found}
    paths = dict(re.findall(r"^module (\w+) '([^']+)'", main.read_text("utf-8"), re.MULTILINE))
    return {name: (INFRA / paths[name], block(text, start)) for name, start in starts.items()}


# -- settings


def sample() -> dict[str, str]:
    values: dict[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    return {name: value for name, value in values.items() if name not in PLATFORM}


def test_the_sample_lists_every_setting() -> None:
    """The sample and the model name the same settings."""
    assert set(sample()) == setting_fields().keys()


def test_the_sample_is_valid() -> None:
    """Whoever copies the sample has settings that can be used, as they are by default."""
    given = Settings.model_validate({name.lower(): value for name, value in sample().items()})
    changed = {name for name, field in Settings.model_fields.items() if getattr(given, name) != field.default}
    assert changed == {"dataverse_url", "finops_url", "ledger_connection"}


def test_the_templates_list_every_setting() -> None:
    """The app is deployed with every setting of the model, and with none that it does not know."""
    _, app = modules()["app"]
    assert set(members(app, "settings")) == setting_fields().keys()


# -- templates


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_brackets(path: Path) -> None:
    """Every bracket is closed by its own partner."""
    still_open: list[str] = []
    for letter in code(path):
        if letter in PAIRS.values():
            still_open.append(letter)
        elif letter in PAIRS:
            assert still_open, f"{letter} without its partner"
            assert still_open.pop() == PAIRS[letter]
    assert not still_open


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_parameters_are_used(path: Path) -> None:
    """A parameter that a file declares is used in it, and says what it is for and whether it is needed."""
    text = path.read_text("utf-8")
    for name, optional in declared(path).items():
        assert len(re.findall(rf"\b{name}\b", code(path))) > 1, name
        said = re.search(rf"@description\('(\w+)\. [^\n]+'\)\n(?:@[^\n]+\n)*param {name} ", text)
        assert said is not None, name
        assert said[1] in ({"Optional", "Conditional"} if optional else {"Required"})


@pytest.mark.parametrize("name", modules())
def test_parameters_are_passed(name: str) -> None:
    """A module is given every parameter that it needs, and none that it does not have."""
    path, text = modules()[name]
    passed = set(members(text, "params"))
    assert passed <= set(declared(path))
    assert passed >= {parameter for parameter, optional in declared(path).items() if not optional}


def test_outputs_are_there() -> None:
    """What is taken from a module is an output of it."""
    for name, output in re.findall(r"\b(\w+)\.outputs\.(\w+)", code(INFRA / "main.bicep")):
        path, _ = modules()[name]
        assert re.search(rf"^output {output} ", code(path), re.MULTILINE), f"{name}.outputs.{output}"


def test_every_module_is_used() -> None:
    """No template lies about that nothing deploys."""
    assert {path for path, _ in modules().values()} == set(MODULES)


def test_the_parameter_file() -> None:
    """The parameter file gives every parameter that main.bicep needs, and none that it does not have."""
    given = set(re.findall(r"^param (\w+) =", (INFRA / "main.bicepparam").read_text("utf-8"), re.MULTILINE))
    known = declared(INFRA / "main.bicep")
    assert given <= set(known)
    assert given >= {name for name, optional in known.items() if not optional}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_secrets_are_secure(path: Path) -> None:
    """A parameter that holds a secret or a key is marked as one: it shows in no deployment history."""
    for name in declared(path):
        if re.search(r"secret|key|password", name, re.IGNORECASE):
            assert re.search(rf"@secure\(\)\nparam {name} ", path.read_text("utf-8")), name


def test_the_settings_of_the_app_are_secure() -> None:
    """The object of settings carries secrets into the module of the app."""
    assert re.search(r"@secure\(\)\nparam settings object", (INFRA / "app" / "function.bicep").read_text("utf-8"))


def test_a_slice_ends_before_the_platform_ends_it() -> None:
    """A timer leaves the rest to the next one long before the platform would cut it off."""
    hours, minutes, seconds = json.loads((ROOT / "host.json").read_text("utf-8"))["functionTimeout"].split(":")
    limit = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    assert Settings.model_fields["slice_seconds"].default * 2 <= limit
