"""Reconcile: what two observations of one record, and what was agreed before, ask to be written. Pure."""

from shared.reconcile._coerced import coerced
from shared.reconcile._creation import created, creation, found_created
from shared.reconcile._plan import Kept, LineWrite, Missing, Plan, Problem
from shared.reconcile._reconcile import Context, reconcile
from shared.reconcile._settle import Settlement, recovered, settled

__all__ = [
    "Context",
    "Kept",
    "LineWrite",
    "Missing",
    "Plan",
    "Problem",
    "Settlement",
    "coerced",
    "created",
    "creation",
    "found_created",
    "reconcile",
    "recovered",
    "settled",
]
