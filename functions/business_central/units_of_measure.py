"""Units of measure: each is a unit group with that one unit (reference: business-central 2.9, 3.6).

The group is called as the product calls it, so that groups which it has made are found again. A code that is renamed
renames the group, and the unit in it.
"""

from functions.business_central.unit_actions import UnitOfGroup
from functions.flow import flow_blueprint
from shared.mapping import function

blueprint = flow_blueprint(__name__)
TAKES_OVER = 204  # the table behind it, as the product's own couplings name it

PREFIX = "NAV "


def unit_of_group(name: str) -> str:
    """The code of the unit that a group stands for, in whatever letters a person has typed its name. Raises ValueError
    for a group of another name.
    """
    if name[: len(PREFIX)].upper() != PREFIX:
        raise ValueError(f"{name!r} is no unit group of Business Central: their names begin with {PREFIX.strip()}")
    return name[len(PREFIX) :]


ACTIONS = (UnitOfGroup(unit_of_group),)


@function(version=1, inverse=unit_of_group)
def unit_group_name(code: str) -> str:
    """What the group of a unit is called."""
    return f"{PREFIX}{code}"
