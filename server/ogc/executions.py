"""What a client asks of a process, and its answer in the form that it wants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import shapely

from layers.catalogue import Catalogue
from layers.errors import BadRequestError, did_you_mean
from layers.schema import ARROW_TYPES
from server.compute.processes import Process, polygon_of, validated
from server.compute.rows import ATTRIBUTES, row
from server.compute.work import area_of
from server.indicators import perimeters
from server.indicators.measures import restore

OUTPUT = "measures"
FORMS = {"json": "application/json", "geojson": "application/geo+json", "csv": "text/csv"}
# A page is for people: none of the media types of the output, and no job is asked for it.
PAGE, HTML = "html", "text/html"
MEMBERS = ("inputs", "outputs", "response", "subscriber")


@dataclass(frozen=True)
class Asked:
    """A valid request: inputs, the form of the output, and whether it comes in a document."""

    inputs: dict[str, Any]
    form: str
    document: bool

    def as_json(self) -> str:
        """Return what the ledger keeps."""
        form = "json" if self.form == PAGE else self.form
        return json.dumps(
            {"inputs": self.inputs, "form": form, "document": self.document},
            ensure_ascii=False,
        )


def read_request(process: Process, body: bytes, accept: str) -> Asked:
    """Return the request in a body.

    Raises:
        BadRequestError: what in the body cannot be honoured.
    """
    try:
        asked = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"The body is not JSON: {error}.") from None
    if not isinstance(asked, dict):
        raise BadRequestError("The body must be an object with inputs.")
    for name in asked:
        if name not in MEMBERS:
            raise BadRequestError(f"Unknown member {name!r}.{did_you_mean(name, MEMBERS)}")
    if "subscriber" in asked:
        raise BadRequestError("Call-backs are not offered: leave out subscriber, ask the job.")
    response = asked.get("response", "raw")
    if response not in ("raw", "document"):
        raise BadRequestError(f"response must be raw or document, not {response!r}.")
    inputs = validated(process, asked.get("inputs", {}))
    return Asked(inputs, _form(asked.get("outputs"), accept), response == "document")


def form_accepted(accept: str) -> str | None:
    """Return the form that an Accept header names, None where it names none of ours."""
    ranges = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    known = {media: form for form, media in (FORMS | {PAGE: HTML}).items()}
    return next((known[name] for name in ranges if name in known), None)


def table(result: bytes) -> list[dict[str, Any]]:
    """Return a result as rows, with the columns of ``ATTRIBUTES``."""
    return _flat(orjson.loads(result))


def answer(catalogue: Catalogue, result: bytes, asked: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return the body and media type of a result, as the request wants it."""
    form = "json" if asked["form"] == PAGE else asked["form"]
    body = _WRITERS[form](catalogue, orjson.loads(result), asked["inputs"])
    if not asked["document"]:
        return body, "text/csv; charset=utf-8" if form == "csv" else FORMS[form]
    value = body.decode() if form == "csv" else orjson.loads(body)
    return orjson.dumps({OUTPUT: {"value": value, "mediaType": FORMS[form]}}), FORMS["json"]


def _form(outputs: Any, accept: str) -> str:
    if not outputs:
        return form_accepted(accept) or "json"
    if not isinstance(outputs, dict):
        raise BadRequestError("outputs must be an object that names the outputs wanted.")
    for name in outputs:
        if name != OUTPUT:
            raise BadRequestError(f"No output {name!r}; the only one is {OUTPUT!r}.")
    wanted = outputs[OUTPUT]
    if not isinstance(wanted, dict):
        raise BadRequestError(f"outputs.{OUTPUT} must be an object.")
    if wanted.get("transmissionMode", "value") != "value":
        raise BadRequestError("Outputs are given by value only (transmissionMode: value).")
    return _named(wanted.get("format", {}), accept)


def _named(format_: Any, accept: str) -> str:
    media = format_.get("mediaType") if isinstance(format_, dict) else format_
    if media is None:
        return form_accepted(accept) or "json"
    known = {name: form for form, name in FORMS.items()}
    plain = str(media).split(";")[0].strip().lower()
    if plain not in known:
        raise BadRequestError(
            f"mediaType must be one of {', '.join(known)}, not {media!r}."
            f"{did_you_mean(plain, known)}"
        )
    return known[plain]


def _as_json(catalogue: Catalogue, rows: list[dict[str, Any]], inputs: Any) -> bytes:
    flat = [{k: r[k] for k in ("insee", "town", "perimeter")} | r["measure"] for r in rows]
    return orjson.dumps({OUTPUT: flat})


def _as_csv(catalogue: Catalogue, rows: list[dict[str, Any]], inputs: Any) -> bytes:
    names = [(attribute.name, ARROW_TYPES[attribute.type]) for attribute in ATTRIBUTES]
    table = pa.Table.from_pylist(_flat(rows), schema=pa.schema(names))
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(table, sink)
    return bytes(sink.getvalue())


def _as_geojson(catalogue: Catalogue, rows: list[dict[str, Any]], inputs: Any) -> bytes:
    """Return one feature per row, with the area that it is about."""
    posted = polygon_of(inputs)
    areas: dict[tuple[str, str], Any] = {}
    features = []
    for count, found in enumerate(_flat(rows)):
        place = (found["insee"], found["perimeter"])
        if place not in areas:
            shape = posted if posted is not None else _area(catalogue, *place)
            areas[place] = json.loads(shapely.to_geojson(shape)) if shape is not None else None
        features.append(
            {"type": "Feature", "id": count, "geometry": areas[place], "properties": found}
        )
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _area(catalogue: Catalogue, insee: str, name: str) -> Any:
    area = area_of(catalogue, perimeters.town(catalogue, insee), name)
    return shapely.set_precision(area.area, 1e-7) if area else None


def _flat(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row(r["insee"], r["town"], r["perimeter"], restore(r["measure"])) for r in rows]


_WRITERS = {"json": _as_json, "csv": _as_csv, "geojson": _as_geojson}
