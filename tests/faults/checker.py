# SPDX-License-Identifier: EUPL-1.2
"""The set checker: every accepted id against every effect in every service.

It reads the databases themselves, so that nothing a page leaves out can hide. What may still be
on its way is told apart from what no waiting mends: something doubled, unexpected or given up.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from sqlalchemy import text

from rueckhalt_shared.contracts import topology
from rueckhalt_shared.database import Database, Transaction
from tests.flows.system import ARS, Installation

_TYPE = "de.rueckhalt."
_PEOPLE = ("lead", "signs", "asked", "told")


@dataclass
class Findings:
    """What does not fit: `missing` may still come, `broken` never mends itself."""

    missing: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    extra_mails: int = 0

    @property
    def is_clean(self) -> bool:
        """Everything is where it belongs, once."""
        return not self.missing and not self.broken

    def told(self) -> str:
        """All of it, for the message of an assertion."""
        return "\n".join([*(f"broken: {x}" for x in self.broken), *self.missing]) or "clean"

    def lack(self, what: str, ids: Iterable[str]) -> None:
        """These should be there."""
        found = sorted(ids)
        if found:
            self.missing.append(f"missing: {len(found)} {what}, e.g. {found[:3]}")

    def odd(self, what: str, ids: Iterable[str]) -> None:
        """These should not be there."""
        found = sorted(ids)
        if found:
            self.broken.append(f"{len(found)} {what}, e.g. {found[:3]}")


class Checker:
    """Holds a handle to each database of one installation."""

    def __init__(self, town: Installation) -> None:
        self.expects_statements = (
            True  # a lost ledger.stated is repeated in the next, not sent again
        )
        self._town = town
        self._databases = {s: Database(town.database_url(s), s) for s in town.services}

    def close(self) -> None:
        """Let go of the files."""
        for database in self._databases.values():
            database.dispose()

    def rows(self, service: str, query: str, **values: Any) -> list[dict[str, Any]]:
        """Ask one database."""

        def asked(tx: Transaction) -> list[dict[str, Any]]:
            return [dict(row) for row in tx.execute(text(query), values).mappings()]

        return self._databases[service].read(asked)

    def change(self, service: str, statement: str, **values: Any) -> int:
        """Change one database, for what a test must bring about by hand."""

        def changed(tx: Transaction) -> int:
            return tx.execute(text(statement), values).rowcount

        return self._databases[service].run(changed)

    def database(self, service: str) -> Database:
        """The handle itself, for parts of the worker a test runs by hand."""
        return self._databases[service]

    def column(self, service: str, query: str, **values: Any) -> list[str]:
        """One column of a query."""
        return [str(next(iter(row.values()))) for row in self.rows(service, query, **values)]

    def look(self, accepted: Iterable[str], mails: list[EmailMessage]) -> Findings:
        """Compare everything with everything."""
        findings, wanted = Findings(), set(accepted)
        self._incidents(findings, wanted)
        self._assignments(findings, wanted)
        self._figures(findings, wanted)
        self._notices(findings, mails)
        self._ledgers(findings)
        self._leftovers(findings)
        return findings

    def _incidents(self, findings: Findings, wanted: set[str]) -> None:
        kept = self.column("intake", "SELECT id FROM incidents")
        findings.lack("accepted incidents in intake", wanted - set(kept))
        findings.odd("incidents in intake that nobody was told of", set(kept) - wanted)
        silent = self.column("intake", "SELECT id FROM incidents WHERE responsibility IS NULL")
        findings.lack("incidents whose responsible person intake knows", set(silent) & wanted)

    def _assignments(self, findings: Findings, wanted: set[str]) -> None:
        rows = self.rows("routing", "SELECT id, incident_id, person, partner FROM assignments")
        each = Counter(row["incident_id"] for row in rows)
        findings.lack("assignments", wanted - set(each))
        findings.odd("assignments of nothing", set(each) - wanted)
        findings.odd("incidents assigned twice", [i for i, n in each.items() if n > 1])
        nobody = [row["incident_id"] for row in rows if not row["person"] and not row["partner"]]
        findings.odd("incidents without a person", nobody)
        for event in ("assigned", "taken_over"):
            said = Counter(self._subjects("routing", f"responsibility.{event}.v1"))
            findings.odd(f"incidents {event} twice", [i for i, n in said.items() if n > 1])
        self._steps(findings, {row["id"]: row["incident_id"] for row in rows})

    def _steps(self, findings: Findings, incidents: dict[str, str]) -> None:
        steps = Counter(
            (row["assignment_id"], row["round"], row["step"])
            for row in self.rows("routing", "SELECT assignment_id, round, step FROM steps_taken")
        )
        findings.odd("escalation steps taken twice", [str(s) for s, n in steps.items() if n > 1])
        taken = Counter(incidents[assignment] for assignment, _, _ in steps)
        said = Counter(self._subjects("routing", "responsibility.escalated.v1"))
        findings.odd(
            "escalations told more or less often than taken", set(taken - said | said - taken)
        )

    def _figures(self, findings: Findings, wanted: set[str]) -> None:
        facts = self.column("reporting", "SELECT incident FROM facts WHERE month IS NOT NULL")
        findings.lack("facts in reporting", wanted - set(facts))
        findings.odd("facts of nothing", set(facts) - wanted)
        for dimension, expected in (("total", len(wanted)), ("forms", len(wanted))):
            sums = self.column(
                "reporting",
                "SELECT coalesce(sum(n), 0) FROM rollups"
                " WHERE municipality = :town AND dimension = :dimension",
                town=ARS,
                dimension=dimension,
            )
            counted = int(sums[0])
            if counted < expected:
                findings.missing.append(f"missing: {expected - counted} in the sum of {dimension}")
            elif counted > expected:
                findings.broken.append(f"{dimension} counts {counted}, accepted are {expected}")

    def _notices(self, findings: Findings, mails: list[EmailMessage]) -> None:
        reachable = set(self.column("notify", "SELECT DISTINCT owner_id FROM contacts"))
        rows = self.rows(
            "notify",
            "SELECT key, subject, owner_id, state, revoked_at FROM notices",
        )
        findings.lack(
            "notices sent", [r["key"] for r in rows if r["state"] in ("waiting", "sending")]
        )
        findings.odd("notices failed", [r["key"] for r in rows if r["state"] == "failed"])
        written = {(row["subject"], row["owner_id"]) for row in rows}
        asked = {pair for pair in self._asked() if pair[1] in reachable}
        over = set(self._subjects("routing", "responsibility.taken_over.v1"))
        findings.lack("notices", [str(pair) for pair in asked - written if pair[0] not in over])
        sent = {row["key"][:40] for row in rows if row["state"] == "sent"}
        stopped = {row["key"][:40] for row in rows if row["revoked_at"] is not None}
        each = Counter(str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in mails)
        findings.lack("mails of sent notices", sent - set(each))
        findings.odd("mails of no notice", set(each) - sent - stopped)
        findings.extra_mails = sum(each.values()) - len(each)

    def _asked(self) -> set[tuple[str, str]]:
        bodies = self.column(
            "routing",
            "SELECT body FROM outbox WHERE type IN (:assigned, :escalated)",
            assigned=f"{_TYPE}responsibility.assigned.v1",
            escalated=f"{_TYPE}responsibility.escalated.v1",
        )
        envelopes = [json.loads(body) for body in bodies]
        return {
            (envelope["subject"], recipient.get("person") or recipient.get("partner"))
            for envelope in envelopes
            for recipient in envelope["data"]["recipients"]
            if recipient["part"] in _PEOPLE
        }

    def _ledgers(self, findings: Findings) -> None:
        """Control totals, id by id: what was said must have been heard on every queue, once."""
        said: dict[str, set[str]] = {}
        for service in self._town.services:
            for row in self.rows(service, "SELECT id, type FROM outbox"):
                said.setdefault(row["type"].removeprefix(_TYPE), set()).add(row["id"])
        queues = topology.queues_for(frozenset(self._town.services))
        for queue, keys in queues.items():
            service = queue.partition(".")[0]
            if queue.endswith(".keep-ledger") and not self.expects_statements:
                continue
            heard = set(
                self.column(service, "SELECT event_id FROM inbox WHERE queue = :queue", queue=queue)
            )
            expected = set().union(*(said.get(key, set()) for key in keys))
            findings.lack(f"events heard at {queue}", expected - heard)
            findings.odd(f"events heard at {queue} that nobody said", heard - expected)

    def _leftovers(self, findings: Findings) -> None:
        for service in self._town.services:
            waiting = self.column(service, "SELECT id FROM outbox WHERE published_at IS NULL")
            findings.lack(f"events of {service} on the bus", waiting)
            parked = self.column(service, "SELECT event_id FROM inbox WHERE state = 'parked'")
            findings.lack(f"parked events of {service} done", parked)
            lost = self.column(service, "SELECT cause FROM inbox WHERE state = 'quarantined'")
            findings.odd(f"events of {service} in quarantine", lost)

    def _subjects(self, service: str, key: str) -> list[str]:
        return self.column(
            service, "SELECT subject FROM outbox WHERE type = :type", type=f"{_TYPE}{key}"
        )
