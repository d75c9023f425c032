"""What a lookup means: from the ERP's code to the id of a Dataverse row, and back."""

from shared.engine.lookups._links import Links
from shared.engine.lookups._targets import Target, called_by

__all__ = ["Links", "Target", "called_by"]
