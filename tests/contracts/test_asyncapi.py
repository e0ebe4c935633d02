# SPDX-License-Identifier: EUPL-1.2
"""The published document: it follows the code, and the golden files obey its schemas."""

import json

import jsonschema
import pytest

from rueckhalt_shared.contracts import asyncapi
from tests.contracts.examples import EXAMPLES, envelope_of
from tests.contracts.write_golden import DOCUMENT, pretty

ENVELOPE = json.loads(envelope_of(EXAMPLES[0]).to_json())


def validator(event):
    document = asyncapi.document()
    payload = document["components"]["messages"][type(event).__name__]["payload"]
    schema = payload | {"components": document["components"]}
    return jsonschema.Draft202012Validator(schema)


def test_the_committed_document_is_the_generated_one():
    assert DOCUMENT.read_text("utf-8") == pretty(asyncapi.document())


def test_every_reference_leads_somewhere():
    document = asyncapi.document()

    for reference in json.dumps(document).split('"$ref": "#/')[1:]:
        place = document
        for step in reference.split('"')[0].split("/"):
            place = place[step]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_every_example_obeys_its_published_schema(event):
    validator(event).validate(json.loads(envelope_of(event).to_json()))


@pytest.mark.parametrize(
    "wrong", [{"forms": ["hate"]}, {"severity": 9}, {"registered_at": 5}, {"unit": "Ü"}]
)
def test_the_published_schema_refuses_what_we_would_refuse(wrong):
    body = ENVELOPE | {"data": ENVELOPE["data"] | wrong}

    assert not validator(EXAMPLES[0]).is_valid(body)
