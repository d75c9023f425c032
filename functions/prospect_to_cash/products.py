"""What is sold: sellable released products of finance and operations become products of Sales.

Finance and operations is the master, and every variant has a number of its own. The unit is looked up by its symbol,
the unit group by the name that the template gives, without regard to letter case (reference: prospect-to-cash 2.4).
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
