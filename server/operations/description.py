"""The OpenAPI document of towns and indicators: self-contained, with the errors that we send."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

Document = dict[str, Any]
PROBLEM = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, where, and what to do."},
    },
}
ERRORS = {"400": "What was asked cannot be honoured.", "404": "A name designates nothing."}


def openapi(app: FastAPI, url: str) -> Document:
    """Return FastAPI's document with our problems instead of its validation errors."""
    document: Document = dict(FastAPI.openapi(app))
    document["servers"] = [{"url": url}]
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    for operation in _operations(document):
        responses = operation["responses"]
        responses.pop("422", None)
        for status, text in ERRORS.items():
            responses.setdefault(status, _problem(text))
    return document


def _operations(document: Document) -> list[Document]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def _problem(text: str) -> Document:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}
