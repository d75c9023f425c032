"""Golden scenarios: what Koppel is for, in a few words each, and how each has to end, whoever dies meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from tests.simulation import scenes
from tests.simulation.crashes import Scenario
from tests.simulation.golden_sales import SALES_SCENARIOS
from tests.simulation.rig import ACCOUNT
from tests.simulation.test_owners import CONSUMERS, PERSONS

ONE: Final = [(ACCOUNT, "Contoso")]
IN_SYNC: Final = {"erp": ONE, "dataverse": ONE, "couplings": ["coupled"], "lost": [], "open": [], "aside": []}
NOTHING: Final = {**IN_SYNC, "erp": [], "dataverse": [], "couplings": ["deleted"]}


def names(erp: str, dataverse: str | None = None) -> dict[str, Any]:
    return {"erp": [(ACCOUNT, erp)], "dataverse": [(ACCOUNT, dataverse or erp)]}


def _of_name(name: str, prepare: Any, end: Mapping[str, Any], policy: str = "", **options: Any) -> Scenario:
    act = options.pop("act", scenes.pump)
    return Scenario(name, partial(scenes.maps, policy), prepare, act, scenes.stand, {**IN_SYNC, **end}, **options)


NUMBER_UNKNOWN: Final = {"erp": [], "couplings": ["claimed"], "aside": ["maybe-created"]}
E_PAIR: Final = [("E-1", "Contoso"), ("E-2", "Contoso")]
PAIR: Final = {"erp": E_PAIR, "dataverse": E_PAIR, "invoiced": [("E-1", "E-2"), ("E-2", "E-1")],
               "couplings": ["coupled", "coupled"]}  # fmt: skip
THREE: Final = [("E-1", "Contoso"), ("E-2", "Contoso"), ("E-3", "Contoso")]
LOADED: Final = [("E-1", "Contoso"), ("E-2", "Contoso by hand"), ("E-3", "Contoso")]
BAD_CUSTOMER: Final = {"erp": LOADED, "dataverse": LOADED, "couplings": ["coupled"] * 3, "lost": ["Contoso"]}
GOOD_ACCOUNTS: Final = [("D-1", "Contoso"), ("D-3", "Contoso")]
BAD_ACCOUNT: Final = {"erp": GOOD_ACCOUNTS, "dataverse": sorted([*GOOD_ACCOUNTS, ("D-2", "Contoso")]),
                      "couplings": ["coupled"] * 2, "aside": ["required"]}  # fmt: skip
NUMBERED: Final = {"erp": [("US-000001", "Contoso")], "dataverse": [("US-000001", "Contoso")]}
BOTH: Final = [("D-1", "Dataverse"), ("E-1", "ERP")]
STRANGERS: Final = {**IN_SYNC, "erp": BOTH, "dataverse": BOTH, "couplings": ["coupled"] * 2}
LOST_ERP: Final = {**names("Dataverse"), "lost": ["ERP"]}
TWICE: Final = {**names("Contoso AG"), "lost": ["Contoso Ltd"]}
LOST_DATAVERSE: Final = {**names("ERP"), "lost": ["Dataverse"]}

SCENARIOS: Final = (
    _of_name("a customer of the ERP is created in Dataverse", scenes.new_customer, {}),
    _of_name("an account of Dataverse is created in the ERP", scenes.new_account, {}),
    _of_name("a record keyed in twice is matched", scenes.on_both_sides, TWICE),
    _of_name("an edit goes to Dataverse", scenes.edits({"OrganizationName": "ERP"}, {}), names("ERP")),
    _of_name("an edit goes to the ERP", scenes.edits({}, {"name": "Dataverse"}), names("Dataverse")),
    _of_name("edits of both sides are merged",
             scenes.edits({"SalesMemo": "ERP"}, {"name": "Dataverse"}), names("Dataverse")),
    _of_name("a plug-in refuses one of three values", scenes.one_refused_value,
             {**names("ERP"), "aside": ["plug-in"]}),
    _of_name("the ERP refuses a group that is cleared", scenes.group_cleared,
             {**names("Dataverse"), "aside": ["required"]}),
    _of_name("a conflict: Dataverse wins", scenes.QUARREL, LOST_ERP),
    _of_name("a conflict: the ERP wins", scenes.QUARREL, LOST_DATAVERSE, "conflict: erp_wins"),
    _of_name("a conflict parks", scenes.QUARREL, {**names("ERP", "Dataverse"), "open": [("ERP", "Dataverse")]},
             "conflict: park"),
    _of_name("a delete in the ERP is carried over", scenes.gone_in_erp, NOTHING),
    _of_name("a delete in Dataverse is carried over", scenes.gone_in_dataverse, NOTHING),
    _of_name("a delete on both sides", scenes.gone_on_both_sides, NOTHING),
    _of_name("a delete uncouples", scenes.gone_in_erp, {"erp": [], "couplings": ["uncoupled"]}, "delete: uncouple"),
    _of_name("a delete is made good", scenes.gone_in_erp, {}, "delete: restore"),
    _of_name("a delete parks", scenes.gone_in_dataverse, {"dataverse": [], "aside": ["deleted"]}, "delete: park"),
    _of_name("a delete against an unseen edit in Dataverse", partial(scenes.gone_in_erp, name="Unseen"),
             {"erp": [], "dataverse": [(ACCOUNT, "Unseen")], "aside": ["deleted-edited"]}),
    _of_name("a delete against an unseen edit in the ERP", partial(scenes.gone_in_dataverse, OrganizationName="Unseen"),
             {"erp": [(ACCOUNT, "Unseen")], "dataverse": [], "aside": ["deleted-edited"]}),
    _of_name("a deleted record is keyed in again", scenes.reborn, {}),
    _of_name("a deleted account is made again", scenes.made_again, {}),
    _of_name("a deleted account is made again, and its customer was edited",
             partial(scenes.made_again, OrganizationName="Contoso Ltd"), {"lost": ["Contoso Ltd"]}),
    _of_name("a record leaves the scope", scenes.out_of_scope, {"couplings": ["dormant"]}),
    _of_name("a record leaves the scope and is uncoupled", scenes.out_of_scope, {"couplings": ["uncoupled"]},
             "leaves: uncouple"),
    _of_name("a record leaves the scope and is deleted", scenes.out_of_scope,
             {"erp": [], "couplings": ["deleted"]}, "leaves: delete", judged=False),
    _of_name("a record comes back into the scope", scenes.back_in_scope, names("ERP")),
    _of_name("a rename is followed", scenes.renamed,
             {"erp": [("US-777", "Contoso")], "dataverse": [("US-777", "Contoso")]}, "key_change: rename"),
    _of_name("a customer pays for itself", scenes.pays_for_itself, {"invoiced": [(ACCOUNT, ACCOUNT)]}),
    _of_name("customers pay for each other", scenes.pay_for_each_other, PAIR),
    _of_name("accounts pay for each other", scenes.accounts_pay_for_each_other, PAIR),
    _of_name("a customer waits for its currency", scenes.waits_for_currency, {}),
    _of_name("a number that belongs to another record", scenes.number_taken,
             {"dataverse": [("D-9", "Contoso"), (ACCOUNT, "Another")], "aside": ["key-changed", "taken"]}),
    _of_name("an account is keyed in while it is created", scenes.the_same_account,
             {**names("Contoso by hand"), "lost": ["Contoso"]}),
    _of_name("a customer is keyed in while it is created", scenes.the_same_customer, {"lost": ["Contoso by hand"]}),
    _of_name("the ERP numbers a customer", partial(scenes.new_account, number=None), NUMBERED, told=False,
             ends=[NUMBER_UNKNOWN]),
    _of_name("an initial load in which Dataverse refuses one", scenes.one_bad_customer, BAD_CUSTOMER,
             act=scenes.load, told=False),
    _of_name("an initial load in which the ERP refuses one", scenes.one_bad_account, BAD_ACCOUNT,
             act=scenes.load, told=False),
    _of_name("a losing value is restored", scenes.quarrel_looked_at, names("ERP"), "conflict: dataverse_wins",
             ends=[LOST_ERP, LOST_DATAVERSE, {**names("ERP"), "lost": ["ERP"]}], act=scenes.take_back, decides=True,
             told=False),  # what arrives late is our own write, of which no event tells
    _of_name("a conflict is decided", scenes.quarrel_looked_at,
             {**names("ERP"), "lost": ["Dataverse"]}, "conflict: park",
             ends=[{**IN_SYNC, **names("ERP", "Dataverse"), "open": [("ERP", "Dataverse")]}],
             act=scenes.decide, decides=True),
    _of_name("two records are coupled by hand", scenes.strangers,
             {"erp": [("E-1", "Dataverse")], "dataverse": [("D-1", "Dataverse")], "lost": ["ERP"],
              "aside": ["key-changed"]}, ends=[STRANGERS], act=scenes.couple_by_hand, told=False),
    _of_name("an initial load is undone", scenes.loaded,
             {"erp": [("B-1", "Contoso"), ("E-1", "Contoso")],
              "dataverse": [("B-1", "Contoso"), ("D-1", "Contoso")], "couplings": []}, judged=False),
    Scenario("a review creates what only the ERP has", scenes.maps, scenes.reviewed, scenes.pump, scenes.with_review,
             {"erp": THREE, "dataverse": THREE, "couplings": ["coupled"] * 3, "aside": [], "review": "finished",
              "is the one": True}, told=False),
    Scenario("a contact is handed over", scenes.maps_of_contacts, scenes.sellable_contact, scenes.pump, scenes.contacts,
             {"states": (["dormant"], ["coupled"]), "erp": (["C-1"], 1), "aside": []},
             flows=(PERSONS, CONSUMERS)),
    *SALES_SCENARIOS,
)  # fmt: skip
