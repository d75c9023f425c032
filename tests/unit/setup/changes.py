"""Changes of the twins, as an administrator would make them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.emulator.dataverse.schema import Column
from tests.emulator.finops.schema import Field
from tests.unit.setup.stage import ACCOUNTS, Stage

Break = Callable[[Stage], None]
"""Something that goes wrong with an environment."""


def column(stage: Stage, table: str, name: str, **changes: Any) -> None:
    definition = stage.dataverse.environment.by_logical[table].definition
    changed: Column = replace(definition.columns[name], **changes)
    definition.columns[name] = changed


def define(stage: Stage, table: str, **changes: Any) -> None:
    definition = stage.dataverse.environment.by_logical[table].definition
    for name, value in changes.items():
        setattr(definition, name, value)


def rename(stage: Stage, table: str, name: str) -> None:
    columns = stage.dataverse.environment.by_logical[table].definition.columns
    columns[f"{name}_old"] = replace(columns.pop(name), name=f"{name}_old", wire=f"{name}_old")


def fields(stage: Stage, entity: str, change: Callable[[dict[str, Field]], None]) -> None:
    table = stage.finops.environment.tables[entity]
    changed = dict(table.entity.fields)
    change(changed)
    table.entity = replace(table.entity, fields=changed)


def field(stage: Stage, entity: str, name: str, **changes: Any) -> None:
    fields(stage, entity, lambda known: known.update({name: replace(known[name], **changes)}))


def drop_key(stage: Stage, table: str) -> None:
    found_table = stage.dataverse.environment.by_logical[table]
    found_table.definition.keys.clear()
    found_table.keys.clear()


def dual_write(stage: Stage, table: str) -> None:
    row = {"msdyn_name": "map", "msdyn_internalentityname": table, "msdyn_externalentityname": "Customers V3"}
    stage.dataverse.create("msdyn_dualwriteruntimeconfigs", row)


def company(stage: Stage, code: str) -> None:
    stage.dataverse.create("cdm_companies", {"cdm_companycode": code, "cdm_name": code})


def step(stage: Stage, message: str) -> str:
    """The id of a registered step of the accounts flow."""
    rows = stage.dataverse.rows("sdkmessageprocessingsteps")
    name = f"Koppel {ACCOUNTS}: {message} of account"
    return next(str(row["sdkmessageprocessingstepid"]) for row in rows if row["name"] == name)


def change_step(stage: Stage, **values: Any) -> None:
    stage.dataverse.update("sdkmessageprocessingsteps", step(stage, "Update"), values)


def pending(stage: Stage, table: str) -> None:
    stage.dataverse.behaviour.key_index_seconds = 60
    for key in stage.dataverse.environment.by_logical[table].definition.keys.values():
        key.since = stage.now.timestamp()


def entity(stage: Stage, name: str, **changes: Any) -> None:
    table = stage.finops.environment.tables[name]
    table.entity = replace(table.entity, **changes)


def second_company(stage: Stage, code: str) -> None:
    drop_key(stage, "cdm_company")
    company(stage, code)
