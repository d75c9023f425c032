"""Contact persons of customers: CDS Contacts V2 in finance and operations, contacts of an account in Dataverse.

Such a contact is for no vendor and not sellable. Once it takes part in a quote or an order it is sellable, and goes
over to the flow of persons that buy, which never gives it back (reference: dual-write 1.3, 3.1, 3.3).
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
