"""All maps of the suites that are turned on: loaded on first use, so that a bad map stops its own flow and no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from shared.errors import MapError, NotFound
from shared.mapping._build import Continuing, build_map
from shared.mapping._document import Document, read_document
from shared.mapping._fingerprints import PLAIN, Printer
from shared.mapping._flow_map import SIDES, FlowMap
from shared.mapping._functions import Function
from shared.mapping._grammar import parse_fields
from shared.mapping._lines import Line
from shared.mapping._prefixes import document_under
from shared.mapping._problems import Fault, Problem
from shared.mapping._schema import MISTAKES, know_under

log: Final = logging.getLogger("koppel.mapping")


@dataclass(slots=True)
class Catalogue:
    """files: flow name (`suite.flow`) to its map file. overlays: flow name to overlay files, in order.

    functions: what the maps of a flow may name beside the shipped ones, asked when one does. prefixes: by suite, the
    prefix of columns as published to the one that they have in this installation. printer: makes their fingerprints.
    suite_words: by suite, what its settings switch on in its maps, beside the switches of all.
    """

    files: Mapping[str, Path]
    overlays: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    switches: Collection[str] = ()
    functions: Callable[[str], Mapping[str, Function]] = field(default=lambda _flow: {})
    prefixes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    printer: Printer = PLAIN
    suite_words: Mapping[str, Collection[str]] = field(default_factory=dict)
    _maps: dict[str, FlowMap | MapError] = field(default_factory=dict)
    _asked: dict[tuple[str, str], str] = field(default_factory=dict)
    _documents: dict[Path, Document] = field(default_factory=dict)
    _continues: dict[str, str] = field(default_factory=dict)
    _names: Sequence[str] | None = field(default=None, init=False)
    _sound: Sequence[FlowMap] | None = field(default=None, init=False)

    @property
    def names(self) -> Sequence[str]:
        """The flows that there are: a map behind a switch that is off is none, nor is one that continues another."""
        if self._names is None:
            self._names = tuple(each for each in self.files if not self.switched_off(each) and not self.continues(each))
        return self._names

    def switched_off(self, name: str) -> str:
        """The word that a flow's map asks for and that is off; empty if the map is there."""
        word = self._asked_for(name, "if")
        return word if word not in self._switches(name) else ""

    def _switches(self, name: str) -> Collection[str]:
        """The words that are on in the maps of a flow's suite."""
        return {*self.switches, *self.suite_words.get(name.partition(".")[0], ())}

    def continues(self, name: str) -> str:
        """The flow that a map continues; empty if it is a flow of its own, or names one that it cannot continue."""
        if name not in self._continues:
            self._continues[name] = self._continued_from(name)
        return self._continues[name]

    def _continued_from(self, name: str) -> str:
        to = self._continued_by(name)
        first = next((each for each in self.files if self._continued_by(each) == to), "")
        own = to.partition(".")[0] == name.partition(".")[0]
        return to if own and to in self.files and first == name and not self._continued_by(to) else ""

    def _continued_by(self, name: str) -> str:
        """The flow that a map says it continues, with its suite."""
        said = self._asked_for(name, "continues")
        return said if "." in said or not said else f"{name.partition('.')[0]}.{said}"

    def _asked_for(self, name: str, entry: str) -> str:
        """The word that stands last in the files of a map; what is no such word is reported when the map is read."""
        if (name, entry) not in self._asked:
            self._asked[name, entry] = self._word(name, entry)
        return self._asked[name, entry]

    def _word(self, name: str, entry: str) -> str:
        try:
            found = [each.data.get(entry) for each in self._files_of(name)]
        except MapError:
            return ""
        return next((word for word in reversed(found) if isinstance(word, str)), "")

    def words(self) -> set[str]:
        """Every word of a switch that a map, or a line of one, asks for, as far as the files can be read."""
        return {word for name in self.files for word in self._words_of(name)}

    def _words_of(self, name: str) -> Iterator[str]:
        try:
            documents = self._files_of(name)
        except MapError:
            return
        for each in documents:
            lines, _ = parse_fields(str(each.data.get("fields", "")), each.file, 0)
            yield from filter(None, (str(each.data.get("if", "")), *(line.options.get("if", "") for line in lines)))

    def map(self, name: str) -> FlowMap:
        """The map of a flow. Raises NotFound, or MapError with every problem in its files."""
        if name not in self.files:
            raise NotFound(f"there is no flow {name!r}; flows: {', '.join(self.names) or 'none'}")
        if word := self.switched_off(name):
            raise NotFound(
                f"{name} is off: its map is there only with the switch {word} (MAP_SWITCHES, or a setting of its suite)"
            )
        if flow := self.continues(name):
            raise NotFound(f"{name} is no flow of its own: its map continues {flow}")
        if name not in self._maps:
            self._maps[name] = self._load(name)
        found = self._maps[name]
        if isinstance(found, MapError):
            raise MapError(found.problems)
        return found

    def _load(self, name: str) -> FlowMap | MapError:
        try:
            flows = [each for each in self.files if not self.continues(each)]
            own, then = partial(self.functions, name), self._continuing(name)
            words = self._switches(name)
            return build_map(name, self._read(name), words, flows, own, self.switched_off, then, self.printer)
        except MapError as problem:
            return problem
        except Fault as fault:
            return MapError([fault.at(self.files[name].name, 0, name)])
        except MISTAKES as mistake:
            log.exception("the map of %s cannot be built", name)
            what, remedy = f"cannot be built: {type(mistake).__name__}: {mistake}", "the log says where it broke"
            return MapError([Problem(self.files[name].name, 0, name, what, remedy)])

    def _continuing(self, name: str) -> Continuing | None:
        """The map that continues a flow's, if there is one."""
        then = next((each for each in self.files if self.continues(each) == name), "")
        if not then or self.switched_off(then):
            return None
        return Continuing(then, self._read(then), partial(self.functions, then))

    def _read(self, name: str) -> list[Document]:
        """The files of a flow's map, with the columns as this installation has them."""
        prefixes = self.prefixes.get(name.partition(".")[0], {})
        know_under(prefixes)
        return [document_under(prefixes, each) for each in self._files_of(name)]

    def _files_of(self, name: str) -> list[Document]:
        """The files of a flow's map as they are written. Raises MapError."""
        return [self._document(path) for path in (self.files[name], *self.overlays.get(name, ()))]

    def _document(self, path: Path) -> Document:
        if path not in self._documents:
            self._documents[path] = read_document(path)
        return self._documents[path]

    def sound(self) -> Sequence[FlowMap]:
        """Every map that can be used."""
        if self._sound is None:
            self._sound = tuple(found for found in map(self._found, self.names) if found)
        return self._sound

    def of_table(self, table: str) -> list[FlowMap]:
        """Every map that can be used of the flows that keep rows of a Dataverse table."""
        return [found for found in self.sound() if found.dataverse.entity.name == table]

    def _found(self, name: str) -> FlowMap | None:
        try:
            return self.map(name)
        except MapError:
            return None

    def keeper(self, suite: str, table: str, key: str) -> FlowMap | None:
        """The flow of a suite that keeps a Dataverse table equal, its rows addressed by that key column.

        None for a table that several flows of the suite share: none of them can say whose a code is.
        """
        keepers = [found for found in self.of_table(table) if found.suite == suite]
        return keepers[0] if len(keepers) == 1 and code_place(keepers[0], key) is not None else None

    def order(self, names: Collection[str] | None = None) -> list[str]:
        """Flow names such that every flow comes after those that its lookups, or its map by name, need.

        Deferred lookups need nothing.
        """
        chosen = [found for found in self.sound() if names is None or found.name in names]
        placed: list[str] = []
        while len(placed) < len(chosen):
            left = [found for found in chosen if found.name not in placed]
            ready = [found for found in left if not self._needs(found) & {each.name for each in left} - {found.name}]
            placed += [found.name for found in (ready or left[:1])]
        return placed

    def needed_by(self, name: str) -> list[str]:
        """The flows that a flow comes after, in order. In a circle those that come first need nothing of the rest."""
        order = self.order()
        return [each for each in order[: order.index(name)] if each in self._needs(self.map(name))]

    def circles(self) -> Mapping[tuple[str, ...], Sequence[str]]:
        """Flows of which records that name each other wait for each other for ever, to the lines that make them wait.

        A map that does so by itself is refused.
        """
        found: dict[tuple[str, ...], dict[str, None]] = {}
        for side in SIDES:
            waits = [(each.name, line.name, to) for each in self.sound() for line in each.lookups
                     if line.waits and line.source != side for to in self._meant(each.suite, line)]  # fmt: skip
            after = _reached({(name, to) for name, _, to in waits})
            for name, line, to in waits:
                if name in after.get(to, ()):
                    circle = tuple(sorted(each for each in after[name] if name in after.get(each, ())))
                    found.setdefault(circle, {})[f"{name}: {line}"] = None
        return {circle: list(lines) for circle, lines in found.items()}

    def _meant(self, suite: str, line: Line) -> set[str]:
        """The flows of a suite that keep what a lookup may mean."""
        assert line.lookup is not None
        paths = {(path.table, path.key) for path in line.lookup.paths if not path.hops}
        kept = {each.name for table, key in paths for each in self.of_table(table)
                if each.suite == suite and code_place(each, key) is not None}  # fmt: skip
        return kept | {*line.lookup.via}

    def _needs(self, found: FlowMap) -> set[str]:
        needed: set[str] = set()
        for line in found.lookups:
            if line.lookup is None or line.deferred:
                continue
            keepers = [self.keeper(found.suite, each.table, each.key) for each in line.lookup.paths]
            needed |= {keeper.name for keeper in keepers if keeper} | {*line.lookup.via}
        return needed | {*found.after, *found.needs}


def _reached(steps: Collection[tuple[str, str]]) -> Mapping[str, Collection[str]]:
    """For each name, those that its steps lead to, over however many."""
    reached: dict[str, set[str]] = {}
    for name, to in steps:
        reached.setdefault(name, set()).add(to)
    for middle in list(reached):
        for each in reached.values():
            each.update(reached[middle] if middle in each else ())
    return reached


def code_place(found: FlowMap, key: str) -> int | None:
    """Where in the ERP identity the code stands that a Dataverse key column holds.

    None if the column alone, with the company, does not identify a record of the flow.
    """
    company = found.company.erp.name if found.company else ""
    rest = [name for name in found.identity if name != company]
    line = next((line for line in found.lines if line.dataverse.name == key and line.erp.name in rest), None)
    return found.identity.index(line.erp.name) if line and len(rest) == 1 else None
