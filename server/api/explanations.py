"""Routes that explain a value: as a document, as features on a map, as a worksheet.

A known perimeter is asked for by GET; one of the reader's own is sent by POST, under the same
guard against differencing as its values.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from layers.catalogue import Catalogue
from layers.snapshot import snapshot
from server.compute.disclosure import guarded
from server.indicators import perimeters
from server.indicators.context import Context
from server.indicators.evaluation import measured
from server.indicators.explanation import explanation, features
from server.indicators.measures import Measure, Outcome
from server.indicators.perimeters import Perimeter
from server.indicators.registry import Indicator, find
from server.ledger import Ledger
from server.settings import Settings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GEOJSON = "application/geo+json"
Explained = tuple[Indicator, Perimeter, Measure, Outcome | None]


class Drawn(BaseModel):
    """A perimeter of the reader's own."""

    model_config = ConfigDict(extra="forbid")
    perimeter: dict[str, Any] = Field(description="GeoJSON Polygon, MultiPolygon or Feature, CRS84")


Posted = Annotated[Drawn, Body()]


def add_routes(found: APIRouter, catalogue: Catalogue, settings: Settings, ledger: Ledger) -> None:
    """Add the routes over a catalogue."""
    _add_known(found, catalogue, settings)
    _add_posted(found, catalogue, ledger)


def _add_known(found: APIRouter, catalogue: Catalogue, settings: Settings) -> None:
    @found.get("/indicators/{name}/explain", tags=["indicators"])
    def explain(name: str, town: str, perimeter: str = "commune") -> Response:
        """Explain a value: formula, parts, rows counted, sources, limits, next check, licence."""
        explained = _known(catalogue, name, town, perimeter)
        one, area, _, _ = explained
        root = f"{settings.url}/indicators/{one.text.id}/explain"
        query = f"?town={area.insee}&perimeter={area.id}"
        links = {"features": f"{root}/features{query}", "worksheet": f"{root}.xlsx{query}"}
        return _json(explanation(*explained) | {"links": links})

    @found.get("/indicators/{name}/explain/features", tags=["indicators"])
    def explain_features(name: str, town: str, perimeter: str = "commune") -> Response:
        """Give the rows counted as GeoJSON; where they are secret or restricted, the reason."""
        _, _, measure, outcome = _known(catalogue, name, town, perimeter)
        return _json(features(outcome, measure), GEOJSON)

    @found.get("/indicators/{name}/explain.xlsx", tags=["indicators"])
    def explain_worksheet(name: str, town: str, perimeter: str = "commune") -> Response:
        """Give the explanation as a worksheet whose formulas recompute the value."""
        return _worksheet(_known(catalogue, name, town, perimeter))


def _add_posted(found: APIRouter, catalogue: Catalogue, ledger: Ledger) -> None:
    @found.post("/indicators/{name}/explain", tags=["indicators"])
    def explain_posted(name: str, wanted: Posted) -> Response:
        """Explain a value on a perimeter of one's own."""
        return _json(explanation(*explained_posted(catalogue, ledger, name, wanted)))

    @found.post("/indicators/{name}/explain/features", tags=["indicators"])
    def explain_posted_features(name: str, wanted: Posted) -> Response:
        """Give the rows counted on a perimeter of one's own."""
        _, _, measure, outcome = explained_posted(catalogue, ledger, name, wanted)
        return _json(features(outcome, measure), GEOJSON)

    @found.post("/indicators/{name}/explain.xlsx", tags=["indicators"])
    def explain_posted_worksheet(name: str, wanted: Posted) -> Response:
        """Give the explanation on a perimeter of one's own as a worksheet."""
        return _worksheet(explained_posted(catalogue, ledger, name, wanted))


def _known(catalogue: Catalogue, name: str, town: str, perimeter: str) -> Explained:
    catalogue, one = snapshot(catalogue), find(name)
    area = perimeters.perimeter(catalogue, perimeters.town(catalogue, town), perimeter)
    return one, area, *measured(Context(catalogue, area), one)


def explained_posted(catalogue: Catalogue, ledger: Ledger, name: str, wanted: Drawn) -> Explained:
    """Return what a value on a drawn perimeter is made of, nothing where it is refused."""
    catalogue, one = snapshot(catalogue), find(name)
    area = perimeters.posted(catalogue, wanted.perimeter)
    context = Context(catalogue, area)
    found, outcome = measured(context, one)
    measure = guarded(ledger, context, one, (found, outcome))
    # What is refused takes its rows and parts with it: they would tell what the value may not.
    return one, area, measure, outcome if measure is found else None


def _worksheet(explained: Explained) -> Response:
    from server.indicators.worksheet import worksheet

    one, area, _, _ = explained
    file = f"{one.text.id}-{area.insee}-{area.kind}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(worksheet(*explained), media_type=XLSX, headers=headers)


def _json(value: Any, media_type: str = "application/json") -> Response:
    return Response(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), media_type=media_type)
