"""Measures as a file to take away: one module per format, what is taken in, bytes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi.responses import Response

from layers.catalogue import Catalogue
from server.api.takeaway import geopackage, plain, spreadsheet, workbook
from server.api.takeaway.taken import Language, Taken
from server.indicators.measures import Measure
from server.indicators.perimeters import Perimeter

FormatName = Literal["json", "csv", "csv-fr", "xlsx", "gpkg", "parquet"]


@dataclass(frozen=True)
class Form:
    """A format: its media type, the suffix of its files, and what writes it."""

    media_type: str
    suffix: str
    write: Callable[[Taken], bytes]


FORMS = {
    "csv": Form("text/csv; charset=utf-8", "csv", plain.as_csv),
    "csv-fr": Form("text/csv; charset=utf-8", "csv", spreadsheet.as_csv),
    "xlsx": Form(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", workbook.write
    ),
    "gpkg": Form("application/geopackage+sqlite3", "gpkg", geopackage.write),
    "parquet": Form("application/vnd.apache.parquet", "parquet", plain.as_parquet),
}


def response(
    catalogue: Catalogue, area: Perimeter, measures: list[Measure], name: str, lang: Language
) -> Response:
    """Return measures on a perimeter as a file named after both; ``name`` is one of FORMS."""
    form = FORMS[name]
    file = f"coeurville-{area.insee}-{area.id}.{form.suffix}"
    return Response(
        form.write(Taken(area, measures, catalogue.layers(), lang)),
        media_type=form.media_type,
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )
