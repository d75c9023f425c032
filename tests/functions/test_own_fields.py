"""Fields of a customer's own: the page about them is followed to the first value, and no shipped file is edited."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from functions.runtime import catalogue
from shared.errors import MapError, Refused, SettingError
from shared.mapping import ERP, Catalogue, entity, know_more
from shared.settings import Settings, schema_folders
from tests.emulator.dataverse import schema as dataverse_twin
from tests.emulator.finops import schema as finops_twin
from tests.functions.stage import Stage, on_stage
from tests.simulation.rig import ACCOUNT, CUSTOMERS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "own_fields.md").read_text("utf-8")
PLACE = CUSTOMERS.replace(".", "/")
FILES = re.compile(r"^`(mine/[\w./]+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Path]:
    """The folder beside which the app stands, with every file of the page. Afterwards nobody knows of them."""
    for name, content in FILES.findall(PAGE):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    with forgotten_afterwards():
        yield tmp_path


@contextmanager
def forgotten_afterwards() -> Iterator[None]:
    """The twins read their schemas anew, before and after."""
    twins = dataverse_twin._shipped, finops_twin.enums, finops_twin.entities
    try:
        for cached in twins:
            cached.cache_clear()
        yield
    finally:
        know_more([])
        for cached in twins:
            cached.cache_clear()


def maps(root: Path) -> Catalogue:
    """The maps with the settings that the page exports."""
    exported = dict(re.findall(r"(MAP_\w+)=(\S+)", PAGE.partition("export ")[2].partition("\n")[0]))
    found: Mapping[str, Any] = {name.lower(): value for name, value in exported.items()}
    urls = {"dataverse_url": "https://unused", "finops_url": "https://unused"}
    return catalogue(Settings.model_validate({**urls, **found}), root)


def test_the_page_is_followed_to_the_first_value(mine: Path) -> None:
    """The flow is planned, approved and resumed; then a tier travels, either way."""
    chosen = maps(mine)
    assert "CtsTier = new_tier" in [line.name for line in chosen.map(CUSTOMERS).lines]

    async def story(stage: Stage) -> None:
        rig = stage.rig
        await stage.post(f"/api/operations/flows/{PLACE}/pause")
        await stage.post(f"/api/operations/reports/{PLACE}/plan")
        await stage.fire("operations_pump")
        assert (await stage.approve(PLACE)).status_code == 200
        assert (await stage.post(f"/api/operations/flows/{PLACE}/resume")).status_code == 202
        await stage.fire("operations_pump")
        await rig.visit(ERP, rig.customer(CtsTier="Gold"))
        assert rig.both("CtsTier", "new_tier") == ("Gold", "Gold")
        account = rig.dataverse()
        assert account is not None
        rig.change(account["accountid"], new_tier="Silver")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("CtsTier", "new_tier") == ("Silver", "Silver")

    on_stage(story, maps=chosen)


def test_nobody_knows_the_field_without_the_setting(mine: Path) -> None:
    """The shipped schema is as it was."""
    maps(mine)
    assert "CtsTier" in entity("finops", "CustomersV3").fields
    know_more([])
    assert "CtsTier" not in entity("finops", "CustomersV3").fields


@pytest.mark.parametrize("value", ["nowhere", "..", "mine/tier.yaml"])
def test_what_is_no_folder_of_the_app_is_refused(mine: Path, value: str) -> None:
    """It is named, with its setting."""
    with pytest.raises(SettingError, match=r"MAP_SCHEMAS: .* is not a folder below"):
        schema_folders((value,), mine)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("finops/CustomerV3.json", "call it CustomersV3.json, if that is meant"),
        ("finops/Nonsense.json", "there are"),
        ("sap/Customers.json", "sap has no entity 'Customers'"),
    ],
)
def test_a_file_of_no_entity_is_refused_with_the_nearest_name(mine: Path, name: str, words: str) -> None:
    """It would add its fields to nothing, in silence."""
    path = mine / "mine" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}", "utf-8")
    with pytest.raises(Refused, match=words):
        maps(mine)


@pytest.mark.parametrize("content", ["{", "[]", '{"fields": 5}'])
def test_a_file_that_is_amiss_is_named(mine: Path, content: str) -> None:
    """It stops the flows of its entity, and says which file has to be corrected."""
    (mine / "mine" / "finops" / "CustomersV3.json").write_text(content, "utf-8")
    with pytest.raises(MapError, match=r"CustomersV3\.json cannot be used.*correct that file"):
        maps(mine).map(CUSTOMERS)


def test_the_settings_of_the_page_are_those_that_there_are() -> None:
    """So are its addresses."""
    for name in re.findall(r"\bMAP_[A-Z]+", PAGE):
        assert name.lower() in Settings.model_fields
