"""BPE: Insee's permanent database of facilities, a row per facility, any vintage with positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import COMMUNE, SIRET
from layers.errors import ReadError
from layers.facility_types import present
from layers.layouts import Layout, column, names_of, own, rows_of
from layers.mergers import Mergers, split
from layers.positions import degrees, legal_codes, points
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.values import identified
from layers.vintages import named_year, one_vintage

RANDOM = "33"  # QUALITE_GEOLOC of a position drawn at random in the commune
LAYOUT = Layout(
    "the BPE",
    {
        "typequ": column("TYPEQU", needed=True),
        "dom": column("DOM"),
        "sdom": column("SDOM"),
        "nomrs": column("NOMRS"),
        "depcom": column("DEPCOM", width=COMMUNE, needed=True),
        "dciris": column("DCIRIS"),
        "siret": column("SIRET", width=SIRET),
        "capacite": column("CAPACITE", kind="number"),
        "qualite_xy": column("QUALITE_XY"),
        "qualite_geoloc": column("QUALITE_GEOLOC"),
        "epci": column("EPCI"),
        "_x": column("LAMBERT_X", kind="number"),
        "_y": column("LAMBERT_Y", kind="number"),
        "_lon": column("LONGITUDE", kind="number"),
        "_lat": column("LATITUDE", kind="number"),
        "_epsg": column("EPSG", kind="integer"),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``facilities``; positions drawn at random are kept, and counted.

    Args:
        paths: CSV, ZIP or Parquet of one vintage, and Insee's list of changes of communes, if
            codes of former communes are to be replaced.

    Raises:
        ReadError: a column is missing, there are no positions, or several vintages.
    """
    report = Report()
    data, mergers = split(paths)
    for path in data:
        _require_positions(path, LAYOUT.find(path, names_of(path), report))
    vintage = one_vintage(_vintage(path) for path in data)
    batches = _batches(data, mergers, report)
    return [Table("facilities", batches, "OGC:CRS84", vintage=vintage, report=report)]


def _require_positions(path: Path, found: dict[str, str]) -> None:
    if not ({"_x", "_y"} <= found.keys() or {"_lon", "_lat"} <= found.keys()):
        raise ReadError(
            f"{path.name} is the BPE without positions (no LAMBERT_X): take the file of located "
            "facilities, such as BPE25."
        )


def _vintage(path: Path) -> str | None:
    """Return the year in the file's name, else that of its first row."""
    if year := named_year(path, "bpe"):
        return year
    if "AN" not in names_of(path):
        return None
    first = next(rows_of(path, Report(), ["AN"]), None)
    return str(first.column(0)[0].as_py()) if first else None


def _batches(paths: Sequence[Path], mergers: Mergers | None, report: Report) -> Iterator[pa.Table]:
    for path in paths:
        for rows in LAYOUT.read(path, report):
            yield identified(_facilities(rows, mergers, report), "typequ", report)


def _facilities(rows: pa.Table, mergers: Mergers | None, report: Report) -> pa.Table:
    random = pc.equal(rows["qualite_geoloc"], RANDOM)
    report.repair("random position in the commune kept, marked 33", pc.sum(random).as_py() or 0)
    columns = {name: rows[name] for name in own(rows).column_names}
    columns["typequ"] = present(rows["typequ"], report)
    if mergers:
        columns["depcom"] = mergers.update(rows["depcom"], report)
    # A file without EPSG codes is in the legal projection of each commune.
    epsg = pc.coalesce(rows["_epsg"], legal_codes(rows["depcom"]))
    lon, lat = degrees(rows["_x"], rows["_y"], epsg, report)
    lon, lat = pc.coalesce(rows["_lon"], lon), pc.coalesce(rows["_lat"], lat)
    columns[GEOMETRY] = points(lon, lat, report, "facility without a position kept")
    return pa.table(columns)


SOURCE = Source(
    id="bpe",
    title="Base permanente des équipements (Insee)",
    layers=("facilities",),
    read=read,
    hint="Get the file of located facilities (BPE25, CSV or Parquet) from insee.fr, Base "
    "permanente des équipements.",
    changes=True,
)
