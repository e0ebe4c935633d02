# SPDX-License-Identifier: EUPL-1.2
"""Many reports in one request: one a line, one result a line, a bad line spoils no other.

Lines are read, checked and committed in groups while the body still comes in; a group that fails
runs again line by line, so that only the guilty line fails.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from werkzeug.exceptions import RequestEntityTooLarge

from rueckhalt_intake.incidents import handlers
from rueckhalt_intake.incidents.domain import Erased
from rueckhalt_intake.incidents.handlers import ReferenceElsewhere, ReferenceTaken, Registration
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.schemas import ReportIncidentSchema
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.problems import Problem, of_domain
from rueckhalt_shared.web import Caller, load

log = get_logger(__name__)
MOST_LINES = 10_000
LONGEST_LINE = 1024 * 1024
_GROUP = 100
_SCHEMA = ReportIncidentSchema()
_MAPPED: Mapping[type[Exception], int] = {
    ReferenceTaken: 422,
    ReferenceElsewhere: 422,
    Erased: 410,
}

Outcome = Registration | Problem


@dataclass(frozen=True, kw_only=True)
class BulkReport:
    """One bulk request of one caller."""

    reception: Reception
    database: Database
    caller: Caller
    network: str
    idempotency_key: str | None = None

    def results(self, body: IO[bytes]) -> Iterator[dict[str, Any]]:
        """One result a line, in order; each is given only after its commit."""
        group: list[tuple[int, Outcome]] = []
        for number, line in _lines(body):
            group.append((number, self._read(number, line)))
            if len(group) == _GROUP:
                yield from self._settle(group)
                group = []
        yield from self._settle(group)

    def _read(self, number: int, line: bytes | Problem) -> Outcome:
        if isinstance(line, Problem):
            return line
        key = self.idempotency_key
        try:
            return self.reception.register(
                load(_SCHEMA, line),
                self.caller,
                now=self.database.clock(),
                network=self.network,
                idempotency_key=f"{key}:{number}" if key else None,
            )
        except Exception as error:  # every line gets its answer
            return as_problem(error)

    def _settle(self, group: Sequence[tuple[int, Outcome]]) -> Iterator[dict[str, Any]]:
        ready = [outcome for _, outcome in group if isinstance(outcome, Registration)]
        answers = iter(self._accepted(ready))
        for number, outcome in group:
            result = outcome if isinstance(outcome, Problem) else next(answers)
            yield _result(number, result)

    def _accepted(self, ready: Sequence[Registration]) -> list[dict[str, Any] | Problem]:
        if not ready:
            return []
        try:
            return list(self._run(ready))
        except Exception as error:
            if len(ready) == 1 or isinstance(error, Unavailable):
                return [as_problem(error) for _ in ready]
        return [self._accepted([each])[0] for each in ready]

    def _run(self, ready: Sequence[Registration]) -> list[dict[str, Any]]:
        return self.database.run(
            handlers.report_incidents,
            ready,
            vault=self.reception.vault,
            units=self.reception.units,
        )


def as_problem(error: Exception) -> Problem:
    """What a single request would have answered."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Unavailable):
        return Problem(503, "Not available now", "Nothing of this line was stored.")
    status = _MAPPED.get(type(error))
    if status is not None:
        return of_domain(error, status)
    log.error("a line failed", exc_info=error)
    return Problem(500, "Internal error", "This is a fault of the service; it is logged.")


def written(results: Iterator[Mapping[str, Any]]) -> Iterator[bytes]:
    """The results as NDJSON."""
    for result in results:
        text = json.dumps(result, ensure_ascii=False)
        yield text.encode("utf-8", "backslashreplace") + b"\n"


def _result(number: int, outcome: dict[str, Any] | Problem) -> dict[str, Any]:
    if isinstance(outcome, Problem):
        return {"line": number, "status": outcome.status, "problem": outcome.as_dict()}
    return {"line": number, "status": 201, "incident": outcome}


def _lines(body: IO[bytes]) -> Iterator[tuple[int, bytes | Problem]]:
    """Numbered lines without the empty ones; what cannot be read is its problem.

    Ends after the first line over the limit of lines or of the whole body.
    """
    number = 0
    try:
        while line := body.readline(LONGEST_LINE + 2):
            number += 1
            if number > MOST_LINES:
                yield number, _beyond(f"at most {MOST_LINES} lines in one request")
                return
            if len(line.rstrip(b"\r\n")) > LONGEST_LINE:
                if not line.endswith(b"\n"):
                    _skip_line(body)
                yield number, Problem(413, detail=f"a line has at most {LONGEST_LINE} bytes")
            elif line.strip():
                yield number, line
    except RequestEntityTooLarge:
        yield number + 1, _beyond("the request is too large")


def _beyond(told: str) -> Problem:
    return Problem(413, detail=f"{told}; nothing from here on was read")


def _skip_line(body: IO[bytes]) -> None:
    while (rest := body.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass
