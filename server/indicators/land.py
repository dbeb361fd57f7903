"""Land cover and use of a perimeter: the polygons of OCS GE, vintage by vintage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from server.indicators.context import Context, Rows, share
from server.indicators.measures import no_data

IMPERVIOUS = ("CS1.1.1.1", "CS1.1.1.2")
VEGETATION = "CS2."
# Decree 2023-1096: artificial whatever the use; artificial but for quarries; grass that serves
# homes, industry, shops, transport, or land in transition or abandoned.
ALWAYS_ARTIFICIAL = (*IMPERVIOUS, "CS1.1.2.2")
MINERAL, QUARRY = "CS1.1.2.1", "US1.3"
GRASS, URBAN_USES = "CS2.2", ("US2", "US3", "US5", "US235", "US6.1", "US6.2")
TRANSPORT = "US4"


@dataclass(frozen=True)
class Land:
    """One vintage of the land of a perimeter; arrays of one length.

    Attributes:
        rows: polygons that meet the perimeter.
        areas: square metres of each inside it.
        cover: code of land cover.
        artificial: whether the land is artificial.
        vintage: year; 0 where the file does not say.
    """

    rows: Rows
    areas: np.ndarray
    cover: np.ndarray
    artificial: np.ndarray
    vintage: int

    @property
    def total(self) -> float:
        """Square metres that the layer tells of."""
        return float(self.areas.sum())

    def part(self, chosen: np.ndarray) -> float:
        """Return the square metres of some polygons."""
        return float(self.areas[chosen].sum())

    def classes(self) -> dict[str, float]:
        """Return the share (0-100) of each code of cover; they add up to 100."""
        codes, of = np.unique(self.cover, return_inverse=True)
        areas = np.bincount(of, self.areas)
        return {str(c): share(a, self.total) for c, a in zip(codes, areas, strict=True)}


def land(context: Context) -> list[Land]:
    """Return the vintages of the perimeter's land, oldest first.

    Raises:
        WithheldError: no layer, or none that covers a part of the perimeter.
    """
    found: list[Land] = context.once("land", lambda: _land(context))
    if not found:
        raise no_data("land-use")
    return found


def is_artificial(cover: np.ndarray, use: np.ndarray) -> np.ndarray:
    """Tell artificial land from codes of OCS GE, by the nomenclature of decree 2023-1096."""
    cover, use = cover.astype(str), use.astype(str)
    mineral = (cover == MINERAL) & (use != QUARRY)
    urban = np.isin(use, URBAN_USES) | np.char.startswith(use, TRANSPORT)
    grass = np.char.startswith(cover, GRASS) & urban
    return np.asarray(np.isin(cover, ALWAYS_ARTIFICIAL) | mineral | grass)


def _land(context: Context) -> list[Land]:
    rows = context.within("land-use")
    areas = rows.ground(context.perimeter)
    vintage = np.nan_to_num(rows.column("vintage").astype(float)).astype(int)
    cover = rows.column("code_cs").astype(str)
    told = rows.column("artificial")
    known = np.array([value is not None for value in told], dtype=bool)
    artificial = is_artificial(cover, rows.column("code_us"))
    artificial[known] = told[known].astype(bool)
    found = []
    for year in np.unique(vintage):
        of = (vintage == year) & (areas > 0)
        if of.any():
            part = rows.where(of)
            found.append(Land(part, areas[of], cover[of], artificial[of], int(year)))
    return found
