"""Codes that go, and references that go with them."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_codes.py"
THERE: Final = "tests/simulation/test_renamed_codes.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a reference that was emptied is somebody's clearing", "engine._emptied",
        "if line.source != DATAVERSE}\n    if bases:", "if line.source == DATAVERSE}\n    if bases:",
        HERE),
    _of("whoever clears a reference is not believed", "engine._emptied",
        "    return all(await asyncio.gather(", "    return bool(await asyncio.gather(",
        HERE),
    _of("who a reference was to is not known any more once that has another row", "engine._links",
        "    for prefix in (COUPLING, FORMER):\n", "    for prefix in (COUPLING,):\n",
        HERE),
    _of("a coupling with one end gone serves lookups", "engine._links",
        "        return not pair.aside or not await self.is_gone(target, pair, side)\n", "        return True\n",
        HERE),
    _of("a row that a system misses is pointed to all the same", "engine._emptied",
        '    if getattr(refusal, "cause", "") != NOT_FOUND:\n', '    if getattr(refusal, "cause", "") != "":\n',
        HERE),
    _of("nobody is told of a row that a system misses", "engine._emptied",
        "        await target.ledger.store_hint(side, (row_id,) if side == DATAVERSE else pair.identity, MISSED)\n", "",
        HERE),
    _of("references that were emptied read as if somebody hid them", "engine._blanked",
        "        number = blank - await _emptied(", "        number = blank - 0 * await _emptied(",
        HERE),
    _of("a code with the same content was not renamed, seen from its old end", "engine.record._rename",
        "    same = await holding_the_same(flow, coupling, left)\n", "    same: list[tuple[str, ...]] = []\n",
        THERE),
    _of("a code with the same content was not renamed, seen from its new end", "engine.record._rename",
        "return await held_the_same(flow, source) or", "return",
        THERE),
    _of("a code that shares a text with another was renamed", "engine.record._codes",
        "        if base[0] != fingerprint(line.comparable(value)):\n            return False\n", "",
        THERE),
    _of("nobody asks where those went who named a code", "engine.record._rename",
        "    for identities in (same, await named_by_the_same(flow, coupling)):\n", "    for identities in (same,):\n",
        THERE),
    _of("nobody asks where those came from who name a new code", "engine.record._rename",
        " or await was_named_by_the_same(flow, source.identity)", "",
        THERE),
    _of("what was not found is never looked for again", "engine.record._troubles",
        'return flow.compares and refused["code"] == NOT_FOUND', "return False",
        "tests/simulation/test_refusals.py"),
    _of("a code that is gone is restored all the same", "engine.record._conflicts",
        "    if code is None or not await flow.links.is_named(line, company, code):\n", "    if False:\n",
        "tests/simulation/test_conflicts.py"),
    _of("whatever a reference means nothing for, its record is to come yet", "engine._links",
        '        return self._whys.get((table, fold(company), value), "")\n', '        return ""\n',
        "tests/simulation/test_references.py"),
    _of("people read the ids of rows in place of their codes", "reconcile._reconcile",
        "        return (self.context.code_of(line, value) if line.lookup and value else None) or value\n",
        "        return value\n",
        "tests/unit/reconcile/test_keys.py"),
    _of("a code stops its flow where nobody may see who names it", "engine.record._codes",
        "    except (Denied, Refused, Rejected):\n        return []\n", "    except Refused:\n        return []\n",
        THERE),
    _of("people read the mark of a code that means nobody", "engine.record._observe",
        "return value.code if isinstance(value, Unresolved) else self", "return self",
        "tests/simulation/test_explain.py"),
)  # fmt: skip
