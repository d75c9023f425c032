"""Functions beside the shipped ones: of a flow's own module, and of the files that a consultant names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from importlib.util import module_from_spec, spec_from_file_location
from inspect import getmembers, isfunction
from pathlib import Path
from types import ModuleType

from shared.mapping._functions import Function
from shared.mapping._problems import Fault
from shared.mapping._shipped_functions import SHIPPED
from shared.mapping._wording import alike, listed

Own = Callable[[], Mapping[str, Function]]
"""Functions that are loaded when a map asks for the first. May raise Fault."""


def functions_of(module: ModuleType) -> Mapping[str, Function]:
    """The public functions that a module defines. What it imports is not among them."""
    own = [call for name, call in getmembers(module, isfunction)
           if call.__module__ == module.__name__ and not name.startswith("_")]  # fmt: skip
    version = _version(Path(module.__file__ or "")) if own else ""
    return {call.__name__: Function.of(call, version) for call in own}


def functions_in(files: Iterable[Path]) -> Mapping[str, Function]:
    """The public functions of these Python files. Raises Fault for a file that cannot be loaded."""
    return all_functions(*(functions_of(_loaded(path)) for path in files))


def all_functions(*sources: Mapping[str, Function]) -> Mapping[str, Function]:
    """Functions of several sources. Raises Fault where two have one name, or one has that of a shipped function."""
    found: dict[str, Function] = {}
    for each in (each for source in sources for each in source.values()):
        if each.name in SHIPPED:
            raise Fault(f"Koppel ships a function {each.name}", "give your own another name")
        if each.name in found:
            raise Fault(f"two functions are called {each.name}", "give one of them another name")
        found[each.name] = each
    return found


@dataclass
class Functions:
    """What the lines of one map may name after `fn`."""

    own: Own = field(default=dict)

    @cached_property
    def known(self) -> Mapping[str, Function]:
        """All of them, by name. Raises Fault where the map's own cannot be loaded."""
        return {**SHIPPED, **self.own()}

    def find(self, name: str) -> Function:
        """The function of that name. Raises Fault with the name that was probably meant if there is none."""
        if name in self.known:
            return self.known[name]
        near = alike(name, self.known)
        remedy = f"write {near}" if near else f"use one of {listed(sorted(self.known))}, or write your own"
        raise Fault(f"there is no function {name!r}", f"{remedy}; docs/maps.md says where your own stand")


def _loaded(path: Path) -> ModuleType:
    name = f"koppel_functions_{blake2b(str(path).encode(), digest_size=8).hexdigest()}"
    found = spec_from_file_location(name, path)
    assert found is not None and found.loader is not None  # noqa: PT018 - one fact: it is a file of Python
    module = module_from_spec(found)
    sys.modules[name] = module  # what the file defines looks its annotations up there
    try:
        found.loader.exec_module(module)
    except Exception as problem:  # noqa: BLE001 - whatever a consultant's file raises is told to the consultant
        del sys.modules[name]
        raise Fault(f"{path.name} cannot be loaded: {type(problem).__name__}: {problem}", "correct the file") from None
    return module


def _version(path: Path) -> str:
    """Stands for what a file says, whatever its line ends are."""
    return blake2b("\n".join(path.read_text("utf-8").splitlines()).encode(), digest_size=8).hexdigest()
