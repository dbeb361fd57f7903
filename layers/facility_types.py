"""Types of facilities of the BPE, whose codes change from one vintage to the next.

The BPE of 2024 numbered the health professions anew. ``config/facility-codes.csv`` holds the codes
that the indicators need; facilities and ranges are translated alike, so that any two vintages meet.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from layers.lists import pairs
from layers.report import Report

TRANSLATED = "facility code of a former vintage translated"


def present(types: pa.ChunkedArray, report: Report) -> pa.ChunkedArray:
    """Return codes of the latest vintage; those translated are counted, others stay."""
    known = pairs("facility-codes.csv", "former", "present")
    at = pc.index_in(types, value_set=pa.array(list(known), pa.string()))
    report.repair(TRANSLATED, len(at) - at.null_count)
    new = pa.chunked_array([pa.array(list(known.values()), pa.string())]).take(at)
    return pc.coalesce(new, types)
