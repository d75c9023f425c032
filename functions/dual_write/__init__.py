"""The integrated customer master: finance and operations and Dataverse, as published for dual-write."""
