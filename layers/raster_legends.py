"""Legends of rasters: what a layer is drawn with, and the classes that a file names or paints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from layers.catalogue import Layer
from layers.raster_facts import open_raster
from layers.records import ColourMap, LayerRecord, RasterClass, Text, load_layer_record

# Paul Tol's "muted" scheme: ten hues that colour-blind readers tell apart; repeated beyond.
DISTINCT = (
    "#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255",
    "#aa4499", "#6699cc",
)  # fmt: skip
CORINE = "corine-land-cover"
# Usages of the columns of a raster attribute table, as GDAL numbers them.
_NAME, _VALUE, _RED, _GREEN, _BLUE = "2", "5", "6", "7", "8"


@dataclass(frozen=True)
class Legend:
    """How a raster is drawn: as classes, as quantities, or as a picture in its own colours.

    Attributes:
        classes: value, colour and name of each class; empty for quantities and pictures.
        low: quantity at the first colour, in ``unit``.
        high: quantity at the last one.
        colormap: colours of quantities.
        unit: unit of the quantities, where it is known.
    """

    classes: tuple[RasterClass, ...] = ()
    low: float = 0.0
    high: float = 1.0
    colormap: ColourMap = "cividis"
    unit: str | None = None
    is_picture: bool = False


def holds_classes(layer: Layer) -> bool:
    """Tell whether the pixels of a layer are codes, which no resampling may mix."""
    record = layer.record
    declared = bool(record.classes or record.legend)
    return declared or (bool(layer.version.facts["classes"]) and not record.stretch)


def legend(layer: Layer) -> Legend:
    """Return the legend of a raster layer: its record's own, else one made from its values."""
    facts = layer.version.facts
    if holds_classes(layer):
        known = by_value(layer.record)
        values = facts["values"] or [c.value for c in classes_of(layer.record)]
        return Legend(classes=tuple(_class(at, v, known) for at, v in enumerate(values)))
    if len(facts["bands"]) >= 3 and facts["dtype"] == "uint8" and not layer.record.stretch:
        return Legend(is_picture=True)
    stretch = layer.record.stretch
    low, high = (stretch.low, stretch.high) if stretch else facts["bands"][0]["stretch"] or (0, 1)
    colours: ColourMap = stretch.colormap if stretch else "cividis"
    return Legend(low=low, high=high if high > low else low + 1, colormap=colours, unit=unit(layer))


def unit(layer: Layer) -> str | None:
    """Return the unit of a raster's first band: the record's, else the file's."""
    declared = layer.record.attributes[0].unit if layer.record.attributes else None
    return declared or layer.version.facts["bands"][0]["unit"] or None


def by_value(record: LayerRecord) -> dict[int, RasterClass]:
    """Return the classes of a record by what pixels may hold: their value or their code."""
    classes = classes_of(record)
    coded = {c.code: c for c in classes if c.code is not None}
    return coded | {c.value: c for c in classes}


def classes_of(record: LayerRecord) -> tuple[RasterClass, ...]:
    """Return the classes of a record, its own or those of the official layer that it names."""
    return record.classes or (official_record(record.legend).classes if record.legend else ())


def infer_classes(path: Path, facts: Mapping[str, Any]) -> tuple[RasterClass, ...]:
    """Return the classes that a file names or paints; those of CORINE where it says CORINE.

    Names come from a raster attribute table or from category names, colours from that table or
    from the palette; a class with neither is left out.
    """
    values = set(facts["values"])
    corine = by_value(official_record(CORINE))
    if re.search(r"clc|corine", path.name, re.IGNORECASE) and values and values <= set(corine):
        found = {corine[value].value: corine[value] for value in values}
        return tuple(found[value] for value in sorted(found))
    names, colours = _described(path)
    shown = sorted(v for v in values if v in names or v in colours)
    return tuple(
        RasterClass(
            value=value,
            color=colours.get(value) or DISTINCT[at % len(DISTINCT)],
            title=Text(fr=name, en=name),
        )
        for at, value in enumerate(shown)
        if (name := names.get(value, "").strip() or str(value))
    )


@cache
def official_record(layer: str) -> LayerRecord:
    """Return a packaged record; RecordError says that there is none of that name."""
    with as_file(files("config") / "layers" / f"{layer}.yml") as path:
        return load_layer_record(path)


def _class(at: int, value: int, known: Mapping[int, RasterClass]) -> RasterClass:
    """Return a class under the value that the pixels hold."""
    if value in known:
        return known[value].model_copy(update={"value": value})
    title = Text(fr=f"Valeur {value}", en=f"Value {value}")
    return RasterClass(value=value, color=DISTINCT[at % len(DISTINCT)], title=title)


def _described(path: Path) -> tuple[dict[int, str], dict[int, str]]:
    """Return the names and the colours of values, whatever the format of the file."""
    from rasterio.io import MemoryFile
    from rasterio.shutil import copy

    # GDAL writes all that it knows of a band into a virtual raster, which is XML.
    with open_raster(path) as image, MemoryFile(ext=".vrt") as memory:
        copy(image, memory.name, driver="VRT")
        with memory.open() as virtual:
            text = virtual.tags(ns="xml:VRT")["xml:VRT"]
    band = ElementTree.fromstring(text).find("VRTRasterBand")  # noqa: S314 GDAL wrote it
    assert band is not None
    names = {i: c.text or "" for i, c in enumerate(band.findall("CategoryNames/Category"))}
    entries = enumerate(band.findall("ColorTable/Entry"))
    colours = {i: _hex(entry.get(f"c{c}", "0") for c in (1, 2, 3)) for i, entry in entries}
    table_names, table_colours = _attribute_table(band.find("GDALRasterAttributeTable"))
    return names | table_names, colours | table_colours


def _attribute_table(table: ElementTree.Element | None) -> tuple[dict[int, str], dict[int, str]]:
    names: dict[int, str] = {}
    colours: dict[int, str] = {}
    if table is None:
        return names, colours
    usages = [field.findtext("Usage", "") for field in table.findall("FieldDefn")]
    for row in table.findall("Row"):
        cells = dict(zip(usages, (cell.text or "" for cell in row.findall("F")), strict=False))
        if _VALUE not in cells:
            continue
        value = int(float(cells[_VALUE]))
        if _NAME in cells:
            names[value] = cells[_NAME]
        if {_RED, _GREEN, _BLUE} <= set(cells):
            colours[value] = _hex(cells[usage] for usage in (_RED, _GREEN, _BLUE))
    return names, colours


def _hex(channels: Any) -> str:
    return "#" + "".join(f"{min(max(int(float(c)), 0), 255):02x}" for c in channels)
