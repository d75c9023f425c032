"""Organisations that buy: accounts of Sales become customers of finance and operations.

Every account does; Sales is the master, and nothing comes back. Dual-write has the two addresses the other way round:
here the first one is the main address and the second one that of deliveries (reference: prospect-to-cash 1, 2.1).
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
