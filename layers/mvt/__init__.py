"""The wire format of Mapbox Vector Tiles 2.1, which the index and the tiles share."""
