"""Who wins, as a map says it: masters and policies of its lines, held against each other and against the schemas."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from shared.mapping._check_lines import Checked
from shared.mapping._grammar import ParsedLine
from shared.mapping._merge import Draft
from shared.mapping._problems import Problem
from shared.mapping._schema import MODIFIED, Entity

LATEST: Final = "latest_wins"
_OF_ALL: Final = (("conflict", "policies for conflicts", "policy"), ("master", "masters", "master"))
"""Options that lines which go together have in common, each with what it is called."""


def together(mentions: Iterable[ParsedLine]) -> Iterator[Problem]:
    """A word of `together` stands on two lines at least that flow the same way, though an overlay may part them, and
    one side wins for all of them.
    """
    words: dict[str, list[ParsedLine]] = {}
    for line in mentions:
        if word := line.options.get("together"):
            words.setdefault(word, []).append(line)
    for word, lines in words.items():
        ways = (sum(line.to_dataverse for line in lines), sum(line.to_erp for line in lines))
        if max(ways) < 2:
            what = f"no other line that flows the same way is together {word}"
            yield lines[0].problem(what, "write the same word on the lines that belong together, or drop it")
        for option, called, one in _OF_ALL:
            if len({line.options.get(option, "") for line in lines}) > 1:
                what = f"lines that are together {word} have different {called}"
                yield lines[0].problem(what, f"one side wins for all of them: write the same {one} on each, or none")


def masters(lines: Iterable[Checked], identity: Collection[str]) -> Iterator[Problem]:
    """A line has a master only where both sides could win it."""
    for line in lines:
        parsed, master = line.parsed, line.parsed.options.get("master")
        if master is None or line.erp is None or line.dataverse is None:
            continue
        if not (parsed.to_dataverse and parsed.to_erp):
            what = "flows one way: its source is its master, and no other can be named"
            yield parsed.problem(what, "drop the option, or let the line flow both ways: =")
        elif master == "dataverse" and (line.erp.create_only or line.erp.name in identity):
            what = f"the ERP does not change {line.erp.name} of a record that exists: Dataverse cannot win it"
            yield parsed.problem(what, "drop the option")


def latest(draft: Draft, lines: Iterable[Checked], sides: Iterable[Entity], policy: str) -> Iterator[Problem]:
    """`latest_wins` needs both sides to say when a record was modified. policy: the map's, for conflicts."""
    on_lines = [line.parsed for line in lines if line.parsed.options.get("conflict") == LATEST]
    for side in sides:
        time = MODIFIED[side.system]
        if side.find(time):
            continue
        what = f"latest_wins cannot work: {side.name} has no modified time"
        place = f"shared/mapping/schemas/{side.system}/{side.name}.json"
        remedy = f"use erp_wins, dataverse_wins or park; if the system shows {time} for it, add that to {place}"
        if policy == LATEST:
            yield draft.problem("policy", "conflict", what=what, remedy=remedy)
        yield from (parsed.problem(what, remedy) for parsed in on_lines)
