# SPDX-License-Identifier: EUPL-1.2
"""Scenarios of a plan owner: read with the line of each fault, run, and as the real engine runs."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.duty import store
from rueckhalt_routing.duty.entries import Departure
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_routing.proving.commands import simulate
from rueckhalt_routing.proving.rehearsing import run
from rueckhalt_routing.proving.scenarios import BadScenario, Scenario, scenarios_in
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction
from tests.proof.rehearsal import registered
from tests.routing.test_duty_facts import absence, change, crisis
from tests.routing.town import ARS, Town, person

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
CONTENT = Path(__file__).parents[2] / "services/routing/rueckhalt_routing/content/musterstadt"
SAMPLES = (CONTENT / "szenarien.txt").read_text("utf-8")
PLAN = read_plan(sample_plan())[0]
HEAD = "Szenario: x\nwenn meldung: 2026-12-07 10:00 form=insult severity=1\n"


def read(text: str) -> list[Scenario]:
    return scenarios_in(text, PLAN, NOW)


def simulated(folder: Path, text: str, *more: str, plan: str = "") -> Result:
    (folder / "plan.yaml").write_text(plan or sample_plan(), "utf-8")
    (folder / "szenarien.txt").write_text(text, "utf-8")
    files = [str(folder / "plan.yaml"), str(folder / "szenarien.txt")]
    return CliRunner().invoke(simulate, [*files, *more])


def test_the_scenarios_of_the_sample_plan_hold(tmp_path: Path) -> None:
    result = simulated(tmp_path, SAMPLES)

    assert result.exit_code == 0, result.output
    assert "9 Szenarien, 0 anders als erwartet" in result.output


def test_a_plan_that_has_changed_fails_the_scenario_and_says_what_is_now(tmp_path: Path) -> None:
    lines = HEAD + "dann regel: verbal\ndann nach 0 min: bernd.brandt\n"
    other = sample_plan() + (
        "\nrules:\n  - {code: verbal, tier: 2, when: {form: [defamation]},"
        " then: {chain: fuehrungskraft}}\n"
    )

    held, failed = simulated(tmp_path, lines), simulated(tmp_path, lines, "--json", plan=other)

    assert held.exit_code == 0
    assert failed.exit_code == 1
    [row] = json.loads(failed.output)["results"]
    assert row["faults"] == ["Zeile 3: verbal ≠ auffang", "Zeile 4: bernd.brandt ≠ anna.aydin"]
    assert not row["holds"]


def test_english_words_mean_the_same() -> None:
    german = HEAD + (
        "gegeben abwesend: anna.aydin von 2026-12-01 bis 2026-12-08\n"
        "wenn übernimmt: david.dorn nach 2 h\ndann übernommen: david.dorn nach 26 h\n"
    )
    english = (
        "Scenario: x\nwhen report: 2026-12-07 10:00 form=insult severity=1\n"
        "given away: anna.aydin from 2026-12-01 until 2026-12-08\n"
        "when takes over: david.dorn after 2 h\nthen taken: david.dorn after 26 h\n"
    )

    assert read(german) == read(english)


@pytest.mark.parametrize(
    ("text", "line", "allowed"),
    [
        ("", 1, "Szenario: …"),
        ("dann regel: verbal", 1, "Szenario: …"),
        ("Szenario: x\ndann regel: verbal", 1, "wenn meldung: …"),
        (HEAD, 1, "dann …"),
        (HEAD + "dann vielleicht: anna.aydin", 3, "dann nach … min"),
        (HEAD + "dann nach 0 min: anna", 3, "anna.aydin"),
        (HEAD + "dann regel: gibtsnicht", 3, "verbal"),
        (HEAD + "dann kette: gibtsnicht", 3, "bereitschaft"),
        (HEAD + "dann übernommen: anna.aydin bald", 3, "PERSON nach 12 min"),
        (HEAD + "dann wartet bis: morgen", 3, "2026-12-24 23:00"),
        (HEAD + "wenn meldung: 2026-12-08 10:00", 3, "eine je Szenario"),
        (HEAD + "wenn übernimmt: anna.aydin sofort", 3, "nach 5 min"),
        (HEAD + "gegeben abwesend: anna.aydin", 3, "von 2026-12-24 bis 2026-12-27"),
        (HEAD + "gegeben abwesend: anna.aydin von 2026-12-09 bis 2026-12-08", 3, "von … bis …"),
        (HEAD + "gegeben ersatz: tagdienst anna.aydin von 2026-12-09 bis x", 3, "nachtdienst"),
        (HEAD + "gegeben unerreichbar: anna.aydin", 3, "PERSON ab 2026-12-24"),
        ("Szenario: x\nwenn meldung: form=insult", 2, "2026-12-24 23:00"),
        ("Szenario: x\nwenn meldung: 2026-12-07 10:00 form=shout", 2, "insult"),
        ("Szenario: x\nwenn meldung: 2026-12-07 10:00 farbe=rot", 2, "form"),
        ("Szenario: x\nwenn meldung: 2026-12-07 10:00 form", 2, "2026-12-24 23:00"),
        ("Szenario: x\n" * 2, 1, "wenn meldung: …"),
        ((HEAD + "dann nie: anna.aydin\n") * 501, 1501, "≤ 500"),
        ("#\n" * 20_001, 20_000, "≤ 20000"),
    ],
)
def test_a_line_that_is_not_understood_is_told_with_what_is_allowed(
    text: str, line: int, allowed: str
) -> None:
    with pytest.raises(BadScenario) as caught:
        read(text)

    assert caught.value.line == line
    assert allowed in caught.value.allowed


def test_a_faulty_file_ends_with_2_and_names_its_line(tmp_path: Path) -> None:
    result = simulated(tmp_path, HEAD + "dann nach 0 min: niemand")

    assert result.exit_code == 2
    assert (
        "szenarien.txt: Zeile 3: „niemand“ ist nicht bekannt (erlaubt: anna.aydin" in result.output
    )


@pytest.mark.parametrize("number", range(len(read(SAMPLES))))
def test_the_real_engine_does_what_the_scenario_said(
    town: Town, musterstadt: CompiledPlan, number: int
) -> None:
    scenario = read(SAMPLES)[number]

    course = run(scenario, musterstadt)

    engine = Played(town, scenario)
    assert engine.told(len(course.told)) == [(m, set(people)) for m, people in course.told]
    assert engine.taken == course.taken


class Played:
    """A scenario on the real engine with its database and timers."""

    def __init__(self, town: Town, scenario: Scenario) -> None:
        assert scenario.case is not None
        self.town, self.scenario = town, scenario
        self.keys = {person(each.key): each.key for each in PLAN.persons}
        excluded = frozenset(person(key) for key in scenario.case.excluded)
        self.case = replace(scenario.case, excluded=excluded)
        self.taken: tuple[str, int] | None = None
        town.clock.now = NOW
        town.database.run(self._enter)

    def told(self, count: int) -> list[tuple[int, set[str]]]:
        """Whom the chain tells after which minutes, until somebody takes over."""
        incident = ids.uuid7()
        found: list[tuple[int, set[str]]] = []
        taking: dict[str, datetime] = {}
        self.town.clock.now = self.case.registered_at
        self.town.hear(registered(incident, self.case))
        seen = 0
        while self.taken is None and len(found) < count:
            while said := self.town.said()[seen:]:
                seen += len(said)
                for type, data in said:
                    if type in ("responsibility.assigned", "responsibility.escalated"):
                        lead = (e["person"] for e in data["recipients"] if e["part"] == "lead")
                        keys = {self.keys[each] for each in lead}
                        found.append((self._minutes(), keys))
                        self._react(incident, keys, taking)
            self._wait(incident, taking)
        return found

    def _react(self, incident: str, keys: set[str], taking: dict[str, datetime]) -> None:
        for key in keys & self.scenario.taking.keys():
            after = timedelta(minutes=self.scenario.taking[key])
            taking.setdefault(key, self.town.clock.now + after)
        for key in keys & self.scenario.declining:
            self.town.answer(self.town.assignment(incident), key, "decline")
        for key in keys & self.scenario.unanswered:
            self.town.fail(self.town.assignment(incident), key)

    def _wait(self, incident: str, taking: dict[str, datetime]) -> None:
        due = self.town.assignment(incident).next_due_at
        assert due is not None
        first = min(taking, key=lambda key: taking[key], default=None)
        if first is not None and taking[first] <= due:
            self.town.clock.now = taking[first]
            self.town.answer(self.town.assignment(incident), first, "take_over")
            self.taken = (first, self._minutes())
        elif due > self.town.clock.now:
            self.town.clock.now = due
            self.town.run_timers()

    def _minutes(self) -> int:
        return int((self.town.clock.now - self.case.registered_at).total_seconds() // 60)

    def _enter(self, tx: Transaction) -> None:
        facts = self.scenario.facts
        away = [absence(a.person, start_at=a.start, end_at=a.end) for a in facts.away]
        for each in facts.unreachable:  # whoever is away hears as little
            far = each.since + timedelta(days=99)
            away.append(absence(each.person, start_at=each.since, end_at=far))
        store.add_absences(tx, away)
        for each in facts.changes:
            given = vars(each) | {"start_at": each.start, "end_at": each.end}
            store.add_change(tx, change(**{k: given[k] for k in CHANGED}))
        for each in facts.crises:
            store.add_crisis(tx, crisis(start_at=each.start, end_at=each.end))
        for key, at in facts.left.items():
            gone = Departure(municipality=ARS, person=key, left_at=at, noted_by="test")
            store.keep_departure(tx, gone)
        duty.changed(tx, ARS)


CHANGED = ("rota", "kind", "person", "instead_of", "start_at", "end_at")
