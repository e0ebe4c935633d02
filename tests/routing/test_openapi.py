# SPDX-License-Identifier: EUPL-1.2
"""schemathesis over the OpenAPI document: no 5xx, no answer the document does not know."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounded
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from rueckhalt_routing.app import create_app

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOUNDS: dict[str, Any] = {
    "max_examples": 30,
    "deadline": None,
    "database": None,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


@pytest.mark.timeout(240)
def test_schemathesis_finds_nothing(settings, town, key):
    town.report()
    app = create_app(settings, town.database)
    headers = {"Authorization": f"Bearer {key}"}
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    operations = [result.ok() for result in schema.get_all_operations()]

    for operation in operations:

        @bounded(**BOUNDS)
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        check()

    labels = {each.label for each in operations}
    assert {"GET /v1/assignments", "POST /v1/assignments/{id}/take-over"} <= labels
