"""Lookups among the rows of another lookup's row: `within column`, such as a unit of the unit group that is given."""

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
    (own,) = owner.reference.lookup.paths
    code, table = _code(owner), entity("dataverse", lookup.table)
    within = Within(_pointing(table, own.table), own.table, own.key, code)
    return replace(lookup, paths=tuple(replace(path, within=within) for path in lookup.paths))


def within_findings(lines: Sequence[Checked]) -> Iterator[Problem]:
    """What is wrong with `within`: it needs a line that gives the other column one row, to which these rows point."""
    for line in lines:
        word = line.parsed.options.get("within")
        if word is None or line.reference is None or not line.is_lookup:
            continue
        owner, paths = _owner(line, lines), line.reference.lookup.paths
        if owner is None or owner.reference is None:
            remedy = f"add a line for it: - >> {word}.key default code"
            yield line.parsed.problem(f"no line gives {word} the same row for all records", remedy)
        elif len(paths) != 1 or paths[0].hops:
            yield line.parsed.problem("only a lookup by one key can be within others", "drop the option")
        elif not _pointing(entity("dataverse", paths[0].table), owner.reference.lookup.table):
            what = f"{paths[0].table} does not point to {owner.reference.lookup.table}"
            yield line.parsed.problem(what, "drop the option, or name another column")


def _owner(line: Checked, lines: Sequence[Checked]) -> Checked | None:
    """The line that gives the column a fixed row that the option names."""
    word = line.parsed.options.get("within", "").lower()
    named = (each for each in lines if each.dataverse and each.dataverse.name == word)
    return next((each for each in named if each.is_lookup and each.bound and _code(each)), None)


def _code(line: Checked) -> str:
    """The code of the row that all records point to; empty if it hangs on the company."""
    code = line.parsed.default or ""
    return "" if code.startswith("$") else code


def _pointing(table: Entity, to: str) -> str:
    """The column of a table that points to rows of another; empty if none does."""
    return next((column.name for column in table.fields.values() if to in column.targets), "")
