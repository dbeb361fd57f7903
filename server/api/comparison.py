"""Routes that compare towns: peers, typology, local resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import orjson
from fastapi import APIRouter
from fastapi.responses import Response

from layers.catalogue import Catalogue
from server.indicators import perimeters
from server.indicators.evaluation import licence
from server.indicators.measures import Measure, Withheld
from server.indicators.peers import Peers, peers
from server.indicators.perimeters import Perimeter
from server.indicators.portraits import Portraits, choices
from server.indicators.positions import positions
from server.indicators.resources import resources
from server.indicators.typology import described, typology

NEAREST = "nearest"
OUTSIDE = Withheld(
    "outside-the-programme",
    "Cette commune n'est pas une ville du programme : elle n'a pas de villes comparables.",
    "This commune is no town of the programme: it has no comparable towns.",
)


def add_routes(found: APIRouter, catalogue: Catalogue) -> None:
    """Add the routes over a catalogue."""

    @found.get("/towns/{insee}/peers", tags=["comparison"])
    def town_peers(
        insee: str, k: int | None = None, variables: str | None = None, peers: str | None = None
    ) -> Response:
        """List the comparable towns, nearest first.

        ``k`` is how many, ``variables`` the ids of those that count, ``peers`` INSEE codes of
        towns of one's own choice, joined by commas.
        """
        town = perimeters.town(catalogue, insee)
        compared = _peers(catalogue, town.insee, k, variables, peers)
        if isinstance(compared, Withheld):
            return _json({"town": town.insee, "peers": [], "withheld": compared})
        return _json({"town": town.insee, **_document(compared), "withheld": None})

    @found.get("/towns/{insee}/resources", tags=["comparison"])
    def town_resources(
        insee: str, k: int | None = None, variables: str | None = None, peers: str | None = None
    ) -> Response:
        """List what a town has more of than most of its peers."""
        town = perimeters.town(catalogue, insee)
        compared = _peers(catalogue, town.insee, k, variables, peers)
        if isinstance(compared, Withheld):
            return _json({"town": town.insee, "resources": [], "withheld": compared})
        listed = [asdict(one) for one in resources(catalogue, compared)]
        return _json({"town": town.insee, "peers": compared.insee, "resources": listed,
                      "withheld": None})  # fmt: skip

    @found.get("/typology", tags=["comparison"])
    def towns_typology() -> Response:
        """Describe classes of towns that are alike, and how stable they are."""
        made = typology(catalogue)
        table, names = made.portraits, np.array(made.portraits.insee)
        classes = [
            {
                "id": rank,
                **described(medians, table.variables),
                "count": int((made.classes == rank).sum()),
                "towns": names[made.rows[made.classes == rank]].tolist(),
            }
            for rank, medians in enumerate(made.medians)
        ]
        unknown = sorted(set(table.insee) - set(names[made.rows].tolist()))
        trials = [{"classes": count, **trial} for count, trial in made.trials.items()]
        return _json({"classes": classes, "unclassed": unknown, "trials": trials,
                      "variables": _variables(table), "absent": table.absent,
                      "licence": licence(list(table.layers))})  # fmt: skip


def placed(
    catalogue: Catalogue, area: Perimeter, measures: list[Measure], wanted: str | None
) -> dict[str, Any]:
    """Return ``peers`` and ``positions`` of measures, or nothing where none are asked for."""
    if wanted is None:
        return {}
    chosen = None if wanted == NEAREST else wanted
    known = area.fictitious or area.insee in {one.insee for one in perimeters.towns(catalogue)}
    compared = _peers(catalogue, area.insee, None, None, chosen) if known else OUTSIDE
    if isinstance(compared, Withheld):
        return {"peers": [], "positions": {}, "peers_withheld": compared}
    return {"peers": compared.insee, "positions": positions(catalogue, area, measures, compared)}


def _peers(
    catalogue: Catalogue, insee: str, k: int | None, variables: str | None, chosen: str | None
) -> Peers | Withheld:
    return peers(catalogue, insee, k, _split(variables), _split(chosen))


def _split(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def _document(compared: Peers) -> dict[str, Any]:
    table = compared.portraits
    return {
        "values": _values(table, compared.town),
        "peers": [
            {
                "insee": table.insee[row],
                "name": table.names[row],
                "distance": _number(away),
                "stability": None if compared.stability is None else compared.stability[rank],
                "values": _values(table, int(row)),
            }
            for rank, (row, away) in enumerate(zip(compared.rows, compared.distances, strict=True))
        ],
        "variables": _variables(table),
        "absent": table.absent,
        "draws": choices().bootstrap,
        "licence": licence(list(table.layers)),
    }


def _values(table: Portraits, row: int) -> dict[str, float | None]:
    ids = [one.id for one in table.variables]
    return {name: _number(value) for name, value in zip(ids, table.values[row], strict=True)}


def _variables(table: Portraits) -> Sequence[dict[str, Any]]:
    return [one.model_dump(include={"id", "name", "unit", "weight", "log"})
            for one in table.variables]  # fmt: skip


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _json(value: Any) -> Response:
    return Response(
        orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json"
    )
