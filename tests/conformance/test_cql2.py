"""CQL2 (OGC 21-065r2), annex A: its tests on any data, and its predicates on its own data.

The standard's own data (three layers of Natural Earth with a few added columns) and its annex are
read from the folder `cql2` of the shared data, or the one that COEURVILLE_CQL2 names, laid out as
`cql2/standard` of the standard's repository; they are no part of this one.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

STORED = "ne_110m_populated_places_simple"
PAIRS = (("=", "<>"), (">", "<="), ("<", ">="))
VALUES = {
    "string": "'foo'",
    "boolean": "true",
    "number": "3.14",
    "integer": "1",
    "date-time": "TIMESTAMP('2022-04-14T14:48:46Z')",
    "date": "DATE('2022-04-14')",
}
TWO = {
    "string": "'foo', 'bar'",
    "boolean": "true",
    "number": "1, 2, 3",
    "integer": "1, 2, 3",
    "date-time": "TIMESTAMP('2022-04-14T14:52:56Z'), TIMESTAMP('2022-04-14T15:52:56Z')",
    "date": "DATE('2022-04-14'), DATE('2022-04-15')",
}
RELATIONS = ("INTERSECTS", "DISJOINT", "EQUALS", "TOUCHES", "CROSSES", "WITHIN", "CONTAINS",
             "OVERLAPS")  # fmt: skip
INSTANTS = ("AFTER", "BEFORE", "DISJOINT", "EQUALS", "INTERSECTS")


# On any data: what must have no feature in common, and what must be the same.


def kind(schema):
    return schema.get("format", schema.get("type"))


@pytest.fixture(scope="module")
def described(api, collections):
    """Return the queryables of each collection: name, type."""
    found = []
    for collection in collections:
        document = api.get(f"/collections/{collection['id']}/queryables").json()
        found += [(collection, name, kind(s)) for name, s in document["properties"].items()]
    return found


def ids(api, collection, text):
    response = api.get(
        f"/collections/{collection['id']}/items",
        params={"filter": text, "limit": 10_000, "skipGeometry": "true"},
    )
    assert response.status_code == 200, (text, response.text)
    return {feature["id"] for feature in response.json()["features"]}


def test_basic_test_every_queryable_has_a_type(described):
    assert all(form in VALUES or form.startswith("geometry-") for _, _, form in described)


def test_comparison(api, described):
    for collection, name, form in described:
        if form in VALUES:
            for one, other in PAIRS:
                found = [
                    ids(api, collection, f'"{name}" {op} {VALUES[form]}') for op in (one, other)
                ]
                assert not found[0] & found[1]
                assert found[0] | found[1] == ids(api, collection, f'"{name}" IS NOT NULL')


def test_is_null_and_boolean(api, described):
    for collection, name, _ in described:
        missing = ids(api, collection, f'"{name}" IS NULL')
        present = ids(api, collection, f'"{name}" is not null')
        assert not missing & present
        assert len(missing | present) == collection["numberItems"]
    for collection in {c["id"]: c for c, _, _ in described}.values():
        assert len(ids(api, collection, "true")) == collection["numberItems"]
        assert not ids(api, collection, "false")


def test_queryables_mean_the_same_in_json(api, described):
    """Each queryable, the geometry too, is a name of both languages."""
    for collection, name, _ in described:
        tree = {"op": "isNull", "args": [{"property": name}]}
        query = {"filter": json.dumps(tree), "filter-lang": "cql2-json", "limit": 1}
        response = api.get(f"/collections/{collection['id']}/items", params=query)
        assert response.status_code == 200, response.text
        missing = ids(api, collection, f'"{name}" IS NULL')
        assert response.json()["numberMatched"] == len(missing)


def test_between_in_and_like(api, described):
    for collection, name, form in described:
        if form in VALUES:
            ids(api, collection, f'"{name}" IN ({TWO[form]})')
        if form in ("number", "integer"):
            found = [ids(api, collection, f'"{name}" {n}BETWEEN 0 AND 100') for n in ("", "NOT ")]
            assert not found[0] & found[1]
        if form == "string":
            same = [ids(api, collection, f"CASEI(\"{name}\") LIKE casei('{t}%')") for t in "aA"]
            assert same[0] == same[1]
            same = [
                ids(api, collection, f"ACCENTI(\"{name}\") LIKE accenti('{t}%')") for t in "éeè"
            ]
            assert same[0] == same[1] == same[2]


def test_spatial_functions(api, described):
    for collection, name, form in described:
        if not form.startswith("geometry-"):
            continue
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        box = f"BBOX({west},{south},{(west + east) / 2},{north})"
        found = {r: ids(api, collection, f'S_{r}("{name}", {box})') for r in RELATIONS}
        assert not found["INTERSECTS"] & found["DISJOINT"]
        for relation in ("EQUALS", "TOUCHES", "CROSSES", "WITHIN", "CONTAINS", "OVERLAPS"):
            assert found[relation] <= found["INTERSECTS"]


def test_temporal_functions(api, described):
    for collection, name, form in described:
        if form not in ("date", "date-time"):
            continue
        value = VALUES[form]
        found = {t: ids(api, collection, f'T_{t}("{name}", {value})') for t in INSTANTS}
        assert not found["INTERSECTS"] & found["DISJOINT"]
        assert not found["AFTER"] & found["BEFORE"]
        assert found["EQUALS"] <= found["INTERSECTS"]


# On the standard's own data.


@pytest.fixture(scope="module")
def standard(request) -> Path:
    given = os.environ.get("COEURVILLE_CQL2")
    folder = Path(given) if given else request.getfixturevalue("shared_data") / "cql2"
    if not (folder / "data" / "ne110m4cql2.gpkg").exists():
        pytest.skip("the test data of the standard is absent: see COEURVILLE_CQL2")
    return folder


@pytest.fixture(scope="module")
def matched(standard, tmp_path_factory, run_server):
    """Give a function: data source and predicate in, number of features out."""
    data = tmp_path_factory.mktemp("cql2")
    environment = {**os.environ, "COEURVILLE_DATA": str(data)}
    file = str(standard / "data" / "ne110m4cql2.gpkg")
    command = [sys.executable, "-c", "from server.cli import main; main()", "add", file]
    subprocess.run(command, env=environment, check=True, timeout=120)
    with run_server(data) as url, httpx.Client(base_url=f"{url}/ogc", timeout=60) as client:

        def count(source: str, text: str) -> int:
            response = client.get(
                f"/collections/{source.replace('_', '-')}/items",
                params={"filter": text, "limit": 1, "skipGeometry": "true"},
            )
            assert response.status_code == 200, (text, response.text)
            return response.json()["numberMatched"]

        yield count


def rows(standard):
    """Return the rows of the annex's tables, without their mark-up."""
    files = sorted(standard.glob("annex_ats_*.adoc"))
    assert files
    for file in files:
        if "array" in file.name:
            continue
        for line in file.read_text().splitlines():
            cells = re.findall(r"\|(`.*?`(?= \||$| \|)|[^|`]*)", line)
            cells = [cell.strip().strip("`").replace("\\", "") for cell in cells]
            if len(cells) > 2 and cells[-1].isdigit():
                yield file.name, cells


