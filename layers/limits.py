"""What one search may take, so that a hostile or clumsy one cannot stop the others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of an installation.

    Attributes:
        seconds: longest search; then it is stopped and refused with what to do.
        vertices: most vertices in the geometries of one filter.
        memory: what DuckDB may use before a sort spills or is refused.
    """

    seconds: float = 30.0
    vertices: int = 100_000
    memory: str = "1GB"
