"""OGC API - Processes - Part 1: Core (OGC 18-062r2), annex A, over every process.

Each test bears the name of the abstract test that it carries out, the conformance class first. What
the annex asks of processes with several outputs, outputs by reference, binary or box inputs has
nothing to be asked of here: ``test_core_no_process_has`` proves that there are none.
"""

from __future__ import annotations

import csv
import io
import time
from datetime import datetime

import httpx
import jsonschema
import pytest
from openapi_spec_validator import validate

from server.ledger import Ledger, jobs
from server.settings import Settings

JSON, HTML = "application/json", "text/html"
GEOJSON, CSV = "application/geo+json", "text/csv"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
SPEC = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf"
EXCEPTION = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
ASYNC = {"Prefer": "respond-async"}
LINKS = {"type": "array", "items": {"type": "object", "required": ["href"]}}
TEXT = {"type": "string"}
DESCRIBED = {"title": TEXT, "description": TEXT, "keywords": {"type": "array", "items": TEXT}}
# What a schema inside a description may hold: keywords of OpenAPI 3.0, and those of contents.
SCHEMA = {
    "$id": "schema",
    "type": "object",
    "properties": {
        **{
            name: {"type": "array", "items": {"$ref": "schema"}}
            for name in ("allOf", "oneOf", "anyOf")
        },
        "type": {"enum": ["array", "boolean", "integer", "number", "object", "string"]},
        "properties": {"type": "object", "additionalProperties": {"$ref": "schema"}},
        "items": {"$ref": "schema"},
        "required": {"type": "array", "items": TEXT, "minItems": 1},
        "enum": {"type": "array", "minItems": 1},
        "minLength": {"type": "integer"},
        **dict.fromkeys(("title", "pattern", "format", "description"), TEXT),
        **dict.fromkeys(("contentMediaType", "contentEncoding", "contentSchema"), TEXT),
        "default": {},
        "example": {},
    },
    "additionalProperties": False,
}  # fmt: skip
SUMMARY = {
    "type": "object",
    "required": ["id", "version"],
    "properties": {
        "id": TEXT,
        "version": TEXT,
        "jobControlOptions": {
            "type": "array",
            "items": {"enum": ["sync-execute", "async-execute", "dismiss"]},
        },
        "outputTransmission": {"type": "array", "items": {"enum": ["value", "reference"]}},
        "links": LINKS,
        **DESCRIBED,
    },
}
LIST = {
    "type": "object",
    "required": ["processes", "links"],
    "properties": {"processes": {"type": "array", "items": SUMMARY}, "links": LINKS},
}
OUTPUT = {"type": "object", "required": ["schema"], "properties": {"schema": SCHEMA, **DESCRIBED}}
INPUT = {
    "type": "object",
    "required": ["schema"],
    "properties": {
        "schema": SCHEMA,
        "minOccurs": {"type": "integer"},
        "maxOccurs": {"oneOf": [{"type": "integer"}, {"const": "unbounded"}]},
        **DESCRIBED,
    },
}
STATUS = {
    "type": "object",
    "required": ["jobID", "processID", "status", "type"],
    "properties": {
        "jobID": TEXT,
        "processID": TEXT,
        "type": {"const": "process"},
        "status": {"enum": ["accepted", "running", "successful", "failed", "dismissed"]},
        "message": TEXT,
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        "links": LINKS,
        **{
            name: {"type": "string", "format": "date-time"}
            for name in ("created", "started", "finished", "updated")
        },
    },
}
EXCEPTION_SCHEMA = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": TEXT, "title": TEXT, "detail": TEXT, "status": {"type": "integer"}},
}


@pytest.fixture(scope="module")
def town(api):
    """Return the INSEE code of the fictitious town of the demo."""
    (feature,) = api.get("/collections/sample-towns/items").json()["features"]
    return feature["properties"]["insee"]


@pytest.fixture(scope="module")
def centre(api):
    """Return the centre of that town, a feature."""
    (feature,) = api.get("/collections/sample-centre-perimeters/items").json()["features"]
    return feature


