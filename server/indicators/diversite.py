"""Indicators of how a town compares with the others of the programme."""
