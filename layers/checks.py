"""What is wrong with the rows of a table: each check a function from what was seen to findings."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from layers.codes import RESTORED
from layers.crs import file_crs, file_mover
from layers.findings import COMMUNE_CODE, Array, Examination, Finding, Severity
from layers.placement import FRANCE, advice, likely_crs

# A stray row lies this many times farther from the median place than nine rows in ten.
FAR = 20.0
FAR_LEAST_DEGREES = 0.5
FAR_MOST_SHARE = 0.01


def diagnose(seen: Examination) -> list[Finding]:
    """Read a table and return what is wrong with it, the gravest first."""
    seen.read()
    found = [f for check in CHECKS for f in check(seen)]
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda finding: order[finding.severity])


def check_rows(seen: Examination) -> list[Finding]:
    """Find a table without rows, rows that occur twice, ids that do."""
    if not seen.rows:
        return [seen.finding("error", "no row", "Check the export: the file holds only a header.")]
    found = []
    if count := seen.repeated():
        found.append(
            seen.finding(
                "warning",
                "rows that repeat a former one entirely, geometry and attributes",
                "Remove them before adding the file, or sums count them twice.",
                count,
            )
        )
    for name, count in seen.repeated_ids().items():
        if count:
            grave: Severity = "error" if name == seen.id_field else "info"
            text = "rows repeat a former identifier"
            mend = "Make the values unique, or choose another column as identifier."
            found.append(seen.finding(grave, text, mend, count, name))
    return found


def check_shapes(seen: Examination) -> list[Finding]:
    """Find geometries that are missing, unreadable, empty or invalid."""
    mends = {
        "unreadable": ("error", "Export the layer again: its geometry is damaged."),
        "infinite": ("error", "Reproject the layer again: a former reprojection failed."),
        "invalid": (
            "warning",
            "They are repaired when published; check the result, or mend them with QGIS "
            "(Fix geometries).",
        ),
        "empty": ("warning", "They are published without geometry; redraw or delete these rows."),
        "missing": ("info", "They are published without geometry and appear on no map."),
    }
    found = []
    for key, (severity, mend) in mends.items():
        if count := seen.shapes[key]:
            what = f"{key} geometry" + (f" (first: {seen.reason})" if key == "invalid" else "")
            found.append(seen.finding(severity, what, mend, count))  # type: ignore[arg-type]
    return found


def check_place(seen: Examination) -> list[Finding]:
    """Find a CRS that is absent or contradicts the coordinates, and rows far from the rest."""
    boxes = seen.boxes
    if not len(boxes):
        return []
    bounds = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
    if seen.table.crs is None:
        return [seen.finding("error", "the file does not say its CRS", advice(bounds))]
    system = file_crs(seen.table.crs)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    if system.is_geographic and (np.abs(bounds) > (180.001, 90.001, 180.001, 90.001)).any():
        what = f"coordinates up to {max(bounds, key=abs):,.0f} cannot be degrees of {system.name}"
        return [seen.finding("error", what, advice(bounds))]
    places = file_mover(system)(centres)
    home = _in_france(places)
    if not home.any():
        return [_abroad(seen, places, likely_crs(bounds))]
    away = int(np.count_nonzero(~home))
    found = []
    if away:
        what, mend = "rows outside France and its overseas regions", _look_up(places[~home][0])
        found.append(seen.finding("warning", what, mend, away))
    if far := _far(places[home]):
        count, place = far
        what, mend = "rows far from all the others", _look_up(place)
        found.append(seen.finding("warning", what, mend, count))
    return found


def check_columns(seen: Examination) -> list[Finding]:
    """Find codes that lost zeros or are none, unknown communes, garbled text, empty columns."""
    texts: dict[str, tuple[Severity, str, str]] = {
        "short": (
            "warning",
            "codes that lost their leading zeros",
            "They are restored when the file is added; open such files as text in a spreadsheet.",
        ),
        "wrong": (
            "warning",
            "values that are no INSEE commune code",
            "Give the five-character code (postcodes are not INSEE codes).",
        ),
        "garbled": (
            "warning",
            "garbled accents (Ã© for é)",
            "Export the file again in UTF-8; its text was decoded wrongly before.",
        ),
    }
    found = []
    for (name, key), count in seen.columns.items():
        if count and key in texts:
            severity, what, mend = texts[key]
            found.append(seen.finding(severity, what, mend, count, name))
    if restored := seen.table.report.repaired.get(RESTORED):
        found.append(seen.finding(*texts["short"], restored))
    return found + _empty_columns(seen) + _unknown_communes(seen)


def check_report(seen: Examination) -> list[Finding]:
    """Tell what the reader refused and remarked."""
    found = [
        seen.finding("warning", f"refused: {reason}", "Correct these rows in the file.", count)
        for reason, count in seen.table.report.refused.items()
    ]
    notes = seen.table.report.notes
    return found + [seen.finding("info", note, "Nothing, if that is right.") for note in notes]


CHECKS: tuple[Callable[[Examination], list[Finding]], ...] = (
    check_rows,
    check_place,
    check_shapes,
    check_columns,
    check_report,
)


def _empty_columns(seen: Examination) -> list[Finding]:
    names = [name for (name, key), n in seen.columns.items() if key == "nothing" and n == seen.rows]
    if not names:
        return []
    what = f"columns without any value: {', '.join(names)}"
    return [seen.finding("info", what, "Drop them from the file, or fill them.", len(names))]


def _unknown_communes(seen: Examination) -> list[Finding]:
    if seen.towns is None:
        return []
    found = []
    for name, codes in seen.communes.items():
        valid = {code for code in codes if re.match(COMMUNE_CODE, code)}
        if valid and not valid & set(seen.towns):
            what = f"none of its {len(valid)} communes is a town of the programme"
            mend = "Check that this is the right file; no indicator of a town will use it."
            found.append(seen.finding("info", what, mend, len(valid), name))
    return found


def _abroad(seen: Examination, places: Array, likely: str | None) -> Finding:
    count = len(places)
    if _in_france(places[:, ::-1]).mean() > 0.5:
        mend = "Swap the coordinates: longitude (x) comes first."
        return seen.finding("error", "latitude and longitude are swapped", mend, count)
    x, y = places[0]
    what = f"all rows lie outside France (first: {x:.4f}, {y:.4f})"
    mend = f"The CRS is probably wrong: try --crs {likely}." if likely else "Check the CRS."
    return seen.finding("warning", what, mend, count)


def _in_france(places: Array) -> Array:
    inside = np.zeros(len(places), dtype=bool)
    for minx, miny, maxx, maxy in FRANCE:
        inside |= ((places >= (minx, miny)) & (places <= (maxx, maxy))).all(axis=1)
    return inside


def _far(places: Array) -> tuple[int, Array] | None:
    """Return how many places are far from the rest and the first; None where they spread."""
    distance = np.linalg.norm(places - np.median(places, axis=0), axis=1)
    limit = max(FAR_LEAST_DEGREES, FAR * float(np.quantile(distance, 0.9)))
    far = distance > limit
    if not far.any() or far.mean() > FAR_MOST_SHARE:
        return None
    return int(far.sum()), places[far][0]


def _look_up(place: Array) -> str:
    return f"Check their coordinates (first: {place[0]:.4f}, {place[1]:.4f})."
