"""A whole layer as the lake's own file: GeoParquet or COG, with ranges and resumption."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from layers.catalogue import Catalogue, Layer
from layers.coverages.systems import Box, System, native_system
from layers.crs import CRS84
from layers.errors import NotFoundError
from server.caching import etag, unchanged
from server.ogc.documents import Documents
from server.ogc.links import PARQUET
from server.ogc.negotiation import parameters_of, require_known

COG = "image/tiff; application=geotiff; profile=cloud-optimized"
COG_PROFILE = "http://www.opengis.net/def/profile/geotiff/cloud-optimized"
# A version may be pruned between a look at the manifest and at its file; the next one is there.
ATTEMPTS = 5


class Downloads:
    """The route of whole layers."""

    def __init__(self, documents: Documents, catalogue: Catalogue) -> None:
        self._documents, self._catalogue = documents, catalogue

    async def whole(self, request: Request) -> Response:
        """Answer the file of the current version, or ranges of it."""
        require_known(parameters_of(request.query_params.multi_items()), ())
        return await self.file(request, self._documents.any_layer(request.path_params["layer"]))

    async def file(self, request: Request, layer: Layer) -> Response:
        """Answer the file of a layer's current version, or ranges of it."""
        layer, file = await run_in_threadpool(self._current, layer)
        # The record does not change the file, so a resumed download goes on after an edit of it.
        headers = {"ETag": etag(layer.version.id, "download"), "Vary": "Accept"}
        headers |= _of_raster(layer) if layer.is_raster else {"Content-Crs": f"<{CRS84}>"}
        if held := unchanged(request, headers):
            file.close()
            return held
        return OpenFile(
            file,
            headers=headers,
            media_type=COG if layer.is_raster else PARQUET,
            filename=f"{layer.id}{layer.file.suffix}",
        )

    def _current(self, layer: Layer) -> tuple[Layer, IO[bytes]]:
        for _ in range(ATTEMPTS):
            newest = self._catalogue.newest(layer)
            with suppress(FileNotFoundError):
                return newest, newest.file.open("rb")
        raise NotFoundError(f"The file of layer {layer.id!r} is gone: publish the layer again.")


class OpenFile(FileResponse):
    """An open file, or ranges of it: who deletes it meanwhile takes nothing from the answer.

    Args:
        file: closed when it has been sent.
        facts: as for ``FileResponse``.
    """

    def __init__(self, file: IO[bytes], **facts: Any) -> None:
        self._file = file
        # An open file has a path of its own, but where none can be deleted while it is open.
        path = Path("/dev/fd") / str(file.fileno())
        path = path if path.exists() else Path(file.name)
        super().__init__(path, stat_result=os.fstat(file.fileno()), **facts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it and close it."""
        with self._file:
            await super().__call__(scope, receive, send)


def placed(system: System, bounds: Box) -> dict[str, str]:
    """Return the headers that tell where cells lie: CRS and box, in the authority's axis order."""
    box = {"Content-Bbox": ",".join(f"{value:.12g}" for value in system.swapped(bounds))}
    # A CRS without a URI is in the file itself; a header holds no WKT.
    return box | ({"Content-Crs": f"<{system.uri}>"} if system.uri.startswith("http") else {})


def _of_raster(layer: Layer) -> dict[str, str]:
    west, south, east, north = layer.version.facts["native_bounds"]
    headers = {"Content-Profile": f"<{COG_PROFILE}>"}
    return headers | placed(native_system(layer), (west, south, east, north))
