"""Rows of the BAAC as accidents: codes as words, unknown (-1) as missing, those hurt as counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from layers.positions import points
from layers.report import Report
from layers.tables import GEOMETRY

LIGHT = {"1": "day", "2": "twilight", "3": "unlit-night", "4": "unlit-night", "5": "lit-night"}
ROADS = {"1": "motorway", "2": "national", "3": "departmental", "4": "communal",
         "5": "private", "6": "car-park", "7": "urban-metropolitan", "9": "other"}  # fmt: skip
BUILT_UP = {"1": False, "2": True}
NO_CROSSING = "1"
KILLED, HOSPITALISED, SLIGHT = "2", "3", "4"
PEDESTRIAN = "3"
CYCLES = ("1", "80")  # bicycles, with or without assistance
CORSICA = {"201": "2A", "202": "2B"}
SCALED = 1e5  # degrees were whole numbers of hundred-thousandths until 2018
COUNTS = ("killed", "hospitalised", "slightly_injured", "pedestrians", "cycles")


def per_accident(
    roads: pd.DataFrame | None, vehicles: pd.DataFrame | None, users: pd.DataFrame | None
) -> pd.DataFrame:
    """Return what the other files tell of each accident, by its id; None is a file not given."""
    found = []
    if roads is not None:
        first = roads.drop_duplicates("accident_id").set_index("accident_id")
        speed = first["_speed"].astype("Float64")
        found.append(pd.DataFrame({"road": _words(first["_road"], ROADS),
                                   "speed_limit": speed.where(speed > 0)}))  # fmt: skip
    if vehicles is not None:
        cycles = _code(vehicles["_vehicle"]).isin(CYCLES)
        found.append(cycles.groupby(vehicles["accident_id"]).sum().to_frame("cycles"))
    if users is not None:
        harm, role = _code(users["_harm"]), _code(users["_role"])
        each = pd.DataFrame({
            "killed": harm == KILLED, "hospitalised": harm == HOSPITALISED,
            "slightly_injured": harm == SLIGHT, "pedestrians": role == PEDESTRIAN,
        })  # fmt: skip
        found.append(each.groupby(users["accident_id"]).sum())
    whole = pd.concat(found, axis=1) if found else pd.DataFrame()
    return whole.reindex(columns=["road", "speed_limit", *COUNTS])


def of_accidents(rows: pa.Table, facts: pd.DataFrame, report: Report) -> pa.Table:
    """Return rows of the caractéristiques as the layer has them, with what else is told of each."""
    frame = rows.to_pandas()
    told = facts.reindex(frame["accident_id"])
    lon, lat = (_degrees(frame[name]) for name in ("_lon", "_lat"))
    return pa.table({
        "accident_id": rows["accident_id"],
        "date": pa.array(_dates(frame, report), pa.date32()),
        "hour": _whole(_hours(frame["_time"])),
        "insee": pa.array(_insee(frame, report), pa.string()),
        "light": pa.array(_words(frame["_light"], LIGHT), pa.string(), from_pandas=True),
        "built_up": pa.array(_words(frame["_built_up"], BUILT_UP), pa.bool_(), from_pandas=True),
        "crossing": pa.array(_crossing(frame["_crossing"]), pa.bool_(), from_pandas=True),
        "road": pa.array(told["road"].to_numpy(object), pa.string(), from_pandas=True),
        "speed_limit": _whole(told["speed_limit"]),
        **{name: _whole(told[name]) for name in COUNTS},
        GEOMETRY: points(lon, lat, report, "accident without a position kept"),
    })  # fmt: skip


def _code(texts: pd.Series) -> pd.Series:
    """Return codes without the zeros and spaces before them; -1, unknown, becomes missing."""
    plain = texts.astype("string").str.strip().str.removesuffix(".0").str.lstrip("0")
    return plain.mask(plain.isin(["-1", ""]))


def _words(texts: pd.Series, words: Mapping[str, object]) -> pd.Series:
    return _code(texts).map(words).astype(object)


def _crossing(texts: pd.Series) -> pd.Series:
    codes = _code(texts)
    return (codes != NO_CROSSING).astype(object).where(codes.notna(), None)


def _whole(values: pd.Series) -> pa.Array:
    return pa.array(values.astype("Float64"), pa.float64(), from_pandas=True).cast(pa.int64())


def _degrees(values: pd.Series) -> pa.ChunkedArray:
    found = values.to_numpy(float)
    plain = np.where(np.abs(found) > 180, found / SCALED, found)
    return pa.chunked_array([pa.array(plain, pa.float64())])


def _dates(frame: pd.DataFrame, report: Report) -> list[object]:
    """Return the days; years had two digits until 2018."""
    year = frame["_year"].where(frame["_year"] >= 100, frame["_year"] + 2_000)
    parts = pd.DataFrame({"year": year, "month": frame["_month"], "day": frame["_day"]})
    days = pd.to_datetime(parts, errors="coerce")
    report.repair("day that cannot be left empty", days.isna().sum())
    return [None if pd.isna(day) else day.date() for day in days]


def _hours(texts: pd.Series) -> pd.Series:
    """Return the hour of ``18:30``, ``1830`` and ``605``, missing where it cannot be."""
    minutes = texts.astype("string").str.replace(":", "", regex=False)
    hours = pd.to_numeric(minutes, errors="coerce").astype("Float64") // 100
    return hours.where(hours.between(0, 23))


def _insee(frame: pd.DataFrame, report: Report) -> list[str | None]:
    """Return codes of communes: whole since 2019, before as département (590) and number (5)."""
    pairs = zip(frame["_department"], frame["_commune"], strict=True)
    found = [_commune(department, number) for department, number in pairs]
    report.repair("commune that cannot be told left empty", sum(code is None for code in found))
    return found


def _commune(department: str | None, number: str | None) -> str | None:
    if not number or not department:
        return None
    if len(number) == 5:
        return number.upper()
    if len(number) == 4:  # a whole code that lost its zero
        return f"0{number}"
    if department.startswith("97"):
        return f"97{int(number):03}" if number.isdigit() else None
    whole = CORSICA.get(department) or department.removesuffix("0").zfill(2)
    return f"{whole}{int(number):03}" if number.isdigit() and len(whole) == 2 else None
