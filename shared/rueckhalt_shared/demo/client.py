# SPDX-License-Identifier: EUPL-1.2
"""A small client for the running demo: what a service's `seed_demo` posts through."""

import json
from collections.abc import Iterable, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


class DemoRefused(Exception):
    """The API said no to a sample."""


class DemoClient:
    """Speaks to the services of this installation with the demo key."""

    def __init__(self, addresses: Mapping[str, str], api_key: str) -> None:
        self.addresses = dict(addresses)
        self._api_key = api_key

    def post(self, service: str, path: str, document: Any) -> Any:
        """POST one JSON document; answers the answer's document."""
        return json.loads(self._send(service, path, json.dumps(document), "application/json"))

    def post_lines(self, service: str, path: str, documents: Iterable[Any]) -> list[Any]:
        """POST NDJSON; answers one document a line."""
        body = "\n".join(json.dumps(document) for document in documents)
        answer = self._send(service, path, body, "application/x-ndjson")
        return [json.loads(line) for line in answer.splitlines() if line.strip()]

    def get(self, service: str, path: str) -> Any:
        """GET a JSON document."""
        return json.loads(self._send(service, path, None, None))

    def _send(self, service: str, path: str, body: str | None, kind: str | None) -> str:
        address = urlsplit(self.addresses[service])
        connection = HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=30)
        headers = {"Authorization": f"Bearer {self._api_key}"}
        if kind:
            headers["Content-Type"] = kind
        try:
            method = "GET" if body is None else "POST"
            payload = None if body is None else body.encode()
            connection.request(method, address.path + path, payload, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status >= 300:
            raise DemoRefused(f"{service}{path}: {response.status}")
        return text
