"""The payments of a schedule, known by the schedule and their number in it (reference: dual-write 1.8).

Dataverse keeps the schedule twice: as a lookup, and as the name of the line, which only the ERP writes.
"""

from functions.flow import flow_blueprint

blueprint = flow_blueprint(__name__)
