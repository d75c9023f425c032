"""What Business Central tells: subscriptions that are lost, or trusted, and orders that nobody carries out."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

PLANNED: Final = "tests/unit/setup/test_subscribing.py"
KEPT: Final = "tests/simulation/test_central_subscriptions.py"
TOLD: Final = "tests/functions/test_notifications.py"
KEEPER: Final = "functions.business_central.subscriptions"
RECEIVER: Final = "functions.business_central.notifications"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a subscription is renewed when it has ended", "setup._subscribing",
        "now >= found.half_life", "now >= found.expires", f"{PLANNED}::test_what_is_to_be_done"),
    _of("the secret of one list proves all of them", "setup._subscribing",
        "{self.environment}\\n{resource.address}", "{self.environment}",
        f"{PLANNED}::test_a_secret_is_good_for_one_list_of_one_environment"),
    _of("the secret of an environment is good in its copy", "setup._subscribing",
        "{self.environment}\\n{resource.address}", "{resource.address}",
        f"{PLANNED}::test_a_secret_is_good_for_one_list_of_one_environment"),
    _of("subscriptions of others are taken for ours", "setup._subscribing",
        "or ear.knows(each.resource, each.state)]", "or True]", f"{KEPT}::test_somebody_elses_is_left_alone"),
    _of("a paused flow gets a new subscription", "setup._subscribing",
        "        elif makes:\n", "        else:\n", f"{KEPT}::test_a_paused_flow_keeps_its_own_and_gets_no_new_one"),
    _of("a subscription that has ended is kept", "setup._subscribing",
        "if each.expires > now]", "if each]", f"{PLANNED}::test_what_is_to_be_done"),
    _of("an order to catch up is dropped unread", "engine.passes._due",
        "if await catch_up(house, name, out_of_time, tally):", "if True:",
        f"{KEPT}::test_a_subscription_that_is_lost_in_the_middle"),
    _of("deletes that were not told one by one are not looked for", "engine.passes._due",
        "    if order.value.get(WHOLE):\n", "    if False:\n", f"{TOLD}::test_a_collection_is_read_by_a_pass"),
    _of("a flow that was stopped is still to catch up", "engine.passes._pump",
        'if order is not None and found["state"] == "not running":', "if False:",
        f"{TOLD}::test_an_order_waits_for_its_flow"),
    _of("an address of another form is nobody's", "systems._subscriptions",
        "route = head.rpartition(_APIS)[2]", "route = head.removeprefix(_APIS)",
        f"{TOLD}::test_addresses_in_any_form"),
    Mutant("what a flow was not told of is not caught up with", KEEPER,
           'if step.what in {"make", "repair"} or found.id not in ids:', "if False:",
           (f"{KEPT}::test_a_subscription_that_is_lost_in_the_middle",)),
    Mutant("a subscription that nobody has noted was never silent", KEEPER,
           'if step.what in {"make", "repair"} or found.id not in ids:', 'if step.what in {"make", "repair"}:',
           (f"{KEPT}::test_one_that_the_ledger_does_not_know_of",)),
    Mutant("after a start subscriptions wait for their turn", KEEPER,
           "first = not self.looked and", "first = False and",
           (f"{KEPT}::test_they_are_looked_at_first_after_a_start",)),
    Mutant("an environment that nobody has confirmed is subscribed to", KEEPER,
           "        await recheck_environment(self.here)\n", "",
           (f"{KEPT}::test_a_copy_is_subscribed_to_once_a_person_has_confirmed_it",)),
    Mutant("a list that is refused holds the others up", KEEPER,
           "except (Denied, Rejected, Refused, Exists) as problem:", "except Denied as problem:",
           (f"{KEPT}::test_one_refused_list_does_not_hold_up_the_others",)),
    Mutant("a map that cannot be read loses its flow its subscription", KEEPER,
           ' or (step.what == "remove" and not self.needs.whole)', "",
           (f"{KEPT}::test_a_map_that_cannot_be_read_loses_its_flow_nothing",)),
    Mutant("whoever knows an address may tell anything", RECEIVER,
           "isinstance(state, str) and ear.knows(about.resource, state) else None", "isinstance(state, str) else None",
           (f"{TOLD}::test_a_wrong_secret_is_dropped_without_a_word",)),
    Mutant("a thousand records leave a thousand hints", RECEIVER,
           "    if len(told.records) > MANY:\n        kept", "    if False:\n        kept",
           (f"{TOLD}::test_a_thousand_items",)),
    Mutant("what is told of a whole list is nobody's", RECEIVER,
           "if not told.listed and len(told.records) <= MANY:", "if len(told.records) <= MANY:",
           (f"{TOLD}::test_a_collection_is_read_by_a_pass",)),
    Mutant("an end that was told is taken back by what came before", RECEIVER,
           'if self.records.get(identity) != "delete":', "if True:",
           (f"{TOLD}::test_the_end_of_a_record_counts_in_any_order",)),
    Mutant("a call as large as Business Central makes it is refused", RECEIVER,
           "json_body(req, LARGEST)", "json_body(req)", (f"{TOLD}::test_a_large_call_is_taken",)),
)  # fmt: skip
