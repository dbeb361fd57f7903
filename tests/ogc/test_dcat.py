"""The catalogue as DCAT-AP: validated with the official SHACL shapes, and read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, URIRef

from layers.records import load_layer_record
from layers.vocabularies import licence, vocabularies

SHAPES = Path(__file__).parent / "shapes"
AUTHORITY = "http://publications.europa.eu/resource/authority"


@pytest.fixture(scope="module")
def graph(rasters):
    response = rasters.get("/dcat")
    assert response.headers["content-type"] == "application/ld+json"
    return Graph().parse(data=response.text, format="json-ld")


def dataset(graph, name):
    (found,) = (s for s in graph.subjects(RDF.type, DCAT.Dataset) if f"/{name}#" in str(s))
    return found


@pytest.mark.parametrize("name", ["shapes", "range"])
def test_the_official_shapes_are_met(graph, name):
    shapes = Graph().parse(SHAPES / f"dcat-ap-{name}.ttl")
    conforms, _, report = validate(graph, shacl_graph=shapes, advanced=False)
    assert conforms, report


def test_the_official_shapes_find_what_is_missing(graph):
    shapes = Graph().parse(SHAPES / "dcat-ap-shapes.ttl")
    broken = Graph() + graph
    broken.remove((dataset(graph, "grid"), DCTERMS.title, None))
    conforms, _, report = validate(broken, shacl_graph=shapes, advanced=False)
    assert not conforms
    assert "dcterms:title" in report or "dct:title" in report or "title" in report


def test_a_dataset_tells_in_both_languages_what_where_when_and_how_often(graph):
    found = dataset(graph, "corine-land-cover")
    titles = {(t.language, str(t)) for t in graph.objects(found, DCTERMS.title)}
    assert titles == {
        ("fr", "Occupation du sol CORINE, image"),
        ("en", "CORINE land cover, raster"),
    }
    (theme,) = graph.objects(found, DCAT.theme)
    assert theme == URIRef(f"{AUTHORITY}/data-theme/ENVI")
    (rate,) = graph.objects(found, DCTERMS.accrualPeriodicity)
    assert rate == URIRef(f"{AUTHORITY}/frequency/OTHER")
    (period,) = graph.objects(found, DCTERMS.temporal)
    assert str(graph.value(period, DCAT.startDate)) == "2018-01-01"
    (place,) = graph.objects(found, DCTERMS.spatial)
    assert str(graph.value(place, DCAT.bbox)).startswith("POLYGON((")
    publisher = graph.value(found, DCTERMS.publisher)
    assert graph.value(publisher, FOAF.name) == Literal("Copernicus Land Monitoring Service (EEA)")


def test_distributions_lead_to_what_they_promise(rasters, graph):
    for name in ("population-grid", "grid"):
        found = list(graph.objects(dataset(graph, name), DCAT.distribution))
        assert len(found) > 2
        for one in found:
            address = str(graph.value(one, DCAT.accessURL))
            response = rasters.get(address, headers={"Range": "bytes=0-0"})
            assert response.status_code in (200, 206), address
            media = str(graph.value(one, DCAT.mediaType)).split("media-types/")[1]
            assert response.headers["content-type"].startswith(media), address


def test_a_known_licence_is_given_by_its_address_and_another_by_its_words(graph):
    known = graph.value(next(graph.objects(dataset(graph, "population-grid"), DCAT.distribution)),
                        DCTERMS.license)  # fmt: skip
    assert known == URIRef("https://www.etalab.gouv.fr/licence-ouverte-open-licence/")
    (words,) = {
        str(label)
        for one in graph.objects(dataset(graph, "bands"), DCAT.distribution)
        for label in graph.objects(
            graph.value(one, DCTERMS.license),
            URIRef("http://www.w3.org/2000/01/rdf-schema#label"),
        )
    }
    assert words == "non renseignée / not given"


def test_the_landing_page_links_the_catalogue(rasters):
    links = rasters.get("?f=json").json()["links"]
    (link,) = (x for x in links if x["type"] == "application/ld+json")
    assert rasters.get(link["href"]).status_code == 200


def test_every_official_record_has_a_known_licence_and_cadence(repository):
    for path in sorted((repository / "config" / "layers").glob("*.yml")):
        record = load_layer_record(path)
        assert licence(record), f"{path.name}: licence not in config/vocabularies.yml"
        assert record.cadence in vocabularies().frequencies, f"{path.name}: cadence"
