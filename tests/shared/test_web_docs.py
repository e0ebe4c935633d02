# SPDX-License-Identifier: EUPL-1.2
"""The API description and its viewer."""

import re

import pytest
from openapi_spec_validator import validate

from tests.shared.front import Front


@pytest.fixture
def front(tmp_path):
    front = Front(tmp_path)
    yield front
    front.close()


def test_the_description_is_valid_openapi_3_1(front):
    document = front.client.get("/openapi.json").json

    validate(document)
    assert document["openapi"] == "3.1.0"


def test_errors_are_documented_as_problems(front):
    document = front.client.get("/openapi.json").json

    responses = document["components"]["responses"]
    for name in ("DEFAULT_ERROR", "UNPROCESSABLE_CONTENT", "UNAUTHORIZED", "FORBIDDEN"):
        if name in responses:
            assert set(responses[name]["content"]) == {"application/problem+json"}, name
    operation = document["paths"]["/v1/notes"]["post"]
    assert operation["summary"] == "Note something."
    assert {"201", "401", "403", "422"} <= set(operation["responses"])
    assert operation["security"] == [{"key": []}]


def test_below_a_mount_the_description_names_the_mount(front):
    document = front.client.get("/openapi.json", base_url="http://localhost/intake").json

    assert document["servers"] == [{"url": "/intake"}]


@pytest.mark.parametrize("mount", ["", "/intake"])
def test_the_viewer_needs_no_other_server_and_works_below_a_mount(front, mount):
    base = f"http://localhost{mount}"
    page = front.client.get("/docs", base_url=base).text

    addresses = re.findall(r'(?:src|href|data-description)="([^"]+)"', page)
    files = [each for each in addresses if not each.startswith(("data:", "?", "#", "/leave"))]
    assert len(files) >= 6
    for address in files:
        assert address.startswith(f"{mount}/"), address
        path = address.removeprefix(mount)
        with front.client.get(path, base_url=base) as file:
            assert file.status_code == 200, address
    assert "<script>" not in page


def test_other_files_of_the_viewers_wheel_are_not_served(front):
    assert front.client.get("/docs/files/oauth2-redirect.html").status_code == 404
