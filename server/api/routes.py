"""The routes of towns and indicators; all work is done in threads."""

from __future__ import annotations

import json
import unicodedata
from typing import Annotated, Any, Literal

import orjson
import shapely
from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from layers.catalogue import Catalogue
from layers.errors import BadRequestError, did_you_mean
from layers.snapshot import snapshot
from server.api import comparison, explanations, reports, tables, takeaway, uploads
from server.api.explanations import Drawn
from server.api.takeaway import FormatName
from server.api.takeaway.taken import Language
from server.compute.disclosure import evaluate_guarded
from server.compute.values import over_all_towns
from server.indicators import perimeters
from server.indicators.known import known
from server.indicators.perimeters import Perimeter, Town
from server.indicators.registry import Axis, find, indicators
from server.indicators.series import as_document, series
from server.ledger import Ledger
from server.settings import Settings

CSV = "text/csv; charset=utf-8"
PARQUET = "application/vnd.apache.parquet"


class Evaluation(Drawn):
    """A perimeter to evaluate."""

    indicators: list[str] | None = Field(default=None, description="ids or codes; all by default")


def router(catalogue: Catalogue, settings: Settings) -> APIRouter:
    """Return the routes over a catalogue.

    Errors are UserErrors, which the application turns into problem documents.
    """
    found = APIRouter(dependencies=[Depends(refuse_unknown)])
    _add_towns(found, catalogue, settings)
    ledger = Ledger.of(settings)
    _add_indicators(found, catalogue, ledger)
    comparison.add_routes(found, catalogue)
    explanations.add_routes(found, catalogue, settings, ledger)
    uploads.add_routes(found)
    reports.add_routes(found, catalogue, settings)
    return found


def refuse_unknown(request: Request) -> None:
    """Refuse a query parameter that the route does not have: a typo must not pass unseen."""
    route = request.scope["route"]
    known = [parameter.alias for parameter in route.dependant.query_params]
    for name in request.query_params:
        if name not in known:
            hint = did_you_mean(name, known) or f" Known: {', '.join(known) or 'none'}."
            raise BadRequestError(f"Unknown query parameter {name!r}.{hint}")


def _add_towns(found: APIRouter, catalogue: Catalogue, settings: Settings) -> None:
    @found.get("/towns", tags=["towns"])
    def list_towns(q: str | None = None) -> Response:
        """List the towns, or those whose name or code holds a text, whatever accents and case."""
        wanted = _plain(q or "")
        listed = perimeters.towns(catalogue)
        kept = [t for t in listed if wanted in _plain(t.name) or wanted == t.insee.casefold()]
        return _json({"towns": [_town(town, settings) for town in kept]})

    @found.get("/towns/{insee}", tags=["towns"])
    def get_town(insee: str) -> Response:
        """Tell what is known of a town."""
        return _json(_town(perimeters.town(catalogue, insee), settings))

    @found.get("/towns/{insee}/perimeters", tags=["towns"])
    def list_perimeters(insee: str) -> Response:
        """List a town's perimeters as GeoJSON features."""
        found = perimeters.perimeters(catalogue, perimeters.town(catalogue, insee))
        return _json({"perimeters": [_feature(perimeter) for perimeter in found]})

    @found.get("/towns/{insee}/indicators", tags=["indicators"])
    def town_indicators(
        insee: str,
        perimeter: str = "commune",
        axis: Axis | None = None,
        peers: str | None = None,
        format_: Annotated[FormatName, Query(alias="format")] = "json",
        lang: Language = "fr",
    ) -> Response:
        """Evaluate all indicators on a perimeter of a town, or those of one ``axis`` alone.

        With ``peers`` (``nearest``, or INSEE codes joined by commas), ``positions`` tells where
        each measure stands among those of comparable towns; other formats than JSON give the
        measures alone, in the language ``lang`` where they hold sentences.
        """
        now = snapshot(catalogue)
        town = perimeters.town(now, insee)
        area = perimeters.perimeter(now, town, perimeter)
        measures = known(now, area, _of_axis(axis))
        if format_ != "json":
            return takeaway.response(now, area, measures, format_, lang)
        chosen = {"id": area.id, "kind": area.kind, "name": area.name, "basis": _basis(area)}
        found = {"town": _town(town, settings), "perimeter": chosen, "measures": measures}
        return _json(found | comparison.placed(now, area, measures, peers))

    @found.get("/towns/{insee}/indicators/{name}/series", tags=["indicators"])
    def town_series(insee: str, name: str, perimeter: str = "commune") -> Response:
        """Evaluate an indicator at each vintage that its layers keep, breaks marked."""
        one = find(name)
        town = perimeters.town(catalogue, insee)
        area = perimeters.perimeter(catalogue, town, perimeter)
        points = as_document(series(catalogue, area, one))
        return _json({"town": town.insee, "perimeter": area.id, "id": one.text.id,
                      "code": one.text.code, "unit": one.text.unit, "series": points})  # fmt: skip


