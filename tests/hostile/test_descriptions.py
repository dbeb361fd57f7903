"""Both OpenAPI documents, tried by schemathesis: no answer that they do not describe, no 500."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 6
# Every collection has the same operations: those of three kinds stand for all.
KINDS = ("sample-shops", "sample-sales", "sample-iris-housing", "sample-land-cover", "catalogue")
FEW = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("path", ["/openapi.json", "/ogc/openapi?f=json"])
def test_answers_are_those_that_are_described(demo_url, path):
    schema = schemathesis.openapi.from_url(f"{demo_url}{path}")
    tried, wrong = 0, {}
    for found in schema.get_all_operations():
        operation = found.ok()
        parts = operation.path.split("/")
        if parts[1:2] == ["collections"] and len(parts) > 2 and parts[2] not in KINDS:
            continue
        tried += 1

        @seed(0)
        @FEW
        @given(case=operation.as_strategy())
        def conforms(case):
            response = case.call(timeout=60)
            case.validate_response(response, checks=CHECKS)

        try:
            conforms()
        except (AssertionError, BaseExceptionGroup) as error:
            wrong[f"{operation.method} {operation.path}"] = str(error)[:700]
    assert tried >= 10
    assert wrong == {}, "\n\n".join(f"{name}: {said}" for name, said in wrong.items())
