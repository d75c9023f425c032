"""A consultant's own functions, named by MAP_FUNCTIONS: in the host, in the preflight, and of a flow's module."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from functions.dual_write import customers_v3_accounts
from functions.runtime import catalogue
from shared.errors import MapError
from shared.mapping import Catalogue
from shared.settings import Settings
from tests.emulator.finops.schema import Field
from tests.functions.stage import Stage, data_event, on_stage
from tests.simulation.rig import ACCOUNT, CUSTOMERS
from tests.unit.setup.changes import fields
from tests.unit.setup.stage import ACCOUNTS, GROUPS, TERMS
from tests.unit.setup.stage import Stage as Environment
from tests.unit.setup.stage import found as findings

OVERLAY: Final = """extends: customers_v3_accounts
fields: |
  SalesMemo = description ; off
  - >> description fn region(AddressCity, AddressState)
"""
FUNCTIONS: Final = '''"""Functions of Contoso."""


def region(city: str, state: str) -> str:
    if city == "Nowhere":
        raise ValueError(f"no region for {city}")
    return f"{city} in {state}" if state else city
'''


def deployed(folder: Path, functions: str = FUNCTIONS, overlay: str = OVERLAY) -> Catalogue:
    """The maps of an app with an overlay and, beside it, a file of functions."""
    (folder / "contoso.yaml").write_text(overlay, "utf-8")
    (folder / "contoso.py").write_text(functions, "utf-8")
    chosen = Settings(
        dataverse_url="https://twin",
        finops_url="https://twin",
        map_overlays=(f"{CUSTOMERS}=contoso.yaml",),
        map_functions=("contoso.py",),
    )
    return catalogue(chosen, folder)


def refusal(maps: Catalogue) -> str:
    """What is wrong with the customers' map, alone."""
    assert maps.map(GROUPS).lines
    with pytest.raises(MapError) as refused:
        maps.map(CUSTOMERS)
    (problem,) = refused.value.problems
    return str(problem)


def test_an_event_carries_over_what_an_own_function_makes(tmp_path: Path) -> None:
    """The whole app, from the event to the column; a function that fails parks its line, which the operator sees."""

    async def story(stage: Stage) -> None:
        stage.rig.customer(AddressCity="Vienna", AddressState="W")
        assert (await stage.event(data_event("usmf", ACCOUNT, message="Create"), source="finops")).status_code == 202
        await stage.pass_time(90)
        row = stage.rig.dataverse()
        assert row is not None
        assert row["description"] == "Vienna in W"
        stage.rig.edit(AddressCity="Nowhere")
        await stage.event(data_event("usmf", ACCOUNT), source="finops")
        await stage.pass_time(90)
        told = (await stage.get(f"/api/operations/parked/{CUSTOMERS.replace('.', '/')}")).text
        assert "region fails for AddressCity 'Nowhere', AddressState 'W': no region for Nowhere" in told

    on_stage(story, maps=deployed(tmp_path))


async def environment(maps: Catalogue) -> Environment:
    made = Environment(maps=Catalogue({name: maps.files[name] for name in (ACCOUNTS, GROUPS, TERMS)},
                                      maps.overlays, maps.switches, maps.functions))  # fmt: skip
    await made.register()
    return made


async def test_the_preflight_looks_for_what_a_function_reads(tmp_path: Path) -> None:
    """A field that the live system does not have is found, though no line maps it as it is."""
    stage = await environment(deployed(tmp_path))
    assert await findings(stage) == []

    def take_out(live: dict[str, Field]) -> None:
        del live["AddressState"]

    fields(stage, "CustomersV3", take_out)
    (finding,) = await findings(stage)
    assert (finding.severity, finding.flows) == ("error", (ACCOUNTS,))
    assert "AddressState" in finding.what


async def test_the_preflight_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    """It names the line that needs the function, the file, and what to do; other flows are looked at all the same."""
    stage = await environment(deployed(tmp_path))
    stage.site = replace(stage.site, catalogue=deployed(tmp_path, "def region("))
    (finding,) = [each for each in await findings(stage) if ACCOUNTS in each.flows]
    assert (finding.severity, finding.flows) == ("error", (ACCOUNTS,))
    assert finding.what.startswith("contoso.yaml:4 - >> description: contoso.py cannot be loaded: SyntaxError")
    assert finding.remedy == "correct the file"


@pytest.mark.parametrize(
    ("functions", "sentence"),
    [
        ("def regions(city: str, state: str) -> str: ...", "there is no function 'region'; write regions;"),
        ("def region(city: str) -> str: ...",
         "region takes city, and is given AddressCity, AddressState; write fn region(city)"),
        ("def region(city: int, state: str) -> str: ...",
         "AddressCity is a text, and region takes a whole number as city; name a whole number, "),
        ("def region(city: str, state: str) -> bool: ...", "region gives yes or no, description is a text of several"),
        ("def trim(text: str) -> str: ...", "Koppel ships a function trim; give your own another name"),
    ],
)  # fmt: skip
def test_a_function_that_does_not_fit_stops_its_flow_alone(tmp_path: Path, functions: str, sentence: str) -> None:
    """At the overlay's own line."""
    assert refusal(deployed(tmp_path, functions)).startswith(f"contoso.yaml:4: - >> description: {sentence}")


def test_a_flow_has_functions_in_its_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its map, and an overlay of it, name them; other flows do not."""
    module: ModuleType = customers_v3_accounts

    def zone(city: str, state: str) -> str:
        return f"{state}/{city}"

    zone.__module__ = module.__name__
    monkeypatch.setattr(module, "zone", zone, raising=False)
    maps = deployed(tmp_path, overlay=OVERLAY.replace("fn region", "fn zone"))
    row = {"AddressCity": "Vienna", "AddressState": "W"}
    found = maps.map(CUSTOMERS)
    (line,) = [each for each in found.lines if each.dataverse.name == "description"]
    assert found.erp.read(row)[line.index] == "W/Vienna"
    assert {*maps.functions(GROUPS)} == {"region"}
