"""Files that QGIS opens: a layer definition of each collection, a project of each town."""

from server.ogc.qgis.doors import Qgis

__all__ = ["Qgis"]
