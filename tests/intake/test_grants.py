# SPDX-License-Identifier: EUPL-1.2
"""Whom an incident opens for: by assignment to a person, never by role, never to the accused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text

from rueckhalt_intake.erasure import handlers as erasure
from rueckhalt_intake.grants import store
from rueckhalt_intake.grants.domain import Fact, Standing, apply
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.contracts import Recipient
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import sweeping
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.intake.staff import (
    Person,
    assigned,
    changed,
    deliver,
    escalated,
    signed_in,
    taken_over,
)
from tests.intake.test_canary import files
from tests.intake.town import ANNA, ARS, BERND, ELSEWHERE, THREAT, Sender, report

Staff = Callable[..., Person]
CLOSING = {"reason": "resolved", "feedback_given": True}
NOBODY = "0f8fad5b-d9cb-469f-a165-70867728950e"

persons = st.sampled_from(["a", "b", "c"])
facts = st.lists(
    st.builds(
        Fact,
        version=st.integers(1, 12),
        persons=st.lists(persons, max_size=2, unique=True).map(tuple),
        replaces=st.booleans(),
        urgency=st.none() | st.sampled_from(["u1", "u3"]),
        excluded=st.none() | st.lists(persons, max_size=2, unique=True).map(tuple),
    ),
    max_size=8,
    unique_by=lambda fact: fact.version,
)


def folded(told: list[Fact]) -> Standing:
    standing = Standing()
    for fact in told:
        standing = apply(standing, fact)
    return standing


@given(facts, st.randoms(use_true_random=False))
def test_access_does_not_depend_on_the_order_or_number_of_events(
    told: list[Fact], chance: Any
) -> None:
    shuffled = told * 2
    chance.shuffle(shuffled)

    assert folded(shuffled) == folded(told)


def test_what_is_older_than_a_take_over_gives_nothing() -> None:
    late = [Fact(version=3, persons=("b",)), Fact(version=2, persons=("a",), replaces=False)]

    assert folded(late).given == {"b": 3}


@pytest.fixture
def staff(app: Flask, keys: KeyStore) -> Staff:
    """Sign somebody in: `staff("anna", ANNA)`, with the role `responsible` in the town."""
    return lambda name, person=None, *held: signed_in(app.test_client(), keys, name, person, *held)


@pytest.fixture
def incident(town: Sender) -> str:
    """The id of a reported threat."""
    return str(town.post(THREAT).json["id"])


def status(person: Person, incident: str) -> int:
    return person.get(f"/v1/incidents/{incident}").status_code


def test_a_role_without_a_grant_opens_nothing(staff: Staff, incident: str) -> None:
    anna = staff("anna", ANNA)

    assert anna.ids() == []
    assert status(anna, incident) == 404
    assert anna.post(CLOSING, f"/v1/incidents/{incident}/close").status_code == 404


def test_whoever_is_responsible_reads_narrative_and_contact_data(
    staff: Staff, town: Sender, worker: Worker
) -> None:
    told = report(reporter={"role": "witness", "name": "Zora Zeuge", "phone": "0361 1"})
    incident = town.post(told).json["id"]
    deliver(worker, assigned(incident, ANNA, BERND))

    for person in (staff("anna", ANNA), staff("bernd", BERND)):
        assert person.ids() == [incident]
        shown = person.get(f"/v1/incidents/{incident}").json
        assert shown["narrative"] == THREAT["narrative"]
        assert shown["reporter"] == {"role": "witness", "name": "Zora Zeuge", "phone": "0361 1"}


def test_whoever_opens_it_stands_in_the_audit(
    staff: Staff, incident: str, worker: Worker, database: Database
) -> None:
    deliver(worker, assigned(incident, ANNA))
    anna = staff("anna", ANNA)

    anna.get(f"/v1/incidents/{incident}")

    [row] = database.read(lambda tx: [json.loads(r.body) for r in audit.rows(tx, ARS)])
    assert (row["who"], row["act"]) == (f"account:{anna.account}", "incident.opened")


def test_whoever_is_only_told_does_not_read(staff: Staff, incident: str, worker: Worker) -> None:
    told = ({"person": BERND, "part": "told"},)
    deliver(worker, assigned(incident, recipients=tuple(Recipient(**each) for each in told)))

    assert status(staff("bernd", BERND), incident) == 404


@pytest.mark.parametrize(
    ("kind", "person", "open_to"),
    [
        ("Lapsed", ANNA, []),
        ("HandedOver", BERND, [BERND]),
        ("HandedOver", None, []),
        ("Completed", ANNA, [ANNA]),
    ],
)
def test_what_is_taken_back_or_handed_on_ends_access(
    staff: Staff, incident: str, worker: Worker, kind: str, person: str | None, open_to: list[str]
) -> None:
    people = {ANNA: staff("anna", ANNA), BERND: staff("bernd", BERND)}
    deliver(worker, assigned(incident, ANNA, BERND), taken_over(incident, ANNA, version=2))
    assert [status(people[each], incident) for each in (ANNA, BERND)] == [200, 404]

    deliver(worker, changed(kind, incident, person, version=3))

    assert [each for each in people if status(people[each], incident) == 200] == open_to
    assert [each for each in people if people[each].ids() == [incident]] == open_to


def test_after_an_escalation_both_may_look_but_not_who_declined(
    staff: Staff, incident: str, worker: Worker
) -> None:
    anna, bernd = staff("anna", ANNA), staff("bernd", BERND)
    deliver(worker, assigned(incident, ANNA), escalated(incident, BERND, version=2))
    assert [status(anna, incident), status(bernd, incident)] == [200, 200]

    deliver(worker, escalated(incident, BERND, version=3, cause="declined"))

    assert [status(anna, incident), status(bernd, incident)] == [404, 200]


def test_a_grant_counts_only_where_the_role_is_held(
    staff: Staff, incident: str, worker: Worker
) -> None:
    deliver(worker, assigned(incident, ANNA))

    elsewhere = staff("anna", ANNA, ("responsible", ELSEWHERE))
    reporter = staff("anna.zwei", ANNA, ("reporter", ARS))
    both = staff("anna.drei", ANNA, ("reporter", ELSEWHERE), ("responsible", ARS))

    assert [status(each, incident) for each in (elsewhere, reporter, both)] == [404, 404, 200]
    assert [each.ids() for each in (elsewhere, reporter, both)] == [[], [], [incident]]


def test_an_account_that_is_nobody_of_the_plan_opens_nothing(
    staff: Staff, incident: str, worker: Worker
) -> None:
    deliver(worker, assigned(incident, ANNA))

    assert status(staff("anna"), incident) == 404


def test_what_one_has_reported_oneself_stays_visible_but_does_not_open(
    staff: Staff, worker: Worker
) -> None:
    anna = staff("anna", ANNA)
    own = anna.post(THREAT).json["id"]
    other = staff("bernd", BERND).post(THREAT).json["id"]
    deliver(worker, assigned(other, ANNA))

    assert set(anna.ids()) == {own, other}
    assert "narrative" not in anna.get(f"/v1/incidents/{own}").json
    assert anna.get(f"/v1/incidents/{other}").json["narrative"] == THREAT["narrative"]


def test_whoever_is_responsible_closes_it_and_amends_nothing(
    staff: Staff, incident: str, worker: Worker
) -> None:
    deliver(worker, assigned(incident, ANNA))
    anna = staff("anna", ANNA)

    assert anna.patch(f"/v1/incidents/{incident}", {"place": "home"}).status_code == 404
    closed = anna.post(CLOSING, f"/v1/incidents/{incident}/close")

    assert (closed.status_code, closed.json["status"]) == (200, "closed")


@pytest.mark.parametrize("by", ["report", "correction", "routing"])
def test_the_accused_never_opens_it_whatever_the_grants_say(
    staff: Staff, town: Sender, worker: Worker, by: str
) -> None:
    accused = {"accused": {"persons": [ANNA]}}
    accepted = town.post(report(**(accused if by == "report" else {}))).json
    incident = accepted["id"]
    if by == "correction":
        town.patch(accepted, **accused)
    excluded = (ANNA,) if by == "routing" else ()
    deliver(worker, assigned(incident, ANNA, BERND, excluded=excluded))
    anna, bernd = staff("anna", ANNA), staff("bernd", BERND)

    assert status(bernd, incident) == 200
    assert anna.ids() == []
    assert anna.post(CLOSING, f"/v1/incidents/{incident}/close").status_code == 404
    refused, unknown = (anna.get(f"/v1/incidents/{id}") for id in (incident, NOBODY))
    assert refused.data.replace(incident.encode(), b"") == unknown.data.replace(
        NOBODY.encode(), b""
    )
    assert sorted(refused.headers) == sorted(unknown.headers)


def test_a_refused_incident_costs_the_same_statements_as_an_unknown_one(
    staff: Staff, town: Sender, worker: Worker, database: Database
) -> None:
    incident = town.post(report(accused={"persons": [ANNA]})).json["id"]
    deliver(worker, assigned(incident, ANNA))
    anna = staff("anna", ANNA)
    spelled: list[str] = []
    event.listen(
        database.engine, "before_cursor_execute", lambda *told: spelled.append(str(told[2]))
    )

    def work(id: str) -> list[str]:
        spelled.clear()
        assert status(anna, id) == 404
        return list(spelled)

    assert work(incident) == work(NOBODY)
    assert work(incident)


def test_events_of_another_municipality_or_about_nothing_give_no_access(
    staff: Staff, incident: str, worker: Worker, database: Database
) -> None:
    deliver(worker, assigned(incident, ANNA, municipality=ELSEWHERE), assigned(NOBODY, ANNA))

    assert status(staff("anna", ANNA), incident) == 404
    assert (
        database.read(lambda tx: tx.execute(select(func.count(store.grants.c.person))).scalar())
        == 0
    )


def test_an_erased_incident_takes_its_grants_along(
    staff: Staff, sender: Callable[..., Sender], incident: str, worker: Worker, database: Database
) -> None:
    deliver(worker, assigned(incident, ANNA))
    officer = sender("incident:erase", name="datenschutz")

    officer.post({"scope": "case", "reason": "request"}, f"/v1/incidents/{incident}/erasure")

    for table in store.TABLES:
        rows = database.read(lambda tx, t=table: tx.execute(text(f"SELECT * FROM {t}")).all())
        assert rows == []
    assert set(store.TABLES) <= set(erasure.ERASER.tables)
    assert status(staff("anna", ANNA), incident) == 404


def test_pages_of_the_list_end_where_ones_own_incidents_end(
    staff: Staff, town: Sender, worker: Worker, clock: Any
) -> None:
    mine = []
    for number in range(9):
        clock.pass_(seconds=1)
        accused = {"persons": [ANNA]} if number % 3 == 1 else None
        incident = town.post(report(accused=accused)).json["id"]
        if number % 3 != 2:
            deliver(worker, assigned(incident, ANNA))
        if number % 3 == 0:
            mine.append(incident)
    anna = staff("anna", ANNA)

    first = anna.get("/v1/incidents?page_size=2")
    second = anna.get(first.headers["Link"].partition(">")[0].lstrip("<"))

    found = [each["id"] for page in (first, second) for each in page.json["items"]]
    assert found == mine[::-1]
    assert "Link" not in second.headers


def test_nothing_of_an_account_stays_after_an_erasure(
    staff: Staff, sender: Callable[..., Sender], tmp_path: Path, database: Database
) -> None:
    officer = sender("incident:erase", name="datenschutz")
    anna = staff("anna", ANNA, ("reporter", ARS))
    for scope in ("case", "source"):
        own = anna.post(THREAT | {"reference": f"Az {scope}"}).json["id"]
        wanted = {"scope": scope, "reason": "request"}
        officer.post(wanted, f"/v1/incidents/{own}/erasure")
        assert status(anna, own) == (410 if scope == "case" else 404)
        assert anna.ids() == []
    published = text("UPDATE outbox SET published_at = created_at")
    database.run(lambda tx: tx.execute(published))
    sweeping.sweeper(f"rkbus:///{tmp_path}/bus.db", erasure.ERASER.tables)(database)

    kept = {n: raw for n, raw in files(tmp_path).items() if not n.startswith("identity")}
    assert [name for name, raw in kept.items() if anna.account.encode() in raw] == []
    again = {
        scope: anna.post(THREAT | {"reference": f"Az {scope}"}) for scope in ("case", "source")
    }
    other = anna.post(THREAT | {"reference": "Az source", "forms": ["insult"]})
    assert [each.status_code for each in again.values()] == [410, 201]
    assert other.status_code == 422
