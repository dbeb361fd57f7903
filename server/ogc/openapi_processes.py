"""What the OpenAPI document says of processes and jobs."""

from __future__ import annotations

from typing import Any

from server.compute.processes import processes
from server.ledger.jobs import STATUSES
from server.ogc.executions import FORMS, PAGE

Document = dict[str, Any]
JSON = "application/json"
DEFAULT_LIMIT, MAX_LIMIT = 10, 1_000
_STATUS = {"$ref": "#/components/schemas/statusInfo"}


def process_paths(problem: Document) -> Document:
    """Return the paths of processes and jobs; ``problem`` is the answer to a wrong request."""
    process = _path("processID", {"type": "string", "enum": list(processes())})
    job = _path("jobID", {"type": "string"})
    lang = {"$ref": "#/components/parameters/lang"}
    shared = [{"$ref": "#/components/parameters/f"}, lang]

    def operation(name: str, summary: str, schema: Document, *parameters: Document) -> Document:
        answers = {"200": _answer(summary, schema), "400": problem, "404": problem}
        return {"summary": summary, "operationId": name, "tags": ["processes"],
                "parameters": [*parameters, *shared], "responses": answers}  # fmt: skip

    plain = {"type": "object"}
    execute = operation("execute", "Run a process", plain, process)
    execute["parameters"] = [process, lang, _header("Prefer", ["respond-async"])]
    execute["requestBody"] = {
        "required": True,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/execute"}}},
    }
    execute["responses"] |= {"201": _created(), "503": problem}
    contents = {media: {"schema": plain} for media in FORMS.values()}
    execute["responses"]["200"]["content"] |= contents
    results = operation("getResult", "Result of a job", plain, job)
    results["responses"]["200"]["content"] |= contents
    results["responses"]["500"] = problem
    results["parameters"] = [job, _query("f", {"type": "string", "enum": [*FORMS, PAGE]}), lang]
    return {
        "/processes": {"get": operation("getProcesses", "Processes", plain, *_paging(MAX_LIMIT))},
        "/processes/{processID}": {"get": operation("describe", "A process", plain, process)},
        "/processes/{processID}/execution": {"post": execute},
        "/jobs": {"get": operation("getJobs", "Jobs", plain, *_paging(DEFAULT_LIMIT), *_filters())},
        "/jobs/{jobID}": {
            "get": operation("getStatus", "How a job is", _STATUS, job),
            "delete": operation("dismiss", "Dismiss a job", _STATUS, job),
        },
        "/jobs/{jobID}/results": {"get": results},
    }


def process_schemas() -> Document:
    """Return the schemas that the paths refer to."""
    text, instant = {"type": "string"}, {"type": "string", "format": "date-time"}
    times = dict.fromkeys(("created", "started", "finished", "updated"), instant)
    return {
        "execute": {
            "type": "object",
            "properties": {
                "inputs": {"type": "object"},
                "outputs": {"type": "object"},
                "response": {"type": "string", "enum": ["raw", "document"], "default": "raw"},
            },
            "additionalProperties": False,
        },
        "statusInfo": {
            "type": "object",
            "required": ["jobID", "status", "type"],
            "properties": {
                "jobID": text,
                "processID": text,
                "type": {"type": "string", "enum": ["process"]},
                "status": {"type": "string", "enum": list(STATUSES)},
                "message": text,
                "progress": {"type": "integer", "minimum": 0, "maximum": 100},
                **times,
                "links": {"type": "array", "items": {"type": "object"}},
            },
        },
    }


def _answer(summary: str, schema: Document) -> Document:
    page = {"text/html": {"schema": {"type": "string"}}}
    return {"description": summary, "content": {JSON: {"schema": schema}, **page}}


def _created() -> Document:
    location = {"Location": {"schema": {"type": "string"}, "description": "Address of the job"}}
    return _answer("The job", _STATUS) | {"headers": location}


def _path(name: str, schema: Document) -> Document:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _header(name: str, values: list[str]) -> Document:
    return {"name": name, "in": "header", "schema": {"type": "string", "enum": values}}


def _query(name: str, schema: Document) -> Document:
    return {"name": name, "in": "query", "required": False, "schema": schema, "style": "form",
            "explode": False}  # fmt: skip


def _paging(default: int) -> list[Document]:
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": default}
    offset = {"type": "integer", "minimum": 0, "default": 0}
    return [_query("limit", limit), _query("offset", offset)]


def _filters() -> list[Document]:
    def several(values: list[str]) -> Document:
        return {"type": "array", "items": {"type": "string", "enum": values}}

    # A list, as the standard has it, though one duration is all that has a meaning.
    seconds = {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 1}
    return [
        _query("type", several(["process"])),
        _query("status", several(list(STATUSES))),
        _query("processID", several(list(processes()))),
        _query("datetime", {"type": "string"}),
        _query("minDuration", seconds),
        _query("maxDuration", seconds),
    ]
