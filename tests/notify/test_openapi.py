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

from rueckhalt_notify.app import create_app
from tests.notify.town import ANNA, LARS, UNKNOWN_MAILBOX, assigned, lead, told

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOUNDS: dict[str, Any] = {
    "max_examples": 40,
    "deadline": None,
    "database": None,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


@pytest.mark.timeout(240)
def test_schemathesis_finds_nothing(settings, database, key, tell, send, mailer):
    mailer.script = [UNKNOWN_MAILBOX]
    tell(assigned(lead(ANNA), told(LARS)))
    send()
    app = create_app(settings, database)
    headers = key("notice:read", "contact:write", "event:publish")
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    operations = [result.ok() for result in schema.get_all_operations()]

    for operation in operations:

        @bounded(**BOUNDS)
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        check()

    assert {"GET /v1/notices", "POST /v1/contacts/import"} <= {each.label for each in operations}
