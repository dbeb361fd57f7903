"""The records of config/layers and their twins for the sample town."""

from pathlib import Path

import pytest

from layers.record_files import load_records
from layers.records import LayerRecord
from layers.sample_records import sample_records

EXPECTED = {
    "towns", "communes", "iris-housing", "iris-population", "sales", "shops", "services",
    "buildings", "streets", "green-spaces", "transit-stops", "transit-lines", "income-cells",
    "centre-perimeters", "land-cover",
}  # fmt: skip


@pytest.fixture(scope="module")
def records(repository: Path) -> dict[str, LayerRecord]:
    found, errors = load_records([repository / "config" / "layers"])
    assert errors == []
    return found


def test_every_layer_has_a_record_with_titles_and_theme(records: dict[str, LayerRecord]) -> None:
    assert set(records) >= EXPECTED
    for record in (records[layer] for layer in EXPECTED):
        assert record.theme == record.id
        assert record.title.fr != record.title.en
        assert not record.fictitious
        assert all(a.title is not None for a in record.attributes)
        names = [a.name for a in record.attributes]
        assert len(set(names)) == len(names)
        assert {record.id_field, record.time_field} - {None} <= set(names)


def test_codes_are_text(records: dict[str, LayerRecord]) -> None:
    codes = {"insee", "iris", "code_commune", "lcog_geo", "department", "region", "epci", "osm_id"}
    seen = [a for r in records.values() for a in r.attributes if a.name in codes]
    assert len(seen) > 10
    assert {a.type for a in seen} == {"string"}


def test_twins_say_that_they_are_fictitious(records: dict[str, LayerRecord]) -> None:
    twins = sample_records(records)
    official = {r.id for r in records.values() if r.theme == r.id} | {"bdtopo-buildings"}
    assert set(twins) == {f"sample-{layer}" for layer in official}
    for twin in twins.values():
        original = records[twin.id.removeprefix("sample-")]
        assert twin.fictitious
        assert twin.reader is None
        assert "ville fictive" in twin.title.fr
        assert "fictitious town" in twin.title.en
        assert "inventées" in twin.description.fr
        assert "invented" in twin.description.en.lower()
        assert "invented" in twin.producer
        assert "Invented" in twin.source
        assert (twin.theme, twin.attributes) == (original.theme, original.attributes)


def test_a_users_own_layer_of_a_theme_has_no_twin(records: dict[str, LayerRecord]) -> None:
    own = records["shops"].model_copy(update={"id": "our-shops"})
    assert sample_records({"our-shops": own}) == {}
