# SPDX-License-Identifier: EUPL-1.2
"""Senders that never give up: the same body under the same key until the answer is 201.

So a report whose answer was lost is posted again, and one that was accepted twice would show.
"""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from tests.flows.system import ARS, Installation

FORMS = ("insult", "threat", "hatepost", "property", "stalking")
_RETRIED = (502, 503, 504)
_PATIENCE = 60.0  # seconds for the last answers


class Load:
    """Posts reports from some threads; knows which were accepted under which id."""

    def __init__(self, town: Installation) -> None:
        self.accepted: dict[str, str] = {}
        self.answers: Counter[int] = Counter()
        self.wrong: list[str] = []
        self._town = town
        self._lock = threading.Lock()
        self._given_up = threading.Event()

    @contextmanager
    def running(self, *, senders: int = 2, pause: float = 0.2) -> Iterator["Load"]:
        """Post all the time; at the end nothing new is begun, but all begun gets its answer."""
        stopping = threading.Event()
        threads = [
            threading.Thread(target=self._post_on, args=(stopping, pause)) for _ in range(senders)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            stopping.set()
            deadline = time.monotonic() + _PATIENCE
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
            self._given_up.set()
            for thread in threads:
                thread.join()
            self._given_up.clear()

    def ids(self) -> list[str]:
        """The accepted incidents, oldest first."""
        with self._lock:
            return list(self.accepted.values())

    def post(self, *, tries: int = 0, form: str = "") -> str | None:
        """One report until it is accepted; none when the tries, or the patience, are over."""
        key = str(uuid.uuid4())
        body = {
            "municipality": ARS,
            "forms": [form or FORMS[int(key[0], 16) % len(FORMS)]],
            "reference": f"faults-{key}",
            "narrative": f"Erzählung {key}",
        }
        while not self._given_up.is_set():
            answer = self._once(key, body)
            if answer is not None:
                with self._lock:
                    self.accepted[key] = answer["id"]
                return str(answer["id"])
            tries -= 1
            if tries == 0:
                return None
            self._given_up.wait(0.2)
        with self._lock:
            self.wrong.append(f"report {key} got no answer in time")
        return None

    def _post_on(self, stopping: threading.Event, pause: float) -> None:
        while not stopping.wait(pause):
            self.post()

    def _once(self, key: str, body: dict[str, Any]) -> dict[str, Any] | None:
        try:
            answer = self._town.api(
                "POST", "intake", "/v1/incidents", json=body, headers={"Idempotency-Key": key}
            )
            found = answer.json() if answer.status_code == 201 else None
        except requests.RequestException:
            with self._lock:
                self.answers[0] += 1
            return None
        with self._lock:
            self.answers[answer.status_code] += 1
            if answer.status_code == 503 and "Retry-After" not in answer.headers:
                self.wrong.append("503 without Retry-After")
            if answer.status_code not in (201, *_RETRIED):
                self.wrong.append(f"{answer.status_code}: {answer.text[:300]}")
        return found
