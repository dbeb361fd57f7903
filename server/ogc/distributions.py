"""The forms in which a layer can be had, for records and DCAT."""

from __future__ import annotations

from dataclasses import dataclass

from layers.catalogue import Layer
from layers.coverages import coveragejson, geotiff
from layers.writers import formats
from server.ogc import links

FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type"
# Names and EU codes of the forms, by id of the writer or media type.
NAMES = {
    "json": ("GeoJSON", "GEOJSON"),
    "csv": ("CSV", "CSV"),
    "parquet": ("GeoParquet", "PARQUET"),
    "gpkg": ("GeoPackage", "GPKG"),
    "fgb": ("FlatGeobuf", "BIN"),
    "jsonfg": ("JSON-FG", "JSON"),
}


@dataclass(frozen=True)
class Distribution:
    """One form of a layer.

    Attributes:
        key: name that tells it from the layer's others.
        name: what users call it.
        rel: relation of a link to it.
        href: address, a template where it holds braces.
        media_type: IANA media type.
        file_type: code in the EU vocabulary of file types.
        is_download: the address gives the whole layer at once.
    """

    key: str
    name: str
    rel: str
    href: str
    media_type: str
    file_type: str
    is_download: bool = False


def distributions(layer: Layer, base: str) -> list[Distribution]:
    """Return the forms of a layer: features or cells, pictures, tiles."""
    href = f"{base}/collections/{layer.id}"
    if layer.is_raster:
        return _raster(href)
    found = [
        Distribution(
            key, NAMES.get(key, (key, ""))[0], "items", f"{href}/items?f={key}", one.media_type,
            NAMES.get(key, ("", "BIN"))[1],
        )
        for key, one in formats().items()
    ]  # fmt: skip
    if layer.bounds:
        found.append(
            Distribution(
                "vector-tiles", "Vector tiles (TileJSON)", f"{links.REL}tilesets-vector",
                f"{href}/tiles/WebMercatorQuad?f=tilejson", "application/vnd.tilejson+json", "JSON",
            )
        )  # fmt: skip
    return found


def _raster(href: str) -> list[Distribution]:
    coverage = f"{links.REL}coverage"
    return [
        Distribution(
            "geotiff", "GeoTIFF (COG)", coverage, f"{href}/coverage?f=geotiff", geotiff.MEDIA_TYPE,
            "TIFF", is_download=True,
        ),
        Distribution(
            "coveragejson", "CoverageJSON", coverage, f"{href}/coverage?f=covjson",
            coveragejson.MEDIA_TYPE, "JSON",
        ),
        Distribution("map", "PNG", f"{links.REL}map", f"{href}/map?f=png", "image/png", "PNG"),
        Distribution(
            "map-tiles", "Map tiles (TileJSON)", f"{links.REL}tilesets-map",
            f"{href}/map/tiles/WebMercatorQuad?f=tilejson", "application/vnd.tilejson+json", "JSON",
        ),
    ]  # fmt: skip
