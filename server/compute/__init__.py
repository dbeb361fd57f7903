"""Computation over many towns: what must be computed, by whom, and what becomes of it."""
