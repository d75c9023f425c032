"""Schemas other than the shipped ones, for product and twin alike: what a customer's own columns are like."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from shared.mapping import _schema
from tests.emulator.dataverse import schema as dataverse_twin
from tests.emulator.finops import schema as finops_twin
from tests.unit.mapping.maps import built

Fields = Mapping[str, Mapping[str, Any]]


@contextmanager
def column_like(folder: Path, table: str, column: str, like: Mapping[str, Any]) -> Iterator[None]:
    """A column of a Dataverse table has these properties."""
    with fields_like(folder, {f"dataverse/{table}": {column: like}}):
        yield


@contextmanager
def fields_like(
    folder: Path, found: Mapping[str, Fields], enums: Mapping[str, tuple[str, ...]] | None = None
) -> Iterator[None]:
    """Fields of entities (`system/entity`) have these properties, and the ERP has these enumerations, too."""
    schemas = folder / "schemas"
    copytree(_schema.SCHEMAS, schemas)
    for entity, fields in found.items():
        path = schemas / f"{entity}.json"
        document = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps({**document, "fields": {**document["fields"], **fields}}), "utf-8")
    members = schemas / "finops" / "enums.json"
    members.write_text(json.dumps({**json.loads(members.read_text("utf-8")), **(enums or {})}), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_schema, "SCHEMAS", schemas)
        patch.setattr(dataverse_twin, "SCHEMAS", schemas / "dataverse")
        patch.setattr(finops_twin, "SCHEMAS", schemas / "finops")
        _forget()
        try:
            yield
        finally:
            patch.undo()
            _forget()


def _forget() -> None:
    product = _schema.entity, _schema.known_entities, _schema.enums
    for cached in (*product, dataverse_twin._shipped, finops_twin.enums, finops_twin.entities, built):
        cached.cache_clear()
