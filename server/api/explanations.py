"""Routes that explain a value: as a document, as features on a map, as a worksheet."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.responses import Response

from layers.catalogue import Catalogue
from layers.snapshot import snapshot
from server.indicators import perimeters
from server.indicators.context import Context
from server.indicators.evaluation import measured
from server.indicators.explanation import explanation, features
from server.indicators.measures import Measure, Outcome
from server.indicators.perimeters import Perimeter
from server.indicators.registry import Indicator, find
from server.settings import Settings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Explained = tuple[Indicator, Perimeter, Measure, Outcome | None]


def add_routes(found: APIRouter, catalogue: Catalogue, settings: Settings) -> None:
    """Add the routes over a catalogue."""

    @found.get("/indicators/{name}/explain", tags=["indicators"])
    def explain(name: str, town: str, perimeter: str = "commune") -> Response:
        """Explain a value: formula, parts, rows counted, sources, limits, next check, licence."""
        explained = _explained(catalogue, name, town, perimeter)
        one, area, _, _ = explained
        root = f"{settings.url}/indicators/{one.text.id}/explain"
        query = f"?town={area.insee}&perimeter={area.id}"
        links = {"features": f"{root}/features{query}", "worksheet": f"{root}.xlsx{query}"}
        return _json(explanation(*explained) | {"links": links})

    @found.get("/indicators/{name}/explain/features", tags=["indicators"])
    def explain_features(name: str, town: str, perimeter: str = "commune") -> Response:
        """Give the rows counted as GeoJSON; where they are secret or restricted, the reason."""
        _, _, measure, outcome = _explained(catalogue, name, town, perimeter)
        return _json(features(outcome, measure), "application/geo+json")

    @found.get("/indicators/{name}/explain.xlsx", tags=["indicators"])
    def explain_worksheet(name: str, town: str, perimeter: str = "commune") -> Response:
        """Give the explanation as a worksheet whose formulas recompute the value."""
        from server.indicators.worksheet import worksheet

        explained = _explained(catalogue, name, town, perimeter)
        one, area, _, _ = explained
        file = f"{one.text.id}-{area.insee}-{area.kind}.xlsx"
        headers = {"Content-Disposition": f'attachment; filename="{file}"'}
        return Response(worksheet(*explained), media_type=XLSX, headers=headers)


def _explained(catalogue: Catalogue, name: str, town: str, perimeter: str) -> Explained:
    catalogue, one = snapshot(catalogue), find(name)
    area = perimeters.perimeter(catalogue, perimeters.town(catalogue, town), perimeter)
    return one, area, *measured(Context(catalogue, area), one)


def _json(value: Any, media_type: str = "application/json") -> Response:
    return Response(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), media_type=media_type)
