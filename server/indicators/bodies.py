"""The inter-communal body that a perimeter lies in, as far as its communes are published."""

from __future__ import annotations

from dataclasses import dataclass, replace

import shapely

from server.indicators.context import Context
from server.indicators.perimeters import Perimeter


@dataclass(frozen=True)
class Body:
    """An inter-communal body: its whole area as a context, and the codes of its communes."""

    context: Context
    codes: tuple[str, ...]


def inter_communal(context: Context) -> Body | None:
    """Return the body of the perimeter's commune; None when it is not told, or has no other."""
    found: Body | None = context.once("inter-communal body", lambda: _body(context))
    return found


def _body(context: Context) -> Body | None:
    here = context.perimeter
    for layer in context.layers("communes"):
        row = layer.index.row_of(here.insee)
        if row is None:
            continue
        names = ["epci", "epci_name"]
        facts = layer.index.rows(range(row, row + 1), names).to_pylist()[0]
        if not facts["epci"]:
            return None
        rows = context.among(layer, "epci", [facts["epci"]])
        if len(rows.positions) < 2:
            return None
        area = shapely.union_all(layer.index.geometries(rows.positions))
        name = facts["epci_name"] or facts["epci"]
        whole = Perimeter(facts["epci"], "posted", here.insee, name, area,
                          ("intercommunalité", "inter-communal body"), here.fictitious)  # fmt: skip
        return Body(replace(context, perimeter=whole, _kept={}),
                    tuple(rows.column("insee")))  # fmt: skip
    return None
