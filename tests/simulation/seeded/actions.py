"""Actions: what is done for a record beside its lines."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_products.py"
_UNIT: Final = "tests/unit/test_product_actions.py"
_PRODUCTS: Final = "functions.product_actions"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of(
        "what is due for a record that was just created is left to the next look",
        "engine.record._created",
        "held.coupling.erp is None or bool(flow.actions) or not (wanted or digests)",
        "held.coupling.erp is None or (not flow.actions and not (wanted or digests))",
        f"{_TESTS}::test_a_product_that_arrives_can_be_sold",
    ),
    _of(
        "what is due for a record that was just written is left to the next look",
        "engine.record._update",
        "or flows_back or (left and not work.acting))",
        "or flows_back)",
        f"{_TESTS}::test_a_new_price_reaches_the_list",
    ),
    _of(
        "a record counts as equal although something is still to be done for it",
        "engine.record._update",
        "standing_attempts(work, written.done) or left\n",
        "standing_attempts(work, written.done)\n",
        f"{_TESTS}::test_a_pass_does_what_waited_for_what_nobody_was_told_of",
    ),
    _of(
        "an action is carried out once, whatever changes afterwards",
        "engine.record._act",
        'acted.get(each.name, ("", ""))[0] != values]',
        "each.name not in acted]",
        f"{_TESTS}::test_a_new_price_reaches_the_list",
    ),
    _of(
        "what a system refused to an action is tried at every look",
        "engine.record._act",
        "if not decision.steps or attempt not in work.before:",
        "if not decision.steps or attempt not in {*()}:",
        f"{_TESTS}::test_what_the_system_refuses_parks_in_its_words_and_can_be_sent_again",
    ),
    _of(
        "an action is refused although somebody has just done the same",
        "engine.record._act",
        "printer) != attempt:\n        raise _again(work)\n",
        "printer) != attempt:\n        pass\n",
        f"{_TESTS}::test_who_sets_the_price_at_the_same_moment_is_met",
    ),
    _of(
        "the row that an action keeps is forgotten",
        "engine.record._act",
        'made = decision.row or next((each.step.row for each in done if not each.step.version), "")',
        "made = decision.row",
        f"{_TESTS}::test_a_new_unit_takes_the_item_along",
    ),
    _of(
        "nothing is told of what a lost action has done",
        "engine.record._recover_action",
        "await without_intent(flow, mine, *told(flow, mine, sent))",
        "await without_intent(flow, mine)",
        f"{_TESTS}::test_what_a_lost_worker_did_is_told",
    ),
    _of(
        "what was done for a row that somebody deleted counts for the one that is back",
        "ledger._coupling",
        "if landed else self.acted",
        "if landed and not self.acted else self.acted",
        f"{_TESTS}::test_what_comes_back_by_a_late_create_can_be_sold_again",
    ),
    _of(
        "a unit is one of any group",
        "engine.lookups._rows",
        "        if path.within:\n            conditions.append(",
        "        if path.within and not group:\n            conditions.append(",
        f"{_TESTS}::test_a_unit_is_that_of_the_group",
    ),
    _of(
        "a lookup may be within a column that the map does not give",
        "mapping._check_within",
        "        if owner is None or owner.reference is None:\n",
        "        if owner is None and not lines:\n",
        "tests/unit/mapping/test_lookups_within.py",
    ),
    Mutant(
        "the first price list is told by capital letters",
        _PRODUCTS,
        "key=lambda each: (each.name.casefold(), each.row)",
        "key=lambda each: (each.name, each.row)",
        (_UNIT,),
    ),
    Mutant(
        "a price list ends when its last day begins",
        _PRODUCTS,
        "datetime.fromisoformat(self.ends) + DAY",
        "datetime.fromisoformat(self.ends)",
        (_UNIT,),
    ),
    Mutant(
        "a person's price for another unit becomes that of the product's own",
        _PRODUCTS,
        "if each.row == kept), None)",
        "if each.row), None)",
        (_UNIT,),
    ),
    Mutant(
        "the vendor's solution and Koppel both set the price",
        _PRODUCTS,
        "all(each.target.name != VENDORS for each in found.dataverse.constants)",
        "found is not None",
        (f"{_TESTS}::test_where_the_vendors_solution_is_installed_its_steps_set_the_price",),
    ),
    Mutant(
        "a product that a person retired is sold again",
        _PRODUCTS,
        "    if product.state != DRAFT:\n",
        "    if product.state == ACTIVE:\n",
        (_UNIT,),
    ),
)  # fmt: skip
