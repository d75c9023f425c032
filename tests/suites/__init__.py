"""Suites that only tests know: they prove that a suite is a folder, and nothing else."""
