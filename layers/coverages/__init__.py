"""Rasters as coverages: which cells a request means, their values, and the formats they go in."""
