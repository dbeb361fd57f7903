"""Official codes: texts whose leading zeros spreadsheets eat."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa

from layers.report import Report

COMMUNE, IRIS, SIREN, SIRET = 5, 9, 9, 14
RESTORED = "leading zero of a code restored"
_WIDTHS = {
    "insee": COMMUNE, "codeinsee": COMMUNE, "inseecom": COMMUNE, "codecommune": COMMUNE,
    "codgeo": COMMUNE, "com": COMMUNE, "depcom": COMMUNE, "lcoggeo": COMMUNE,
    "inseecommune": COMMUNE, "codecommuneinsee": COMMUNE, "iris": IRIS, "codeiris": IRIS,
    "siren": SIREN, "siret": SIRET,
}  # fmt: skip


def code_width(name: str) -> int | None:
    """Return how many characters the codes of a column of that name have, None for no code."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return _WIDTHS.get(re.sub(r"[^a-z]", "", plain))


def restore_codes(column: pa.ChunkedArray, width: int, report: Report) -> pa.ChunkedArray:
    """Return codes as text, lost leading zeros restored and counted.

    Numbers and texts such as ``1004`` or ``1004.0`` become ``01004``; ``2a004`` becomes
    ``2A004``. What is no code stays as it is.
    """
    restored = 0
    texts: list[str | None] = []
    for value in column.cast(pa.string()).to_pylist():
        code = None if value is None else re.sub(r"\.0+$", "", value.strip()).upper()
        if code and code.isdigit() and len(code) < width:
            restored += 1
            code = code.zfill(width)
        texts.append(code or None)
    report.repair(RESTORED, restored)
    return pa.chunked_array([pa.array(texts, pa.string())])
