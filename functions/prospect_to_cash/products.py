"""What is sold: sellable released products of finance and operations become products of Sales.

Finance and operations is the master, and every variant has a number of its own. The unit is looked up by its symbol,
the unit group by the name that the template gives, without regard to letter case. One that arrives is put on the first
valid price list of its currency and set active: then salespeople can offer it (reference: prospect-to-cash 2.4, 3.7).
"""

from functions.flow import flow_blueprint
from functions.product_actions import PRODUCTS

ACTIONS = PRODUCTS
blueprint = flow_blueprint(__name__)
