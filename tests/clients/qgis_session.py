"""Run inside QGIS's own Python: open what the server offers, draw it, tell what was seen.

Usage: qgis_session.py WHAT ADDRESS PICTURE, with WHAT one of features, tiles, qlr, qgz.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsLayerDefinition,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QEventLoop, QSize
from qgis.PyQt.QtGui import QColor

WHITE = QColor(255, 255, 255)


def draw(layers, crs, extent, picture):
    """Draw layers and return how many pixels are not white."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(crs)
    settings.setExtent(extent)
    settings.setOutputSize(QSize(700, 700))
    settings.setBackgroundColor(WHITE)
    job = QgsMapRendererParallelJob(settings)
    # Providers that download need the event loop while the job draws.
    loop = QEventLoop()
    job.finished.connect(loop.quit)
    job.start()
    loop.exec_()
    image = job.renderedImage()
    image.save(picture)
    points = ((x, y) for x in range(0, 700, 2) for y in range(0, 700, 2))
    colours = {}
    for x, y in points:
        name = image.pixelColor(x, y).name()
        colours[name] = colours.get(name, 0) + 1
    colours.pop("#ffffff", None)
    return {"painted": sum(colours.values()), "colours": len(colours)}


def features(address, picture):
    source = f"pagingEnabled='true' restrictToRequestBBOX='1' srsname='OGC:CRS84' {address}"
    layer = QgsVectorLayer(source, "layer", "OAPIF")
    found = {"valid": layer.isValid(), "all": layer.featureCount()}
    extent = layer.extent()
    west = QgsRectangle(
        extent.xMinimum(), extent.yMinimum(), extent.center().x(), extent.yMaximum()
    )
    request = QgsFeatureRequest().setFilterRect(west)
    found["west"] = sum(1 for _ in layer.getFeatures(request))
    layer.setSubsetString("status = 'vacant'")
    found["vacant"] = sum(1 for _ in layer.getFeatures())
    layer.setSubsetString("")
    return found | draw([layer], layer.crs(), extent, picture)


def tiles(address, picture):
    layer = QgsVectorTileLayer(address, "tiles")
    crs = QgsCoordinateReferenceSystem("EPSG:3857")
    france = QgsRectangle(-600_000, 5_000_000, 1_100_000, 6_700_000)
    return {"valid": layer.isValid()} | draw([layer], crs, france, picture)


def opened(layers):
    """Tell what a file brought: title, validity, provider, renderer of each layer."""
    return [
        {
            "name": layer.name(),
            "valid": layer.isValid(),
            "provider": layer.providerType() if layer.type() == layer.VectorLayer else "vectortile",
            "renderer": layer.renderer().type() if layer.renderer() else None,
            "legend": [item.label() for item in layer.renderer().legendSymbolItems()]
            if layer.type() == layer.VectorLayer and layer.renderer()
            else [],
        }
        for layer in layers
    ]


def qlr(address, picture):
    project = QgsProject.instance()
    done, message = QgsLayerDefinition.loadLayerDefinition(
        address, project, project.layerTreeRoot()
    )
    nodes = project.layerTreeRoot().findLayers()
    shown = [node.layer() for node in nodes if node.itemVisibilityChecked()]
    layer = shown[0]
    crs = QgsCoordinateReferenceSystem("EPSG:2154")
    move = QgsCoordinateTransform(layer.crs(), crs, project)
    extent = move.transformBoundingBox(layer.extent())
    found = {"done": done, "message": message, "layers": opened([n.layer() for n in nodes])}
    return found | draw(shown, crs, extent, picture)


def qgz(address, picture):
    project = QgsProject.instance()
    done = project.read(address)
    nodes = project.layerTreeRoot().findLayers()
    shown = [node.layer() for node in nodes if node.itemVisibilityChecked()]
    view = project.viewSettings().defaultViewExtent()
    extent = QgsRectangle(view.xMinimum(), view.yMinimum(), view.xMaximum(), view.yMaximum())
    found = {
        "done": done,
        "title": project.title(),
        "crs": project.crs().authid(),
        "view": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
        "layers": opened([node.layer() for node in nodes]),
    }
    return found | draw(shown, project.crs(), extent, picture)


application = QgsApplication([], False)
application.initQgis()
what, address, picture = sys.argv[1:]
print("\n" + json.dumps({"features": features, "tiles": tiles, "qlr": qlr, "qgz": qgz}[what](
    address, picture)), flush=True)  # fmt: skip
application.exitQgis()
