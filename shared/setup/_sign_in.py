"""What to do when a system refuses us. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.errors import KoppelError, TryLater
from shared.setup._findings import Finding

_REMEDIES: Final[Sequence[tuple[str, str, str]]] = (
    ("", "sign-in for", "check ENTRA_TENANT_ID, ENTRA_CLIENT_ID and ENTRA_CLIENT_SECRET, or the managed identity"),
    ("Dataverse", "0x80072560", "create an application user for the app registration, and give it a security role"),
    ("Dataverse", "0x80040225", "enable the application user of the app registration"),
    ("Dataverse", "401", "check that DATAVERSE_URL is the environment's own address"),
    ("F&O", "401", "register the app in F&O: System administration > Setup > Microsoft Entra ID applications"),
    ("F&O", "403", "give the service user of the app a role in F&O"),
    (
        "Business Central",
        "401",
        "enable the app, with permission sets, on the page Microsoft Entra Applications",
    ),
    ("Business Central", "403", "give the app permission sets on the page Microsoft Entra Applications"),
    ("Dataverse", "403", "give the application user of the app a security role"),
)
"""System (empty: any), what its refusal says, and the remedy; the first that fits."""


def sign_in_finding(system: str, problem: KoppelError) -> Finding:
    """The finding for a sign-in that failed: the registration, user or role that is missing."""
    if isinstance(problem, TryLater):
        return Finding("error", f"{system} cannot be reached: {problem}", "check its address, and whether it is up")
    text = str(problem)
    fits = (remedy for name, part, remedy in _REMEDIES if name in {"", system} and part in text)
    return Finding("error", f"{system} refuses the sign-in: {text}", next(fits, "check the app registration"))
