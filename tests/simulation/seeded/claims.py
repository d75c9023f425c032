"""What may still be under way, and where a version fences it."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("an entity that does not enforce versions holds up every flow", "engine._flow",
        "(side, entity.name) not in self.options.unversioned",
        "not self.options.unversioned",
        "tests/simulation/test_versions.py"),
    _of("what a preflight found stays in its process", "engine._environment",
        "    await house.learn()\n", "",
        "tests/simulation/test_versions.py"),
    _of("a delete is sent although no version fences it", "engine.record._delete",
        'if policy == "park" or (policy == "propagate" and not flow.enforces_versions(other(gone))):',
        'if policy == "park":',
        "tests/simulation/test_deletes.py", "tests/simulation/test_versions.py"),
    _of("what may land is forgotten when its create is recovered", "engine.record._recover",
        "    mine = replace(coupling, intent=intent, late=left_behind(flow, coupling, coupling.intent))\n",
        "    mine = replace(coupling, intent=intent)\n",
        "tests/simulation/test_landing.py"),
    _of("what has landed is deleted by its content alone", "engine.record._landing",
        "    return drawn and flow.enforces_versions(side) and", "    return flow.enforces_versions(side) or",
        "tests/simulation/test_landing.py"),
    _of("what has landed is deleted at any version", "engine.record._landing",
        "mine = await intend_delete(flow, coupling, side, found.version, source=side)",
        'mine = await intend_delete(flow, coupling, side, "*", source=side)',
        "tests/simulation/test_landing.py"),
    _of("that a record was gone is not kept", "engine.record._visit",
        "    coupling = await _proved(flow, coupling, gone)\n", "",
        "tests/simulation/test_landing.py"),
    _of("a tombstone is dissolved while something may land", "engine.record._reborn",
        "    if (anew := begins_anew(flow, coupling)) and now.may_land(began):\n",
        "    if (anew := begins_anew(flow, coupling)) and not began:\n",
        "tests/simulation/test_may_land.py"),
    _of("what has landed is not known once nothing can land any more", "ledger._late",
        "return moment(datetime.fromisoformat(self.until) + kept)", "return self.until",
        "tests/simulation/test_may_land.py"),
    _of("the id of a claim that found a match is not guarded", "engine.record._claim",
        "left = self.stone().replace() if claim.may_land(now) else", "left = self.stone().replace() if False else",
        "tests/simulation/test_may_land.py::test_a_create_that_found_a_match_instead_leaves_its_id_guarded"),
    _of("what was deleted before its answer was recovered is created again", "engine.record._recover_create",
        "    if side == ERP and await _was_deleted(flow, mine):\n", "    if False:\n",
        "tests/simulation/test_landing.py"),
    _of("an operator ends what may still land", "engine.record._by_hand",
        "    if until := coupling.may_land(flow.now()):", '    if until := "":',
        "tests/simulation/test_may_land.py"),
    _of("what a claim was set aside for outlasts it", "engine.record._claim",
        "entry, *over])\n", "entry])\n",
        "tests/simulation/test_numbered.py"
        "::test_what_a_claim_was_set_aside_for_goes_with_it_although_its_customer_is_gone"),
    _of("what was renamed before anybody heard of it is created again", "engine.record._aside",
        "if claim.numberless else await _renamed_unseen(flow, source, claim)", "if claim.numberless else None",
        "tests/simulation/test_prospect_accounts.py::"
        "test_a_customer_that_was_renamed_before_anybody_heard_of_it_is_not_created_again"),
    _of("a match that was cut off asks whether something was created where nothing ever is", "engine.record._aside",
        " or source.target not in flow.creates(source.rows)\n", "\n",
        "tests/simulation/test_prospect_accounts.py::"
        "test_a_match_that_was_cut_off_where_nothing_is_created_asks_nobody"),
    _of("what is wrong with a match is said before that it has another partner", "engine.record._create",
        "        if blocker is None or blocker.key == self.held.coupling.key:\n", "        if blocker is not self:\n",
        "tests/simulation/test_kept_claims.py"),
    _of("every pass takes over a claim whose record has another number by now", "engine.record._aside",
        "if source.target == ERP and coupling.erp and has_another_key(flow, source, coupling.erp):", "if False:",
        "tests/simulation/test_kept_claims.py"),
)  # fmt: skip
