"""The catalogue in the OpenAPI document: its records, and DCAT-AP."""

from __future__ import annotations

from typing import Any

from layers import crs
from layers.discovery import TYPE
from layers.parameters import DEFAULT_LIMIT, MAX_LIMIT
from server.ogc.record_documents import ID, MEDIA_TYPE, RECORD

Document = dict[str, Any]


def catalogue_paths(problem: Document) -> Document:
    """Return the paths of the catalogue.

    Args:
        problem: the response that tells what is wrong.
    """
    root = f"/collections/{ID}"
    language = _query("lang", {"type": "string", "enum": ["fr", "en"]})
    form = _query("f", {"type": "string", "enum": ["json", "html"]})
    only = _query("f", {"type": "string", "enum": ["jsonld"]})
    record = {"name": "recordId", "in": "path", "required": True, "schema": {"type": "string"}}

    def get(summary: str, operation: str, media_type: str, *parameters: Document) -> Document:
        content = {media_type: {"schema": {"type": "object"}}}
        if form in parameters:
            content["text/html"] = {"schema": {"type": "string"}}
        return {
            "get": {
                "summary": summary,
                "operationId": operation,
                "parameters": list(parameters),
                "responses": {
                    "200": {"description": summary, "content": content},
                    "400": problem,
                    "404": problem,
                },
            }
        }

    geojson = "application/geo+json"
    return {
        root: get("The catalogue", "catalogue", MEDIA_TYPE, form, language),
        f"{root}/items": get(
            "Records of the catalogue", "records", geojson, form, language, *_search()
        ),
        f"{root}/items/{{recordId}}": get("One record", "record", RECORD, record, form, language),
        "/dcat": get("The catalogue as DCAT-AP", "dcat", "application/ld+json", only, language),
    }


def _search() -> list[Document]:
    numbers = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    texts = {"type": "array", "items": {"type": "string"}}
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    return [
        _query("q", texts, "Words in French or English; commas separate alternatives."),
        _query("bbox", numbers),
        _query("bbox-crs", {"type": "string", "enum": list(crs.SUPPORTED)}),
        _query("datetime", {"type": "string"}),
        _query("type", texts | {"items": {"type": "string", "maxLength": 64}}, f"Such as {TYPE}."),
        _query("ids", texts),
        _query("externalIds", texts, "Such as reader:corine, or an address."),
        _query("keywords", texts),
        _query("crs", {"type": "string", "enum": [crs.CRS84]}),
        _query("limit", limit),
        _query("offset", {"type": "integer", "minimum": 0, "default": 0}),
    ]


def _query(name: str, schema: Document, description: str = "") -> Document:
    found = {"name": name, "in": "query", "required": False, "schema": schema}
    found |= {"style": "form", "explode": False}
    return found | ({"description": description} if description else {})
