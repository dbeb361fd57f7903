"""Any file of a user as tables, and the record that such a layer gets.

What a file holds is told from its content first; its name only helps.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import cast

import pyarrow as pa
import yaml
from pydantic import ValidationError

from layers.codes import code_width, restore_codes
from layers.crs import file_crs
from layers.errors import ReadError, UserError, did_you_mean
from layers.files import write_atomically
from layers.placement import advice
from layers.records import RESERVED_IDS, LayerRecord, Text, kebab
from layers.report import Report
from layers.signatures import TEXT_SUFFIXES, main_part, recognise
from layers.tables import Table


def open_file(path: Path, *, crs: str | None = None, layer: str | None = None) -> list[Table]:
    """Return every layer of a file, to be read once, with the file's own attribute names.

    Args:
        path: any vector file that GDAL reads, a ZIP of one, GeoParquet, or delimited text.
        crs: CRS that prevails over what the file says.
        layer: only this layer.

    Raises:
        ReadError: missing, empty, corrupt, truncated, of no format that is read here, without
            that layer, or without a CRS; the text says what to do, and proposes a CRS where the
            coordinates look like one.
        UserError: ``crs`` is unknown.
    """
    if crs is not None:
        file_crs(crs)
    tables = tables_of(path, layer)
    for table in tables:
        if table.geometry_name and crs:
            if table.crs and file_crs(table.crs) != file_crs(crs):
                table.report.note(f"CRS given by hand: {crs} instead of {table.crs}")
            table.crs = crs
        elif table.geometry_name and table.crs is None:
            raise ReadError(f"{path} does not say its CRS. {advice(_bounds(table))}")
    return tables


def tables_of(path: Path, layer: str | None = None) -> list[Table]:
    """Return the layers of a file as ``open_file`` does, with ``crs`` None where it says none."""
    from layers.formats.delimited import read_delimited
    from layers.formats.geoparquet import read_geoparquet
    from layers.formats.vector import read_vector

    path = main_part(path)
    kind = recognise(path)
    inner = Path(path.name.lower().removesuffix(".gz")).suffix
    if kind in ("raster", "osm", "gtfs"):
        raise ReadError(f"{path} {_ELSEWHERE[kind].format(path=path)}")
    if kind == "text" or (kind == "gzip" and inner in TEXT_SUFFIXES):
        tables = [_only(read_delimited(path), layer, path)]
    elif kind == "parquet":
        tables = [_only(read_geoparquet(path), layer, path)]
    else:
        tables = read_vector(path, layer)
    for table in tables:
        table.vintage = table.vintage or _vintage(path)
        table.batches = _with_codes(table.batches, table.report)
    _distinguish(tables)
    return tables


def infer_record(
    table: Table,
    path: Path,
    *,
    id: str | None = None,  # noqa: A002
    title: str | None = None,
) -> LayerRecord:
    """Return the record of a layer that a user adds; only what the file says is claimed.

    Raises:
        UserError: the id is not made of words in lower case joined by hyphens.
    """
    is_placed = table.geometry_name is not None or table.geometry == "raster"
    name = (title or "").strip() or (table.title or "").strip() or table.layer
    part = f" ({table.title})" if table.title and table.title != path.stem else ""
    try:
        return LayerRecord(
            id=id or table.layer,
            title=Text(fr=name, en=name),
            description=Text(
                fr=f"Publié à partir du fichier {path.name}{part}.",
                en=f"Published from the file {path.name}{part}.",
            ),
            producer="non renseigné / not given",
            licence="non renseignée / not given",
            source=path.name,
            geometry=table.geometry if is_placed else "none",
        )
    except ValidationError as error:
        wanted = kebab(id or table.layer)
        if wanted in RESERVED_IDS:
            raise UserError(
                f"{wanted!r} is an address of the service: choose another with --id."
            ) from error
        raise UserError(f"{id!r} cannot be the id of a layer: try {wanted!r}.") from error


def described(kept: LayerRecord, record: LayerRecord, title: str | None) -> LayerRecord:
    """Return the record that a user may have completed, for another file of the same layer.

    Args:
        kept: what the data folder holds.
        record: what the new file says.
        title: given anew; None keeps the former one.
    """
    anew = {"geometry": record.geometry} | ({"title": record.title} if title else {})
    return kept.model_copy(update=anew)


def save_record(record: LayerRecord, folder: Path) -> Path:
    """Write a record that ``load_layer_record`` reads back equal; return its path."""
    facts = record.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(facts, allow_unicode=True, sort_keys=False, width=100)
    path = folder / f"{record.id}.yml"
    write_atomically(path, text.encode())
    return path


_ELSEWHERE = {
    "raster": "is a raster, which has no rows to read: use coeurville add {path}",
    "osm": "is OpenStreetMap data: use coeurville import osm {path}",
    "gtfs": "is a public transport feed: use coeurville import gtfs {path}",
}


def _only(table: Table, layer: str | None, path: Path) -> Table:
    """Return the one layer of a file, if it is the one that was asked for."""
    names = [table.layer, *([table.title] if table.title else [])]
    if layer is not None and layer not in names:
        hint = did_you_mean(layer, names)
        raise ReadError(f"{path} has one layer, {table.title!r}, not {layer!r}.{hint}")
    return table


def _distinguish(tables: list[Table]) -> None:
    """Number the layers whose names give the same id."""
    taken: set[str] = set()
    for table in tables:
        name, number = table.layer, 2
        while table.layer in taken:
            table.layer = f"{name}-{number}"
            number += 1
        taken.add(table.layer)


def _with_codes(batches: Iterable[pa.Table], report: Report) -> Generator[pa.Table, None, None]:
    """Yield the batches with official codes as text, their lost zeros restored."""
    for batch in batches:
        rows = batch
        for at, field in enumerate(batch.schema):
            width = code_width(field.name)
            if width and not (pa.types.is_nested(field.type) or pa.types.is_binary(field.type)):
                rows = rows.set_column(
                    at, field.name, restore_codes(rows.column(at), width, report)
                )
        yield rows


def _bounds(table: Table) -> list[float] | None:
    """Return the bounds of the first rows that have a geometry, in the file's coordinates."""
    import numpy as np
    import shapely

    assert table.geometry_name
    # Closed at once, so that no file stays open behind the error.
    with closing(cast("Generator[pa.Table, None, None]", table.batches)) as batches:
        for batch in batches:
            wkb = batch.column(table.geometry_name).to_numpy()
            box = shapely.total_bounds(shapely.from_wkb(wkb, on_invalid="ignore"))
            if np.isfinite(box).all():
                return [float(value) for value in box]
    return None


def _vintage(path: Path) -> str | None:
    """Return the year in a file's name, where there is just one."""
    years = set(re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", path.stem))
    return years.pop() if len(years) == 1 else None
