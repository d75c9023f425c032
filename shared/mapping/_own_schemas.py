"""Which folders add fields of a customer's own to the shipped schemas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shared.errors import Refused
from shared.mapping import _schema
from shared.mapping._own_fields import FOLDERS
from shared.mapping._wording import alike, listed


def know_more(folders: Sequence[Path]) -> None:
    """From now on entities have what the files of these folders add, and nothing that others added before.

    A folder is laid out as the shipped one: `<system>/<Entity>.json` with `fields`, and `keys` if it adds any. Raises
    Refused for a file whose entity there is not.
    """
    for path in (each for folder in folders for each in sorted(folder.glob("*/*.json"))):
        shipped = sorted(each.stem for each in (_schema.SCHEMAS / path.parent.name).glob("*.json"))
        if path.stem not in shipped:
            near = alike(path.stem, shipped)
            remedy = f"call it {near}.json, if that is meant" if near else f"there are {listed(shipped) or 'none'}"
            where = f"{path.parent.name} has no entity {path.stem!r}"
            raise Refused(f"{path}: {where} to which it could add fields; {remedy}")
    if [*folders] != FOLDERS:
        FOLDERS[:] = folders
        for cached in (_schema.entity, _schema.known_entities, _schema.enums):
            cached.cache_clear()
