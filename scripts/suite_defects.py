"""Failures of OGC's executable suites that are not the server's, each with its proof.

A failure is put down to a suite only where the server, asked again, does what the text of the
standard says; a failure without a proof is the server's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
import shapely
from pyproj import Transformer

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
MINUTE = 60
# In units of the CRS: features that touch the box within a rounding of coordinates.
TOLERANCE = {"4326": 1e-7}
METRES = 0.05
SCHEMAS = "http://schemas.opengis.net/ogcapi/processes/part1/1.0/openapi/schemas"


@dataclass(frozen=True)
class Defect:
    """A failure that is a suite's own.

    Attributes:
        test: name of the suite's test.
        says: part of its message.
        requirement: what the test is about, by number and name.
        reason: why the test is wrong there.
        proof: takes the server's address and the test's parameters; tells whether the server does
            what the requirement says.
    """

    test: str
    says: str
    requirement: str
    reason: str
    proof: Callable[[str, list[str]], bool]


def all_meet_the_box(url: str, parameters: list[str]) -> bool:
    """Tell whether what a box of the suite selects meets that box, and is not nothing.

    The box is the extent of the collection, its two corners moved to the CRS and written easting or
    longitude first, as the suite does. Whatever it means in the order of the CRS, the features sent
    must intersect it once moved to that CRS, which is all that the abstract test asks.
    """
    collection, uri = parameters[:2]
    code = uri.rsplit("/", 1)[1]
    extent = _read(f"{url}/collections/{collection}")["extent"]["spatial"]["bbox"][0]
    corners = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=True)
    x, y = corners.transform([extent[0], extent[2]], [extent[1], extent[3]])
    box = (x[0], y[0], x[1], y[1])
    query = {"bbox": ",".join(f"{value:.7f}" for value in box), "bbox-crs": uri, "limit": 10_000}
    page = _read(f"{url}/collections/{collection}/items?{urlencode(query)}")
    shapes = [shapely.geometry.shape(f["geometry"]) for f in page["features"] if f["geometry"]]
    to = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}")
    moved = shapely.transform(np.array(shapes), lambda xy: np.column_stack(to.transform(*xy.T)))
    grown = shapely.box(*box).buffer(TOLERANCE.get(code, METRES))
    return bool(shapes) and bool(shapely.intersects(moved, grown).all())


def is_not_spatial(url: str, parameters: list[str]) -> bool:
    """Tell whether a collection is a table: no spatial extent, no storage CRS, no geometry."""
    document = _read(f"{url}/collections/{parameters[0]}")
    page = _read(f"{url}/collections/{parameters[0]}/items?limit=10000")
    bare = all(feature["geometry"] is None for feature in page["features"])
    return "spatial" not in document["extent"] and "storageCrs" not in document and bare


def schemas_are_out_of_reach(url: str, parameters: list[str]) -> bool:
    """Tell whether the schemas that a suite fetches cannot be had here."""
    try:
        urlopen(f"{SCHEMAS}/landingPage.yaml", timeout=MINUTE / 6).close()
    except URLError:
        return True
    return False


def has_no_echo(url: str, parameters: list[str]) -> bool:
    """Tell whether a server has no process ``echo``, and says so as the standard wants."""
    try:
        urlopen(f"{url}/processes/echo", timeout=MINUTE).close()
    except HTTPError as error:
        return str(json.load(error)["type"]).endswith("/no-such-process")
    return False


def lists_no_job(url: str, parameters: list[str]) -> bool:
    """Tell whether a server has no job yet, and lists none."""
    found = _read(f"{url}/jobs")
    return found["jobs"] == [] and bool(found["links"])


def _read(address: str) -> Any:
    with urlopen(address, timeout=MINUTE) as answer:
        return json.load(answer)


FEATURES = (
    # Since 1.0.1 the test says: "Verify that all features intersect the bounding box of the
    # request", and notes that an earlier version, which wanted the same features in each CRS, was
    # wrong, since a rectangle of one CRS is another shape in the next. Suite 1.9 carries out that
    # earlier version: it wants the first ten features of the box to be among the first ten of the
    # extent in CRS84. It is seen to be wrong in three ways:
    # - EPSG:4326 and 3035 (communes): the box is written longitude or easting first, though values
    #   are "in the specified CRS" (requirement 9), whose first axis is latitude or northing;
    # - EPSG:2154 (sample-facilities, sample-cycle-ways): two corners of the extent span a rectangle
    #   that leaves out 3 features of 241 and 9 of 131, which the rectangle in CRS84 holds;
    # - EPSG:2972, 2975 and 4471 (communes): the extent reaches from Guadeloupe to La Réunion, far
    #   beyond the UTM zone, where its corners are a box of no meaning.
    Defect(
        "verifyBboxCrsParameter",
        "expected [true] but found [false]",
        "Part 2, requirement 9 /req/crs/fc-bbox-crs-action, abstract test 8 "
        "/conf/crs/bbox-crs-parameter",
        "it wants the same first ten features as in CRS84, which the standard's own note withdraws",
        all_meet_the_box,
    ),
    # The abstract test is for "each spatial feature collection". A table declares CRS84 in its list
    # since the suite wants the default in that of every collection (requirement 2 B), and the suite
    # then compares the geometry of a feature that has none.
    Defect(
        "verifyFeatureCrsParameterTransformWithoutCrsParameter",
        '"geometryInDefaultCrs" is null',
        "Part 2, requirement 13 /req/crs/fc-crs-action, abstract test 7 "
        "/conf/crs/crs-parameter-transform",
        "it reads the geometry of a feature of a table, to which the test does not apply",
        is_not_spatial,
    ),
)
_PROCESSES = {
    # The suite asks its questions of a process named "echo", which gives back what it is given. A
    # requirement later than 1.0.0 (/req/core/test-process) wants one of a server under such a test;
    # this server offers indicators only, so the suite describes in vain and skips all executions.
    # tests/conformance/test_processes.py asks the same of each of the server's own processes.
    **dict.fromkeys(
        ("testProcess", "testProcessSuccess", "testOGCProcessDescriptionJSON"),
        ("", "/req/core/process-exception-no-such-process",
         "it needs a process 'echo', which is not offered: not tested", has_no_echo),
    ),
    # Not a failure but a test that could not be made: the same documents are validated in
    # tests/conformance/test_processes.py.
    "testLandingPageValidation": (
        "landingPage.yaml", "/req/core/landingpage-success",
        "it cannot fetch its schema here: not tested", schemas_are_out_of_reach),
    "testValidateConformanceOperationAndResponse": (
        "confClasses.yaml", "/req/core/conformance-success",
        "it cannot fetch its schema here: not tested", schemas_are_out_of_reach),
    "testProcessListSuccess": (
        "processList.yaml", "/req/core/process-list-success",
        "it cannot fetch its schema here: not tested", schemas_are_out_of_reach),
    "testJobListSuccess": (
        "jobList.yaml", "/req/job-list/job-list-success",
        "it cannot fetch its schema here: not tested", schemas_are_out_of_reach),
    # The schema of the list allows an empty one, and a new server has run no job.
    "testJobList": (
        "No processes listed", "/req/job-list/job-list-op",
        "it takes an empty list of jobs for a missing one", lists_no_job),
}  # fmt: skip
PROCESSES = tuple(Defect(test, *facts) for test, facts in _PROCESSES.items())
