"""Reconcile: what two observations of one record, and what was agreed before, ask to be written. Pure."""

from shared.reconcile._actions import Change, Decision, Step, stands_for
from shared.reconcile._coerced import coerced
from shared.reconcile._constants import Given, Why, causes_a_write, given, given_to_new, not_taken
from shared.reconcile._creation import created, creation, found_created
from shared.reconcile._edited import Edited, edited_lines
from shared.reconcile._plan import Kept, LineWrite, Missing, Plan, Problem, Reason
from shared.reconcile._reconcile import LEAVING, Context, is_apart, is_left_out, is_unsent, reconcile
from shared.reconcile._settle import Settlement, holds_sent, may_be_made_of, recovered, settled, stays_old
from shared.reconcile._sizes import without
from shared.reconcile._together import kept_together
from shared.reconcile._tries import Part, Riding, Tries, attempt_digest, constants_part, parts_of

__all__ = [
    "LEAVING",
    "Change",
    "Context",
    "Decision",
    "Edited",
    "Given",
    "Kept",
    "LineWrite",
    "Missing",
    "Part",
    "Plan",
    "Problem",
    "Reason",
    "Riding",
    "Settlement",
    "Step",
    "Tries",
    "Why",
    "attempt_digest",
    "causes_a_write",
    "coerced",
    "constants_part",
    "created",
    "creation",
    "edited_lines",
    "found_created",
    "given",
    "given_to_new",
    "holds_sent",
    "is_apart",
    "is_left_out",
    "is_unsent",
    "kept_together",
    "may_be_made_of",
    "not_taken",
    "parts_of",
    "reconcile",
    "recovered",
    "settled",
    "stands_for",
    "stays_old",
    "without",
]
