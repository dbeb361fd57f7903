"""Official codes: texts whose leading zero spreadsheets eat."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc

from layers.report import Report

DEPARTMENT, COMMUNE, IRIS, SIREN, SIRET = 2, 5, 9, 9, 14
RESTORED = "leading zero of a code restored"
NO_CODE = "text that is no code of {width} characters kept as it is"

_WIDTHS = {
    **dict.fromkeys(
        (
            "insee", "codeinsee", "inseecode", "inseecom", "codeinseecom", "codeinseecommune",
            "codeinseeban", "inseecommune", "comminsee", "codecommune", "codecom",
            "codecommuneinsee", "codecommuneetablissement", "plgcodecommune", "codgeo", "codegeo",
            "com", "depcom", "lcoggeo",
        ),
        COMMUNE,
    ),
    **dict.fromkeys(("iris", "codeiris", "irisinsee", "dciris"), IRIS),
    "siren": SIREN,
    "siret": SIRET,
}  # fmt: skip
# Corsica's départements are 2A and 2B, those overseas have three digits.
_PATTERNS = {
    DEPARTMENT: r"^(\d\d|2[AaBb]|9[78]\d)$",
    COMMUNE: r"^(\d\d|2[AaBb])\d{3}$",
    IRIS: r"^(\d\d|2[AaBb])\d{7}$",
}


def code_width(name: str) -> int | None:
    """Return how many characters the codes of a column of that name have, None for no code.

    Case, accents, separators and a vintage are ignored: ``Code_INSEE``, ``CODGEO_26``.
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return _WIDTHS.get(re.sub(r"[^a-z]", "", plain))


def department(insee: str) -> str:
    """Return the code of a commune's département: two characters, three overseas."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def restore_codes(column: pa.ChunkedArray, width: int, report: Report) -> pa.ChunkedArray:
    """Return codes as text, a lost leading zero restored and counted.

    Numbers and texts such as ``1004`` or ``1004.0`` become ``01004``, ``2a004`` becomes
    ``2A004``. What is no code stays as it is and is counted: ``4`` has lost more than a zero.

    Args:
        column: values of any type.
        width: characters of a code: 5 for communes, 9 for IRIS, 2 for départements and regions.
        report: counts the changes.
    """
    given = plain_text(column)
    texts = pc.utf8_trim_whitespace(given)
    texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    codes = pc.replace_substring_regex(texts, r"^(\d+)\.0+$", r"\1")
    short = _is(codes, rf"^\d{{{width - 1}}}$")
    codes = pc.if_else(short, pc.utf8_lpad(codes, width, "0"), codes)
    known = _is(codes, _PATTERNS.get(width, rf"^\d{{{width}}}$"))
    report.repair(RESTORED, _count(short))
    report.repair(NO_CODE.format(width=width), _count(pc.invert(known)))
    return pc.if_else(known, pc.utf8_upper(codes), texts)


def plain_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return values as text; whole numbers, floating ones too, without decimals or exponent."""
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
        # Arrow writes large floats such as a SIRET with an exponent.
        if pc.all(pc.equal(pc.floor(column), column)).as_py() is not False:
            return column.cast(pa.int64(), safe=False).cast(pa.string())
    return column.cast(pa.string())


def _is(texts: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    return pc.match_substring_regex(texts, pattern)


def _count(mask: pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)
