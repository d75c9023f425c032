"""Fingerprints that tell values, or are compared with those of another key."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

STORIES: Final = "tests/simulation/test_fingerprint_keys.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a key is not laid over fingerprints", "mapping._fingerprints",
        "            made = hasher.digest()\n", "", f"{STORIES}::test_a_value_is_guessed_only_without_a_key",
        "tests/unit/mapping/test_printers.py"),
    _of("what another key made is compared as it is", "ledger._printed",
        "    if stamp == printer.stamp:\n", "    if True:\n", STORIES, "tests/unit/ledger/test_printed.py"),
    _of("a coupling does not say which keys it was written with", "ledger._printed",
        "    if not printer.number or not write.key", "    if True or not write.key", STORIES),
    _of("what was agreed before is not carried over", "ledger._printed",
        "erp=carry(each.erp), ", "", "tests/unit/ledger/test_printed.py"),
    _of("a pass leaves couplings under their former key", "engine.passes._reprint",
        "        await ledger.commit([coupling.replace()])\n", "        return\n",
        f"{STORIES}::test_a_new_key_changes_nothing_but_the_ledger"),
    _of("an instance without the key goes on", "engine._ledger_key",
        "    if is_under_another_key(house, stored):\n        here", "    if False:\n        here",
        f"{STORIES}::test_an_instance_without_the_key_writes_nothing"),
    _of("plain hashes are left at once", "engine._ledger_key",
        "GONE: Final = timedelta(minutes=15)", "GONE: Final = timedelta()",
        f"{STORIES}::test_plain_hashes_wait_until_nobody_knows_only_them"),
    _of("whoever knows no keys puts the others off", "engine._ledger_key",
        "not stored or is_ours or", "not stored or", f"{STORIES}::test_plain_hashes_wait_until_nobody_knows_only_them"),
    _of("under a lost key the master wins", "reconcile._reconcile",
        '        elif mark == "person":\n', "        elif False:\n",
        f"{STORIES}::test_a_lost_key_leaves_what_differs_to_people"),
    _of("a create that lands late is asked for under a newer key", "engine.record._content",
        "    number = _number(like)\n", "    number = flow.map.printer.number\n",
        f"{STORIES}::test_a_create_that_lands_late_is_known_under_the_key_that_it_was_sent_with"),
)  # fmt: skip
