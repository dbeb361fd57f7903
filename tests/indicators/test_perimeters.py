"""Perimeters: the default centre, shared ones, posted ones, and whose layers they may use."""

from __future__ import annotations

import pytest
import shapely

from layers.errors import BadRequestError, NotFoundError
from server.indicators import perimeters

WITHIN = [[2.57, 44.35], [2.58, 44.35], [2.58, 44.36], [2.57, 44.36], [2.57, 44.35]]


def polygon(ring: object) -> dict:
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        (None, "not NoneType"),
        ({}, "not None"),
        ({"type": "Feature", "geometry": None}, "not NoneType"),
        ({"type": "GeometryCollection", "geometries": []}, "not GeometryCollection"),
        ({"type": "MultiPolygon", "coordinates": []}, "empty"),
        (polygon(WITHIN[:4]), "not closed"),
        (polygon([[2, 44], [3, "x"], [3, 45], [2, 44]]), "cannot be read"),
        (polygon([[2, 44], [float("nan"), 44], [3, 45], [2, 44]]), "cannot be read|degrees"),
        (polygon([[2, 44], [1e999, 44], [3, 45], [2, 44]]), "cannot be read|degrees"),
        (polygon([point[::-1] for point in WITHIN]), "swapped"),
        (polygon([[2.57 + i * 1e-9, 44.35] for i in range(20_001)] + [[2.57, 44.35]]), "Simplify"),
    ],
)
def test_a_bad_polygon_is_refused_with_the_reason(town_lake, geometry, said) -> None:
    with pytest.raises(BadRequestError, match=said):
        perimeters.posted(town_lake.catalogue, geometry)


def test_a_polygon_a_feature_and_heights_are_the_same(town_lake) -> None:
    flat = polygon(WITHIN)
    high = polygon([[*point, 560.0] for point in WITHIN])
    known = [flat, high, {"type": "Feature", "properties": {}, "geometry": flat}]
    found = [perimeters.posted(town_lake.catalogue, geometry) for geometry in known]
    assert {(p.kind, p.insee, p.fictitious) for p in found} == {("posted", "12202", False)}
    assert all(shapely.equals(p.area, found[0].area) for p in found)
    assert not shapely.has_z(found[1].area)


def test_the_centre_is_the_cluster_widened_by_fifty_metres(town_lake, shops) -> None:
    row = [(900 + 90 * i, 1_000) for i in range(4)]
    far = [(900, 1_300), (990, 1_300)]
    town_lake.add("shops", shops(row + far))
    town = perimeters.town(town_lake.catalogue, "12202")
    centre = perimeters.centre(town_lake.catalogue, town)
    probes = [*row, (860, 1_000), (1_210, 1_000), (840, 1_000), *far]
    drawn = shapely.points([town_lake.place(shapely.Point(p)).coords[0] for p in probes])
    inside = shapely.contains(centre.projected, drawn)
    assert inside.tolist() == [True] * 6 + [False] * 3
    assert centre.projected.geom_type == "Polygon"


def test_shared_perimeters_are_those_of_the_town(town_lake) -> None:
    box = shapely.box(100, 100, 700, 700)
    rows = [
        {"perimeter_id": f"{insee}-ort", "insee": insee, "name": "ORT", "kind": "ort",
         "source": "arrêté (synthétique)", "geometry": box}
        for insee in ("12202", "12145")
    ]  # fmt: skip
    town_lake.add("centre-perimeters", rows)
    town = perimeters.town(town_lake.catalogue, "12202")
    known = perimeters.perimeters(town_lake.catalogue, town)
    assert [(p.id, p.kind) for p in known] == [
        ("commune", "commune"),
        ("12202-ort", "shared"),
        ("centre", "centre"),
    ]
    found = perimeters.perimeter(town_lake.catalogue, town, "12202-ort")
    assert found.projected.area == pytest.approx(360_000, rel=1e-3)
    with pytest.raises(NotFoundError, match="Did you mean 'centre'"):
        perimeters.perimeter(town_lake.catalogue, town, "center")


def test_invented_rows_never_speak_of_a_real_town(town_lake, shops) -> None:
    points = [(100 + 30 * i, 1_000) for i in range(30)]
    town_lake.add("sample-shops", shops(points))
    measure = town_lake.measure("E04")
    assert measure.withheld.reason == "missing-layer"
    assert measure.fictitious is False


def test_real_rows_never_speak_of_the_invented_town(lake, shops) -> None:
    facts = {"insee": "00001", "name": "Exempleville (ville fictive)"}
    square = shapely.box(0, 0, 2_000, 2_000)
    lake.add("sample-towns", [facts | {"geometry": shapely.Point(1_000, 1_000)}])
    lake.add("sample-communes", [facts | {"geometry": square}])
    points = [(100 + 30 * i, 1_000) for i in range(30)]
    lake.add("shops", shops(points, "vacant"))
    lake.add("sample-shops", shops(points))
    for perimeter in (lake.commune("00001"), lake.drawn(square)):
        measure = lake.measure("E04", perimeter)
        assert (measure.value, measure.fictitious) == (0, True)
        assert measure.evidence == "estimé"


def test_a_boundary_brought_to_metres_and_back_is_the_same(town_lake) -> None:
    commune = town_lake.commune()
    back = commune.around(0)
    assert shapely.hausdorff_distance(back, commune.area) < 1e-9
    assert commune.projected.area == pytest.approx(4e6, rel=1e-6)


def test_the_register_stands_in_where_no_shop_is_published(town_lake, shops) -> None:
    def bakery(number, x, **facts):
        return {"siret": f"{number:014d}", "activity": "10.71C", "state": "A", "qualite_xy": "11",
                "geometry": shapely.Point(x, 1_000)} | facts  # fmt: skip

    rows = [bakery(n, 900 + 60 * n) for n in range(6)]
    rows += [bakery(9, 1_290, state="F"), bakery(10, 1_290, qualite_xy="33"),
             bakery(11, 1_290, activity="62.01Z")]  # fmt: skip
    town_lake.add("establishments", rows)
    town = perimeters.town(town_lake.catalogue, "12202")
    found = perimeters.centre(town_lake.catalogue, town).projected
    at = shapely.points(
        [town_lake.place(shapely.Point(x, 1_000)).coords[0] for x in (1_200, 1_290)]
    )
    assert shapely.contains(found, at).tolist() == [True, False]
    town_lake.add("shops", shops([(600 + 60 * n, 1_000) for n in range(6)]))
    found = perimeters.centre(town_lake.catalogue, town).projected
    assert not shapely.contains(found, at[0])
