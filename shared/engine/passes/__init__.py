"""Many records: passes, hints that are due, jobs over whole flows."""
