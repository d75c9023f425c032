"""Setting up: the preflight, what it takes in Dataverse for changes to arrive, webhooks and change tracking, and what a
suite needs there beside: columns, keys, numbers, forms.
"""

from shared.setup._administrator import as_administrator, held_by_app
from shared.setup._declared import OURS, Declared, read_declared
from shared.setup._findings import Finding, Severity
from shared.setup._finops_reader import erp_rows
from shared.setup._inspection import Site
from shared.setup._preflight import Report, preflight, refuse_dual_write
from shared.setup._registrations import Change, Listener, Receiver
from shared.setup._role import ROLE, Held, role_privileges
from shared.setup._sign_in import sign_in_finding
from shared.setup._subscribing import Ear, Step, steps
from shared.setup._suite_setup import SuiteSetup, look_at_setup, set_up, setup_findings
from shared.setup._webhooks import Registration, apply_webhooks, plan_webhooks

__all__ = [
    "OURS",
    "ROLE",
    "Change",
    "Declared",
    "Ear",
    "Finding",
    "Held",
    "Listener",
    "Receiver",
    "Registration",
    "Report",
    "Severity",
    "Site",
    "Step",
    "SuiteSetup",
    "apply_webhooks",
    "as_administrator",
    "erp_rows",
    "held_by_app",
    "look_at_setup",
    "plan_webhooks",
    "preflight",
    "read_declared",
    "refuse_dual_write",
    "role_privileges",
    "set_up",
    "setup_findings",
    "sign_in_finding",
    "steps",
]
