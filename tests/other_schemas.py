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
from tests.emulator.dataverse import schema as twin
from tests.unit.mapping.maps import built


@contextmanager
def column_like(folder: Path, table: str, column: str, like: Mapping[str, Any]) -> Iterator[None]:
    """A column of a Dataverse table has these properties."""
    schemas = folder / "schemas"
    copytree(_schema.SCHEMAS, schemas)
    path = schemas / "dataverse" / f"{table}.json"
    document = json.loads(path.read_text("utf-8"))
    document["fields"][column] = like
    path.write_text(json.dumps(document), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_schema, "SCHEMAS", schemas)
        patch.setattr(twin, "SCHEMAS", schemas / "dataverse")
        _forget()
        try:
            yield
        finally:
            patch.undo()
            _forget()


def _forget() -> None:
    for cached in (_schema.entity, _schema.known_entities, twin._shipped, built):
        cached.cache_clear()
