# SPDX-License-Identifier: EUPL-1.2
"""Published figures become reports, and every figure comes back out of them."""

import json
from collections import Counter
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from click.testing import CliRunner

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.simulate import expected, figures, load, names, reports
from rueckhalt_shared.simulate.command import simulate
from rueckhalt_shared.simulate.sending import IntakeAway, IntakeRefused, Sender

TODAY = date(2026, 11, 20)
TOWN = "160770999999"
BERLIN = ZoneInfo("Europe/Berlin")


def replayed(name: str, seed: int = 1) -> list[dict[str, Any]]:
    return list(reports(load(name, today=TODAY), municipality=TOWN, seed=seed))


def test_hamburg_2017_says_what_was_published() -> None:
    found = expected(load("hamburg-2017", today=TODAY))

    assert (found.year, found.total) == (2017, 1852)
    assert found.forms == {"insult": 1085, "threat": 490 + 33 + 11, "assault": 195, "unknown": 38}
    assert found.unit == {"buergeramt": 585, "jobcenter": 425, "unknown": 842}


def test_muenster_2023_says_what_was_published() -> None:
    found = expected(load("muenster-2023", today=TODAY))

    assert (found.year, found.total) == (2023, 114)
    assert found.unit == {
        "feuerwehr": 30,
        "jobcenter": 21,
        "sozialamt": 17,
        "ordnungsamt": 12,
        "awm": 11,
        "unknown": 23,
    }


def test_the_invented_town_has_the_last_full_year() -> None:
    assert expected(load("musterstadt", today=TODAY)).year == 2025


@pytest.mark.parametrize("name", names())
def test_the_reports_add_up_to_what_is_expected(name: str) -> None:
    wanted = expected(load(name, today=TODAY))

    found = replayed(name)

    assert len(found) == wanted.total
    forms = Counter(contracts.leading_form(report["forms"]) for report in found)
    assert forms == wanted.forms
    assert Counter(r.get("organisation_unit", "unknown") for r in found) == wanted.unit


@pytest.mark.parametrize("name", names())
def test_months_are_invented_and_add_up_to_the_year(name: str) -> None:
    wanted = expected(load(name, today=TODAY))

    moments = [datetime.fromisoformat(report["registered_at"]) for report in replayed(name)]

    months = Counter(moment.astimezone(BERLIN).strftime("%Y-%m") for moment in moments)
    assert set(months) == {f"{wanted.year}-{month:02}" for month in range(1, 13)}
    assert sum(months.values()) == wanted.total
    assert moments == sorted(moments)


@pytest.mark.parametrize("name", names())
def test_only_our_codes_are_used_and_every_text_says_that_it_is_demo_data(name: str) -> None:
    for report in replayed(name):
        assert set(report["forms"]) <= set(codes.FORMS)
        assert set(report.get("danger", ())) <= set(codes.DANGERS)
        assert report["narrative"].startswith("Demodaten")


def test_the_same_seed_gives_the_same_reports_and_another_one_does_not() -> None:
    assert replayed("muenster-2023") == replayed("muenster-2023")
    assert replayed("muenster-2023", seed=2) != replayed("muenster-2023")


def test_every_reference_is_used_once() -> None:
    found = [report["reference"] for report in replayed("hamburg-2017")]

    assert len(set(found)) == len(found)


def test_a_weapon_is_severe_and_named_but_the_published_class_leads() -> None:
    armed = [report for report in replayed("hamburg-2017") if report.get("severity") == 3]

    assert Counter(report["forms"][0] for report in armed) == {"threat": 11, "assault": 2}
    assert {tuple(report["danger"]) for report in armed} == {("weapon_shown",)}


def test_an_unknown_publication_is_told_what_there_is() -> None:
    with pytest.raises(figures.UnknownFigures, match="hamburg-2017, muenster-2023, musterstadt"):
        load("atlantis-1", today=TODAY)


