"""The routes of the questions that planners ask."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from layers.catalogue import Catalogue
from server.api.routes import refuse_unknown
from server.indicators import perimeters
from server.indicators.use_cases import answer, describe, use_case, use_cases


def router(catalogue: Catalogue) -> APIRouter:
    """Return ``/use-cases`` and ``/use-cases/{id}``."""
    found = APIRouter(dependencies=[Depends(refuse_unknown)], tags=["use cases"])

    @found.get("/use-cases")
    def list_use_cases() -> Response:
        """List the questions, each with its decision, indicators and layers."""
        listed = [describe(one) for one in use_cases().values()]
        return Response(orjson.dumps({"use_cases": listed}), media_type="application/json")

    @found.get("/use-cases/{name}")
    def get_use_case(name: str, town: str | None = None, perimeter: str = "commune") -> Response:
        """Describe a question; with ``town``, answer it: measures, what is missing, who knows."""
        one = use_case(name)
        if town is None:
            told = describe(one)
        else:
            of = perimeters.town(catalogue, town)
            told = answer(catalogue, perimeters.perimeter(catalogue, of, perimeter), one)
        return Response(orjson.dumps(told), media_type="application/json")

    return found
