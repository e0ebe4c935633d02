# SPDX-License-Identifier: EUPL-1.2
"""Brings a list in: all of its rows, or none while one has a fault; again without doubles."""

from collections.abc import Iterator
from dataclasses import dataclass

from marshmallow import ValidationError

from rueckhalt_intake.incidents import handlers
from rueckhalt_intake.incidents.domain import Erased
from rueckhalt_intake.incidents.handlers import ReferenceElsewhere, ReferenceTaken, Registration
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.schemas import ReportIncidentSchema
from rueckhalt_intake.old_lists.domain import Fault, columns, references
from rueckhalt_intake.old_lists.mapping import Rows
from rueckhalt_intake.old_lists.reading import lines_of
from rueckhalt_intake.vault.pool import IncidentKey
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import Caller
from rueckhalt_shared.problems import FieldProblem, Problem, invalid

_SENDER = Caller(
    sender="old-list",
    key_id="",
    mode="live",
    scopes=frozenset({"incident:create", "incident:import"}),
    municipalities=("*",),
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What has become of a list."""

    rows: int
    new: int
    known: int
    faults: tuple[Fault, ...]
    unknown_columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OldList:
    """One import; imported incidents are historic: closed, no notice, no timer."""

    database: Database
    reception: Reception
    ars: str | None
    scheme: str | None

    def run(self, content: bytes, *, dry_run: bool) -> Outcome:
        """Look at every row, then bring them in; raises BadList."""
        head, *lines = lines_of(content)
        places, unknown = columns(head.cells)
        rows = Rows(places, scheme=self.scheme, ars=self.ars)
        key = self.reception.vault.new_key()  # one for all that is only looked at
        bodies, faults = [], []
        for line, reference in zip(lines, references(lines), strict=True):
            body, wrong = rows.body(line, reference)
            wrong = wrong or list(self._checked(line.number, body, key))
            faults += wrong
            bodies.append((line.number, body))
        new = known = 0
        if not faults and not dry_run:
            for number, body in bodies:
                try:
                    is_new = self._bring(body)
                except (ReferenceTaken, ReferenceElsewhere, Erased) as error:
                    faults.append(Fault(row=number, field="reference", problem=str(error)))
                else:
                    new, known = new + is_new, known + (not is_new)
        return Outcome(
            rows=len(lines),
            new=new,
            known=known,
            faults=tuple(faults),
            unknown_columns=unknown,
        )

    def _checked(self, row: int, body: dict[str, object], key: IncidentKey) -> Iterator[Fault]:
        """What the API would say about it."""
        try:
            self._registration(body, key)
        except ValidationError as error:
            for each in invalid(error.messages).errors:
                yield Fault(row=row, field=each["field"], problem=str(each["problem"]))
        except FieldProblem as problem:
            for each in problem.errors:
                yield Fault(row=row, field=each["field"], problem=str(each["problem"]))
        except Problem as problem:
            yield Fault(row=row, field="", problem=problem.detail or problem.title)

    def _registration(
        self, body: dict[str, object], key: IncidentKey | None = None
    ) -> Registration:
        return self.reception.register(
            ReportIncidentSchema().load(body),
            _SENDER,
            now=self.database.clock(),
            network="",
            idempotency_key=None,
            key=key,
        )

    def _bring(self, body: dict[str, object]) -> bool:
        """Was it new?"""
        desk, registration = self.reception, self._registration(body)
        answer = self.database.run(
            handlers.report_incident, registration, vault=desk.vault, units=desk.units
        )
        return bool(answer["id"] == registration.incident.id)
