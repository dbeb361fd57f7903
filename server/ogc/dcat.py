"""The catalogue as DCAT-AP 3 in JSON-LD: what data portals harvest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from layers.catalogue import Layer
from layers.discovery import keywords_of, time_of
from layers.vocabularies import AUTHORITY, THEMES, frequency, licence, theme
from server.ogc.configuration import DESCRIPTION
from server.ogc.distributions import FILE_TYPE, Distribution, distributions
from server.ogc.documents import Documents
from server.ogc.negotiation import form_of, parameters_of, require_known
from server.ogc.texts import description, title
from server.settings import Settings

MEDIA_TYPE = "application/ld+json"
IANA = "https://www.iana.org/assignments/media-types"
FEATURES = "http://www.opengis.net/doc/IS/ogcapi-features-1/1.0"
WKT = "geo:wktLiteral"
LANGUAGES = {"fr": f"{AUTHORITY}/language/FRA", "en": f"{AUTHORITY}/language/ENG"}
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "adms": "http://www.w3.org/ns/adms#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "geo": "http://www.opengis.net/ont/geosparql#",
}
Node = dict[str, Any]


class Dcat:
    """The route of the DCAT-AP catalogue."""

    def __init__(self, documents: Documents, settings: Settings) -> None:
        self._documents = documents
        self._settings = settings

    async def catalogue(self, request: Request) -> Response:
        """Answer the catalogue with all that anybody may read."""
        parameters = parameters_of(request.query_params.multi_items())
        require_known(parameters, ())
        form_of(request, parameters, ("jsonld",))
        layers = await run_in_threadpool(self._documents.shared)
        document = await run_in_threadpool(dcat, layers, self._documents.base, self._settings)
        return Response(orjson.dumps(document), media_type=MEDIA_TYPE)


def dcat(layers: Mapping[str, Layer], base: str, settings: Settings) -> Node:
    """Return the catalogue, its datasets with their distributions, and the service, as JSON-LD."""
    service, catalogue = f"{base}#service", f"{base}/dcat#catalogue"
    datasets = [_dataset(layer, base, service) for layer in layers.values()]
    publisher = _agent(settings.title, settings.url)
    node = {
        "@id": catalogue,
        "@type": "dcat:Catalog",
        "dct:title": _texts({"fr": settings.title, "en": settings.title}),
        "dct:description": _texts(DESCRIPTION),
        "dct:publisher": publisher,
        "dct:language": [_language(uri) for uri in LANGUAGES.values()],
        "foaf:homepage": _typed(f"{settings.url}/", "foaf:Document"),
        "dcat:themeTaxonomy": _ref(THEMES),
        "dcat:dataset": [_ref(one["@id"]) for one in datasets],
        "dcat:service": _ref(service),
    }
    if layers:
        newest = max(layer.version.created for layer in layers.values())
        node["dct:modified"] = _value(newest, "xsd:dateTime")
    themes = {theme(layer.record)[0]: theme(layer.record)[1] for layer in layers.values()}
    concepts = [_concept(code, words.model_dump()) for code, words in themes.items()]
    scheme = _typed(THEMES, "skos:ConceptScheme")
    scheme["dct:title"] = _texts({"fr": "Thèmes de données", "en": "Data theme"})
    graph = [node, _service(service, datasets, base, settings, publisher), scheme]
    return {"@context": CONTEXT, "@graph": [*graph, *datasets, *concepts]}


def _service(
    uri: str, datasets: list[Node], base: str, settings: Settings, publisher: Node
) -> Node:
    return {
        "@id": uri,
        "@type": "dcat:DataService",
        "dct:title": _texts(dict.fromkeys(("fr", "en"), f"{settings.title} · OGC API")),
        "dct:description": _texts(DESCRIPTION),
        "dct:publisher": publisher,
        "dcat:endpointURL": _typed(base, "rdfs:Resource"),
        "dcat:endpointDescription": _typed(f"{base}/openapi?f=json", "rdfs:Resource"),
        "dct:conformsTo": _typed(
            "http://www.opengis.net/doc/IS/ogcapi-features-1/1.0", "dct:Standard"
        ),
        "dct:accessRights": _rights(),
        "dcat:servesDataset": [_ref(one["@id"]) for one in datasets],
    }


def _dataset(layer: Layer, base: str, service: str) -> Node:
    record, version = layer.record, layer.version
    uri = f"{base}/collections/{layer.id}"
    publisher = _agent(record.producer, record.source)
    both = ("fr", "en")
    node: Node = {
        "@id": f"{uri}#dataset",
        "@type": "dcat:Dataset",
        "dct:identifier": uri,
        "dct:title": _texts({language: title(record, language) for language in both}),
        "dct:description": _texts({language: description(record, language) for language in both}),
        "dct:publisher": publisher,
        "dcat:contactPoint": _contact(record.producer, record.source),
        "dcat:keyword": [
            {"@value": word, "@language": language}
            for language in both
            for word in dict.fromkeys(keywords_of(layer, language))
        ],
        "dcat:theme": _ref(f"{THEMES}/{theme(record)[0]}"),
        "dct:accrualPeriodicity": _typed(frequency(record), "dct:Frequency"),
        "dct:issued": _value(version.created, "xsd:dateTime"),
        "dct:modified": _value(version.created, "xsd:dateTime"),
        "dct:language": _language(LANGUAGES["fr"]),
        "dct:accessRights": _rights(),
        "dcat:landingPage": _typed(f"{uri}?f=html", "foaf:Document"),
        "dct:provenance": {
            "@type": "dct:ProvenanceStatement",
            "rdfs:label": f"{record.source} ({version.source})",
        },
        "dcat:version": version.id,
        "dcat:distribution": [
            _distribution(layer, one, uri, service) for one in distributions(layer, base)
        ],
    }
    return node | _where(layer) | _when(layer)


def _distribution(layer: Layer, one: Distribution, uri: str, service: str) -> Node:
    node: Node = {
        "@id": f"{uri}#{one.key}",
        "@type": "dcat:Distribution",
        "dct:title": _texts({"fr": one.name, "en": one.name}),
        "dcat:accessURL": _typed(one.href, "rdfs:Resource"),
        "dcat:mediaType": _typed(f"{IANA}/{one.media_type.split(';')[0]}", "dct:MediaType"),
        "dct:format": _typed(f"{FILE_TYPE}/{one.file_type}", "dct:MediaTypeOrExtent"),
        "dct:license": _licence(layer),
        "dct:modified": _value(layer.version.created, "xsd:dateTime"),
        "dcat:accessService": _ref(service),
    }
    if one.is_download:
        node["dcat:downloadURL"] = _typed(one.href, "rdfs:Resource")
    return node


def _licence(layer: Layer) -> Node:
    """Return the licence by its address, or by the record's own words."""
    known = licence(layer.record)
    node: Node = {"@type": "dct:LicenseDocument", "rdfs:label": layer.record.licence}
    return {"@id": known.uri, "@type": "dct:LicenseDocument"} if known else node


