"""OCS GE: IGN's large-scale land cover and use, by département and vintage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.errors import ReadError
from layers.features import Features, features
from layers.layouts import Layout, column
from layers.readers import Source
from layers.report import Report
from layers.tables import Table
from layers.vintages import named_year

LAYER = "occupation_sol|artif"
ARTIFICIAL = ("artif", "non artif")
LAYOUT = Layout(
    "the OCS GE",
    {
        "code_cs": column("code_cs", needed=True),
        "code_us": column("code_us", needed=True),
        "vintage": column("millesime", kind="integer"),
        "_artif": column("artif"),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``land-use``; the vintage is the column's, else that of the file's name.

    Raises:
        ReadError: damaged, a column is missing, no vintage, or files in several CRS.
    """
    report = Report()
    opened = [(path, features([path], LAYOUT, report, LAYER)) for path in paths]
    systems = {found.crs for _, found in opened}
    if len(systems) > 1:
        raise ReadError(f"The files have several CRS ({', '.join(sorted(map(str, systems)))}).")
    years = sorted({year for path in paths if (year := named_year(path))})
    vintage = "/".join(dict.fromkeys([years[0], years[-1]])) if years else None
    batches = _batches(opened, report)
    return [Table("land-use", batches, systems.pop(), vintage=vintage, report=report)]


def _batches(opened: Sequence[tuple[Path, Features]], report: Report) -> Iterator[pa.Table]:
    for path, found in opened:
        named = named_year(path)
        year = pa.scalar(int(named) if named else None, pa.int64())
        for rows in found.batches:
            years = pc.coalesce(rows["vintage"], year)
            if years.null_count:
                raise ReadError(
                    f"{path.name}: neither a column millesime nor its name tells the vintage. "
                    "Name it as IGN does, such as OCSGE_D032_2021.shp."
                )
            dated = rows.set_column(2, "vintage", years)
            yield dated.set_column(3, "artificial", _artificial(rows["_artif"], report))


def _artificial(texts: pa.ChunkedArray, report: Report) -> pa.ChunkedArray:
    known = pc.is_in(texts, value_set=pa.array(ARTIFICIAL))
    lost = pc.sum(pc.and_(pc.invert(known), pc.is_valid(texts))).as_py() or 0
    report.repair("unknown value of artif left empty", lost)
    return pc.if_else(known, pc.equal(texts, ARTIFICIAL[0]), pa.scalar(None, pa.bool_()))


SOURCE = Source(
    id="ocsge",
    title="OCS GE, occupation du sol à grande échelle (IGN)",
    layers=("land-use",),
    read=read,
    hint="Get « OCS GE » or « Artificialisation OCS GE » of the département (7z) from "
    "geoservices.ign.fr and import the archives of the vintages.",
)
