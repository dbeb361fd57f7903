"""What became of communes, on small histories known by hand."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from layers.mergers import resolve
from layers.report import Report

Y1965, Y1973, Y2014, Y2016, Y2019 = (date(y, 1, 1) for y in (1965, 1973, 2014, 2016, 2019))


def test_a_merged_commune_has_the_code_of_the_new_one():
    mergers = resolve([(Y2016, "A", "N"), (Y2016, "B", "N"), (Y2016, "N", "N")])
    assert mergers.present == {"A": "N", "B": "N"}


def test_chains_of_mergers_are_followed_to_their_end():
    mergers = resolve([(Y2019, "N", "M"), (Y2019, "M", "M"), (Y2016, "A", "N"), (Y2016, "N", "N")])
    assert mergers.present == {"A": "M", "N": "M"}


def test_a_commune_that_was_restored_keeps_its_code():
    events = [(Y1973, "A", "N"), (Y1973, "N", "N"), (Y2014, "N", "A"), (Y2014, "N", "N")]
    assert resolve(events).present == {}


def test_codes_that_a_departement_changed():
    assert resolve([(Y1965, "75004", "92004")]).present == {"75004": "92004"}


def test_a_change_of_name_alone_changes_no_code():
    assert resolve([(Y2014, "A", "A")]).present == {}


def test_a_divided_commune_has_no_one_successor():
    mergers = resolve([(Y1965, "A", "B"), (Y1965, "A", "C")])
    assert mergers.present == {}
    assert mergers.divided == {"A"}
    report = Report()
    codes = pa.chunked_array([["A", "B"]])
    assert mergers.update(codes, report).to_pylist() == ["A", "B"]
    assert any("divided" in note for note in report.notes)


def test_two_communes_that_exchange_codes_are_left_alone():
    mergers = resolve([(Y2014, "A", "B"), (Y2014, "B", "A")])
    assert mergers.present == {}


def test_a_sum_with_a_missing_part_is_missing():
    mergers = resolve([(Y2016, "A", "N"), (Y2016, "N", "N")])
    rows = pa.table({"insee": ["A", "N", "C"], "n": [None, 2.0, 3.0]})
    report = Report()
    merged = mergers.merge(rows, ["insee"], ["insee"], report).to_pydict()
    assert dict(zip(merged["insee"], merged["n"], strict=True)) == {"N": None, "C": 3.0}
    assert sum(report.refused.values()) == 1
