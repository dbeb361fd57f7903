"""The application: settings in, doors mounted, nothing built at import."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from layers.catalogue import Catalogue
from layers.errors import UserError
from server import api, front, memory, ogc, operations, problems, warming, web
from server.compute.dispatcher import Dispatcher
from server.ledger import Ledger
from server.operations.description import openapi
from server.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application over one data folder.

    Args:
        settings: by default those of the environment.
    """
    settings = settings or Settings.from_environment()
    front.configure_logs()
    catalogue = Catalogue(settings.data, settings.limits, serving=True)
    metrics = front.Metrics()
    # FastAPI's own documentation pages load scripts from elsewhere, so they are not served.
    dispatcher = Dispatcher(Ledger.of(settings), settings.data)
    app = FastAPI(
        title=settings.title, docs_url=None, redoc_url=None, openapi_url=None,
        lifespan=_running(dispatcher, catalogue),
    )  # fmt: skip
    app.add_exception_handler(UserError, problems.handle_user_error)
    app.add_exception_handler(RequestValidationError, problems.handle_invalid_request)
    app.add_exception_handler(HTTPException, problems.handle_http_error)
    app.add_exception_handler(Exception, problems.handle_defect)
    # The OGC routes come first: they answer most requests, and routes are tried in turn.
    app.router.routes.extend(ogc.routes(catalogue, settings, dispatcher))
    app.include_router(api.router(catalogue, settings))
    describe = lambda: openapi(app, settings.url)  # noqa: E731
    app.router.routes.extend(operations.routes(catalogue, settings, metrics, describe))
    app.router.routes.extend(web.routes(catalogue, settings))
    app.middleware_stack = front.wrapped(app.build_middleware_stack(), settings, metrics)
    return app


def _running(
    dispatcher: Dispatcher, catalogue: Catalogue
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return what runs beside requests from the server's first moment to its last."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        memory.share_pools()
        dispatcher.start()
        cold = warming.start(catalogue)
        yield
        cold.set()
        await run_in_threadpool(dispatcher.stop)

    return lifespan
