"""Contact persons of vendors: CDS Contacts V2 in finance and operations, contacts for a vendor in Dataverse.

A contact person that becomes sellable is a customer from then on: it goes over to the flow of persons that buy, which
never gives it back (reference: dual-write 1.3, 3.1, 3.3).
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