def _add_indicators(found: APIRouter, catalogue: Catalogue, ledger: Ledger) -> None:
    @found.get("/indicators", tags=["indicators"])
    def list_indicators() -> Response:
        """List the indicators with formula, source and pitfalls."""
        return _json({"indicators": [one.text.model_dump() for one in indicators().values()]})

    @found.get("/indicators/{name}", tags=["indicators"])
    def get_indicator(name: str) -> Response:
        """Describe an indicator, by id or code."""
        return _json(find(name).text.model_dump())

    @found.get("/indicators/{name}/values", tags=["indicators"])
    def values(
        name: str,
        format_: Annotated[Literal["json", "csv", "parquet"], Query(alias="format")] = "json",
    ) -> Response:
        """Evaluate an indicator on every commune of the programme, withheld ones included."""
        rows = tables.table(over_all_towns(catalogue, ledger, find(name)))
        if format_ == "csv":
            return Response(tables.as_csv(rows), media_type=CSV)
        if format_ == "parquet":
            return Response(tables.as_parquet(rows), media_type=PARQUET)
        return _json({"values": rows.to_pylist()})

    @found.post("/evaluate", tags=["indicators"])
    def evaluate_posted(
        wanted: Annotated[Evaluation, Body()],
        peers: str | None = None,
        format_: Annotated[FormatName, Query(alias="format")] = "json",
        lang: Language = "fr",
    ) -> Response:
        """Evaluate indicators on a perimeter of one's own.

        With ``peers`` they are placed among the centres of the towns comparable to its town.
        """
        now = snapshot(catalogue)
        area = perimeters.posted(now, wanted.perimeter)
        measures = evaluate_guarded(now, ledger, area, wanted.indicators)
        if format_ != "json":
            return takeaway.response(now, area, measures, format_, lang)
        return _json({"measures": measures} | comparison.placed(now, area, measures, peers))


def _of_axis(axis: Axis | None) -> list[str] | None:
    """Return the ids of an axis's indicators; ``None``, which means all, without an axis."""
    listed = indicators().values()
    return [one.text.id for one in listed if one.text.axis == axis] if axis else None


def _town(town: Town, settings: Settings) -> dict[str, Any]:
    root = f"{settings.url}/towns/{town.insee}"
    links = {"self": root, **{name: f"{root}/{name}" for name in ("perimeters", "indicators")}}
    links |= {"report": f"{root}/report", "report_pdf": f"{root}/report.pdf"}
    hall = shapely.get_coordinates(town.hall)[0].tolist() if town.hall is not None else None
    return {**town.facts, "fictitious": town.fictitious, "town_hall": hall, "links": links}


def _feature(perimeter: Perimeter) -> dict[str, Any]:
    facts = {
        "kind": perimeter.kind, "insee": perimeter.insee, "name": perimeter.name,
        "basis": _basis(perimeter), "fictitious": perimeter.fictitious,
    }  # fmt: skip
    geometry = json.loads(shapely.to_geojson(shapely.set_precision(perimeter.area, 1e-7)))
    return {"type": "Feature", "id": perimeter.id, "geometry": geometry, "properties": facts}


def _basis(perimeter: Perimeter) -> dict[str, str]:
    return dict(zip(("fr", "en"), perimeter.basis, strict=True))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("-", " ").strip()


def _json(value: Any) -> Response:
    numbers = orjson.OPT_SERIALIZE_NUMPY
    return Response(orjson.dumps(value, option=numbers), media_type="application/json")
