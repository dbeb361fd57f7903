"""The XML of layer definitions (.qlr) and projects (.qgs, zipped .qgz), from QGIS 3.16 on.

Each layer has two sources: its features (OGC API - Features), which can be queried and selected,
and its vector tiles, which show any number of them. What is shown first depends on their number.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from pyproj import CRS
from pyproj.enums import WktVersion

from layers.catalogue import Layer
from server.ogc.qgis import styles
from server.ogc.texts import title

Box = tuple[float, float, float, float]
VERSION = "3.16.0-Hannover"
# More features than these are shown as tiles until somebody wants the features themselves.
MANY = 20_000
SOURCE_ZOOM = 16
CORNERS = ("xmin", "ymin", "xmax", "ymax")
EPOCH = (1980, 1, 1, 0, 0, 0)
# In a project, layers of these themes wait until somebody wants them: they would hide the others.
WAITING = ("sales", "income-cells", "facilities", "services", "addresses", "parcels")
# What lies on top is drawn last: points over lines over areas, tables at the end.
ORDER = ("Point", "Line", "Polygon", None)


@dataclass(frozen=True)
class Source:
    """One source of a layer: as QGIS's provider names it, with where it is."""

    id: str
    name: str
    provider: str
    address: str
    shown: bool


def sources(layer: Layer, base: str, language: str) -> list[Source]:
    """Return the sources of a layer: features, then tiles where it has geometry.

    Args:
        layer: the layer.
        base: address of the OGC API.
        language: of the titles; a fictitious layer is labelled in them.
    """
    name, many = title(layer.record, language), (layer.version.rows or 0) > MANY
    features = (
        f" pagingEnabled='true' restrictToRequestBBOX='1' srsname='OGC:CRS84'"
        f" typename='{layer.id}' url='{base}'"
    )
    found = [Source(f"{layer.id}_features", name, "OAPIF", features, shown=not many)]
    if styles.family(layer):
        words = {"fr": "tuiles vectorielles", "en": "vector tiles"}[language]
        tiles = f"{base}/collections/{layer.id}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
        address = f"type=xyz&url={quote(tiles, safe=':/')}&zmin=0&zmax={SOURCE_ZOOM}"
        found.append(Source(f"{layer.id}_tiles", f"{name} ({words})", "vectortile", address, many))
    return found


def layer_definition(layer: Layer, base: str, language: str) -> bytes:
    """Return a layer definition: both sources of one layer, styled."""
    root = Element("qlr")
    tree = SubElement(root, "layer-tree-group", name="", checked="Qt::Checked", expanded="1")
    _fill(tree, SubElement(root, "maplayers"), [layer], base, language)
    return _written("qgis-layer-definition", root)


def project(
    name: str, layers: Sequence[Layer], base: str, view: Box, epsg: int, language: str
) -> bytes:
    """Return a zipped project of some layers.

    Args:
        name: title of the project.
        layers: its layers, in any order.
        base: address of the OGC API.
        view: what is shown first, in metres of the projection.
        epsg: the projection, a legal one.
        language: of the titles.
    """
    root = Element("qgis", version=VERSION, projectname=name)
    SubElement(root, "title").text = name
    _crs(SubElement(root, "projectCrs"), f"EPSG:{epsg}")
    tree = SubElement(root, "layer-tree-group")
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    SubElement(canvas, "units").text = "meters"
    extent = SubElement(canvas, "extent")
    corners = dict(zip(CORNERS, (f"{value:.2f}" for value in view), strict=True))
    for key, value in corners.items():
        SubElement(extent, key).text = value
    _crs(SubElement(canvas, "destinationsrs"), f"EPSG:{epsg}")
    ordered = sorted(layers, key=lambda layer: ORDER.index(styles.family(layer)))
    _fill(tree, SubElement(root, "projectlayers"), ordered, base, language)
    waiting = {layer.id for layer in layers if layer.record.theme in WAITING}
    for node in tree:
        if node.get("id", "").rsplit("_", 1)[0] in waiting:
            node.set("checked", "Qt::Unchecked")
    # Without this entry QGIS passes over the project's own CRS.
    enabled = SubElement(SubElement(root, "properties"), "SpatialRefSys")
    SubElement(enabled, "ProjectionsEnabled", type="int").text = "1"
    settings = SubElement(root, "ProjectViewSettings", UseProjectScales="0")
    _crs(SubElement(settings, "DefaultViewExtent", corners), f"EPSG:{epsg}")
    return _zipped(_written("qgis", root))


def _written(kind: str, root: Element) -> bytes:
    return f"<!DOCTYPE {kind}>\n{tostring(root, 'unicode')}".encode()


def _zipped(content: bytes) -> bytes:
    """Return a zip of one project, the same bytes for the same content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        member = zipfile.ZipInfo("project.qgs", EPOCH)
        archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _fill(
    tree: Element, parent: Element, layers: Sequence[Layer], base: str, language: str
) -> None:
    """Add the sources of layers to the tree that QGIS shows and to the list that it reads."""
    for layer in layers:
        for source in sources(layer, base, language):
            SubElement(
                tree, "layer-tree-layer", id=source.id, name=source.name, expanded="0",
                providerKey=source.provider, source=source.address,
                checked="Qt::Checked" if source.shown else "Qt::Unchecked",
            )  # fmt: skip
            parent.append(_layer(layer, source))


def _layer(layer: Layer, source: Source) -> Element:
    tiled, kind = source.provider == "vectortile", styles.family(layer)
    root = Element("maplayer", type="vector-tile" if tiled else "vector")
    for name, text in (
        ("id", source.id),
        ("datasource", source.address),
        ("layername", source.name),
        ("provider", source.provider),
    ):
        SubElement(root, name).text = text
    _crs(SubElement(root, "srs"), "EPSG:3857" if tiled else "OGC:CRS84")
    if tiled:
        assert kind
        root.append(_tile_renderer(kind, layer))
        return root
    root.set("geometry", kind or "No geometry")
    if kind:
        root.append(styles.renderer(layer))
    return root


def _tile_renderer(kind: str, layer: Layer) -> Element:
    """Return the renderer of tiles: one plain style, which any kind of geometry needs."""
    root = Element("renderer", type="basic")
    codes = {"Point": "0", "Line": "1", "Polygon": "2"}
    facts = {
        "name": layer.id, "layer": layer.id, "enabled": "1", "geometry": codes[kind],
        "expression": "", "min-zoom": "-1", "max-zoom": "-1",
    }  # fmt: skip
    style = SubElement(SubElement(root, "styles"), "style", facts)
    SubElement(style, "symbols").append(styles.symbol(kind, styles.colour(layer), "0"))
    return root


def _crs(parent: Element, authid: str) -> None:
    """Name a CRS, with its definition: QGIS does not look up a name alone."""
    of = SubElement(parent, "spatialrefsys")
    SubElement(of, "wkt").text = CRS.from_user_input(authid).to_wkt(WktVersion.WKT2_2019)
    SubElement(of, "authid").text = authid
