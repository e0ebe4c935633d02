# SPDX-License-Identifier: EUPL-1.2
"""schemathesis over the OpenAPI document: nothing answers 500, all answers are as documented."""

from collections.abc import Callable

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from rueckhalt_reporting.app import Settings, create_app
from rueckhalt_shared.database import Database
from tests.reporting import events
from tests.reporting.events import TOWN

pytestmark = pytest.mark.timeout(120)
Key = Callable[..., dict[str, str]]
EXAMPLES = 40


def test_every_operation_answers_as_its_document_says(
    settings: Settings, database: Database, key: Key, tell: Callable[..., None]
) -> None:
    tell(events.registered())
    scopes = ("stats:internal", "stats:public")
    headers = key(*scopes, municipalities=("*",))
    described = schemathesis.openapi.from_wsgi("/openapi.json", create_app(settings, database))
    ours = described.include(path_regex="^/v1/summaries")
    operations = [result.ok() for result in ours.get_all_operations()]

    for operation in operations:
        probe(operation, headers)

    assert len(operations) == 4


def probe(operation: schemathesis.APIOperation, headers: dict[str, str]) -> None:
    """Many made-up requests, half of them about a town and period that exist."""

    @effort(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), exists=st.booleans())
    def fuzz(case: schemathesis.Case, exists: bool) -> None:
        if exists and case.path_parameters:
            known = {"ars": TOWN, "period": "2026-11"}
            case.path_parameters |= {name: known[name] for name in case.path_parameters}
        case.call_and_validate(headers=headers)

    fuzz()
