"""Benchmarks: Koppel against a floor written by hand with the same requests and table rows, as ratios in one run."""
