"""The documents about processes and jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from server.compute.processes import Input, Process, processes
from server.ledger.jobs import Job
from server.ogc import links
from server.ogc.executions import FORMS, OUTPUT, PAGE

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
JSON = "application/json"
Document = dict[str, Any]


def process_list(
    base: str, language: str, texts: Mapping[str, str], limit: int, offset: int
) -> Document:
    """Return the summaries of a page of processes."""
    known = list(processes().values())
    href = f"{base}/processes"
    found = links.document_links(href, texts)
    found += page_links(href, {}, limit, offset, len(known), texts)
    page = known[offset : offset + limit]
    return {"processes": [_summary(base, p, language, texts) for p in page], "links": found}


def process_document(
    base: str, process: Process, language: str, texts: Mapping[str, str]
) -> Document:
    """Return the whole description of a process."""
    return _summary(base, process, language, texts) | {
        "inputs": {name: _input(one, language) for name, one in process.inputs.items()},
        "outputs": {OUTPUT: _output(texts)},
    }


def status_info(base: str, job: Job, texts: Mapping[str, str]) -> Document:
    """Return how a job is."""
    href = f"{base}/jobs/{job.id}"
    found = [
        links.link("self", f"{href}?f=json", JSON, texts["job"]),
        links.link("alternate", f"{href}?f=html", links.HTML, texts["job"]),
        links.link("up", f"{base}/jobs", JSON, texts["jobs"]),
    ]
    if job.status == "successful":
        found += [
            links.link(f"{REL}results", f"{href}/results?f={form}", media, texts["results"])
            for form, media in (FORMS | {PAGE: links.HTML}).items()
        ]
    times = {"created": job.created, "started": job.started, "finished": job.finished,
             "updated": job.updated}  # fmt: skip
    told = {name: instant(value) for name, value in times.items() if value is not None}
    facts = {"jobID": job.id, "processID": job.process, "type": "process", "status": job.status,
             "message": job.message, "progress": job.progress}  # fmt: skip
    return facts | told | {"links": found}


def job_list(
    base: str, jobs: list[Job], total: int, parameters: Mapping[str, str], limit: int, offset: int,
    texts: Mapping[str, str],
) -> Document:  # fmt: skip
    """Return a page of jobs."""
    href = f"{base}/jobs"
    found = links.document_links(href, texts)
    found += page_links(href, parameters, limit, offset, total, texts)
    return {"jobs": [status_info(base, job, texts) for job in jobs], "numberMatched": total,
            "numberReturned": len(jobs), "links": found}  # fmt: skip


def page_links(
    href: str, parameters: Mapping[str, str], limit: int, offset: int, total: int,
    texts: Mapping[str, str],
) -> list[links.Link]:  # fmt: skip
    """Return the links to the next and the former page, where there are any."""

    def to(rel: str, start: int, size: int) -> links.Link:
        wanted = {**parameters, "limit": str(size), "offset": str(start)}
        return links.link(rel, links.address(href, wanted), JSON, texts[rel])

    found = []
    if offset > 0:
        found.append(to("prev", max(0, offset - limit), min(limit, offset)))
    if offset + limit < total:
        found.append(to("next", offset + limit, limit))
    return found


def instant(seconds: float) -> str:
    """Return an instant as RFC 3339, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _summary(base: str, process: Process, language: str, texts: Mapping[str, str]) -> Document:
    href = f"{base}/processes/{process.id}"
    return {
        "id": process.id,
        "version": version("coeurville"),
        "title": getattr(process.title, language),
        "description": getattr(process.description, language),
        "keywords": list(process.keywords),
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value"],
        "links": [
            *links.document_links(href, texts),
            links.link(f"{REL}execute", f"{href}/execution", JSON, texts["execute"]),
            links.link(f"{REL}job-list", f"{base}/jobs?processID={process.id}", JSON,
                       texts["jobs"]),
        ],
    }  # fmt: skip


def _input(one: Input, language: str) -> Document:
    return {
        "title": getattr(one.title, language),
        "description": getattr(one.description, language),
        "schema": one.schema,
        "minOccurs": one.least,
        "maxOccurs": "unbounded" if one.most is None else one.most,
    }


def _output(texts: Mapping[str, str]) -> Document:
    kinds = {"json": "object", "geojson": "object", "csv": "string"}
    schemas = [{"type": kinds[form], "contentMediaType": media} for form, media in FORMS.items()]
    return {"title": texts["measures"], "schema": {"oneOf": schemas}}
