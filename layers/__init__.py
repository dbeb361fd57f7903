"""Layers: the catalogue, the lake of versions, its serving index, queries, readers and writers."""
