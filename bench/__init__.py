"""Benchmarks, run by hand: `make bench`, or one with `.venv/bin/python -m bench.pages`. Nothing here is a test."""
