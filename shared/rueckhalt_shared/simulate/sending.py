# SPDX-License-Identifier: EUPL-1.2
"""Reports on their way to intake: one by one or in bulk, at a rate, and patient with a 503."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import requests

_PATIENCE = 20  # times a request is sent before it is given up
_PAUSE = 1.0  # seconds, when nobody says how long
_LINES = 200  # in one bulk request


class IntakeAway(Exception):
    """intake did not answer, or only with 503, for too long."""


class IntakeRefused(Exception):
    """The key or the address is wrong: nothing can be sent at all."""


@dataclass
class Outcome:
    """What became of the reports."""

    accepted: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    repeated: int = 0  # requests that had to be sent again


@dataclass(kw_only=True)
class Sender:
    """Sends to one intake with one key. Sending the same report again creates nothing."""

    url: str
    key: str
    rate: float | None = None
    session: Any = field(default_factory=requests.Session)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    outcome: Outcome = field(default_factory=Outcome)

    def send(
        self, reports: Iterable[dict[str, Any]], *, bulk: bool, told: Callable[[int], None]
    ) -> Outcome:
        """Send all of them; `told` hears how many more are done."""
        started, sent = self.clock(), 0
        for group in _groups(reports, self._group_size(bulk=bulk)):
            self._wait_for_turn(started, sent)
            if bulk:
                self._send_lines(group)
            else:
                self._send_one(group[0])
            sent += len(group)
            told(len(group))
        return self.outcome

    def _group_size(self, *, bulk: bool) -> int:
        if not bulk:
            return 1
        return _LINES if self.rate is None else max(1, min(_LINES, int(self.rate)))

    def _wait_for_turn(self, started: float, sent: int) -> None:
        if self.rate:
            early = started + sent / self.rate - self.clock()
            if early > 0:
                self.sleep(early)

    def _send_one(self, report: dict[str, Any]) -> None:
        answer = self._post("/v1/incidents", json.dumps(report), "application/json")
        self._note(report, answer.status_code, answer)

    def _send_lines(self, group: list[dict[str, Any]]) -> None:
        waiting = group
        for _ in range(_PATIENCE):
            body = "\n".join(json.dumps(report) for report in waiting)
            answer = self._post("/v1/incidents/bulk", body, "application/x-ndjson")
            if answer.status_code != 200:
                raise IntakeRefused(_told(answer.status_code, answer))
            results = [json.loads(line) for line in answer.text.splitlines() if line.strip()]
            again = []
            for report, result in zip(waiting, results, strict=True):
                if result["status"] == 503:
                    again.append(report)
                else:
                    self._note(report, result["status"], result.get("problem"))
            if not again:
                return
            waiting = again
            self.outcome.repeated += 1
            self.sleep(_PAUSE)
        raise IntakeAway("some lines were answered with 503 again and again")

    def _post(self, path: str, body: str, kind: str) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        cause = ""
        for _ in range(_PATIENCE):
            pause = _PAUSE
            try:
                answer = self.session.post(
                    self.url.rstrip("/") + path, data=body.encode(), headers=headers, timeout=60
                )
            except (requests.ConnectionError, requests.Timeout) as error:
                cause = type(error).__name__
            else:
                if answer.status_code in (401, 403, 404):
                    raise IntakeRefused(_told(answer.status_code, answer))
                if answer.status_code != 503:
                    return answer
                cause = "503"
                pause = float(answer.headers.get("Retry-After", _PAUSE))
            self.outcome.repeated += 1
            self.sleep(pause)
        raise IntakeAway(f"no answer from {self.url} ({cause})")

    def _note(self, report: dict[str, Any], status: int, problem: Any) -> None:
        if status == 201:
            self.outcome.accepted += 1
        else:
            told = problem if isinstance(problem, dict) else _document(problem)
            self.outcome.refused.append(
                {"reference": report["reference"], "status": status, "problem": told}
            )


def _groups(reports: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    rest = iter(reports)
    while group := list(islice(rest, size)):
        yield group


def _told(status: int, answer: Any) -> str:
    return f"{status}: {_document(answer).get('detail', 'no reason given')}"


def _document(answer: Any) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