class Answer:
    """What intake says."""

    def __init__(self, status: int, document: Any = None, retry_after: str | None = None) -> None:
        self.status_code = status
        self.text = document if isinstance(document, str) else json.dumps(document or {})
        self.headers = {"Retry-After": retry_after} if retry_after else {}

    def json(self) -> Any:
        return json.loads(self.text)


class Intake:
    """An intake that answers from a list, then always 201."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.bodies: list[str] = []
        self.now = 0.0
        self.waited: list[float] = []

    def post(self, url: str, *, data: bytes, headers: dict[str, str], timeout: float) -> Answer:
        self.bodies.append(data.decode())
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if url.endswith("/bulk"):
            lines = self.bodies[-1].splitlines()
            return Answer(200, "\n".join(json.dumps({"line": 1, "status": 201}) for _ in lines))
        return Answer(201, {"id": "x"})

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


def sender(intake: Intake, *, rate: float | None = None) -> Sender:
    return Sender(
        url="http://intake/",
        key="k",
        rate=rate,
        session=intake,
        clock=lambda: intake.now,
        sleep=intake.sleep,
    )


def some(count: int) -> list[dict[str, Any]]:
    return [{"reference": str(number), "forms": ["insult"]} for number in range(count)]


def ignore(_: int) -> None:
    """Nobody watches."""


def test_reports_are_sent_one_by_one() -> None:
    intake = Intake()

    outcome = sender(intake).send(some(3), bulk=False, told=ignore)

    assert outcome.accepted == len(intake.bodies) == 3


def test_bulk_sends_two_hundred_lines_in_one_request() -> None:
    intake, steps = Intake(), []

    outcome = sender(intake).send(some(450), bulk=True, told=steps.append)

    assert outcome.accepted == 450
    assert steps == [200, 200, 50]


def test_a_rate_is_kept() -> None:
    intake = Intake()

    sender(intake, rate=4).send(some(9), bulk=False, told=ignore)

    assert intake.now == 2.0


def test_a_503_is_waited_for_as_long_as_it_says() -> None:
    intake = Intake(Answer(503, retry_after="5"), requests.ConnectionError("gone"))

    outcome = sender(intake).send(some(1), bulk=False, told=ignore)

    assert (outcome.accepted, outcome.repeated) == (1, 2)
    assert intake.waited == [5.0, 1.0]


def test_lines_that_were_answered_with_503_are_sent_again_alone() -> None:
    first = [{"line": 1, "status": 201}, {"line": 2, "status": 503}, {"line": 3, "status": 201}]
    intake = Intake(Answer(200, "\n".join(map(json.dumps, first))))

    outcome = sender(intake).send(some(3), bulk=True, told=ignore)

    assert outcome.accepted == 3
    assert json.loads(intake.bodies[1])["reference"] == "1"


def test_a_refused_report_is_told_and_stops_nothing() -> None:
    intake = Intake(Answer(422, {"detail": "organisation_unit: unknown"}))

    outcome = sender(intake).send(some(2), bulk=False, told=ignore)

    assert outcome.accepted == 1
    assert outcome.refused[0]["reference"] == "0"
    assert outcome.refused[0]["problem"]["detail"] == "organisation_unit: unknown"


def test_a_wrong_key_stops_at_once() -> None:
    with pytest.raises(IntakeRefused, match="401: The key is unknown"):
        sender(Intake(Answer(401, {"detail": "The key is unknown"}))).send(
            some(2), bulk=True, told=ignore
        )


def test_an_intake_that_never_answers_is_given_up() -> None:
    intake = Intake(*(requests.ConnectionError("gone") for _ in range(50)))

    with pytest.raises(IntakeAway, match="ConnectionError"):
        sender(intake).send(some(1), bulk=False, told=ignore)


def test_the_command_says_when_it_has_no_key(tmp_path: Any) -> None:
    result = CliRunner().invoke(simulate, ["--data", str(tmp_path)])

    assert result.exit_code == 2
    assert "no key" in result.stderr
