"""The engine: visits, passes, jobs and the pump. One module per step of a record's way through the house."""

from shared.engine._actions import RecordAction
from shared.engine._beside import WAY_OUT, clash, demand_alone, rivals
from shared.engine._blanked import blanked, confirm_blank
from shared.engine._budget import Budget, BudgetSpent
from shared.engine._chosen import choose_flows, chosen_flows, demand_chosen
from shared.engine._discreet import journaled
from shared.engine._environment import (
    ENVIRONMENT,
    LostLedger,
    OtherEnvironment,
    check_environment,
    confirm_environment,
    demand_environment,
    demand_ledger,
    environments,
    known_of,
    ledger_trouble,
    recheck_environment,
    set_up_ledger,
)
from shared.engine._explain import explain
from shared.engine._flow import TAKEN, WOKEN, Flow, Options, Outcome, Wake
from shared.engine._house import LIVE, House, Pairs, Upgrade
from shared.engine._named import called_now, called_still, known_by, record_named
from shared.engine._needed import demand_needed, waivable, waive
from shared.engine._reports import approve, demand_approval, demand_current, demand_to_go_on, report, terms_of
from shared.engine._review import Choice, Entry, Review, Stays, left_out, stored_review
from shared.engine._states import (
    LISTENING,
    Action,
    FlowState,
    allow,
    demand_at_rest,
    flow_in,
    is_chosen,
    is_loading,
    other_map,
    set_state,
    state_checked,
    state_of,
)
from shared.engine._suite_options import SuiteOptions
from shared.engine._titles import CAUSES, title
from shared.engine._turned_back import TurnedBack, confirm_side, look_again, turned_back
from shared.engine.passes._aims import aims
from shared.engine.passes._compare import EmptySource
from shared.engine.passes._copy import LAST_COPY, drop_copy, list_copies, start_copy
from shared.engine.passes._done_by import COUPLED, DONE, both_ends, coupled_by, written_by
from shared.engine.passes._due import ask_to_catch_up
from shared.engine.passes._feed import overlapping
from shared.engine.passes._given import Given
from shared.engine.passes._jobs import catch_up, work_on
from shared.engine.passes._kept import keep_told, kept_by
from shared.engine.passes._later import longest_standing
from shared.engine.passes._orders import (
    COUPLE,
    OPEN,
    SEND,
    SURVIVORS,
    UNCOUPLE,
    UPGRADE,
    JobKind,
    demand_free,
    demand_not_forgetting,
    held_until,
    job,
    jobs,
    notes,
    start_job,
    start_upgrade,
    stop_job,
)
from shared.engine.passes._pairs import ALL, paired_companies, start_pairs
from shared.engine.passes._permits import while_live
from shared.engine.passes._pump import Pumped, pump, sync_now, take_hint
from shared.engine.passes._restore import start_restore
from shared.engine.passes._review_orders import choose, open_review, restart, start_review, why_not_to_start
from shared.engine.passes._reviews import conduct
from shared.engine.passes._waves import Tally, visit_all
from shared.engine.record._by_hand import clear, couple, uncouple
from shared.engine.record._called import is_id
from shared.engine.record._conflicts import (
    CONFLICTS,
    accept,
    cause_of,
    conflict_rows,
    decided_before,
    restore,
    shown_conflict,
)
from shared.engine.record._erase import erase
from shared.engine.record._held import release_held
from shared.engine.record._send import send
from shared.engine.record._survivor import decide_survivor, demand_remade, lost_side
from shared.engine.record._visit import visit

__all__ = [
    "ALL",
    "CAUSES",
    "CONFLICTS",
    "COUPLE",
    "COUPLED",
    "DONE",
    "ENVIRONMENT",
    "LAST_COPY",
    "LISTENING",
    "LIVE",
    "OPEN",
    "SEND",
    "SURVIVORS",
    "TAKEN",
    "UNCOUPLE",
    "UPGRADE",
    "WAY_OUT",
    "WOKEN",
    "Action",
    "Budget",
    "BudgetSpent",
    "Choice",
    "EmptySource",
    "Entry",
    "Flow",
    "FlowState",
    "Given",
    "House",
    "JobKind",
    "LostLedger",
    "Options",
    "OtherEnvironment",
    "Outcome",
    "Pairs",
    "Pumped",
    "RecordAction",
    "Review",
    "Stays",
    "SuiteOptions",
    "Tally",
    "TurnedBack",
    "Upgrade",
    "Wake",
    "accept",
    "aims",
    "allow",
    "approve",
    "ask_to_catch_up",
    "blanked",
    "both_ends",
    "called_now",
    "called_still",
    "catch_up",
    "cause_of",
    "check_environment",
    "choose",
    "choose_flows",
    "chosen_flows",
    "clash",
    "clear",
    "conduct",
    "confirm_blank",
    "confirm_environment",
    "confirm_side",
    "conflict_rows",
    "couple",
    "coupled_by",
    "decide_survivor",
    "decided_before",
    "demand_alone",
    "demand_approval",
    "demand_at_rest",
    "demand_chosen",
    "demand_current",
    "demand_environment",
    "demand_free",
    "demand_ledger",
    "demand_needed",
    "demand_not_forgetting",
    "demand_remade",
    "demand_to_go_on",
    "drop_copy",
    "environments",
    "erase",
    "explain",
    "flow_in",
    "held_until",
    "is_chosen",
    "is_id",
    "is_loading",
    "job",
    "jobs",
    "journaled",
    "keep_told",
    "kept_by",
    "known_by",
    "known_of",
    "ledger_trouble",
    "left_out",
    "list_copies",
    "longest_standing",
    "look_again",
    "lost_side",
    "notes",
    "open_review",
    "other_map",
    "overlapping",
    "paired_companies",
    "pump",
    "recheck_environment",
    "record_named",
    "release_held",
    "report",
    "restart",
    "restore",
    "rivals",
    "send",
    "set_state",
    "set_up_ledger",
    "shown_conflict",
    "start_copy",
    "start_job",
    "start_pairs",
    "start_restore",
    "start_review",
    "start_upgrade",
    "state_checked",
    "state_of",
    "stop_job",
    "stored_review",
    "sync_now",
    "take_hint",
    "terms_of",
    "title",
    "turned_back",
    "uncouple",
    "visit",
    "visit_all",
    "waivable",
    "waive",
    "while_live",
    "why_not_to_start",
    "work_on",
    "written_by",
]
