"""The application: settings in, doors mounted, nothing built at import."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from layers.catalogue import Catalogue
from layers.errors import UserError
from server import api, ogc, problems, web
from server.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application over one data folder.

    Args:
        settings: by default those of the environment.
    """
    settings = settings or Settings.from_environment()
    catalogue = Catalogue(settings.data)
    # FastAPI's own documentation pages load scripts from elsewhere, so they are not served.
    app = FastAPI(title=settings.title, docs_url=None, redoc_url=None)
    app.add_exception_handler(UserError, problems.handle_user_error)
    app.add_exception_handler(RequestValidationError, problems.handle_invalid_request)
    app.add_exception_handler(HTTPException, problems.handle_http_error)
    app.include_router(api.router(catalogue, settings))
    app.router.routes.extend(ogc.routes(catalogue, settings))
    app.router.routes.extend(web.routes(catalogue, settings))
    return app
