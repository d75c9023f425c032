"""Lookups among the rows of another row: `within column`, such as a unit of the unit group that the map gives, or
`within flow`, such as a unit of the group that this flow couples with what the same code means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from shared.mapping._check_lines import Checked
from shared.mapping._lines import Lookup, Within
from shared.mapping._problems import Problem
from shared.mapping._schema import Entity, entity


def narrowed(line: Checked, lines: Sequence[Checked]) -> Lookup:
    """The lookup of a line that is sound, with the rows that count."""
    assert line.reference is not None
    lookup, owner = line.reference.lookup, _owner(line, lines)
    if owner is None or owner.reference is None:
        return lookup
    table, own = entity("dataverse", lookup.table), _table(owner)
    within = Within(_pointing(table, own), own, flow=_flow(line, owner))
    if not within.flow:
        (path,) = owner.reference.lookup.paths
        within = replace(within, key=path.key, code=_code(owner))
    return replace(lookup, paths=tuple(replace(path, within=within) for path in lookup.paths))


def within_findings(lines: Sequence[Checked]) -> Iterator[Problem]:
    """What is wrong with `within`: it needs a line that gives the other column one row, or goes by the flow that is
    named, and rows that point to what that line points to.
    """
    for line in lines:
        word = line.parsed.options.get("within")
        if word is None or line.reference is None or not line.is_lookup:
            continue
        owner, paths = _owner(line, lines), line.reference.lookup.paths
        if owner is None or owner.reference is None:
            remedy = f"add a line for it: - >> {word}.key default code; or name the flow that another line goes by"
            yield line.parsed.problem(f"no line gives {word} the same row for all records", remedy)
        elif len(paths) != 1 or paths[0].hops:
            yield line.parsed.problem("only a lookup by one key can be within others", "drop the option")
        elif not _pointing(entity("dataverse", paths[0].table), _table(owner)):
            what = f"{paths[0].table} does not point to {_table(owner)}"
            yield line.parsed.problem(what, "drop the option, or name another column")


def _owner(line: Checked, lines: Sequence[Checked]) -> Checked | None:
    """The line that gives the column that the option names a fixed row, or goes by the flow that it names."""
    word = line.parsed.options.get("within", "").lower()
    named = (each for each in lines if each.dataverse and each.dataverse.name == word)
    fixed = next((each for each in named if each.is_lookup and each.bound and _code(each)), None)
    return fixed or next((each for each in lines if each.is_lookup and not each.is_option and _flow(line, each)), None)


def _flow(line: Checked, owner: Checked) -> str:
    """The flow that the option names, if another line goes by it; empty if that one does not."""
    word, via = line.parsed.options.get("within", ""), owner.reference.lookup.via if owner.reference else ()
    said = dict(zip(owner.parsed.flows, via, strict=True)) if via else {}
    return said.get(word, word if word in via else "")


def _table(owner: Checked) -> str:
    """The table that a line points to."""
    assert owner.reference is not None and owner.dataverse is not None  # noqa: PT018 - it is a lookup
    return owner.reference.lookup.table or next(iter(owner.dataverse.targets))


def _code(line: Checked) -> str:
    """The code of the row that all records point to; empty if it hangs on the company."""
    code = line.parsed.default or ""
    return "" if code.startswith("$") else code


def _pointing(table: Entity, to: str) -> str:
    """The column of a table that points to rows of another; empty if none does."""
    return next((column.name for column in table.fields.values() if to in column.targets), "")
