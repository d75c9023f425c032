"""Persons who work for an account: contacts of Sales become contact persons of the customer.

A contact that has sales activity of its own is a customer, and belongs to contacts_to_customers from then on; its
contact person stays in finance and operations as it is. One without an account and without activity belongs to nobody
(reference: prospect-to-cash 2.2, 4).
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
