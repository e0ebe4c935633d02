# SPDX-License-Identifier: EUPL-1.2
"""A gap of Musterstadt's plan found and closed by command, then published by a second person."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.commands import routing
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.keys import KeyStore
from tests.intake.people import Person
from tests.routing.town import ARS, Town, person
from tests.support import FakeClock


def run(*arguments: object) -> Result:
    return CliRunner().invoke(routing, ["plan", *map(str, arguments)])


@pytest.fixture
def holed(tmp_path: Path) -> Path:
    """Musterstadt's plan without its rule for insults."""
    exported = tmp_path / "whole.yaml"
    given = tmp_path / "given.yaml"
    given.write_text(sample_plan(), "utf-8")
    assert run("export", given, "-o", exported).exit_code == 0
    document = json.loads(plans.draft_of(exported.read_text("utf-8")).document)
    document["rules"] = [each for each in document["rules"] if each["code"] != "verbal"]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document), "utf-8")
    return file


@pytest.fixture
def meet(settings: Settings, town: Town, keys: KeyStore) -> Callable[..., Person]:
    app = create_app(settings, town.database)
    return lambda key: Person(
        app, keys, key.replace(".", "-"), "plan_owner", place=ARS, person=person(key)
    )


def test_a_gap_is_found_closed_and_published_by_command_and_a_second_person(
    holed: Path, tmp_path: Path, town: Town, meet: Callable[..., Person], clock: FakeClock
) -> None:
    clock.now = datetime.now(UTC)  # the commands take the real one
    mended = tmp_path / "mended.yaml"

    found = run("check", holed)
    offered = run("mend", holed)
    assert (found.exit_code, offered.exit_code) == (1, 1)
    assert "Beispiel: Beleidigung" in found.stdout
    first = re.search(r"1\.1  (Regel „\w+“ erweitern um .+)", offered.stdout)
    assert first is not None, offered.stdout
    assert first[1] in found.stdout  # the check proposes the same in its sentence

    closed = run("mend", holed, "--take", "1.1", "-o", mended)
    rounds = 0
    while closed.exit_code == 1 and rounds < 9:
        closed, rounds = run("mend", mended, "--take", "1.1", "-o", mended), rounds + 1
    assert closed.exit_code == 0, closed.stdout
    assert run("check", mended).exit_code == 0
    assert run("prove", mended).exit_code == 0

    loaded = run("load", mended, "--draft", "--data", tmp_path, "--json")
    assert loaded.exit_code == 0, loaded.output
    page = f"/plan/drafts/{json.loads(loaded.stdout)['draft']}/publish"
    eva = meet("eva.engel")
    answer = eva.submit(page, version="1", action="publish")

    assert answer.headers["Location"] == "/plan"
    live = town.database.read(plans.published_version, ARS)
    assert live is not None
    assert (live.version, live.author) == (2, "command line")
    assert live.approver == eva.sender


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (("--take", "1.9", "-o", "x.yaml"), 2, "allowed: 1.1"),
        (("--take", "1.1"), 2, "--out"),
    ],
)
def test_a_choice_that_does_not_exist_says_what_is_allowed(
    holed: Path, options: tuple[str, ...], status: int, said: str
) -> None:
    result = run("mend", holed, *options)

    assert result.exit_code == status
    assert said in result.stderr
    assert not Path("x.yaml").exists()


def test_each_kind_of_proposal_can_be_taken(holed: Path, tmp_path: Path) -> None:
    former = tmp_path / "given.yaml"
    out = tmp_path / "out.yaml"

    def taken(act: str, *options: object) -> Result:
        told: dict[str, Any] = json.loads(run("mend", holed, "--json", *options[:2]).stdout)
        offers = [offer for hole in told["holes"] for offer in hole["offers"]]
        choice = next(offer["take"] for offer in offers if offer["act"] == act)
        return run("mend", holed, "--take", choice, "-o", out, *options)

    assert taken("restore", "--former", former).exit_code == 0
    assert run("diff", former, out).stdout.strip() == "Nichts ändert sich."
    without = taken("own_rule")
    assert without.exit_code == 2
    assert "--chain" in without.stderr
    assert taken("own_rule", "--chain", "regel").exit_code in (0, 1, 2)
    assert taken("sign").exit_code == 2
    signed = taken("sign", "--by", "Eva Engel", "--reason", "So gewollt.")
    assert signed.exit_code in (0, 1)
    assert "Eva Engel" in out.read_text("utf-8")


def test_a_draft_that_is_not_ready_says_why_and_is_kept_all_the_same(
    tmp_path: Path, town: Town
) -> None:
    everybody = "".join(
        f"  - {{person: {each.key}, from: 2026-01-01, until: 2099-01-01}}\n"
        for each in plans.draft_of(sample_plan()).plan.persons
    )
    file = tmp_path / "away.yaml"
    file.write_text(f"{sample_plan()}\nabsences:\n{everybody}", "utf-8")

    loaded = run("load", file, "--draft", "--data", tmp_path)

    assert loaded.exit_code == 1, loaded.output
    assert "niemand" in loaded.stdout
    assert "a second person publishes it" in loaded.stdout


def test_whoever_names_no_town_is_told_which_there_are(tmp_path: Path, town: Town) -> None:
    town.publish_plan()

    for command in (["show"], ["export-facts", "-o", tmp_path / "f"]):
        result = run(*command, "--data", tmp_path)
        assert result.exit_code == 2
        assert f"--municipality {ARS}" in result.stderr
