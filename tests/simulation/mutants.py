"""Seeded bugs: one rule of the engine broken at a time, in memory, to see that the laws and the tests bite.

A mutant is a piece of source and what stands in its place when its module is loaded in a process of its own. Nothing of
this is ever written to a file, and the product knows nothing of it.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Final

PLUGIN: Final = "tests.simulation.mutants"
VARIABLE: Final = "KOPPEL_MUTANT"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One seeded bug. tests: what catches it where no history can, as pytest arguments."""

    name: str
    module: str
    old: str
    new: str
    tests: tuple[str, ...] = ()


def _of(name: str, module: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(name, f"shared.{module}", old, new, tests)


MUTANTS: Final = (
    _of("Dataverse is updated without If-Match", "systems._dataverse",
        '"Prefer": _returning(entity, columns), "If-Match": version}', '"Prefer": _returning(entity, columns)}'),
    _of("F&O is updated without If-Match", "systems._finops", '{**_RETURNING, "If-Match": version}', "_RETURNING"),
    _of("a delete in Dataverse has no If-Match", "systems._dataverse",
        '{**WRITING, "If-Match": version})\n        )', "WRITING)\n        )",
        "tests/unit/systems/dataverse/test_deleting.py"),
    _of("a row of Dataverse that may not be read is taken for gone", "systems._dataverse_errors",
        "    if status in {401, 403}:\n        return Denied(text)\n",
        "    if status in {401, 403}:\n        return Gone(text)\n",
        "tests/unit/systems/dataverse/test_reading.py"),
    _of("a record of the ERP that may not be read is taken for gone", "systems._finops_errors",
        "    if status in {401, 403}:\n        return Denied(text)\n",
        "    if status in {401, 403}:\n        return Gone(text)\n",
        "tests/unit/systems/finops/test_reading.py"),
    _of("a row of Dataverse is created before it is claimed", "engine.record._create",
        "        held = await claim(flow, wake, source)\n",
        "        sound = not source.plan.problems and not source.plan.missing\n"
        "        if sound and source.target == DATAVERSE and not await matches(flow, source):\n"
        '            early = Coupling(flow.guid(), source.identity, "claimed")\n'
        "            try:\n"
        "                await Creation(Claim(flow, wake, source, early))._send()\n"
        "            except (Exists, Rejected):\n"
        "                pass\n"
        "        held = await claim(flow, wake, source)\n"),
    _of("a row that was merged into another is kept equal", "engine.record._visit",
        '    if dataverse.row.get("merged") is True:\n', "    if False:\n"),
    _of("the cursor moves before its page is worked on", "engine.passes._catch_up",
        "            await self._page(page)\n            moved = self._moved(page)\n"
        "            if moved != self.lease.cursor:\n                await self.lease.checkpoint(moved)\n",
        "            moved = self._moved(page)\n            if moved != self.lease.cursor:\n"
        "                await self.lease.checkpoint(moved)\n            await self._page(page)\n",
        "tests/simulation/test_catch_up.py"),
    _of("a coupling is stored without its index row", "ledger._coupling",
        "return writes + ([self.insert_index()] if self.erp else [])", "return writes"),
    _of("a 412 is taken for success", "engine.record._update",
        "        except (Stale, Gone):\n            written.again = True\n            break",
        "        except (Stale, Gone):\n            written.done.append(side)"),
    _of("what was written to the ERP is put back as it was", "engine.record._update",
        "    return await flow.system(side).update(part.entity, identity, body, version, part.columns)\n",
        "    answer = await flow.system(side).update(part.entity, identity, body, version, part.columns)\n"
        '    edits = [each for each in work.plan.on(ERP) if each.reason == "edit"]\n'
        "    if side == DATAVERSE or not edits:\n        return answer\n"
        "    before = [(flow.map.lines[each.index], each.old) for each in edits]\n"
        "    body = body_of(flow, side, before, work.seen.codes)\n"
        "    return await flow.system(side).update(part.entity, identity, body, answer.version, part.columns)\n"),
    _of("what was sent to Dataverse is agreed, not what is stored", "engine.record._update",
        "written.values = (erp, work.flow.map.dataverse.read(answer.row))",
        "written.values = (erp, [{w.index: w.new for w in work.plan.on(side)}.get(i, v)"
        " for i, v in enumerate(dataverse)])",
        "tests/simulation/test_coercion.py"),
    _of("a losing value is not kept", "engine.record._work",
        "conflicts = await self._conflict_rows(operation)", "conflicts = []"),
    _of("a delete is carried over against an unseen edit", "engine.record._delete",
        "if await edited(flow, coupling, other(gone), left):", "if False:"),
    _of("deletes know no budget", "engine.record._delete",
        "        await self.flow.budget.spend(self.flow.map.name)\n", "",
        "tests/simulation/test_endings.py"),
    _of("a hint is dropped whatever its version", "ledger._rows",
        'Write("delete", self.key, etag=self.etag)', 'Write("delete", self.key, etag="*")',
        "tests/simulation/test_in_between.py"),
    _of("a hint is dropped although the record moved", "engine.record._update",
        "finished = hint is not None and not again and written.later is None", "finished = hint is not None",
        "tests/simulation/test_in_between.py"),
    _of("recovery begins without taking over", "engine.record._recover",
        "    mine = await take_over(flow, coupling)\n", "    mine = coupling\n",
        "tests/simulation/test_recovery.py"),
    _of("recovery takes the old value at a new version for not done", "engine.record._recover",
        "        elif value == line.comparable(each.old):\n            rulings.marks[line.definition] = source\n",
        "        elif value == line.comparable(each.old):\n",
        "tests/simulation/test_recovery.py"),
    _of("recovery forgets where the target moved", "engine.record._recover",
        '        else:\n            rulings.marks[line.definition] = "policy"\n', "",
        "tests/simulation/test_recovery.py"),
    _of("silent agreement without a second look", "engine.record._update", "    if plan.confirm:\n", "    if False:\n",
        "tests/simulation/test_in_between.py"),
    _of("a pass that meets an intent leaves no hint", "engine.record._conclude",
        "    if wake.hint is None:\n", "    if False:\n",
        "tests/simulation/test_in_between.py"),
    _of("an empty visit drops its hint without the coupling", "engine.record._update",
        "await work.flow.ledger.commit([work.coupling.replace(), hint.drop()])",
        "await work.flow.ledger.commit([hint.drop()])",
        "tests/simulation/test_in_between.py"),
    _of("conflict rows of a write that failed stay", "engine.record._update",
        'return [Write("delete", key, etag="*") for key in intent.conflicts', "return [] and [key for key in ()",
        "tests/simulation/test_in_between.py"),
    _of("a deferred line is forgotten", "reconcile._creation",
        "        if line.index in deferred:\n            marks[line.definition] = source\n        elif",
        "        if"),
    _of("a compare pass does not look at what it reads", "engine.passes._compare",
        "            await self._compare(side, page)\n", ""),
    _of("a reference to a coupling that has ended", "engine._links",
        "return coupling.dataverse if coupling and coupling.state in _ALIVE else None",
        "return coupling.dataverse if coupling else None",
        "tests/simulation/test_in_between.py"),
    _of("a create that was found is taken for what we see now", "engine.record._create",
        "found_created(self.flow.map, source.side, source.values, stored)",
        "created(self.flow.map, source.side, source.values, source.plan, None)",
        "tests/simulation/test_repairs.py"),
    _of("a pass repeats a delete that was refused", "engine.record._delete",
        "refused = None if self.wake.hint else self._refused(other(gone), left)", "refused = None",
        "tests/simulation/test_repairs.py"),
    _of("a pass moves the patience of waiting rows", "engine.passes._waiting",
        "for row in rows if not all_of_them else ():", "for row in rows:"),
    _of("rows of records that are gone stay for ever", "engine.passes._compare",
        "return await self._visit_set_aside(phase)", "return True",
        "tests/simulation/test_endings.py"),
    _of("a cleared field that loses is not kept", "reconcile._reconcile",
        "(loser or self._known(line))", "loser",
        "tests/unit/reconcile/test_conflicts.py"),
    _of("an edit on the target of a one-way line stays", "reconcile._reconcile",
        '            self._flow(line, line.source, values, "edit" if (left if line.source == ERP else right)'
        ' else "put_back")',
        "            self.agree.append(line.index)",
        "tests/simulation/test_visits.py"),
    _of("a transaction without an answer is believed in", "ledger._commit",
        "            if isinstance(problem, Unanswered):\n                raise\n",
        '            if isinstance(problem, Unanswered):\n                return ["x"] * len(stamped)\n',
        "tests/unit/ledger/test_commits.py"),
    _of("missing records are not looked for", "engine.passes._compare",
        "return await self._visit_missing(side)", "return True"),
    _of("`already exists` is taken for our own success", "engine.record._create",
        "        found = await matches(self.flow, self.source)\n        if len(found) == 1:",
        "        found = await matches(self.flow, self.source)\n        if found:\n"
        "            return await self._couple_created(None)\n        if len(found) == 1:",
        "tests/simulation/test_in_between.py"),
    _of("refused writes are tried in every pass", "engine.record._update",
        "    if not out:\n        return plan\n", "    return plan\n"),
    _of("a tombstone leaves its index behind", "ledger._coupling",
        'return writes + ([Write("delete", self.index_key, etag="*")] if self.index_key else [])', "return writes",
        "tests/simulation/test_endings.py"),
    _of("a conflict has no loser", "reconcile._reconcile",
        "            self._conflict(line, values)\n        else:\n            self._flow(line, ERP if left",
        '            self._flow(line, ERP, values, "edit")\n        else:\n            self._flow(line, ERP if left'),
    _of("a claim is given back although its request may be under way", "engine.record._create",
        "        except Unanswered:\n            raise\n        except KoppelError:\n", "        except KoppelError:\n",
        "tests/simulation/test_recovery.py", "tests/simulation/test_crashes.py", "tests/simulation/test_visits.py"),
    _of("nobody asks which flow has a contact", "engine._owners",
        "        if owner == self.ledger.flow:\n", "        if True:\n", "tests/simulation/test_owners.py"),
    _of("what leaves a flow's scope is not told to its heir", "engine._owners",
        '            await self.documents.put(row, {"flow": self.heir.name, "claim": ""})\n'
        "        await self.poke(self.heir.name, row_id)\n",
        '            await self.documents.put(row, {"flow": self.heir.name, "claim": ""})\n',
        "tests/simulation/test_owners.py"),
    _of("a conflict stays undecided when it is none any more", "reconcile._reconcile",
        "            self.over.append(line.index)\n", "            pass\n", "tests/unit/reconcile/test_conflicts.py"),
    _of("a recovery leaves what stood for the record before", "engine.record._recover",
        "[settled.replace(), *await _stale_rows(flow, mine)]", "[settled.replace()]",
        "tests/simulation/test_recovery.py"),
    _of("what the ERP numbered and nobody finds any more is created again", "engine.record._create",
        "if there is None and was_numbered(self.held.coupling):", "if False:",
        "tests/simulation/test_numbered.py"),
    _of("a catch-up begins at the last mark: nothing overlaps", "engine.passes._catch_up",
        """return overlapping(self.lease.cursor, page.mark, self.flow.clock()) if page.mark else self.lease.cursor""",
        "return page.mark or self.lease.cursor",
        "tests/simulation/test_catch_up.py"),
    _of("a claim whose source is gone is given back unseen", "engine.record._recover_create",
        "if await flow.read(target, mine.identity(target)) is not None:", "if False:",
        "tests/simulation/test_recovery.py"),
    _of("an old job goes on under a new one", "engine.passes._jobs",
        '        return brings_up(value["id"], found)\n', "        return True\n",
        "tests/simulation/test_jobs.py"),
    _of("the end of a job overrules what an operator said meanwhile", "engine._states",
        "lambda found: brings_up(job, found), state", "lambda found: True, state",
        "tests/simulation/test_jobs.py"),
)  # fmt: skip


class Hook(MetaPathFinder):
    """Loads one module with its seeded bug."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.mutant.module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        assert spec is not None and spec.origin is not None  # noqa: PT018 - one fact
        spec.loader = _Loader(fullname, spec.origin, self.mutant)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, mutant: Mutant) -> None:
        super().__init__(fullname, path)
        self.mutant = mutant

    def get_code(self, fullname: str) -> CodeType | None:
        source = self.get_data(self.path).decode()
        if source.count(self.mutant.old) != 1:
            raise LookupError(f"{self.mutant.name}: {fullname} no longer says what it breaks")
        return compile(source.replace(self.mutant.old, self.mutant.new), self.path, "exec", dont_inherit=True)


def infect(number: int) -> Mutant:
    """Seeds a bug in this process, before the module is loaded."""
    mutant = MUTANTS[number]
    assert mutant.module not in sys.modules, f"{mutant.module} is loaded already"
    sys.meta_path.insert(0, Hook(mutant))
    return mutant


def hunt(number: int, seeds: int) -> str:
    """Plays histories in this process, which must be a new one, until a law is broken: which, and in which history."""
    infect(number)
    logging.getLogger("stamina").setLevel(logging.ERROR)
    logging.getLogger("koppel").setLevel(logging.CRITICAL + 1)
    play = import_module("tests.simulation.story").play
    for seed in range(seeds):
        try:
            broken = play(seed).broken
        except Exception as problem:  # noqa: BLE001 - a bug may end a history in any way
            return f"seed {seed} ends with {problem!r}"
        if broken:
            return f"seed {seed}: {broken[0]}"
    return ""


def by_tests(number: int) -> str:
    """Runs the tests that are to catch a mutant; the first that fails."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        PLUGIN,
        *MUTANTS[number].tests,
    ]
    environment = {**os.environ, VARIABLE: str(number)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0] if failed else ""


if VARIABLE in os.environ:  # pytest loads this module as a plugin, before any other
    infect(int(os.environ[VARIABLE]))
