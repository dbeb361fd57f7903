"""A town and an area of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import shapely

from layers import crs
from layers.catalogue import Catalogue, Layer

Kind = Literal["commune", "centre", "shared", "posted"]


@dataclass(frozen=True)
class Perimeter:
    """An area of a town.

    Attributes:
        id: ``commune``, ``centre``, ``posted`` or the id of a shared one.
        insee: code of the town.
        area: polygon in CRS84.
        basis: how it was drawn, in French and English.
        fictitious: it lies in the fictitious town.
    """

    id: str
    kind: Kind
    insee: str
    name: str
    area: Any
    basis: tuple[str, str]
    fictitious: bool

    @property
    def projection(self) -> str:
        """Return the URI of the town's legal projection."""
        return f"{crs.EPSG}{crs.legal_projection(self.insee)}"

    @cached_property
    def projected(self) -> Any:
        """Return the area in metres, in the town's legal projection."""
        return shapely.transform(self.area, crs.mover(crs.CRS84, self.projection))

    def around(self, metres: float) -> Any:
        """Return the area widened by a distance, in CRS84."""
        wide = shapely.buffer(self.projected, metres)
        return shapely.transform(wide, crs.mover(self.projection, crs.CRS84))


@dataclass(frozen=True)
class Town:
    """A town of the programme, with what is known of it."""

    insee: str
    name: str
    facts: dict[str, Any]
    fictitious: bool
    hall: Any


def speaking(catalogue: Catalogue, theme: str, of: Town) -> list[Layer]:
    """Return the layers of a theme that speak of a town: invented ones only of the invented."""
    return [x for x in catalogue.themed(theme) if x.record.fictitious == of.fictitious]
