"""Items of Business Central and products of Sales; what the preflight tries of Business Central."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_central_items.py"
_ASLEEP: Final = "tests/simulation/test_central_items_asleep.py"
_UNITS: Final = "tests/simulation/test_central_units.py"
_REHEARSED: Final = "tests/simulation/test_central_rehearsed.py"
_DRY: Final = f"{_REHEARSED}::test_a_dry_run_of_items_comes_to_what_the_run_comes_to"

_PREFLIGHT: Final = "tests/simulation/test_central_preflight.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of(
        "a version is tried that the record has",
        "setup._central_probes",
        'f";{int(found[1]) % 9 + 1}"',
        'f";{found[1]}"',
        f"{_PREFLIGHT}::test_an_outdated_version_has_the_shape_of_one",
    ),
    _of(
        "the lists behind a flow are not tried",
        "setup._central_probes",
        "for each in (flow.erp.entity, *flow.erp.lists):",
        "for each in (flow.erp.entity,):",
        f"{_PREFLIGHT}::test_a_list_behind_a_flow_that_cannot_be_read_is_named",
    ),
    _of(
        "records of Business Central that share a key are not looked for",
        "setup._duplicates",
        'several = [" ".join(key) for key, count in keys.items() if count > 1]',
        'several = [" ".join(key) for key, count in keys.items() if count > 2]',
        f"{_PREFLIGHT}::test_what_several_records_share_is_told_before_it_parks",
    ),
    Mutant(
        "a salesperson whose user has left is told of nobody",
        "functions.business_central.looks",
        "if each and not part.scope.includes(each.row)]",
        "if each and part.scope.includes(each.row)]",
        (f"{_PREFLIGHT}::test_a_salesperson_whose_user_has_left_is_told",),
    ),
    _of(
        "a new row that an action is to bring into the scope is not made",
        "engine.record._outside",
        "row = brought(flow, _row(flow, source), flow.actions if source.target == DATAVERSE else ())",
        "row = _row(flow, source)",
        f"{_TESTS}::test_an_item_becomes_a_product_that_can_be_sold",
    ),
    _of(
        "our own draft is let go as a stranger",
        "engine.record._brought",
        "return scope.includes(row) or (side",
        "return scope.includes(row) and (side",
        f"{_TESTS}::test_an_item_becomes_a_product_that_can_be_sold",
    ),
    _of(
        "what an action brings in counts as inside when it was carried out already",
        "engine.record._brought",
        "if each.brings and not _acted(coupling.acted, each)]",
        "if each.brings]",
        f"{_ASLEEP}::test_a_product_that_becomes_a_draft_again_sleeps",
    ),
    _of(
        "a row that several make at once has an id of each one's own",
        "engine.record._act",
        "row = step.row or flow.guid()",
        "row = step.row if step.version else flow.guid()",
        f"{_TESTS}::test_two_items_at_once_make_one_price_list",
    ),
    _of(
        "a row is made without what Dataverse takes none without",
        "reconcile._creation",
        "if not new and target == DATAVERSE and line.dataverse.required:",
        "if False:",
        f"{_TESTS}::test_an_item_without_a_base_unit_becomes_no_product",
    ),
    _of(
        "what Dataverse takes no row without is emptied",
        "reconcile._reconcile",
        "if not new and target == DATAVERSE and line.dataverse.required:",
        "if False:",
        f"{_TESTS}::test_an_item_that_loses_its_base_unit_leaves_the_product_its_own",
    ),
    _of(
        "a unit is looked for in all groups",
        "mapping._check_within",
        "within = Within(_pointing(table, own), own, flow=_flow(line, owner))",
        "return lookup\n    within = Within(_pointing(table, own), own, flow=_flow(line, owner))",
        f"{_TESTS}::test_the_unit_is_that_of_its_group",
    ),
    _of(
        "a refusal does not say what can be done",
        "engine.record._refusals",
        'return f" {said}" if said else ""',
        'return ""',
        f"{_TESTS}::test_a_unit_that_changes_after_the_product_was_active_is_told_with_the_way_out",
    ),
    _of(
        "what items cost is in the base currency of Dataverse",
        "systems._exchange_rates",
        "local = await self._rates.local(client, company)\n        return",
        'local = "EUR"\n        return',
        f"{_TESTS}::test_a_price_is_in_the_local_currency_of_the_company",
    ),
    Mutant(
        "the only unit of a group is renamed though another is there",
        "functions.business_central.unit_actions",
        "if base is None or len(units) > 1:",
        "if base is None:",
        (f"{_UNITS}::test_a_group_has_a_unit_that_is_called_like_the_code",),
    ),
    Mutant(
        "the price list that we have made is known by its name alone",
        "functions.business_central.item_actions",
        "if ours := await list_of(dataverse, _id_of(name, currency)):",
        "if ours := await list_of(dataverse, _id_of(name, name)):",
        (f"{_TESTS}::test_our_list_is_known_whatever_it_is_called",),
    ),
    _of(
        "a record that is gone is listed without a name",
        "engine._named",
        "if pair and pair.is_pair else",
        "if pair and not pair.is_pair else",
        "tests/simulation/test_central_set_aside.py::test_what_is_left_of_a_pair_is_listed_by_number_and_name",
    ),
    Mutant(
        "a reference is told by its id where a person has to act",
        "shared.engine.record._observe",
        "return await flow.links.called(line, seen.company, code) if code and is_code else code",
        "return code",
        (
            f"{_TESTS}::test_a_unit_that_business_central_keeps_without_a_word_is_told_by_its_code",
            "tests/simulation/test_central_choices.py::test_a_conflict_about_a_reference_names_what_people_call_it",
        ),
    ),
    _of(
        "nothing is known of a yes or no that nobody gave a rehearsed record of the ERP",
        "systems._rehearsal",
        'False if found.type == "bool" and entity.system != DATAVERSE else None',
        "None",
        _DRY,
    ),
    _of(
        "a rehearsed record shows nothing of what is read along with it",
        "systems._rehearsal",
        "for name in entity.key], whole.row)",
        "for name in entity.key], row)",
        _DRY,
    ),
    _of(
        "a product may begin in any state",
        "reconcile._creation",
        "line.dataverse.born and new not in line.dataverse.born",
        "line.dataverse.born and not new",
        f"{_REHEARSED}::test_a_product_that_could_not_begin_so_is_told_before_anybody_refuses_it",
    ),
    _of(
        "what is created and then set aside counts as updated",
        "engine.passes._waves",
        'kind = "created" if outcome.made else outcome.kind',
        "kind = outcome.kind",
        f"{_REHEARSED}::test_what_is_created_and_then_set_aside_was_created",
    ),
    _of(
        "what is created and set aside twice counts as updated",
        "engine.passes._compare",
        "sides=sides, made=earlier.made)",
        "sides=sides)",
        f"{_REHEARSED}::test_what_is_created_and_then_set_aside_was_created",
    ),
)
