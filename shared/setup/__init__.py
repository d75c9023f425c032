"""Setting up: the preflight, and what it takes in Dataverse for changes to arrive: webhooks and change tracking."""

from shared.setup._findings import Finding, Severity
from shared.setup._inspection import Site
from shared.setup._preflight import Report, preflight, refuse_dual_write
from shared.setup._registrations import Change, Listener, Receiver
from shared.setup._webhooks import Registration, apply_webhooks, plan_webhooks

__all__ = [
    "Change",
    "Finding",
    "Listener",
    "Receiver",
    "Registration",
    "Report",
    "Severity",
    "Site",
    "apply_webhooks",
    "plan_webhooks",
    "preflight",
    "refuse_dual_write",
]
