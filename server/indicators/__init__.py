"""Indicators: pure functions of a perimeter and layers, each with its text in ``config``."""
