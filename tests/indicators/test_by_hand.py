"""Each indicator on synthetic rows whose answer is known by hand."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
import shapely

from layers import crs
from layers.catalogue import Catalogue
from layers.errors import BadRequestError, NotFoundError
from layers.publish import publish
from layers.tables import Table
from server.indicators import perimeters
from server.indicators.clusters import clusters
from server.indicators.evaluation import evaluate, explain
from server.indicators.registry import find, indicators

# A square commune of 10 km around a town hall in the Lambert-93 plane.
X, Y = 600_000.0, 6_500_000.0
SQUARE = shapely.box(X - 5000, Y - 5000, X + 5000, Y + 5000)
INSEE = "12202"
L93 = "http://www.opengis.net/def/crs/EPSG/0/2154"


def to_degrees(shape):
    return shapely.transform(shape, crs.mover(L93, crs.CRS84))


class Town:
    """A data folder to put synthetic layers in."""

    def __init__(self, folder):
        self.catalogue = Catalogue(folder)
        self.put("communes", [{"insee": INSEE, "name": "Ville"}], [SQUARE])
        self.put("towns", [{"insee": INSEE, "name": "Ville"}], [shapely.Point(X, Y)])

    def put(self, layer, rows, shapes=None):
        record = self.catalogue.record(layer)
        types = {
            "string": pa.string(),
            "number": pa.float64(),
            "integer": pa.int64(),
            "date": pa.date32(),
        }
        columns = {
            a.name: pa.array([row.get(a.name) for row in rows], types[a.type])
            for a in record.attributes
        }
        if shapes is not None:
            columns["geometry"] = pa.array(shapely.to_wkb(np.array(shapes)), pa.binary())
        system = "EPSG:2154" if shapes is not None else None
        table = Table(
            layer, [pa.table(columns)], system, "geometry" if shapes is not None else None
        )
        publish(self.catalogue.lake, record, table, source="synthetic")

    def measure(self, name, area=None):
        area = area or perimeters.commune(self.catalogue, perimeters.town(self.catalogue, INSEE))
        return evaluate(self.catalogue, area, [name])[0]

    def area(self, minx, miny, maxx, maxy):
        shape = to_degrees(
            shapely.segmentize(shapely.box(X + minx, Y + miny, X + maxx, Y + maxy), 100)
        )
        return perimeters.posted(self.catalogue, shapely.geometry.mapping(shape))


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def iris(code, dwellings, vacant):
    return {"iris": code, "insee": code[:5], "dwellings": dwellings, "vacant_dwellings": vacant}


def test_housing_vacancy(town):
    town.put(
        "iris-housing",
        [iris("122020101", 900, 90), iris("122020102", 100, 30), iris("120010101", 9, 9)],
    )
    measure = town.measure("H03")
    assert (measure.value, measure.numerator, measure.denominator) == (12.0, 120, 1000)
    assert measure.n == 1000
    assert town.measure("H03", town.area(-10, -10, 10, 10)).withheld.reason == "no-contours"


def test_missing_is_never_zero(town):
    assert town.measure("H03").withheld.reason == "missing-layer"
    town.put("iris-housing", [iris("120010101", 900, 90)])
    assert town.measure("H03").withheld.reason == "no-data"
    assert town.measure("H03").value is None
    town.put("iris-housing", [iris("122020101", 50, 5)])
    assert town.measure("H03").withheld.reason == "too-few"


def sale(number, price, area, kind="2", day=date(2023, 5, 1), **changes):
    return {
        "id_mutation": f"m{number}", "date_mutation": day, "nature_mutation": "Vente",
        "valeur_fonciere": price, "code_commune": INSEE, "id_parcelle": f"p{number}",
        "code_type_local": kind, "surface_reelle_bati": area, "nombre_pieces_principales": 3,
    } | changes  # fmt: skip


def test_median_price_counts_a_sale_once(town):
    rows = [sale(n, 1000.0 * (n + 1), 1.0) for n in range(11)]
    # The same dwelling again, once for each kind of land of its parcel.
    rows += [sale(3, 4000.0, 1.0, surface_terrain=float(land)) for land in range(5)]
    rows += [sale(27, 9e6, 1.0)] * 2  # twin flats sold together
    rows += [sale(20, 9e6, 1.0), sale(20, 9e6, 2.0)]  # two dwellings in one sale
    rows += [sale(21, 9e6, 1.0), sale(21, 9e6, 1.0, kind="4")]  # with business premises
    rows += [
        sale(22, 9e6, 1.0, day=date(2019, 1, 1)),
        sale(23, 9e6, 1.0, nature_mutation="Echange"),
    ]
    rows += [sale(24, None, 1.0), sale(25, 5.0, None), sale(26, 1.0, 1.0, kind="3")]
    town.put("sales", rows, [shapely.Point(X, Y)] * len(rows))
    measure = town.measure("H05")
    assert (measure.value, measure.n) == (6000.0, 11)
    assert measure.interval[0] < 6000 < measure.interval[1]
    assert measure.coverage == pytest.approx(100 * 11 / 13)


def test_ten_sales_are_too_few(town):
    rows = [sale(n, 1000.0, 1.0) for n in range(10)]
    town.put("sales", rows, [shapely.Point(X, Y)] * 10)
    assert town.measure("H05").withheld.reason == "too-few"


def shop(number, status="active"):
    return {"osm_id": f"n{number}", "shop": "bakery", "status": status}


def street(count, step, y=0.0):
    return [shapely.Point(X + i * step, Y + y) for i in range(count)]


def test_retail_vacancy(town):
    rows = [shop(n, "vacant" if n < 3 else "disused" if n < 5 else "active") for n in range(50)]
    town.put("shops", rows, street(50, 10))
    measure = town.measure("E04")
    assert (measure.value, measure.numerator, measure.n) == (10.0, 5, 50)
    assert measure.evidence == "estimé"


def test_storefront_continuity(town):
    # Twelve in a row every 50 m, four in a row, and four alone every 200 m: 12 of 20.
    shapes = street(12, 50) + street(4, 50, 500) + street(4, 200, 1000)
    town.put("shops", [shop(n) for n in range(20)], shapes)
    assert town.measure("E10").value == pytest.approx(60.0)
    area = perimeters.commune(town.catalogue, perimeters.town(town.catalogue, INSEE))
    sensitivity = explain(town.catalogue, area, "E10")["details"]["sensitivity"]
    assert sensitivity == {"30 m": 0.0, "50 m": 60.0, "75 m": 60.0}


def test_clusters_do_not_depend_on_rotation():
    points = np.random.default_rng(3).random((300, 2)) * 1000
    turn = np.array([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]])
    sizes = [sorted(np.bincount(clusters(p, 50))) for p in (points, points @ turn + 1e5)]
    assert sizes[0] == sizes[1]


def cell(number, x, men, poor, imputed=0):
    facts = {"idcar_200m": f"c{number}", "men": men, "men_pauv": poor, "i_est_200": imputed}
    return facts, shapely.box(X + x, Y, X + x + 200, Y + 200)


def test_poor_households_of_whole_cells(town):
    cells = [cell(0, 0, 100.0, 10.0), cell(1, 200, 100.0, 30.0, 1), cell(2, 400, 100.0, 90.0)]
    town.put("income-cells", [c[0] for c in cells], [c[1] for c in cells])
    whole = town.measure("H10")
    assert whole.value == pytest.approx(130 / 3)
    assert whole.imputed_share == pytest.approx(100 / 3)
    assert town.measure("H10", town.area(0, 0, 299, 200)).value == pytest.approx(10)
    assert town.measure("H10", town.area(0, 0, 301, 200)).value == pytest.approx(20)
    parts = [town.measure("H10", town.area(a, 0, b, 200)) for a, b in ((0, 310), (310, 600))]
    assert sum(p.numerator for p in parts) == 130
    assert sum(p.denominator for p in parts) == 300


def test_cells_are_never_shown_one_by_one(town):
    facts, shape = cell(0, 0, 100.0, 10.0)
    town.put("income-cells", [facts], [shape])
    area = perimeters.commune(town.catalogue, perimeters.town(town.catalogue, INSEE))
    (rows,) = explain(town.catalogue, area, "H10")["rows"]
    assert rows["secret"]
    assert rows["features"] == []
    assert rows["count"] == 1


def test_transit_counts_stops_within_300_metres(town):
    rows = [
        {"stop_id": f"s{n}", "departures": 10, "reference_day": date(2025, 4, 29)} for n in range(3)
    ]
    shapes = [shapely.Point(X, Y), shapely.Point(X + 390, Y), shapely.Point(X + 410, Y)]
    town.put("transit-stops", rows, shapes)
    assert town.measure("M04", town.area(-100, -100, 100, 100)).value == 20


def test_the_default_centre_is_the_cluster_at_the_town_hall(town):
    shapes = street(10, 20) + street(30, 20, 900)
    town.put("shops", [shop(n) for n in range(40)], shapes)
    centre = perimeters.centre(town.catalogue, perimeters.town(town.catalogue, INSEE))
    inside = shapely.contains(centre.projected, np.array(shapes))
    assert inside.tolist() == [True] * 10 + [False] * 30


def test_without_shops_the_centre_is_a_disc(town):
    centre = perimeters.centre(town.catalogue, perimeters.town(town.catalogue, INSEE))
    assert centre.projected.area == pytest.approx(np.pi * 400**2, rel=0.01)
    assert "400" in centre.basis[1]


def ring(*corners):
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "not Point"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        (ring([0, 0], [1, 1], [1, 0], [0, 1]), "Self-intersection"),
        (ring([0, 0], [9, 0], [9, 9], [0, 9]), "km²"),
        (ring([0, 0], [0.1, 0], [0.1, 0.1]), "no published commune"),
        (ring([45.6, 1.7], [45.7, 1.7], [45.7, 1.8]), "swapped"),
        (ring([600, 0], [601, 0], [601, 1]), "degrees"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0]]]}, "cannot be read"),
        ("POLYGON", "not str"),
    ],
)  # fmt: skip
def test_bad_perimeters_say_why(town, geometry, said):
    with pytest.raises(BadRequestError, match=said):
        perimeters.posted(town.catalogue, geometry)


def test_every_indicator_has_a_text_and_both_names():
    known = indicators()
    codes = [one.text.code for one in known.values()]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"[A-Z]\d\d", code) for code in codes)
    assert find("h03") is find("housing-vacancy")
    with pytest.raises(NotFoundError, match="housing-vacancy"):
        find("housing-vacncy")