def predicates(standard):
    return [
        (cells[-3], cells[-2], ERRATA.get(cells[-2], int(cells[-1])))
        for _, cells in rows(standard)
        if cells[-3].startswith("ne_110m_")
    ]


# The data hold three names that start with Ch (Chengdu, Chicago, Chișinău) and one with Chis.
ERRATA = {
    "ACCENTI(name) LIKE accenti('Ch%')": 3,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))": 1,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('cHis%'))": 1,
}


def test_predicates_match_the_expected_number_of_features(standard, matched):
    tried = predicates(standard)
    wrong = [(s, t, n, got) for s, t, n in tried if (got := matched(s, t)) != n]
    assert len(tried) > 150
    assert set(ERRATA) <= {text for _, text, _ in tried}
    assert wrong == []


def test_combinations_match_the_expected_number_of_features(standard, matched):
    tried = [cells for _, cells in rows(standard) if len(cells) == 5]
    assert len(tried) > 50
    for p1, p2, p3, p4, expected in tried:
        text = f"(NOT ({p2}) AND {p1}) OR ({p3} and {p4}) or not ({p1} OR {p4})"
        assert matched(STORED, text) == int(expected), text


def test_random_combinations_evaluate(standard, matched):
    chance = random.Random(0)
    for source in sorted({source for source, _, _ in predicates(standard)}):
        stored = [text for s, text, _ in predicates(standard) if s == source]
        for _ in range(20):
            p1, p2, p3, p4 = chance.sample(stored, 4) if len(stored) > 3 else stored * 4
            text = (
                f"((NOT ({p1}) AND ({p2})) OR (({p3}) and NOT ({p4})) or not (({p1}) AND ({p4})))"
            )
            assert matched(source, text) >= 0
