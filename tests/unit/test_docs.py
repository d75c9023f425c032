"""The documents list what there is: settings, flows and routes are held against the code."""

from __future__ import annotations

import os
import re
import runpy
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from math import prod
from pathlib import Path
from typing import Final

import pytest

from functions.operations.checks import ALERTS
from functions.runtime import catalogue
from functions.suites import flow_names, setting_fields, shipped, timers
from functions.suites import suite as suite_of
from shared.mapping import Catalogue, functions_in
from shared.mapping._grammar import OPTIONS, RESERVED, SYMBOLS
from shared.mapping._shipped_functions import SHIPPED
from shared.settings import Settings
from tests.emulator.local import Ports
from tests.simulation.customs import CUSTOMS
from tests.unit.infra.compiler import expressions
from tests.unit.maps.shipped import catalogue as shipped_maps

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING: Final = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
DEPLOYMENT: Final = (ROOT / "docs" / "deployment.md").read_text("utf-8")
MAPS: Final = (ROOT / "docs" / "maps.md").read_text("utf-8")


def table(mark: str, page: str = README) -> list[list[str]]:
    """The rows of the table under a `<!-- mark: ... -->` comment, their cells without back ticks."""
    text = page.partition(f"<!-- {mark}:")[2].partition("\n\n")[0]
    rows = [line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[2:]]


def routes() -> Iterator[tuple[str, str]]:
    """Method and route of every operation of the app."""
    os.environ.update(Ports().app_settings())
    app = runpy.run_path(str(ROOT / "function_app.py"))["app"]
    for function in app.get_functions():
        found = function.get_trigger()
        assert found is not None
        trigger = found.get_dict_repr()
        if str(trigger.get("route", "")).startswith("operations/"):
            for method in trigger["methods"]:
                yield getattr(method, "value", method), f"/api/{trigger['route']}"


def test_settings() -> None:
    """README names every setting with its default and its meaning."""
    listed = {name: (default, meaning) for name, default, meaning in table("settings")}
    assert listed.keys() == setting_fields().keys()
    for name, found in setting_fields().items():
        assert listed[name][1] == found.description


def test_parameters() -> None:
    """The page about the deployment names every parameter that is no setting, as its description does."""
    main = (ROOT / "infra" / "main.bicep").read_text("utf-8")
    read = {name: re.search(r"readEnvironmentVariable\('(\w+)'", text) for name, text in expressions().items()}
    variables = {name: found.group(1) for name, found in read.items() if found}
    described = re.findall(r"@description\('\w+\. (.+)'\)\n(?:@[^\n]*\n)*param (\w+) ", main)
    told = {variables[name]: said.replace("\\'", "'") for said, name in described}
    listed = {name: meaning for name, _, meaning in table("parameters", DEPLOYMENT)}
    assert listed.items() <= told.items()
    assert told.keys() - listed.keys() <= setting_fields().keys()


def number(text: str) -> Decimal:
    """A number as it is written in a table."""
    return Decimal(text.replace(",", ""))


def costs() -> Iterator[tuple[str, str, list[Decimal], Decimal, str]]:
    """What costs something: what it is, its meter, the factors of its units, the units, and what they cost."""
    for mark in ("costs at rest", "costs of changes"):
        for what, meter, units, cost in table(mark, DEPLOYMENT):
            factors, _, product = units.partition(" = ")
            multiplied = [number(each) for each in factors.split(" \N{MULTIPLICATION SIGN} ")]
            yield what, meter, multiplied, number(product), cost


def test_costs_are_computed_with_the_prices() -> None:
    """Every price says where and when it was read; every cost is the product of its factors and of such a price."""
    listed = table("prices", DEPLOYMENT)
    prices = {meter: number(price) / number(of) for meter, of, price, _ in listed}
    assert all("202" in source or "without a date" in source for *_, source in listed)
    found = list(costs())
    assert {mark.split(",")[0] for mark, *_ in found} >= {"pump", "webhooks"}
    assert {meter for _, meter, *_ in found} == prices.keys()
    for what, meter, factors, units, cost in found:
        assert prod(factors) == units, what
        assert str((units * prices[meter]).quantize(Decimal("0.01"), ROUND_HALF_UP)) == cost, what


def test_costs_count_what_there_is() -> None:
    """As many timers of each suite, and alerts of checks, as the app and the templates have."""
    first = {what: factors[0] for what, _, factors, *_ in costs()}
    there = {suite: len(timers(suite)) for suite in shipped()}
    assert {suite: first[f"catching up: {suite}"] for suite in shipped()} == there
    assert first["executions of all suites' timers"] == sum(there.values())
    assert first["alerts of checks"] == len(ALERTS)


