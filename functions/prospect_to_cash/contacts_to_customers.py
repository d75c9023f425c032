"""Persons that buy: contacts of Sales with sales activity become customers of finance and operations.

Sales activity is a quote, an order or an invoice whose customer is the contact, in any state. Once a customer, always a
customer (reference: prospect-to-cash 2.3, 4).
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
