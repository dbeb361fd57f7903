"""The forms in which a layer can be had, for records and DCAT."""

from __future__ import annotations

from dataclasses import dataclass

from layers.catalogue import Layer
from layers.coverages import coveragejson, geotiff
from layers.writers import formats
from server.ogc import links

FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type"
# EU codes of the forms of features; what has none there is binary or JSON to it.
FILE_TYPES = {
    "json": "GEOJSON", "jsonfg": "JSON", "csv": "CSV", "csv-fr": "CSV", "parquet": "PARQUET",
    "gpkg": "GPKG", "fgb": "BIN",
}  # fmt: skip


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
    offered = links.forms(geometry=layer.bounds is not None)
    kinds = {name: kind for name, kind in formats().items() if name in offered}
    found = [
        Distribution(
            name, kind.title, "items", f"{href}/items?f={name}", kind.media_type.split(";")[0],
            FILE_TYPES.get(name, "BIN"),
        )
        for name, kind in kinds.items()
    ]  # fmt: skip
    found.append(
        Distribution(
            "download", "GeoParquet", "enclosure", f"{href}/download", links.PARQUET, "PARQUET",
            is_download=True,
        )
    )  # fmt: skip
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
