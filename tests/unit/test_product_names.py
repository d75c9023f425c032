"""What differs between ERP systems is said by maps, schemas and clients: the engine knows none of their names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.mapping import entity, known_entities

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for part in ("engine", "reconcile") for path in (ROOT / "shared" / part).rglob("*.py"))
PRODUCTS = re.compile(
    r"\bfinops\b|\bfinance and operations\b|f&o\b|business[ _]central|dual[-_]write|prospect[-_]to[-_]cash|"
    r"dataareaid|\bmsdyn|\bcdm_|\bkoppel_|\bbcbi_",
    re.IGNORECASE,
)
PLATFORM = frozenset({"teams", "systemusers"})
"""Tables of Dataverse itself, whichever ERP stands behind the other side."""


def names() -> Iterator[str]:
    """Every entity and table that has a schema, and the columns that tell the company of its records."""
    for system in ("finops", "dataverse"):
        for name in known_entities(system):
            yield name
            yield entity(system, name).company.partition(".")[0]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts that the code of a file works with."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "shared")))
def test_the_engine_names_no_product(path: Path) -> None:
    """Neither in code nor in prose: no ERP system, suite, prefix, company column."""
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    assert not [f"{path.name}:{number}: {line.strip()}" for number, line in lines if PRODUCTS.search(line)]


OF_SYSTEMS = {"setup.py", "subscriptions.py", "checks.py"}
"""What looks at each system by itself, or at what only one of them has."""


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((ROOT / "functions" / "operations").glob("*.py")) if path.name not in OF_SYSTEMS],
    ids=lambda path: path.name,
)
def test_what_operators_order_names_no_erp_system(path: Path) -> None:
    """What differs is said by the suite (`functions/suites.py`)."""
    assert not [text for _, text in texts(path) if text in {"finops", "business_central"}]
    assert not re.search(r"\bBusinessCentral\b|\bFinops\b", path.read_text("utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "shared")))
def test_the_engine_names_no_table(path: Path) -> None:
    """No text of the code is the name of an entity, of a table, or of a column that tells a company."""
    known = {*names()} - PLATFORM - {""}
    assert not [f"{path.name}:{number}: {text}" for number, text in texts(path) if text in known]


@pytest.mark.parametrize(
    "name", [name for name in known_entities("finops") if "dataAreaId" in entity("finops", name).key]
)
def test_who_has_a_company_in_its_key_says_so(name: str) -> None:
    """The schema of an entity says which field tells the company of its records."""
    assert entity("finops", name).company == "dataAreaId"


@pytest.mark.parametrize(
    "name", [name for name in known_entities("dataverse") if "msdyn_company" in entity("dataverse", name).fields]
)
def test_which_table_has_companies(name: str) -> None:
    """So does the schema of a table."""
    assert entity("dataverse", name).company == "msdyn_company.cdm_companycode"
