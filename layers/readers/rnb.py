"""RNB: the national register of buildings, geometry as EWKT."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.codes import department
from layers.layouts import Layout, column, own
from layers.readers import Source
from layers.repeats import Repeats
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.values import identified
from layers.vintages import named_date

SRID = r"^\s*SRID=4326;\s*"
LAYOUT = Layout(
    "the RNB",
    {
        "rnb_id": column("rnb_id", needed=True),
        "status": column("status"),
        "addresses": column("addresses"),
        "plots": column("plots"),
        "ext_ids": column("ext_ids"),
        "_point": column("point", needed=True),
        "_shape": column("shape", needed=True),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``rnb-buildings``: footprints, or points where there is none.

    Raises:
        ReadError: a column is missing.
    """
    report = Report()
    LAYOUT.check(paths, report)
    batches = _batches(paths, report)
    vintage = named_date(paths)
    return [Table("rnb-buildings", batches, "OGC:CRS84", vintage=vintage, report=report)]


def address(insee: str) -> list[str]:
    """Return the address of the file of a commune's département."""
    root = "https://rnb-opendata.s3.fr-par.scw.cloud/files"
    return [f"{root}/RNB_{department(insee)}.csv.zip"]


def _batches(paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    repeats = Repeats("rnb_id", report, "building that came before")
    for path in paths:
        for batch in LAYOUT.read(path, report):
            rows = repeats.without(identified(batch, "rnb_id", report))
            columns = {name: rows[name] for name in own(rows).column_names}
            columns["addresses"] = _keys(rows["addresses"], "cle_interop_ban")
            columns["plots"] = _keys(rows["plots"], "id")
            columns[GEOMETRY] = _shapes(rows["_shape"], rows["_point"], report)
            yield pa.table(columns)


def _keys(texts: pa.ChunkedArray, key: str) -> pa.Array:
    """Return the values of a key in lists of JSON objects, separated by ``;``."""
    pattern = re.compile(rf'"{key}"\s*:\s*"([^"]*)"')
    found = [
        None if text is None else ";".join(pattern.findall(text)) for text in texts.to_pylist()
    ]
    return pa.array([text or None for text in found], pa.string())


def _shapes(shape: pa.ChunkedArray, point: pa.ChunkedArray, report: Report) -> pa.Array:
    given = pc.coalesce(shape, point)
    report.repair("building without a footprint kept as a point", shape.null_count)
    plain = pc.replace_substring_regex(given, SRID, "").to_numpy()
    shapes = shapely.from_wkt(plain, on_invalid="ignore")
    lost = np.count_nonzero(shapely.is_missing(shapes))
    report.repair("building whose geometry cannot be read kept without", lost)
    return pa.array(shapely.to_wkb(shapes), pa.binary())


SOURCE = Source(
    id="rnb",
    title="Référentiel national des bâtiments",
    layers=("rnb-buildings",),
    read=read,
    address=address,
    hint="Get RNB_….csv.zip of the département from data.gouv.fr, « Référentiel national des "
    "bâtiments ».",
)