def _where(layer: Layer) -> Node:
    if layer.bounds is None:
        return {}
    west, south, east, north = layer.bounds
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    box = _value(f"POLYGON(({ring}))", WKT)
    return {"dct:spatial": {"@type": "dct:Location", "dcat:bbox": box}}


def _when(layer: Layer) -> Node:
    time = time_of(layer)
    if time is None:
        return {}
    start, end = (_value(day, "xsd:date") for day in time)
    period = {"@type": "dct:PeriodOfTime", "dcat:startDate": start, "dcat:endDate": end}
    return {"dct:temporal": period}


def _agent(name: str, address: str) -> Node:
    node: Node = {"@type": "foaf:Agent", "foaf:name": name}
    if address.startswith("http"):
        node["foaf:homepage"] = _typed(address, "foaf:Document")
    return node


def _contact(name: str, address: str) -> Node:
    node: Node = {"@type": "vcard:Kind", "vcard:fn": name}
    if address.startswith("http"):
        node["vcard:hasURL"] = _ref(address)
    return node


def _concept(code: str, titles: Mapping[str, str]) -> Node:
    return {
        "@id": f"{THEMES}/{code}",
        "@type": "skos:Concept",
        "skos:prefLabel": _texts(titles),
        "skos:inScheme": _ref(THEMES),
    }


def _language(uri: str) -> Node:
    return _typed(uri, "dct:LinguisticSystem")


def _rights() -> Node:
    return _typed(f"{AUTHORITY}/access-right/PUBLIC", "dct:RightsStatement")


def _texts(texts: Mapping[str, str]) -> list[Node]:
    return [{"@value": text, "@language": language} for language, text in texts.items()]


def _value(text: str, datatype: str) -> Node:
    return {"@value": text, "@type": datatype}


def _ref(uri: str) -> Node:
    return {"@id": uri}


def _typed(uri: str, kind: str) -> Node:
    return {"@id": uri, "@type": kind}