@pytest.fixture(scope="module")
def descriptions(api):
    """Return the description of every process."""
    listed = api.get("/processes").json()["processes"]
    return [api.get(f"/processes/{one['id']}").json() for one in listed]


@pytest.fixture(scope="module")
def inputs(town, centre):
    """Give a function: description in, valid inputs for it out."""

    def made(process):
        if "perimeter" in process["inputs"] and process["inputs"]["perimeter"]["minOccurs"]:
            return {"perimeter": centre["geometry"], "indicators": ["housing-vacancy"]}
        return {"town": [town]}

    return made


def execute(api, process, inputs, headers=None, **more):
    body = {"inputs": inputs, **more}
    return api.post(f"/processes/{process}/execution", json=body, headers=headers)


def ended(api, job):
    """Return the status of a job once it has ended."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        status = api.get(f"/jobs/{job}").json()
        jsonschema.validate(status, STATUS)
        if status["status"] not in ("accepted", "running"):
            return status
        time.sleep(0.2)
    pytest.fail("the job did not end")


@pytest.fixture(scope="module")
def job(api, town):
    """Return a job that has succeeded."""
    created = execute(api, "housing-vacancy", {"town": [town]}, ASYNC)
    status = ended(api, created.json()["jobID"])
    assert status["status"] == "successful"
    return status


@pytest.fixture(scope="module")
def failed(api, demo_data):
    """Return a job that has failed: its town left the catalogue after it was accepted."""
    asked = '{"inputs": {"town": ["00000"]}, "form": "json", "document": false}'
    added = jobs.add(Ledger.of(Settings(demo_data)), "housing-vacancy", asked, 100)
    assert added
    # A server that sees another job sees this one.
    execute(api, "housing-vacancy", {"town": []}, ASYNC)
    status = ended(api, added.id)
    assert status["status"] == "failed"
    return status


def rels(document):
    return {link["rel"] for link in document["links"]}


# Core: the landing page, the API definition, the declaration.


def test_core_landingpage_op_and_success(api):
    document = api.get("").json()
    assert {f"{REL}conformance", f"{REL}processes"} <= rels(document)
    assert rels(document) & {"service-desc", "service-doc"}
    page = api.get("", headers={"Accept": HTML})
    assert page.headers["content-type"].startswith(HTML)


def test_core_api_definition_op_and_success(api):
    for link in api.get("").json()["links"]:
        if link["rel"] in ("service-desc", "service-doc"):
            response = httpx.get(link["href"], headers={"Accept": link["type"]})
            assert response.status_code == 200
            assert response.headers["content-type"].split(";")[0] == link["type"].split(";")[0]


def test_core_conformance_op_and_success(api):
    addresses = [
        link["href"] for link in api.get("").json()["links"] if link["rel"] == f"{REL}conformance"
    ]
    names = ("core", "ogc-process-description", "json", "html", "oas30", "job-list", "dismiss")
    for address in (*addresses, f"{str(api.base_url).rstrip('/')}/conformance"):
        declared = httpx.get(address).json()["conformsTo"]
        assert {uri for uri in declared if uri.startswith(SPEC)} == {f"{SPEC}/{n}" for n in names}


def test_core_http(api):
    assert api.get("/processes").http_version == "HTTP/1.1"


# Core: processes.


def test_core_process_list_and_process_list_success(api):
    response = api.get("/processes")
    assert response.status_code == 200
    jsonschema.validate(response.json(), LIST)
    page = api.get("/processes", headers={"Accept": HTML})
    assert page.headers["content-type"].startswith(HTML)
    assert all(one["id"] in page.text for one in response.json()["processes"])


def test_core_pl_limit_definition_and_response(api):
    schema = parameter(api, "/processes", "limit")["schema"]
    assert (schema["type"], schema["minimum"]) == ("integer", 1)
    assert schema["minimum"] <= schema["default"] <= schema["maximum"]
    every = [one["id"] for one in api.get("/processes").json()["processes"]]
    assert len(every) <= schema["default"]
    for limit in (1, 3, schema["maximum"] + 1):
        found = api.get("/processes", params={"limit": limit}).json()["processes"]
        assert len(found) == min(limit, len(every)) <= schema["maximum"]
    seen, href = [], "/processes?limit=20"
    while href:
        page = api.get(href).json()
        seen += [one["id"] for one in page["processes"]]
        href = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert seen == every
    for wrong in ("0", "-1", "x", "9" * 400):
        assert api.get("/processes", params={"limit": wrong}).status_code == 400


def test_core_pl_links(api):
    document = api.get("/processes").json()
    assert {"self", "alternate"} <= rels(document)
    for link in document["links"]:
        kind = httpx.get(link["href"]).headers["content-type"]
        assert kind.split(";")[0] == link["type"]


def test_core_process_description_and_success(api, descriptions):
    assert len(descriptions) > 40
    for process in descriptions:
        response = api.get(f"/processes/{process['id']}")
        assert (response.status_code, response.headers["content-type"]) == (200, JSON)
        jsonschema.validate(process, SUMMARY)
        assert f"{REL}execute" in rels(process)


def test_core_process_exception_no_such_process(api):
    for response in (api.get("/processes/none"), execute(api, "none", {})):
        assert response.status_code == 404
        jsonschema.validate(response.json(), EXCEPTION_SCHEMA)
        assert response.json()["type"] == f"{EXCEPTION}/no-such-process"


# Core: execution.


def test_core_process_execute_op_request_and_default_execution_mode(api, descriptions, inputs):
    """Without a preference every process answers at once, with its one output."""
    for process in descriptions:
        assert {"sync-execute", "async-execute"} <= set(process["jobControlOptions"])
        response = execute(api, process["id"], inputs(process))
        assert (response.status_code, response.headers["content-type"]) == (200, JSON), process[
            "id"
        ]
        assert response.json()["measures"]


def test_core_process_execute_auto_execution_mode(api, town):
    """A preference for a job is met, in any spelling; one for waiting only is answered at once."""
    for prefer in ("respond-async", "Respond-Async, wait=10"):
        created = execute(api, "housing-vacancy", {"town": [town]}, {"Prefer": prefer})
        assert created.status_code == 201
        assert created.headers["preference-applied"] == "respond-async"
        ended(api, created.json()["jobID"])
    assert (
        execute(api, "housing-vacancy", {"town": [town]}, {"Prefer": "wait=10"}).status_code == 200
    )


def test_core_process_execute_default_outputs(api, descriptions, inputs):
    """Without ``outputs``, or with an empty one, all outputs come."""
    process = descriptions[0]
    whole = execute(api, process["id"], inputs(process), response="document").json()
    assert set(whole) == set(process["outputs"])
    empty = execute(api, process["id"], inputs(process), response="document", outputs={}).json()
    assert empty == whole


def test_core_process_execute_inputs_input_inline_and_input_array(api, town):
    one = execute(api, "housing-vacancy", {"town": town}).json()
    assert one == execute(api, "housing-vacancy", {"town": [town]}).json()
    page = api.get("/collections/towns/items", params={"limit": 3}).json()
    codes = [feature["properties"]["insee"] for feature in page["features"]]
    found = execute(api, "housing-vacancy", {"town": codes}).json()["measures"]
    assert [measure["insee"] for measure in found] == codes


def test_core_process_execute_input_inline_object_and_mixed(api, centre):
    """An object comes as itself, or as the value of one with its media type."""
    wanted = ["housing-vacancy"]
    plain = execute(
        api, "evaluate-perimeter", {"perimeter": centre["geometry"], "indicators": wanted}
    )
    qualified = {"value": centre["geometry"], "mediaType": GEOJSON}
    found = execute(api, "evaluate-perimeter", {"perimeter": qualified, "indicators": wanted})
    assert found.status_code == 200
    assert found.json() == plain.json()


def test_core_process_execute_input_ref(api, centre):
    """A perimeter may be the address of a feature; what is read is validated as any other."""
    base = str(api.base_url).rstrip("/")
    alone = f"{base}/collections/sample-centre-perimeters/items/{centre['id']}"
    wanted = {"indicators": ["housing-vacancy", "E04"]}
    link = {"href": alone, "type": GEOJSON}
    found = execute(api, "evaluate-perimeter", {"perimeter": link, **wanted})
    assert found.status_code == 200, found.text
    direct = execute(api, "evaluate-perimeter", {"perimeter": centre["geometry"], **wanted})
    assert found.json() == direct.json()
    created = execute(api, "evaluate-perimeter", {"perimeter": link, **wanted}, ASYNC)
    assert ended(api, created.json()["jobID"])["status"] == "successful"
    shop = f"{base}/collections/sample-shops/items"
    point = api.get("/collections/sample-shops/items?limit=1").json()["features"][0]["id"]
    for href in (
        f"{shop}/{point}", f"{shop}/none", shop, alone.replace("/ogc/", "/ogc/../"),
        "http://127.0.0.1:1/x", "file:///etc/passwd", 7,
    ):  # fmt: skip
        refused = execute(api, "evaluate-perimeter", {"perimeter": {"href": href}, **wanted})
        assert refused.status_code == 400, href
        assert "perimeter" in refused.json()["detail"]


def test_core_process_execute_input_validation(api, descriptions, inputs):
    """A value against the schema of its input is refused by the name of that input."""
    for process in descriptions:
        good = inputs(process)
        for name in process["inputs"]:
            response = execute(api, process["id"], good | {name: 17})
            assert response.status_code == 400
            assert f"'{name}'" in response.json()["detail"]
        assert execute(api, process["id"], good | {"unknown": 1}).status_code == 400


def test_core_process_execute_sync_raw_value_one(api, town):
    """The one output comes as itself, in the form that is negotiated."""
    inputs = {"town": [town]}
    for media in (JSON, GEOJSON, CSV):
        by_header = execute(api, "housing-vacancy", inputs, {"Accept": media})
        assert by_header.headers["content-type"].split(";")[0] == media
        outputs = {"measures": {"format": {"mediaType": media}, "transmissionMode": "value"}}
        by_body = execute(api, "housing-vacancy", inputs, outputs=outputs, response="raw")
        assert by_body.content == by_header.content
        (row,) = rows(by_header)
        assert row["insee"] == town


def rows(response):
    kind = response.headers["content-type"].split(";")[0]
    if kind == CSV:
        return list(csv.DictReader(io.StringIO(response.text)))
    if kind == GEOJSON:
        return [feature["properties"] for feature in response.json()["features"]]
    return response.json()["measures"]


def test_core_process_execute_sync_document(api, town):
    for media in (JSON, GEOJSON, CSV):
        outputs = {"measures": {"format": {"mediaType": media}}}
        response = execute(
            api, "housing-vacancy", {"town": [town]}, outputs=outputs, response="document"
        )
        assert response.headers["content-type"] == JSON
        assert set(response.json()) == {"measures"}
        assert response.json()["measures"]["mediaType"] == media
        assert response.json()["measures"]["value"]


def test_core_process_execute_success_async(api, town):
    created = execute(api, "housing-vacancy", {"town": [town]}, ASYNC)
    assert (created.status_code, created.headers["content-type"]) == (201, JSON)
    jsonschema.validate(created.json(), STATUS)
    status = httpx.get(created.headers["location"]).json()
    assert status["jobID"] == created.json()["jobID"]
    ended(api, status["jobID"])


def test_core_no_process_has_several_outputs_references_binary_or_box_inputs(api, descriptions):
    for process in descriptions:
        assert len(process["outputs"]) == 1
        assert process["outputTransmission"] == ["value"]
        for one in process["inputs"].values():
            assert "contentEncoding" not in str(one)
            assert "bbox" not in str(one)
    outputs = {"measures": {"transmissionMode": "reference"}}
    refused = execute(api, "housing-vacancy", {}, outputs=outputs)
    assert refused.status_code == 400


# Core: jobs and their results.


def test_core_job_op_and_success(api, job):
    response = api.get(f"/jobs/{job['jobID']}")
    assert response.status_code == 200
    jsonschema.validate(response.json(), STATUS)
    page = api.get(f"/jobs/{job['jobID']}", headers={"Accept": HTML})
    assert page.headers["content-type"].startswith(HTML)


def test_core_job_exception_no_such_job(api):
    for path in ("/jobs/none", "/jobs/none/results"):
        response = api.get(path)
        assert response.status_code == 404
        jsonschema.validate(response.json(), EXCEPTION_SCHEMA)
        assert response.json()["type"] == f"{EXCEPTION}/no-such-job"


def test_core_job_results_and_async_raw_value_one(api, job, town):
    at_once = execute(api, "housing-vacancy", {"town": [town]})
    response = api.get(f"/jobs/{job['jobID']}/results")
    assert (response.status_code, response.headers["content-type"]) == (200, JSON)
    assert response.json() == at_once.json()


def test_core_job_results_async_document(api, town):
    outputs = {"measures": {"format": {"mediaType": CSV}}}
    more = {"outputs": outputs, "response": "document"}
    created = execute(api, "housing-vacancy", {"town": [town]}, ASYNC, **more)
    job = ended(api, created.json()["jobID"])["jobID"]
    at_once = execute(api, "housing-vacancy", {"town": [town]}, **more)
    assert api.get(f"/jobs/{job}/results").json() == at_once.json()
    assert at_once.json()["measures"]["mediaType"] == CSV


def test_core_job_results_sync(api, town):
    """What is answered at once makes no job, hence leads to none."""
    before = api.get("/jobs").json()["numberMatched"]
    response = execute(api, "housing-vacancy", {"town": [town]})
    assert "monitor" not in response.headers.get("link", "")
    assert api.get("/jobs").json()["numberMatched"] == before


def test_core_job_results_exception_results_not_ready(api):
    """A job of all towns and a second behind it: neither is ready when it is made."""
    created = [execute(api, "housing-vacancy", {}, ASYNC).json()["jobID"] for _ in range(2)]
    response = api.get(f"/jobs/{created[1]}/results")
    assert response.status_code == 404
    jsonschema.validate(response.json(), EXCEPTION_SCHEMA)
    assert response.json()["type"] == f"{EXCEPTION}/result-not-ready"
    for job in created:
        api.delete(f"/jobs/{job}")


def test_core_job_results_failed(api, failed):
    response = api.get(f"/jobs/{failed['jobID']}/results")
    assert 400 <= response.status_code < 600
    assert response.status_code != 404
    jsonschema.validate(response.json(), EXCEPTION_SCHEMA)
    assert "00000" in response.json()["detail"]


# Process descriptions.


def test_ogc_process_description_json_encoding_inputs_def_and_outputs_def(descriptions):
    for process in descriptions:
        jsonschema.validate(process, SUMMARY)
        for one in process["inputs"].values():
            jsonschema.validate(one, INPUT)
        for one in process["outputs"].values():
            jsonschema.validate(one, OUTPUT)


def test_ogc_process_description_input_def_and_output_def(descriptions):
    """Each schema is one of JSON, too."""
    for process in descriptions:
        for one in (*process["inputs"].values(), *process["outputs"].values()):
            jsonschema.Draft202012Validator.check_schema(one["schema"])


def test_ogc_process_description_input_mixed_type_and_output_mixed_type(api, descriptions, inputs):
    """Of several types the first is the one that comes without negotiation."""
    process = descriptions[0]
    for output in process["outputs"].values():
        first = output["schema"]["oneOf"][0]["contentMediaType"]
        response = execute(api, process["id"], inputs(process), {"Accept": "*/*"})
        assert response.headers["content-type"] == first
        for one in output["schema"]["oneOf"]:
            media = one["contentMediaType"]
            found = execute(api, process["id"], inputs(process), {"Accept": media})
            assert found.headers["content-type"].split(";")[0] == media


# JSON and HTML.


def test_json_definition(api, job, town):
    for path in ("", "/conformance", "/processes", "/processes/housing-vacancy", "/jobs",
                 f"/jobs/{job['jobID']}", f"/jobs/{job['jobID']}/results"):  # fmt: skip
        assert api.get(path, headers={"Accept": JSON}).headers["content-type"] == JSON


def test_html_definition_and_content(api, job, town):
    """Each operation answers as a page, which holds all links of its document."""
    for path in ("", "/conformance", "/processes", "/processes/housing-vacancy", "/jobs",
                 f"/jobs/{job['jobID']}", f"/jobs/{job['jobID']}/results"):  # fmt: skip
        page = api.get(path, headers={"Accept": HTML})
        assert page.headers["content-type"].startswith(HTML), path
        assert page.text.startswith("<!doctype html>")
        for link in api.get(path, headers={"Accept": JSON}).json().get("links", []):
            address = link["href"].split("127.0.0.1")[-1].split("/", 1)[1].replace("&", "&amp;")
            assert f'href="/{address}"' in page.text, path
    page = execute(api, "housing-vacancy", {"town": [town]}, {"Accept": HTML})
    assert page.headers["content-type"].startswith(HTML)
    assert f"<td>{town}</td>" in page.text
    assert api.get(f"/jobs/{job['jobID']}/results?f=html").text == page.text.replace(
        f"/processes/{job['processID']}/execution", f"/jobs/{job['jobID']}/results"
    )


# OpenAPI.


def parameter(api, path, name):
    """Return the definition of a parameter of the GET of a path."""
    document = api.get("/openapi").json()
    shared = document["components"]["parameters"]
    given = document["paths"][path]["get"]["parameters"]
    found = [shared[p["$ref"].rsplit("/", 1)[1]] if "$ref" in p else p for p in given]
    return next(one for one in found if one["name"] == name)


def test_oas30_oas_definition_1_and_2(api):
    response = api.get(
        "/openapi", headers={"Accept": "application/vnd.oai.openapi+json;version=3.0"}
    )
    assert response.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    validate(response.json())
    assert api.get("/openapi", headers={"Accept": HTML}).headers["content-type"].startswith(HTML)


def test_oas30_completeness_and_exceptions_codes(api):
    paths = api.get("/openapi").json()["paths"]
    for path, method, codes in (
        ("/processes", "get", {"200", "400"}),
        ("/processes/{processID}", "get", {"200", "400", "404"}),
        ("/processes/{processID}/execution", "post", {"200", "201", "400", "404", "503"}),
        ("/jobs", "get", {"200", "400"}),
        ("/jobs/{jobID}", "get", {"200", "400", "404"}),
        ("/jobs/{jobID}", "delete", {"200", "400", "404"}),
        ("/jobs/{jobID}/results", "get", {"200", "400", "404", "500"}),
    ):
        assert codes <= set(paths[path][method]["responses"]), path


def test_oas30_oas_impl(api, job):
    """Each path of processes and jobs answers as it is defined."""
    values = {"processID": "housing-vacancy", "jobID": job["jobID"]}
    for path, methods in api.get("/openapi").json()["paths"].items():
        if "get" in methods and path.startswith(("/processes", "/jobs")):
            response = api.get(path.format(**values))
            assert response.status_code == 200
            kind = response.headers["content-type"].split(";")[0]
            assert kind in methods["get"]["responses"]["200"]["content"]


def test_oas30_security(api):
    """Nothing of processes needs a key, and none is described."""
    assert "security" not in str(api.get("/openapi").json()["paths"]["/processes"])
    assert api.get("/processes").status_code == 200


# The list of jobs.


@pytest.fixture(scope="module")
def listed(api, job, failed):
    crowd = [execute(api, "housing-vacancy", {}, ASYNC).json()["jobID"] for _ in range(5)]
    api.delete(f"/jobs/{crowd[-1]}")  # it waits behind the others, so it never started
    for one in crowd:
        ended(api, one)
    found = api.get("/jobs", params={"limit": 1000}).json()["jobs"]
    assert {job["jobID"], failed["jobID"]} <= {one["jobID"] for one in found}
    return found


def listing(api, **query):
    response = api.get("/jobs", params={"limit": 1000} | query)
    assert response.status_code == 200, response.text
    return response.json()["jobs"]


def instant(text):
    return datetime.fromisoformat(text).timestamp()


def test_job_list_op_success_and_process_id_mandatory(api, listed):
    for one in listed:
        jsonschema.validate(one, STATUS)
    page = api.get("/jobs", headers={"Accept": HTML})
    assert page.headers["content-type"].startswith(HTML)


def test_job_list_links(api, listed):
    document = api.get("/jobs", params={"limit": 1}).json()
    assert {"self", "alternate", "next"} <= rels(document)


def test_job_list_limit_definition_and_response(api, listed):
    schema = parameter(api, "/jobs", "limit")["schema"]
    assert (schema["type"], schema["minimum"], schema["default"]) == ("integer", 1, 10)
    for limit in (1, 2, schema["maximum"] + 1):
        found = api.get("/jobs", params={"limit": limit}).json()["jobs"]
        assert len(found) == min(limit, len(listed)) <= schema["maximum"]


@pytest.mark.parametrize("name", ["type", "processID", "status"])
def test_job_list_type_process_id_and_status_definition(api, name):
    found = parameter(api, "/jobs", name)
    assert (found["in"], found["required"]) == ("query", False)
    assert (found["schema"]["type"], found["schema"]["items"]["type"]) == ("array", "string")


def test_job_list_type_response(api, listed):
    assert {one["jobID"] for one in listing(api, type="process")} == {o["jobID"] for o in listed}


def test_job_list_process_id_response(api, listed):
    for wanted in ("housing-vacancy", "evaluate-perimeter", "housing-vacancy,evaluate-perimeter"):
        found = {one["jobID"] for one in listing(api, processID=wanted)}
        assert found == {one["jobID"] for one in listed if one["processID"] in wanted.split(",")}


def test_job_list_status_response(api, listed):
    for wanted in ("successful", "failed", "dismissed,failed"):
        found = {one["jobID"] for one in listing(api, status=wanted)}
        assert found == {one["jobID"] for one in listed if one["status"] in wanted.split(",")}


def test_job_list_datetime_definition_and_response(api, listed, job):
    assert parameter(api, "/jobs", "datetime")["schema"]["type"] == "string"
    middle = job["created"]
    for text, holds in (
        (middle, lambda at: at == instant(middle)),
        (f"{middle}/..", lambda at: at >= instant(middle)),
        (f"../{middle}", lambda at: at <= instant(middle)),
        (f"2020-01-01T00:00:00Z/{middle}", lambda at: at <= instant(middle)),
        ("../2020-01-01T00:00:00Z", lambda at: False),
    ):
        found = {one["jobID"] for one in listing(api, datetime=text)}
        # The created of the status is rounded to the millisecond, that of the ledger is not.
        unsure = {
            o["jobID"] for o in listed if abs(instant(o["created"]) - instant(middle)) < 0.002
        }
        expected = {one["jobID"] for one in listed if holds(instant(one["created"]))}
        assert found - unsure == expected - unsure, text


def test_job_list_duration_definition_and_response(api, listed):
    for name in ("minDuration", "maxDuration"):
        schema = parameter(api, "/jobs", name)["schema"]
        assert (schema["type"], schema["items"]["type"]) == ("array", "integer")
    lasted = {
        one["jobID"]: instant(one["finished"]) - instant(one["started"])
        for one in listed
        if "started" in one and "finished" in one
    }
    assert lasted
    assert len(lasted) < len(listed), "no job was dismissed before it started"
    for query, low, high in (
        ({"minDuration": 1}, 1, 1e9),
        ({"maxDuration": 1}, 0, 1),
        ({"minDuration": 1, "maxDuration": 60}, 1, 60),
        ({"minDuration": 10**9}, 1e9, 1e10),
    ):
        found = {one["jobID"] for one in listing(api, **query)}
        expected = {name for name, seconds in lasted.items() if low <= seconds <= high}
        assert found == expected, query


# Dismissal.


def test_dismiss_job_dismiss_op_and_success(api):
    job = execute(api, "housing-vacancy", {}, ASYNC).json()["jobID"]
    response = api.delete(f"/jobs/{job}")
    assert response.status_code == 200
    jsonschema.validate(response.json(), STATUS)
    assert response.json()["status"] == "dismissed"
    assert api.get(f"/jobs/{job}").json()["status"] == "dismissed"
    assert api.get(f"/jobs/{job}/results").status_code == 404
    refused = api.delete("/jobs/none")
    assert (refused.status_code, refused.json()["type"]) == (404, f"{EXCEPTION}/no-such-job")
