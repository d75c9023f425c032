"""One record: looked at, coupled, written, recovered; and what a person decides about it."""
