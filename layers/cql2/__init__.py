"""CQL2 filters compiled to SQL with bound parameters (OGC 21-065).

The text is parsed by the ``cql2`` library; every literal becomes a parameter, every name must be
a queryable, and what cannot be evaluated is refused with the reason.
"""

from layers.cql2.compiler import Compiled, compile_filter
from layers.cql2.terms import Queryable

_CLASSES = (
    "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators",
    "case-insensitive-comparison", "accent-insensitive-comparison", "basic-spatial-functions",
    "basic-spatial-functions-plus", "spatial-functions", "temporal-functions", "arithmetic",
    "property-property",
)  # fmt: skip
CONFORMANCE = tuple(f"http://www.opengis.net/spec/cql2/1.0/conf/{name}" for name in _CLASSES)

__all__ = ["CONFORMANCE", "Compiled", "Queryable", "compile_filter"]