@pytest.mark.parametrize("suite", shipped())
def test_flows(suite: str) -> None:
    """README names every flow of a suite with the entities it keeps equal; those behind a switch with the switch on."""
    settings = Settings(dataverse_url="https://unused", finops_url="https://unused", suites=(suite,))
    maps, switched = catalogue(settings), catalogue(settings, words={suite: suite_of(suite).words})
    names = [f"{suite}.{name}" for name in flow_names(suite)]
    found = [(maps if name in maps.names else switched).map(name) for name in names]
    wanted = [[each.name.partition(".")[2], each.erp.entity.name, each.dataverse.entity.name] for each in found]
    assert table(f"flows of {suite}") == wanted


def test_routes() -> None:
    """README names every operation, and no other."""
    assert {tuple(row[0].split(" ")) for row in table("routes")} == set(routes())


@pytest.mark.parametrize("word", [*OPTIONS, *RESERVED, *SYMBOLS])
def test_the_grammar_page_knows_every_word(word: str) -> None:
    """Each symbol, option and reserved word of a line is explained."""
    assert re.search(rf"`{re.escape(word)}[` ]", MAPS)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_grammar_page_knows_every_function(name: str) -> None:
    """With what it takes beside the line's own field, and its way back."""
    found = SHIPPED[name]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in MAPS.splitlines() if line.startswith("|")]
    (call, _, back), *_ = [row for row in rows if re.search(rf"`{name}\b", row[0])]
    takes = [each.name for each in found.there.parameters[1:] if not each.optional]
    assert name == "join" or not takes or f"`{name}({', '.join(takes)})`" in call
    wanted = "itself" if found.inverse is found.call else f"`{found.inverse.__name__}`" if found.inverse else ""
    assert wanted in back.split(", ")


def test_the_example_of_own_functions_on_the_grammar_page(tmp_path: Path) -> None:
    """It can be loaded, and does what it shows."""
    (text,) = re.findall(r"```python\n(.*?)```", MAPS, re.DOTALL)
    (tmp_path / "contoso.py").write_text(text, "utf-8")
    own = functions_in([tmp_path / "contoso.py"])
    assert sorted(own) == ["in_full", "in_thousands", "region"]
    assert own["region"].call("AT") == "Central"
    with pytest.raises(ValueError, match="no region for XX"):
        own["region"].call("XX")
    assert own["in_thousands"].inverse is own["in_full"].call


def test_the_example_of_a_map_that_continues_another(tmp_path: Path) -> None:
    """It can be loaded, beside the shipped map that it continues."""
    (text,) = re.findall(r"```yaml\n# customers_on_hold.yaml.*?```", MAPS, re.DOTALL)
    (tmp_path / "on_hold.yaml").write_text(text.removeprefix("```yaml\n").removesuffix("```"), "utf-8")
    files = {**shipped_maps().files, "dual_write.customers_on_hold": tmp_path / "on_hold.yaml"}
    found = Catalogue(files).map("dual_write.customers_v3_accounts")
    assert {line.name for line in found.lines if line.phase == "after"} == {
        "OrganizationName > name", "CreditLimit > creditlimit",
    }  # fmt: skip


CUSTOMERS: Final = "dual_write.customers_v3_accounts"
EXAMPLES: Final = [
    text
    for part in (MAPS.partition("## Recipes")[0], MAPS.partition("## Recipes")[2].partition("```yaml\n")[2])
    for text in re.findall(r"```yaml\n(.*?)```", part, re.DOTALL)
    if not text.startswith("# customers_on_hold.yaml")
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_other_example_of_a_map(text: str, tmp_path: Path) -> None:
    """It can be loaded: as the map of customers if it is a whole one, else as an overlay of it."""
    whole, file, files = text.startswith("erp:\n  system:"), tmp_path / "example.yaml", dict(shipped_maps().files)
    file.write_text(text if whole or "extends:" in text else f"extends: customers_v3_accounts\n{text}", "utf-8")
    if whole:
        files[CUSTOMERS] = file
    assert Catalogue(files, {} if whole else {CUSTOMERS: [file]}).map(CUSTOMERS).lines


def test_recipes_are_customisations_that_were_tried() -> None:
    """Each wish with what it does stands in the table of customisations, written in just this way."""
    tried = {(each.wish, each.does): each.written.strip() for each in CUSTOMS}
    block = MAPS.partition("## Recipes")[2].partition("```yaml\n")[2].partition("```")[0]
    recipes = [each.split("\n", 2) for each in block.strip().split("\n\n")]
    assert len(recipes) > 20
    for wish, does, written in recipes:
        assert tried[wish[2:-1], does[2:]] == written.strip()


def test_links_lead_somewhere() -> None:
    """Every file and heading that the documents point to exists."""
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        text = path.read_text("utf-8")
        for target in re.findall(r"\]\((?!https?://)([^)]+)\)", text):
            name, _, anchor = target.partition("#")
            page = (path.parent / name).read_text("utf-8") if name else text
            headings = {re.sub(r"[^\w -]", "", line.strip("# ")).lower().replace(" ", "-")
                        for line in page.splitlines() if line.startswith("#")}  # fmt: skip
            assert not anchor or anchor in headings, target
