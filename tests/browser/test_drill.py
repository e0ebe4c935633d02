# SPDX-License-Identifier: EUPL-1.2
"""A drill from its button to what it finds, without a script: measured, and silence is said."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from rueckhalt_routing.assignments.store import assignments
from rueckhalt_routing.timers.store import timers
from rueckhalt_shared.database import Database, Transaction
from tests.browser.conftest import Visitor
from tests.flows.demo import Demo, running_demo
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]
SILENT = "hat seit 180 Tagen nicht bestätigt, dass Nachrichten ankommen"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drill") / "data"


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Demo]:
    """A town of its own: whoever answers no drill here is unverified elsewhere in it, too."""
    with running_demo(folder) as demo:
        yield demo


def links(demo: Demo) -> list[str]:
    """The links of all mails about drills, oldest first."""
    found = [re.search(r"http\S+/n/\S+", mail["text"]) for mail in demo.mails()]
    return [match[0] for match in found if match]


def start(visitor: Visitor) -> str:
    """Begin a drill by its button; the address of its page."""
    visitor.open("/routing/drills")
    with visitor.page.expect_navigation():
        visitor.page.click("main form button[type=submit]")
    return visitor.page.url


def asked(visitor: Visitor, drill: str) -> list[str]:
    """The keys of whoever the drill has asked."""
    visitor.open(drill)
    names = visitor.page.locator("main tbody th").all_inner_texts()
    return [name.casefold().replace(" ", ".") for name in names]


def answer_all(visitor: Visitor, drill: str, known: list[str]) -> list[str]:
    """Everybody who was asked confirms by the link of their mail; their keys."""
    people = asked(visitor, drill)
    eventually(lambda: len(links(visitor.town)) >= len(known) + len(people), what="mails")
    for link in links(visitor.town)[len(known) :]:
        visitor.open(link)
        with visitor.page.expect_navigation():
            visitor.page.get_by_role("button", name="Probealarm bestätigt").click()
    return people


def shows(visitor: Visitor, address: str, text: str, times: int) -> None:
    """Wait until a page says something so many times."""

    def is_told() -> bool:
        visitor.open(address)
        return visitor.page.inner_text("main").count(text) == times

    eventually(is_told, within=60, step=0.5, what=f"{times} × {text}")


def make_older(folder: Path, drill: str) -> None:
    """As if it had begun a week ago, and its next step were due now."""
    database = Database(f"sqlite:///{folder / 'routing.db'}", "routing")
    id = drill.rpartition("/")[2]

    def work(tx: Transaction) -> None:
        begun = tx.now - timedelta(days=7)
        mine = assignments.c.id == id
        tx.execute(assignments.update().where(mine).values(assigned_at=begun, next_due_at=tx.now))
        tx.execute(timers.update().where(timers.c.ref == id).values(due_at=tx.now))

    database.run(work)
    database.dispose()


def begin_draft(visitor: Visitor) -> str:
    """A draft of the plan that counts, to look at what a check finds."""
    visitor.open("/routing/plan/drafts")
    visitor.page.fill("#f-name", "Nach dem Probealarm")
    with visitor.page.expect_navigation():
        visitor.page.click("main form button[type=submit]")
    return visitor.page.url


def found(visitor: Visitor, draft: str) -> list[str]:
    """The keys of whom the check of a draft finds unconfirmed."""
    visitor.open(draft)
    with visitor.page.expect_navigation():
        visitor.page.click("text=Entwurf prüfen")
    hints = visitor.page.locator("main li").all_text_contents()  # also those folded up
    return [hint.partition(":")[0].strip() for hint in hints if SILENT in hint]


def proved_at(demo: Demo) -> str:
    """When the plan that counts was proved last."""
    told = demo.api("GET", "routing", "/v1/plan/standing").json()
    return str(told["proved_at"])


def test_a_drill_is_measured_and_whoever_stays_silent_is_found_until_they_confirm(
    no_script: Visitor, demo: Demo, folder: Path
) -> None:
    no_script.sign_in("plan")
    draft = begin_draft(no_script)

    first = start(no_script)
    people = answer_all(no_script, first, [])
    shows(no_script, first, "nach 0 Minuten", times=len(people))
    eventually(lambda: not set(people) & set(found(no_script, draft)), what="all are confirmed")

    before, known = proved_at(demo), links(demo)
    second = start(no_script)
    silent = asked(no_script, second)
    eventually(lambda: len(links(demo)) > len(known), what="mails of the second drill")
    make_older(folder, second)
    shows(no_script, second, "nicht erreicht", times=len(silent))
    eventually(lambda: proved_at(demo) > before, within=30, what="the plan was proved anew")
    eventually(lambda: set(silent) <= set(found(no_script, draft)), what="silence is a finding")

    known = links(demo)
    third = start(no_script)
    back = answer_all(no_script, third, known)
    shows(no_script, third, "nach 0 Minuten", times=len(back))
    eventually(lambda: not set(back) & set(found(no_script, draft)), what="confirmed again")
