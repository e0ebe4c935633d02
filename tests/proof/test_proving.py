# SPDX-License-Identifier: EUPL-1.2
"""The proof over people and time: gaps as sentences, one person left, promises, the certificate."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.proof.certificate import canonical
from rueckhalt_routing.proving.concluding import Proof, prove
from rueckhalt_routing.proving.people import reach_of
from rueckhalt_routing.proving.told import Told
from tests.proof.plans import START, Document, absent, musterstadt

GOLDEN = Path(__file__).parent / "golden" / "musterstadt.json"
INES_AWAY = ("ines.iwanow", "2026-12-20", "2027-01-31")
BOTH_AWAY = (
    INES_AWAY,
    ("anna.aydin", "2026-12-24", "2027-01-03"),
    ("lars.lind", "2026-12-28 12:00", "2027-01-10"),
)


def proved(draft: Draft, days: int = 60) -> Proof:
    return prove(draft, START, days)


def told(proof: Proof, code: str) -> list[Told]:
    return [each for each in proof.findings if each.code == code]


def certificate(proof: Proof) -> Document:
    assert proof.certificate is not None
    return dict(proof.certificate)


def test_the_sample_plan_is_proved_to_the_end_of_the_horizon() -> None:
    proof = proved(musterstadt(), 400)

    assert proof.findings == ()
    assert certificate(proof)["valid_until"] == "2027-12-28T07:00:00+00:00"
    usual, conflict = (
        certificate(proof)[name] for name in ("worst_by_urgency", "worst_in_conflict")
    )
    assert usual["u3"] == {"1": 0, "2": 600}
    # where the whole Hauptamt is accused, an internal case begins at its last step
    assert [usual[each]["2"] for each in ("u2", "u1", "u0")] == [7200, 86400, 259200]
    assert conflict["u2"] == conflict["unknown"] == {"1": 0, "2": 72000}
    assert conflict["u0"] == conflict["u1"] == {"1": 0, "2": None}  # one is left who may know
    chains = [c for c in certificate(proof)["chains"] if not c["conflict"]]
    assert {c["worst_s"]["2"] for c in chains if c["urgency"] == "u2"} == {7200}


def test_the_certificate_of_the_sample_plan_is_the_golden_one() -> None:
    assert canonical(certificate(proved(musterstadt(), 400))) + "\n" == GOLDEN.read_text("utf-8")


def test_a_certificate_names_nobody() -> None:
    text = canonical(certificate(proved(musterstadt())))

    people = [(person.key, person.name) for person in musterstadt().plan.persons]
    assert not [name for pair in people for name in pair if name in text]


def test_one_absence_leaves_one_person_and_is_told() -> None:
    proof = proved(absent(*BOTH_AWAY[:2]))

    single, *_ = [each for each in told(proof, "single_person") if each.detail["urgency"] == "u0"]
    assert "hängt allein an Lars Lind" in single.de
    assert "Do 24.12.2026 00:00 bis Mo 04.01.2027 00:00" in single.de
    assert "away" not in single.en


def test_two_absences_make_a_gap_that_is_a_sentence_about_a_case() -> None:
    proof = proved(absent(*BOTH_AWAY))

    gap = next(each for each in told(proof, "gap_in_time") if not each.detail["conflict"])
    assert gap.de.startswith("Lücke: Beleidigung, ")
    assert "Mo 28.12.2026 12:00: niemand." in gap.de
    assert "Anna Aydin abwesend bis Mo 04.01.2027 00:00" in gap.de
    assert certificate(proof)["valid_until"] < "2026-12-28T11:00:00+00:00"


def test_a_gap_that_is_there_already_leaves_nothing_to_certify() -> None:
    away = [(person, "2026-11-01", "2026-12-01") for person, _, _ in BOTH_AWAY]

    assert proved(absent(*away)).certificate is None


def test_who_is_away_is_passed_over_so_that_nobody_waits_for_them() -> None:
    away = [(who, "2026-12-01", "2026-12-02") for who in ("clara.conrad", "farid.fischer")]

    chains = certificate(proved(absent(*away)))["chains"]

    acute = [each for each in chains if each["code"] == "bereitschaft" and not each["conflict"]]
    assert [each["worst_s"] for each in acute] == [{"1": 0, "2": 600}]
    assert [each["first_gap"] for each in acute] == [None]


def test_the_waits_of_a_certificate_are_those_of_the_time_in_which_it_holds() -> None:
    whole, until_the_gap = (
        certificate(proved(musterstadt())),
        certificate(proved(absent(*BOTH_AWAY))),
    )

    assert until_the_gap["valid_until"] < whole["valid_until"]
    assert {waits["1"] for waits in until_the_gap["worst_by_urgency"].values()} == {0}
    assert [chain for chain in until_the_gap["chains"] if chain["first_gap"]]


def test_a_chain_that_is_not_needed_breaks_no_promise() -> None:
    def for_holidays(document: Document) -> None:
        rule = {"code": "feiertag", "tier": 1, "when": {"time_class": ["holiday"]}}
        document["rules"].insert(0, rule | {"then": {"chain": "gebaeude"}})

    worst = certificate(proved(musterstadt(for_holidays)))["worst_by_urgency"]

    assert {waits["1"] for waits in worst.values()} == {0}


def test_people_who_read_in_office_hours_only_leave_the_nights_open() -> None:
    def office_hours_only(document: Document) -> None:
        for person in document["persons"]:
            person["reachable"] = ["office_hours"]

    gap = told(proved(musterstadt(office_hours_only)), "gap_in_time")[0]

    assert "Mo 23.11.2026 16:00 bis Di 24.11.2026 08:00" in gap.de
    assert "liest zu dieser Zeit nicht" in gap.de


def test_who_leaves_the_house_is_a_gap_found_ahead() -> None:
    def leaves(document: Document) -> None:
        for person in document["persons"]:
            if person["key"] in ("anna.aydin", "lars.lind"):
                person["until"] = "2026-12-31"

    gap = told(proved(musterstadt(leaves)), "gap_in_time")[0]

    assert "Fr 01.01.2027 00:00" in gap.de
    assert "dann nicht (mehr) dabei" in gap.de


def test_a_chain_that_ends_in_the_house_fails_when_its_head_is_in_conflict() -> None:
    def greta_alone(document: Document) -> None:
        document["catch_all"] = {"person": "greta.gross", "stand_in": "hasan.hoff"}
        document["roles"]["hvb"] = {"holder": "greta.gross", "stand_ins": ["hasan.hoff"]}
        document["chains"]["agg_stelle"] = {"steps": [{"targets": [{"role": "hvb"}]}]}
        document["absences"] = [
            {"person": "hasan.hoff", "from": "2026-12-01", "until": "2026-12-02"}
        ]

    gaps = told(proved(musterstadt(greta_alone)), "gap_in_time")

    assert {each.detail["conflict"] for each in gaps} == {"head", "unit:ratsbuero"}
    assert "ohne den Bereich ratsbuero" in " ".join(each.de for each in gaps)
    assert "ohne die Behördenleitung" in " ".join(each.de for each in gaps)


def test_a_chain_for_a_crisis_is_needed_at_every_instant() -> None:
    def crisis_chain(document: Document) -> None:
        document["chains"]["krise"] = {"steps": [{"targets": [{"role": "psych"}]}]}
        rule = {"code": "krise", "tier": 1, "when": {"time_class": ["crisis"]}}
        document["rules"].insert(0, rule | {"then": {"chain": "krise"}})
        for person in document["persons"]:
            if person["key"] in ("anna.aydin", "lars.lind"):
                person["reachable"] = ["office_hours"]

    gaps = told(proved(musterstadt(crisis_chain)), "gap_in_time")

    assert "krise" in {each.detail["chain"] for each in gaps}


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31", "2028-02-29", "2026-12-31"])
def test_an_absence_of_a_day_lasts_as_long_as_the_day_on_the_wall(day: str) -> None:
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=2)
    draft = absent(("anna.aydin", day, day))

    reach = reach_of(draft.plan, midnight, 5)

    before, after = reach.of["anna.aydin"]
    hours = {"2027-03-28": 23, "2027-10-31": 25}.get(day, 24)
    assert after[0] - before[1] == hours * 3600


def test_reachability_by_time_class_follows_the_clock_on_the_wall() -> None:
    def office(document: Document) -> None:
        document["persons"][0]["reachable"] = ["office_hours"]

    reach = reach_of(musterstadt(office).plan, datetime(2027, 3, 25, tzinfo=UTC), 7)

    starts = [datetime.fromtimestamp(start, UTC).hour for start, _ in reach.of["anna.aydin"]]
    assert starts[:1] == [7]  # Thursday in winter, then Good Friday
    assert starts[1:3] == [6, 6]  # after Easter Monday Tuesday and Wednesday in summer


def test_a_shorter_horizon_says_less_but_nothing_else() -> None:
    long, short = (certificate(proved(musterstadt(), days)) for days in (90, 30))

    assert long["boxes"] == short["boxes"]
    assert long["valid_until"] > short["valid_until"]


def test_the_certificate_is_canonical() -> None:
    text = canonical(certificate(proved(musterstadt(), 30)))

    assert canonical(json.loads(text)) == text
    assert not [value for value in json.loads(text).values() if isinstance(value, float)]
