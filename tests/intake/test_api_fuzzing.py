# SPDX-License-Identifier: EUPL-1.2
"""schemathesis over intake's OpenAPI document: nothing answers 500, all answers as documented."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.intake.town import ARS, THREAT, Sender

pytestmark = pytest.mark.timeout(240)
EXAMPLES = 60
# What a business rule refuses may well fit the schema: an unknown unit, a date in 1815.
NOT_ASKED = [positive_data_acceptance]


@schemathesis.serializer("application/x-ndjson")
def lines(ctx: schemathesis.SerializationContext, value: Any) -> bytes:
    """Send any text, and some of it as lines of JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    return "\n".join((text, json.dumps(THREAT), json.dumps(text))).encode("utf-8", "replace")


def test_every_operation_answers_as_its_document_says(
    app: Flask, sender: Callable[..., Sender]
) -> None:
    scopes = ("incident:create", "incident:read", "incident:import", "incident:erase")
    scopes += ("incident:hold",)
    town = sender(*scopes, municipalities=["*"])
    incident = town.post(THREAT).json["id"]
    described = schemathesis.openapi.from_wsgi("/openapi.json", app)
    ours = described.include(path_regex="^/v1/(incidents|codes|erasures|holds)")

    operations = [result.ok() for result in ours.get_all_operations()]
    for operation in operations:
        probe(operation, town.headers({}), incident)

    assert len(operations) == 13


def probe(operation: schemathesis.APIOperation, headers: dict[str, str], incident: str) -> None:
    """Many made-up requests, half of them about an incident and a town that exist."""

    @effort(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), exists=st.booleans())
    def fuzz(case: schemathesis.Case, exists: bool) -> None:
        if exists and case.path_parameters:
            case.path_parameters |= {"incident_id": incident}
        if exists and isinstance(case.body, dict) and "municipality" in case.body:
            case.body["municipality"] = ARS
        case.call_and_validate(headers=headers, excluded_checks=NOT_ASKED)

    fuzz()
