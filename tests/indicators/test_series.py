"""Several vintages of a layer make a series."""

from __future__ import annotations

import shapely
import yaml

from layers.catalogue import moment
from layers.publish import publish
from layers.readers import source
from server.indicators.evaluation import evaluate
from server.indicators.perimeters import Perimeter
from server.indicators.registry import find
from server.indicators.series import series


def housing(vacant: int) -> list[dict]:
    return [{"iris": "122020101", "insee": "12202", "dwellings": 100, "vacant_dwellings": vacant}]


def test_each_vintage_is_a_point_in_its_newest_version(town_lake) -> None:
    for vintage, vacant in (("2021", 10), ("2015", 7), ("2015", 8), ("2021", 12)):
        town_lake.add("iris-housing", housing(vacant), vintage=vintage)
    points = series(town_lake.catalogue, town_lake.commune(), find("H03"))
    assert [(p.vintage, p.measure.value) for p in points] == [("2015", 8.0), ("2021", 12.0)]
    assert points[0].measure.vintages == {"iris-housing": "2015"}
    assert not points[0].breaks


def test_pruning_keeps_the_last_version_of_each_vintage(town_lake) -> None:
    for vintage, vacant in (("2015", 8), ("2021", 10), ("2021", 11), ("2021", 12)):
        town_lake.add("iris-housing", housing(vacant), vintage=vintage)
    assert len(town_lake.catalogue.lake.prune("iris-housing", 1)) == 2
    points = series(town_lake.catalogue, town_lake.commune(), find("H03"))
    assert [p.measure.value for p in points] == [8.0, 12.0]


def test_a_break_is_marked_on_the_first_point_after_it(town_lake) -> None:
    catalogue = town_lake.catalogue
    record = catalogue.record("iris-housing").model_dump(mode="json")
    reason = {"fr": "Nouvelle définition (synthétique).", "en": "New definition (synthetic)."}
    record["breaks"] = [{"year": 2018, "reason": reason}]
    catalogue.own_records.mkdir(parents=True, exist_ok=True)
    path = catalogue.own_records / "iris-housing.yml"
    path.write_text(yaml.safe_dump(record, allow_unicode=True), encoding="utf-8")
    for vintage in ("2013", "2017", "2018", "2021"):
        town_lake.add("iris-housing", housing(10), vintage=vintage)
    points = series(catalogue, town_lake.commune(), find("H03"))
    assert [bool(p.breaks) for p in points] == [False, False, True, False]
    assert points[2].breaks[0].reason.en == reason["en"]


def test_vintages_sort_by_their_end() -> None:
    names = ["2021", "2021-04", "2016/2020", "2021-04-30", "2019"]
    assert sorted(names, key=moment) == ["2019", "2016/2020", "2021-04-30", "2021-04", "2021"]


def test_real_sales_split_by_year_make_a_series(lake, tmp_path, shared_data) -> None:
    catalogue = lake.catalogue
    header, *lines = (shared_data / "perpignan" / "dvf_66136.csv").read_text("utf-8").splitlines()
    for year in ("2016", "2017", "2018"):
        path = tmp_path / f"{year}.csv"
        kept = [line for line in lines if line.split(",")[1].startswith(year)]
        path.write_text("\n".join([header, *kept]), encoding="utf-8")
        (table,) = source("dvf").read([path])
        publish(catalogue.lake, catalogue.record("sales"), table, source=path.name)
    area = shapely.box(2.8, 42.6, 3, 42.8)
    town = Perimeter("commune", "commune", "66136", "Perpignan", area, ("", ""), fictitious=False)
    points = series(catalogue, town, find("H05"))
    assert [p.vintage for p in points] == ["2016", "2017", "2018"]
    (now,) = evaluate(catalogue, town, ["H05"])
    assert points[-1].measure == now
    assert len({p.measure.value for p in points}) == 3
    assert all(p.measure.n for p in points)
