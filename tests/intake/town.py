# SPDX-License-Identifier: EUPL-1.2
"""Musterstadt as a sender sees it: reports to post and a client that carries its key."""

import json
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ARS = "160770999999"
ELSEWHERE = "095640000000"
ANNA = "1f0c5a52-3f1d-5a7e-8f0e-3c1b8a4e9d01"
BERND = "2a9b7c61-4e2c-5b8f-9a1d-4d2c9b5f0e12"

THREAT: dict[str, Any] = {
    "municipality": ARS,
    "forms": ["threat"],
    "channel": "email",
    "place": "office_front",
    "affected_groups": ["staff_front"],
    "narrative": "Er schrieb: Ich weiß, wo deine Kinder zur Schule gehen.",
}


def report(**changes: Any) -> dict[str, Any]:
    """Make the threat above with some fields otherwise; None leaves a field out."""
    body = THREAT | changes
    return {name: value for name, value in body.items() if value is not None}


@dataclass
class Sender:
    """A client with a key."""

    client: FlaskClient
    key: str = field(repr=False)

    def post(self, body: Any, path: str = "/v1/incidents", **headers: str) -> TestResponse:
        return self.client.post(path, json=body, headers=self.headers(headers))

    def post_raw(self, raw: bytes | str, kind: str = "application/json") -> TestResponse:
        headers = self.headers({})
        return self.client.post("/v1/incidents", data=raw, content_type=kind, headers=headers)

    def bulk(self, *lines: Any, **headers: str) -> list[dict[str, Any]]:
        body = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        answer = self.bulk_raw(body.encode(), **headers)
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]

    def bulk_raw(self, body: bytes, **headers: str) -> TestResponse:
        return self.client.post(
            "/v1/incidents/bulk",
            data=body,
            content_type="application/x-ndjson",
            headers=self.headers(headers),
        )

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self.headers({}))

    def show(self, incident: dict[str, Any]) -> dict[str, Any]:
        answer = self.get(f"/v1/incidents/{incident['id']}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json or {}
        return shown

    def patch(self, incident: dict[str, Any], **changes: Any) -> TestResponse:
        path = f"/v1/incidents/{incident['id']}"
        return self.client.patch(path, json=changes, headers=self.headers({}))

    def close(self, incident: dict[str, Any], **told: Any) -> TestResponse:
        body = {"reason": "resolved", "feedback_given": True} | told
        return self.post(body, f"/v1/incidents/{incident['id']}/close")

    def headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.key}"} | named


def errors(answer: TestResponse) -> dict[str, str]:
    """List the fields a problem names, with what is wrong."""
    assert answer.content_type == "application/problem+json", answer.text
    return {error["field"]: error["problem"] for error in answer.json.get("errors", [])}
