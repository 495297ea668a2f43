"""Benchmarks: one module per table of figures; `python -m benchmarks NAME`."""
