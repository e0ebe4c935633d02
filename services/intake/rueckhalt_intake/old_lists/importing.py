# SPDX-License-Identifier: EUPL-1.2
"""Brings a list in: all of its rows, or none while one has a fault; again without doubles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from rueckhalt_intake.incidents import handlers
from rueckhalt_intake.incidents.domain import Erased
from rueckhalt_intake.incidents.handlers import ReferenceElsewhere, ReferenceTaken, Registration
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.schemas import ReportIncidentSchema
from rueckhalt_intake.old_lists.domain import Fault, Line, columns, references
from rueckhalt_intake.old_lists.mapping import Rows
from rueckhalt_intake.old_lists.reading import lines_of
from rueckhalt_intake.vault.pool import IncidentKey
from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.keys import EVERYWHERE, Caller, Mode
from rueckhalt_shared.problems import FieldProblem, Problem, invalid

Body = dict[str, Any]
Brought = tuple[bool, Fault | None]
"""Was a row new, and what stood in its way?"""
TOGETHER = 50  # rows in one transaction
IN_THE_WAY = (ReferenceTaken, ReferenceElsewhere, Erased)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What has become of a list."""

    rows: int
    new: int
    known: int
    faults: tuple[Fault, ...]
    unknown_columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A list that was read: its rows, what its headings mean, and those nobody knows."""

    lines: tuple[tuple[Line, str], ...]  # with the reference of each
    rows: Rows
    headings: tuple[tuple[str, str], ...]  # heading and field
    unknown_columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OldList:
    """One import; imported incidents are historic: closed, no notice, no timer."""

    database: Database
    reception: Reception
    ars: str | None
    scheme: str | None
    municipalities: tuple[str, ...] = (EVERYWHERE,)
    mode: Mode = "live"

    def run(self, content: bytes, *, dry_run: bool) -> Outcome:
        """Look at every row, then bring them in; raises BadList."""
        listed = self.read(content)
        look = Look(self, listed)
        bodies, faults = [], []
        for line, reference in listed.lines:
            body, wrong = look.at(line, reference)
            faults += wrong
            bodies.append((line.number, body))
        new, known = 0, look.known
        if not faults and not dry_run:
            known = 0
            for start in range(0, len(bodies), TOGETHER):
                for is_new, fault in self.bring(bodies[start : start + TOGETHER]):
                    faults += [fault] if fault else []
                    new, known = new + is_new, known + (not is_new and fault is None)
        return Outcome(
            rows=len(listed.lines),
            new=new,
            known=known,
            faults=tuple(faults),
            unknown_columns=listed.unknown_columns,
        )

    def read(self, content: bytes) -> Listed:
        """Rows and headings; raises BadList."""
        head, *lines = lines_of(content)
        places, unknown = columns(head.cells)
        return Listed(
            lines=tuple(zip(lines, references(lines), strict=True)),
            rows=Rows(places, scheme=self.scheme, ars=self.ars),
            headings=tuple((head.cells[place], name) for name, place in places.items()),
            unknown_columns=unknown,
        )

    def bring(self, some: Sequence[tuple[int, Body]]) -> list[Brought]:
        """Some rows in one transaction; where one of them stumbles, each in its own."""
        desk, registrations = self.reception, [self.registration(body) for _, body in some]
        try:
            answers = self.database.run(
                handlers.report_incidents, registrations, vault=desk.vault, units=desk.units
            )
        except Unavailable:
            raise
        except Exception:  # two equal rows, or a reference that is taken: told by its row
            return [self._bring_one(number, body) for number, body in some]
        both = zip(answers, registrations, strict=True)
        return [(bool(told["id"] == each.incident.id), None) for told, each in both]

    def _bring_one(self, number: int, body: Body) -> Brought:
        desk, registration = self.reception, self.registration(body)
        try:
            answer = self.database.run(
                handlers.report_incident, registration, vault=desk.vault, units=desk.units
            )
        except IN_THE_WAY as error:
            return False, _taken(number, error)
        return bool(answer["id"] == registration.incident.id), None

    def registration(self, body: Body, key: IncidentKey | None = None) -> Registration:
        """The report in a row, ready to be accepted; raises what the API answers with."""
        return self.reception.register(
            ReportIncidentSchema().load(body),
            self._sender(body),
            now=self.database.clock(),
            network="",
            idempotency_key=None,
            key=key,
        )

    def _sender(self, body: Body) -> Caller:
        """One for each municipality: two towns may have numbered their cases alike."""
        try:
            told = str(body.get("municipality", ""))
            ars = RegionKey.parse(told, known_ags=self.reception.known_ags).ars
        except InvalidRegionKey:  # which the reception tells with its field
            ars = ""
        return Caller(
            sender=f"old-list:{ars}",
            key_id="",
            mode=self.mode,
            scopes=frozenset({"incident:create", "incident:import"}),
            municipalities=self.municipalities,
        )


class Look:
    """A look at the rows of a list, one after the other; nothing is written."""

    def __init__(self, brought: OldList, listed: Listed) -> None:
        self._brought = brought
        self._listed = listed
        self._key = brought.reception.vault.new_key()  # one for all that is only looked at
        self._first: dict[str, tuple[int, Body]] = {}  # row and body of each reference
        self.known = 0

    def at(self, line: Line, reference: str) -> tuple[Body, list[Fault]]:
        """The report in a row, and what is wrong with it: here, and in the eyes of the API."""
        body, wrong = self._listed.rows.body(line, reference)
        return body, wrong or list(self._checked(line.number, body))

    def _checked(self, row: int, body: Body) -> Iterator[Fault]:
        brought = self._brought
        try:
            registration = brought.registration(body, self._key)
            vault = brought.reception.vault
            self.known += brought.database.read(handlers.is_known, registration, vault=vault)
        except ValidationError as error:
            for each in invalid(error.messages).errors:
                yield _fault(row, each)
        except FieldProblem as problem:
            for each in problem.errors:
                yield _fault(row, each)
        except Problem as problem:
            told = problem.detail or problem.title
            yield Fault(row=row, field="municipality", problem=told, code="of_municipality")
        except IN_THE_WAY as error:
            yield _taken(row, error)
        else:
            yield from self._alike(row, body)

    def _alike(self, row: int, body: Body) -> Iterator[Fault]:
        """Two rows of one list under one number must say the same."""
        first, said = self._first.setdefault(body["reference"], (row, body))
        if said != body:
            told = f"row {first} has the same one and says something else"
            yield Fault(row=row, field="reference", problem=told, code="alike", value=str(first))


def _taken(row: int, error: Exception) -> Fault:
    code = "erased" if isinstance(error, Erased) else "taken"
    return Fault(row=row, field="reference", problem=str(error), code=code)


def _fault(row: int, error: Mapping[str, Any]) -> Fault:
    name = str(error["field"])
    return Fault(
        row=row,
        field=name,
        problem=str(error["problem"]),
        code=f"of_{name}",
        allowed=tuple(error.get("allowed", ())),
    )
