"""Suites: folders of flows that a customer turns on together. Each says what stands behind its flows, and its settings.

A suite is a package `functions/<name>/` whose `SUITE` is a `Suite`. Nothing here reads a map.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Final

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from shared.engine import House, Pairs, SuiteOptions
from shared.errors import SettingError
from shared.settings import LOOKED, Settings, SuiteSettings, read_settings, words_in
from shared.setup import Finding

ROOT: Final = Path(__file__).parent
COLUMNS: Final = "columns"
NOTIFICATIONS: Final = "notifications"
CONNECTION: Final = "connection"
ADDRESSES: Final[Mapping[str, str]] = {"finops": "finops_url", "business_central": "business_central_url"}
"""For each ERP system the setting that says where it is: needed if a suite over it is on."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What nobody can see from outside, so that a person is asked to look, and to do what is said."""

    what: str
    remedy: str


Look = Callable[[House, Collection[str]], Awaitable[Sequence[Finding]]]
Beside = Callable[[House, Collection[str]], Awaitable[Sequence[Finding] | None]]
"""What of another integration, which the ERP brings itself, still runs on the tables of flows; None: it is not seen."""

Titles = Callable[[House], Awaitable[Mapping[str, str]]]
"""The names of companies by their codes."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What a suite says of itself. system: the ERP behind its flows. settings: what it can be told. published: how the
    names of its own columns begin in its maps. asks: what its preflight asks of a person. looks: what it looks for
    beside the maps, of the house and the flows that are looked at. words: what its settings may switch on in its maps,
    and MAP_SWITCHES does not. beside: looks for the integration that the ERP brings itself; pairs: reads what that has
    coupled. companies: reads what companies are called whose codes nobody knows by heart.
    """

    system: str
    settings: type[SuiteSettings] = SuiteSettings
    published: tuple[str, ...] = ()
    asks: tuple[Ask, ...] = ()
    looks: tuple[Look, ...] = ()
    words: tuple[str, ...] = ()
    beside: Beside | None = None
    pairs: Pairs | None = None
    companies: Titles | None = None


@dataclass(frozen=True, slots=True)
class Configured:
    """The settings of the house, and of the suites that are on."""

    house: Settings
    suites: Mapping[str, SuiteSettings]

    def options(self) -> dict[str, SuiteOptions]:
        """What the engine goes by."""
        return {
            name: SuiteOptions(each.named_companies(), each.owner, each.writer(), each.units(), each.unreviewed())
            for name, each in self.suites.items()
        }

    def words(self) -> dict[str, Collection[str]]:
        """By suite, the words that the `if` options of its maps may name beside those of all maps."""
        return {name: each.words() for name, each in self.suites.items()}

    def prefixes(self) -> dict[str, Mapping[str, str]]:
        """By suite, the prefix of columns as published to the one that they have in this installation."""
        return {
            name: {published: f"{each.column_prefix()}_" for published in suite(name).published}
            for name, each in self.suites.items()
        }


def suites_on() -> tuple[str, ...]:
    """The suites that are turned on, read without asking for any other setting, so that a wrong one can be reported."""
    return words_in(os.environ.get("SUITES", "dual_write"))


def shipped() -> list[str]:
    """The suites that there are, turned on or not."""
    return sorted(each.name for each in iter_modules([str(ROOT)]) if each.ispkg and each.name != "operations")


def demanded(name: str) -> str:
    """The name, if there is such a suite. Raises SettingError."""
    if name not in shipped():
        raise SettingError(f"SUITES: there is no suite {name!r}; suites: {', '.join(shipped())}")
    return name


def flow_names(name: str) -> list[str]:
    """The flows of a suite, by the modules in its folder: nothing is loaded. Raises SettingError."""
    folder = ROOT / demanded(name)
    return sorted(each.name for each in iter_modules([str(folder)]) if (folder / f"{each.name}.yaml").exists())


def setup_file(name: str) -> Path | None:
    """The file that says what a suite needs in Dataverse beside webhooks; None if nothing. Raises SettingError."""
    file = ROOT / demanded(name) / "setup" / "dataverse.yaml"
    return file if file.exists() else None


def column_modules(name: str) -> list[str]:
    """`columns`, if the suite has a module of that name: computed columns that it keeps right."""
    return [COLUMNS] if (ROOT / demanded(name) / f"{COLUMNS}.py").exists() else []


def receiver_modules(name: str) -> list[str]:
    """`notifications`, if the suite has a module of that name: what its ERP tells of all its flows at one address."""
    return [NOTIFICATIONS] if (ROOT / demanded(name) / f"{NOTIFICATIONS}.py").exists() else []


def connection_module(name: str) -> str:
    """`connection`, if the suite has a module of that name: its set-up goes by steps. Else nothing."""
    return CONNECTION if (ROOT / demanded(name) / f"{CONNECTION}.py").exists() else ""


def timers(name: str) -> list[str]:
    """What catches up by a timer of a suite: its flows, and its computed columns."""
    return [*flow_names(name), *column_modules(name)]


def suite(name: str) -> Suite:
    """What a suite says of itself. Raises SettingError if there is none of that name."""
    found = import_module(f"functions.{demanded(name)}").SUITE
    assert isinstance(found, Suite)
    return found


def prefix(name: str) -> str:
    """What the names of a suite's settings begin with."""
    return f"{name.upper()}_"


def setting_fields() -> dict[str, FieldInfo]:
    """Every setting of the house and of all suites, by its name in the environment."""
    models: dict[str, type[BaseSettings]] = {"": Settings}
    models |= {prefix(name): suite(name).settings for name in shipped()}
    return {
        f"{begins}{each}".upper(): field
        for begins, model in models.items()
        for each, field in model.model_fields.items()
    }


@cache
def configured() -> Configured:
    """The settings of this process. Raises SettingError naming every setting that is missing or wrong.

    Of the settings of a suite that is off none is read.
    """
    wrong: list[str] = []
    house = read_settings(Settings, "", wrong)
    suites: dict[str, SuiteSettings] = {}
    for name in suites_on():
        try:
            found = suite(name)
        except SettingError as problem:
            wrong.append(str(problem))
            continue
        wrong += _without_address(name, found.system)
        if (its := read_settings(found.settings, prefix(name), wrong)) is not None:
            suites[name] = its
    if wrong or house is None:
        raise SettingError("\n".join([*dict.fromkeys(wrong), LOOKED]))
    return Configured(house, suites)


def _without_address(name: str, system: str) -> list[str]:
    """What is wrong with the address of a suite's system: that nobody has set it."""
    setting = ADDRESSES[system]
    if any(each.lower() == setting and value for each, value in os.environ.items()):
        return []
    return [f"{setting.upper()}: is needed by suite {name}. {Settings.model_fields[setting].description}"]
