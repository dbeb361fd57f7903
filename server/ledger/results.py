"""Results of indicators on known perimeters, kept as they come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import and_, delete, insert, select

from server.ledger.database import Ledger
from server.ledger.tables import results


@dataclass(frozen=True)
class Result:
    """One indicator on one perimeter of a town.

    Attributes:
        key: hash of the inputs it was computed from.
        measure: the measure, as JSON.
        licence: of what it was made from.
        computed: UTC, ISO 8601.
    """

    insee: str
    perimeter: str
    indicator: str
    key: str
    measure: str
    licence: str | None
    computed: str


def keep(ledger: Ledger, found: Iterable[Result]) -> None:
    """Write results, each in the place of the former one; all of them or none."""
    with ledger.write() as connection:
        for one in found:
            place = and_(
                results.c.insee == one.insee,
                results.c.perimeter == one.perimeter,
                results.c.indicator == one.indicator,
            )
            connection.execute(delete(results).where(place))
            connection.execute(insert(results).values(**asdict(one)))


def kept(ledger: Ledger, indicators: Iterable[str] | None = None) -> list[Result]:
    """Return all results, or those of some indicators, by town, perimeter and indicator."""
    if not ledger.exists:
        return []
    wanted = select(results).order_by(results.c.insee, results.c.perimeter, results.c.indicator)
    if indicators is not None:
        wanted = wanted.where(results.c.indicator.in_(list(indicators)))
    with ledger.read() as connection:
        return [Result(**row) for row in connection.execute(wanted).mappings()]
