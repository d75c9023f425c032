"""The app as the platform indexes it: from its decorators, without a map, a setting or a system."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from functions.runtime import suite_blueprints
from functions.schedules import spread
from functions.suites import COLUMNS, flow_names, setting_fields, shipped, timers
from shared.errors import SettingError
from tests.emulator.azurite import ROOT
from tests.functions.package import packed
from tests.functions.stage import every_function, the_host

SUITE = "dual_write"
APP = the_host().functions.keys()
"""What the app has by default."""
TRIGGERS = {name: each.trigger for name, each in every_function().items()}
OPEN = "business_central_notifications"
"""Business Central gives a subscription up at the first 401: this receiver proves events by what stands in each."""
FLOWS = [
    (suite, name)
    for suite in shipped()
    for name in flow_names(suite)
    if hasattr(import_module(f"functions.{suite}.{name}"), "blueprint")
]
"""But for maps that continue another, whose flow does their work."""
HTTP = {name: trigger for name, trigger in TRIGGERS.items() if trigger["type"] == "httpTrigger"}
TIMERS = {name: trigger for name, trigger in TRIGGERS.items() if trigger["type"] == "timerTrigger"}
INDEX = """
import json, sys
opened = []
sys.addaudithook(lambda event, values: opened.append(str(values[0])) if event == "open" else None)
from function_app import app
names = [function.get_function_name() for function in app.get_functions()]
print(json.dumps({"names": names, "opened": opened}))
"""


def index(folder: Path, **environment: str) -> Any:
    """The app indexed by a new process, with just these settings; which files were opened, too."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", INDEX],
        cwd=folder,
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(("suite", "flow"), FLOWS)
def test_every_flow_has_two_functions(suite: str, flow: str) -> None:
    """A flow's events arrive over HTTP with a key; a timer of its own, whose schedule is a setting of the suite,
    catches up (bc-032).
    """
    events, timer = HTTP[f"{suite}_{flow}"], TIMERS[f"{suite}_{flow}_catch_up"]
    assert (events["route"], events["methods"]) == (f"{suite}/{flow}/{{source}}", ["POST"])
    assert events["authLevel"] in {"FUNCTION", "function"}
    assert timer["schedule"] == f"%{suite.upper()}_SCHEDULE%"


def test_computed_columns_have_two_functions() -> None:
    """Events of the rows that they are made of arrive over HTTP; the timer of the suite catches up."""
    events, timer = HTTP[f"{SUITE}_columns"], TIMERS[f"{SUITE}_columns_catch_up"]
    assert (events["route"], events["methods"]) == (f"{SUITE}/columns/dataverse", ["POST"])
    assert timer["schedule"] == "%DUAL_WRITE_SCHEDULE%"


def test_every_map_is_a_flow() -> None:
    """No map is without its module, and no module but that of the computed columns without its map."""
    maps = {path.stem for path in (ROOT / "functions" / SUITE).glob("*.yaml")}
    modules = {path.stem for path in (ROOT / "functions" / SUITE).glob("*.py")} - {"__init__", COLUMNS}
    assert maps == modules == set(flow_names(SUITE))


def test_function_keys_are_for_events() -> None:
    """Receivers of every suite need a function key, but for one; operations none, for they decide themselves who may
    operate.
    """
    keyed = {name for name, trigger in HTTP.items() if str(trigger["authLevel"]).lower() == "function"}
    assert keyed == {name for name in HTTP if not name.startswith("operations_")} - {OPEN}


@pytest.mark.parametrize("name", TIMERS)
def test_schedules_are_settings(name: str) -> None:
    """Every schedule is a setting that the model knows, so a missing one is told by its name."""
    setting = re.fullmatch(r"%([A-Z_]+)%", TIMERS[name]["schedule"])
    assert setting is not None
    assert setting[1] in setting_fields()


@pytest.mark.parametrize("suite", shipped())
def test_timers_of_a_suite_do_not_fire_together(suite: str) -> None:
    """Each takes an instance of its own: at one second all of them would press on the systems at once."""
    names, setting = timers(suite), f"{suite.upper()}_SCHEDULE"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(setting, "0 */30 * * * *")
        found = [spread(suite, name, names) for name in names]
        assert len({each.split()[0] for each in found}) == len(names)
        assert {each.split(" ", 1)[1] for each in found} == {"*/30 * * * *"}
        patch.setenv(setting, "15 */30 * * * *")
        assert {spread(suite, name, names) for name in names} == {f"%{setting}%"}


def test_routes_do_not_meet() -> None:
    """No two functions answer for the same method and address."""
    pairs = [(method, re.sub(r"{\w+}", "{}", each["route"])) for each in HTTP.values() for method in each["methods"]]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("name", TRIGGERS)
def test_names_say_their_suite(name: str) -> None:
    """Function names begin with their suite and hold nothing that a host or a metric would choke on."""
    assert re.fullmatch(rf"({'|'.join(shipped())}|operations)_[a-z0-9_]+", name)
    assert len(name) <= 127


def test_nothing_is_read_at_indexing() -> None:
    """Indexing asks for no setting and reads no map: a broken one stops its own flow, not the app."""
    found = index(ROOT, SUITES=",".join(shipped()))
    assert set(found["names"]) == set(TRIGGERS) | {f"{suite}_compare" for suite in shipped()}
    assert not [path for path in found["opened"] if path.endswith(".yaml")]


def test_without_suites_operations_remain() -> None:
    """With every suite turned off the operations still answer."""
    names = index(ROOT, SUITES="")["names"]
    assert "operations_ready" in names
    assert all(name.startswith("operations_") for name in names)


def test_an_unknown_suite() -> None:
    """A suite that does not exist is named, and the setting that named it."""
    with pytest.raises(SettingError, match=r"SUITES.*'prospects'"):
        suite_blueprints(["prospects"])


def test_what_ships_is_enough(tmp_path: Path) -> None:
    """What .funcignore lets through is all the app needs, and holds neither tests nor tools."""
    ship(tmp_path)
    shipped = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert shipped == {"function_app.py", "functions", "shared", "host.json", "requirements.txt"}
    assert set(index(tmp_path)["names"]) == APP


def test_a_suite_is_a_folder(tmp_path: Path) -> None:
    """A suite that is put into the folder of functions is one: its flows have their functions, it is compared."""
    ship(tmp_path)
    copytree(ROOT / "tests" / "suites" / "shop", tmp_path / "functions" / "shop")
    names = set(index(tmp_path, SUITES="shop")["names"])
    flows = {"shop_customers", "shop_customers_catch_up", "shop_terms", "shop_terms_catch_up"}
    assert {name for name in names if not name.startswith("operations_")} == {"shop_compare", *flows}


def test_settings_of_a_suite_that_was_put_there(tmp_path: Path) -> None:
    """What such a suite needs is asked for by its name."""
    ship(tmp_path)
    copytree(ROOT / "tests" / "suites" / "shop", tmp_path / "functions" / "shop")
    asked = "from functions.suites import configured; configured()"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", asked],
        cwd=tmp_path,
        env={"PATH": "", "SUITES": "shop"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    assert all(name in done.stderr for name in ("DATAVERSE_URL", "FINOPS_URL: is needed by suite shop", "SHOP_COMPANY"))


def ship(target: Path) -> None:
    """Copies what a deployment would take: tracked files that .funcignore does not name."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607 - wherever git is
    for name in packed(tracked.splitlines()):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes((ROOT / name).read_bytes())
