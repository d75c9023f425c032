"""What a suite needs in Dataverse beside its webhooks, said in one file: columns, keys, numbers, forms.

Names stand there as they were published. The published prefix gives way to that of the suite's setting; where that is
the published one itself, the vendor's own solution is in place, and nothing is made beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.errors import SettingError, in_one
from shared.mapping import under

Kind = Literal["text", "bool", "int", "money", "date", "choice"]
Access = Literal["read_only", "editable"]
OURS: Final = "koppel"
"""How columns begin that are nobody else's."""
LONGEST_NAME: Final = 50
"""Characters of the name of a column or key, its prefix among them."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeclaredColumn(_Said):
    """A column that the suite needs. default: of a yes/no column true or false, of a choice the value of an option."""

    type: Kind
    label: str
    length: int = 0
    precision: int = 0
    minimum: int = 0
    maximum: int = 0
    default: int | bool | None = None
    options: Mapping[int, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.type == "text") != bool(self.length) or (self.type == "choice") != bool(self.options):
            raise ValueError("a text has a length, a choice has options, and nothing else does")
        return self


class DeclaredTable(_Said):
    """What one table needs. columns: by schema name. keys: by schema name, the columns. numbers: column to its format.

    form: section of the main form to its columns.
    """

    columns: Mapping[str, DeclaredColumn] = Field(default_factory=dict)
    keys: Mapping[str, Sequence[str]] = Field(default_factory=dict)
    numbers: Mapping[str, str] = Field(default_factory=dict)
    form: Mapping[str, Mapping[str, Access]] = Field(default_factory=dict)

    def named(self) -> dict[str, DeclaredColumn]:
        """The columns by logical name."""
        return {schema.lower(): column for schema, column in self.columns.items()}

    def placed(self) -> Iterator[tuple[str, str, Access]]:
        """Section, column and access of everything on the form."""
        for section, columns in self.form.items():
            for column, access in columns.items():
                yield section, column, access


class Declared(_Said):
    """Everything that a suite needs. published: the vendor's prefix. prefix: the one that names begin with here."""

    published: str
    tables: Mapping[str, DeclaredTable]
    prefix: str = ""

    @property
    def vendors(self) -> bool:
        """Whether the columns are those of the vendor's solution, which is used as it is."""
        return self.prefix == self.published != OURS

    def under(self, prefix: str) -> Declared:
        """The same, with names that begin with this prefix. Raises SettingError for a name that is too long."""
        found = Declared.model_validate({**_renamed(self.model_dump(), self.published, prefix), "prefix": prefix})
        names = [name for table in found.tables.values() for name in (*table.columns, *table.keys)]
        long = [name for name in names if len(name) > LONGEST_NAME]
        if long:
            what = f"names of columns and keys have at most {LONGEST_NAME} characters"
            raise SettingError(in_one(f"{', '.join(long)}: {what}", f"choose a shorter prefix than {prefix}"))
        return found


def read_declared(path: Path, prefix: str) -> Declared:
    """What a file says, under a prefix. Raises SettingError naming file and place if it cannot be used."""
    try:
        said = Declared.model_validate(yaml.load(path.read_text("utf-8"), yaml.BaseLoader))  # noqa: S506 - texts only
    except (ValidationError, yaml.YAMLError) as problem:
        raise SettingError(f"{path.name}: {problem}") from problem
    return said.under(prefix)


def _renamed(found: Any, published: str, prefix: str) -> Any:
    """Whatever begins with the published prefix, be it a name or what stands under one, begins with ours."""
    if isinstance(found, dict):
        return {_renamed(key, published, prefix): _renamed(value, published, prefix) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [_renamed(each, published, prefix) for each in found]
    return under({f"{published}_": f"{prefix}_"}, found) if isinstance(found, str) else found
