"""Files that planners take away or bring: measures as CSV, XLSX, GeoPackage; a perimeter read."""

from __future__ import annotations

from pathlib import PurePath
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Body, Depends
from fastapi.responses import Response

from layers.catalogue import Catalogue
from layers.snapshot import snapshot
from server.api import measure_files, perimeter_files
from server.api.routes import refuse_unknown
from server.indicators import perimeters
from server.indicators.evaluation import evaluate

WRITERS = {
    "csv": (measure_files.as_csv, "text/csv; charset=utf-8"),
    "xlsx": (measure_files.as_xlsx,
             "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "gpkg": (measure_files.as_geopackage, "application/geopackage+sqlite3"),
}  # fmt: skip


def router(catalogue: Catalogue) -> APIRouter:
    """Return the routes over a catalogue."""
    found = APIRouter(dependencies=[Depends(refuse_unknown)])

    @found.get("/towns/{insee}/indicators.{form}", tags=["indicators"])
    def town_file(
        insee: str, form: Literal["csv", "xlsx", "gpkg"], perimeter: str = "commune",
        lang: Literal["fr", "en"] = "fr",
    ) -> Response:  # fmt: skip
        """Give all indicators of a perimeter as a file, withheld ones with their reason.

        CSV has ``;`` and decimal commas in French, as spreadsheets there read it.
        """
        now = snapshot(catalogue)
        area = perimeters.perimeter(now, perimeters.town(now, insee), perimeter)
        write, media = WRITERS[form]
        name = f"coeurville-{area.insee}-{PurePath(area.id).name}.{form}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        body = write(area, evaluate(now, area), lang)
        return Response(body, media_type=media, headers=headers)

    @found.post("/perimeters/read", tags=["towns"])
    def read_perimeter(
        body: Annotated[bytes, Body(media_type="application/octet-stream")] = b"",
        name: str = "perimeter.gpkg",
    ) -> Response:
        """Read the polygons of a GeoPackage or GeoJSON file as one perimeter, GeoJSON in CRS84."""
        with TemporaryDirectory() as folder:
            shape: dict[str, Any] = perimeter_files.read(body, name, folder)
        return Response(orjson.dumps(shape), media_type="application/geo+json")

    return found
