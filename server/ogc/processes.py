"""The routes of processes and jobs."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from layers.catalogue import Catalogue
from layers.errors import BadRequestError, NotFoundError, did_you_mean
from server.compute.dispatcher import Dispatcher
from server.compute.jobs import execute
from server.compute.processes import Process, find_process, prepare
from server.compute.rows import ATTRIBUTES
from server.ledger import Ledger, jobs
from server.ledger.jobs import Job
from server.ogc import process_documents as documents
from server.ogc.executions import (
    FORMS,
    PAGE,
    Asked,
    answer,
    form_accepted,
    read_request,
    table,
)
from server.ogc.job_parameters import JOB_PARAMETERS, job_filter, whole
from server.ogc.negotiation import form_of, language_of, parameters_of, require_known
from server.ogc.openapi_processes import DEFAULT_LIMIT, MAX_LIMIT
from server.ogc.pages import Pages
from server.ogc.references import with_values
from server.ogc.texts import TEXTS
from server.problems import problem

TYPES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
MAX_BODY = 5_000_000
# Open jobs in all, and requests answered at once by one server, beyond which more are refused.
MAX_QUEUE, MAX_SYNC = 100, 8
RETRY_S = 10
Endpoint = Callable[[Request], Awaitable[Response]]


class Processes:
    """The routes of processes and jobs."""

    def __init__(
        self, catalogue: Catalogue, ledger: Ledger, dispatcher: Dispatcher, base: str, pages: Pages
    ) -> None:
        self._catalogue, self._ledger, self._dispatcher = catalogue, ledger, dispatcher
        self._base, self._pages = base, pages
        self._sync = threading.BoundedSemaphore(MAX_SYNC)

    async def list(self, request: Request) -> Response:
        """List the processes."""
        parameters = _parameters(request, ("limit", "offset"))
        language = language_of(request, parameters)
        limit = min(whole(parameters, "limit", 1, MAX_LIMIT), MAX_LIMIT)
        found = documents.process_list(
            self._base, language, TEXTS[language], limit, whole(parameters, "offset", 0, 0)
        )
        return self._shown(request, parameters, "processes.html", found)

    async def describe(self, request: Request) -> Response:
        """Describe a process."""
        parameters = _parameters(request, ())
        language = language_of(request, parameters)
        with _typed("no-such-process") as refusal:
            process = find_process(request.path_params["process"])
            found = documents.process_document(self._base, process, language, TEXTS[language])
            return self._shown(request, parameters, "process.html", found)
        return refusal[0]

    async def execute(self, request: Request) -> Response:
        """Run a process at once, or as a job where the client prefers so."""
        parameters = _parameters(request, ())
        language = language_of(request, parameters)
        with _typed("no-such-process") as refusal:
            process = find_process(request.path_params["process"])
            body = await with_values(request, self._base, await _body(request))
            asked = read_request(process, body, request.headers.get("accept", ""))
            await run_in_threadpool(prepare, self._catalogue, process, asked.inputs)
            preferred = request.headers.get("prefer", "").lower()
            if "respond-async" in preferred:
                return await run_in_threadpool(self._queue, process, asked, language)
            return await run_in_threadpool(self._at_once, request, process, asked, language)
        return refusal[0]

    async def list_jobs(self, request: Request) -> Response:
        """List jobs, newest first."""
        parameters = _parameters(request, JOB_PARAMETERS)
        language = language_of(request, parameters)
        limit = min(whole(parameters, "limit", 1, DEFAULT_LIMIT), MAX_LIMIT)
        offset = whole(parameters, "offset", 0, 0)
        wanted = job_filter(parameters)
        known, total = await run_in_threadpool(jobs.page, self._ledger, wanted, limit, offset)
        kept = {k: v for k, v in parameters.items() if k not in ("limit", "offset")}
        found = documents.job_list(self._base, known, total, kept, limit, offset, TEXTS[language])
        return self._shown(request, parameters, "jobs.html", found)

    async def job(self, request: Request) -> Response:
        """Tell how a job is, or dismiss it."""
        parameters = _parameters(request, ())
        language = language_of(request, parameters)
        act = jobs.dismiss if request.method == "DELETE" else jobs.get
        found = await run_in_threadpool(self._known, act, request)
        if found is None:
            return _no_job(request)
        if request.method == "DELETE":
            self._dispatcher.wake()
        document = documents.status_info(self._base, found, TEXTS[language])
        return self._shown(request, parameters, "job.html", document)

    async def results(self, request: Request) -> Response:
        """Give what a job found."""
        parameters = _parameters(request, ())
        form, language = parameters.get("f"), language_of(request, parameters)
        if form is not None and form not in (*FORMS, PAGE):
            hint = did_you_mean(form, (*FORMS, PAGE))
            known = ", ".join((*FORMS, PAGE))
            raise BadRequestError(f"f must be one of {known}, not {form!r}.{hint}")
        return await run_in_threadpool(self._results, request, form, language)

    def _results(self, request: Request, form: str | None, language: str) -> Response:
        job = self._known(jobs.get, request)
        if job is None or job.status == "dismissed":
            return _no_job(request)
        if job.status in jobs.OPEN:
            return problem(404, f"Job {job.id} is {job.status}: its result is not ready.",
                           f"{TYPES}result-not-ready")  # fmt: skip
        if job.status == "failed":
            return problem(500, f"Job {job.id} failed: {job.message}")
        asked, result = jobs.request_and_result(self._ledger, job.id)
        wanted = orjson.loads(asked)
        named = form or form_accepted(request.headers.get("accept", ""))
        if named == PAGE:
            return self._table(request, job.process, result or b"[]", language)
        body, media = answer(
            self._catalogue, result or b"[]", wanted | ({"form": named} if named else {})
        )
        return Response(body, media_type=media, headers={"Vary": "Accept"})

    def _queue(self, process: Process, asked: Asked, language: str) -> Response:
        job = jobs.add(self._ledger, process.id, asked.as_json(), MAX_QUEUE)
        if job is None:
            return _busy(f"The queue is full ({MAX_QUEUE} jobs are open)")
        self._dispatcher.wake()
        body = orjson.dumps(documents.status_info(self._base, job, TEXTS[language]))
        headers = {"Location": f"{self._base}/jobs/{job.id}", "Preference-Applied": "respond-async"}
        return Response(body, 201, headers, "application/json")

    def _at_once(self, request: Request, process: Process, asked: Asked, language: str) -> Response:
        if not self._sync.acquire(blocking=False):
            return _busy(f"{MAX_SYNC} requests are being computed")
        try:
            result = execute(self._catalogue, self._ledger, process.id, asked.inputs)
        finally:
            self._sync.release()
        if asked.form == PAGE and not asked.document:
            return self._table(request, process.id, result, language)
        wanted = {"inputs": asked.inputs, "form": asked.form, "document": asked.document}
        body, media = answer(self._catalogue, result, wanted)
        return Response(body, media_type=media)

    def _table(self, request: Request, process: str, result: bytes, language: str) -> Response:
        """Return a result as a page."""
        rows, columns = table(result), {a.name: a.title for a in ATTRIBUTES}
        return self._pages.render(
            request, "results.html", language, process=find_process(process), columns=columns,
            rows=rows,
        )  # fmt: skip

    def _known(self, act: Callable[[Ledger, str], Job | None], request: Request) -> Job | None:
        return act(self._ledger, request.path_params["job"]) if self._ledger.exists else None

    def _shown(
        self, request: Request, parameters: Mapping[str, str], template: str, found: Any
    ) -> Response:
        language = language_of(request, parameters)
        if form_of(request, dict(parameters), ("json", "html")) == "html":
            return self._pages.render(request, template, language, data=found)
        headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
        return Response(orjson.dumps(found), media_type="application/json", headers=headers)


@contextmanager
def _typed(kind: str) -> Iterator[list[Response]]:
    """Give a list that holds the problem, of a type of its own, when a name designates nothing."""
    refusal: list[Response] = []
    try:
        yield refusal
    except NotFoundError as error:
        refusal.append(problem(404, str(error), f"{TYPES}{kind}"))


def _no_job(request: Request) -> Response:
    name = request.path_params["job"]
    return problem(404, f"No job {name!r}; the jobs are under /ogc/jobs.", f"{TYPES}no-such-job")


def _busy(reason: str) -> Response:
    found = problem(503, f"{reason}: try again in {RETRY_S} seconds.")
    found.headers["Retry-After"] = str(RETRY_S)
    return found


def _parameters(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    parameters = parameters_of(request.query_params.multi_items())
    require_known(parameters, known)
    return parameters


async def _body(request: Request) -> bytes:
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > MAX_BODY:
            raise BadRequestError(f"A request holds at most {MAX_BODY} bytes.")
    return bytes(received)
