"""Hostile requests to a real server: each is answered or refused with a reason, never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

ITEMS = "/ogc/collections/sample-shops/items"
MANY = settings(
    max_examples=120,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def ask(demo_url) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo_url, timeout=60) as client:
        yield client


def civil(response: httpx.Response) -> None:
    """Assert an answer, or a refusal that says why in one form."""
    assert response.status_code in (200, 400, 404, 405, 406, 413, 414, 415, 422), response.text[
        :500
    ]
    if response.status_code >= 400 and response.status_code not in (414,):
        assert response.headers["content-type"].startswith("application/problem+json")
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["detail"]
        assert "Traceback" not in response.text


TEXT = st.text(max_size=60) | st.sampled_from(
    ["", " ", "\0", "'", '"', "\\", "%00", "../../etc/passwd", "' OR 1=1 --",
     "'; DROP TABLE rows;--",
     "𝒜é\u202e", "NaN", "inf", "1e999", "-0", "9" * 400, "${jndi:x}", "<script>", "{{7*7}}", "null",
     "a" * 3000]
)  # fmt: skip
NUMBER = st.sampled_from(
    ["0", "-1", "1e308", "nan", "inf", "", "1e-320", "٣", "0x10", "1_0", "180"]
)
BOX = st.lists(NUMBER | st.floats().map(str), max_size=7).map(",".join) | TEXT
NAMES = st.sampled_from(
    ["bbox", "bbox-crs", "crs", "datetime", "sortby", "properties", "limit", "offset", "filter",
     "filter-lang", "filter-crs", "skipGeometry", "f", "lang", "status", "q"]
)  # fmt: skip


@MANY
@given(box=BOX, crs=st.sampled_from(["", "2154", "4326", "3035", "3857", "9999999"]))
@example("nan,nan,nan,nan", "2154")
@example("-1e11,-1e11,1e11,1e11", "2154")
@example("-180,-90,180,90", "3857")
def test_boxes(ask, box, crs):
    more = {"bbox-crs": f"http://www.opengis.net/def/crs/EPSG/0/{crs}"} if crs else {}
    civil(ask.get(ITEMS, params={"bbox": box, "limit": 1} | more))


@MANY
@given(parameters=st.dictionaries(NAMES, TEXT | BOX, min_size=1, max_size=4))
def test_any_parameters(ask, parameters):
    civil(ask.get(ITEMS, params=parameters))


PIECES = st.sampled_from(
    ["status", "osm_id", "name", "geometry", "=", "<>", "<", ">=", "(", ")", ",", "'vacant'", "1",
     " AND ", " OR ", "NOT ", " LIKE ", " IN ", " BETWEEN ", " IS NULL", "'%'", "CASEI(",
     "ACCENTI(",
     "S_INTERSECTS(geometry, ", "BBOX(1,2,3,4)", "POINT(1 2)", "POLYGON((0 0,1 1,1 0,0 0))",
     "POLYGON((0 0,0 0,0 0,0 0))", "INTERVAL('..','..')", "DATE('2020-01-01')", "1e400", "^", "/0",
     "\0", "--", ";", "/*", "'", '"', "\\", "é", "(((((", "div", "%", " \n "]
)  # fmt: skip


@MANY
@given(text=st.lists(PIECES, max_size=14).map("".join) | TEXT)
@example("(" * 5_000 + "status = 'x'" + ")" * 5_000)
@example(" OR ".join(["status = 'vacant'"] * 400))
@example("status IN (" + ",".join(["'x'"] * 1_000) + ")")
@example("status = '" + "x" * 20_000 + "'")
@example("1 = 1; DROP TABLE rows")
@example("S_INTERSECTS(geometry, BBOX(-1e300,-1e300,1e300,1e300))")
@example("S_INTERSECTS(geometry, POLYGON((0 0, 1e308 0, 1e308 1e308, 0 0)))")
def test_filters_in_text(ask, text):
    civil(ask.get(ITEMS, params={"filter": text, "limit": 1}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT
    | st.sampled_from([{"property": "status"}, {"property": "geometry"}, {"date": "2020-01-01"},
                       {"bbox": [1, 2, 3, 4]}, {"type": "Point", "coordinates": [1, 2]}]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["op", "args", "property", "interval", "type", "coordinates", "x"]),
        inner,
        max_size=3,
    )
    | st.builds(
        lambda op, args: {"op": op, "args": args},
        st.sampled_from(["=", "and", "or", "not", "in", "like", "between", "isNull", "s_within",
                         "t_after", "+", "casei", "nothing"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)  # fmt: skip


@MANY
@given(tree=JSON)
def test_filters_in_json(ask, tree):
    text = json.dumps(tree)
    civil(ask.get(ITEMS, params={"filter": text, "filter-lang": "cql2-json", "limit": 1}))
    civil(ask.post(ITEMS, content=text, headers={"Content-Type": "application/cql2+json"}))


@pytest.mark.parametrize("text", ["[" * 50_000, '{"op":"not","args":[' * 5_000, "{", "\0", "nul"])
def test_filters_in_json_that_nest_too_deep(ask, text):
    civil(ask.post(ITEMS, content=text, headers={"Content-Type": "application/cql2+json"}))


@MANY
@given(name=TEXT, other=TEXT)
def test_ids_and_paths(ask, name, other):
    for path in (
        f"/ogc/collections/{httpx.URL('/', params={'x': name}).query.decode()[2:]}",
        f"{ITEMS}/{httpx.URL('/', params={'x': other}).query.decode()[2:]}",
        f"/towns/{httpx.URL('/', params={'x': name}).query.decode()[2:]}",
        f"/indicators/{httpx.URL('/', params={'x': other}).query.decode()[2:]}",
    ):
        response = ask.get(path)
        if not response.is_redirect:
            civil(response)


COORDINATE = st.floats() | st.integers(-200, 200) | st.none() | st.just("x")
RING = st.lists(st.lists(COORDINATE, max_size=3), max_size=6)
GEOMETRY = (
    st.builds(lambda rings: {"type": "Polygon", "coordinates": rings}, st.lists(RING, max_size=3))
    | st.builds(
        lambda parts: {"type": "MultiPolygon", "coordinates": parts},
        st.lists(st.lists(RING, max_size=2), max_size=2),
    )
    | st.sampled_from(
        [{"type": "Point", "coordinates": [2, 46]}, {"type": "Polygon"}, {}, None, [], "x",
         {"type": "GeometryCollection", "geometries": []}, {"type": "Feature", "geometry": None},
         {"type": "Polygon", "coordinates": [[[-3, 46.5], [-2.99, 46.51], [-2.99, 46.5],
                                              [-3, 46.51], [-3, 46.5]]]}]
    )
)  # fmt: skip


@MANY
@given(perimeter=GEOMETRY, indicators=st.lists(TEXT, max_size=2) | st.none())
def test_posted_perimeters(ask, perimeter, indicators):
    body = {"perimeter": perimeter} | ({"indicators": indicators} if indicators is not None else {})
    text = json.dumps(body)
    civil(ask.post("/evaluate", content=text, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 20_000, b'{"perimeter": NaN}', b"null", b"1" * 5_000]
)
def test_posted_bodies_that_are_no_json(ask, body):
    civil(ask.post("/evaluate", content=body, headers={"Content-Type": "application/json"}))
