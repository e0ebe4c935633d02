# SPDX-License-Identifier: EUPL-1.2
"""Every page of `pages.py` in every look, and without scripts: no barrier, sound HTML, all of it
there at 320 px and at 200 %. Without scripts it is asked in the other two languages in turn.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.browser.conftest import EACH
from tests.browser.pages import CHAPTERS
from tests.browser.reaching import rule_of
from tests.flows.demo import running_demo
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]
_TODAY = datetime.now(ZoneInfo("Europe/Berlin"))
_LANGUAGES = ("einfach", "en")
_REPORT = {"forms": ["threat", "insult"], "motives": ["rassistisch"], "narrative": "Er drohte mir."}
_POST = """async ([address, body]) => {
  const answer = await fetch(address, {method: "POST", body: JSON.stringify(body),
                                       headers: {"Content-Type": "application/json"}});
  return (await answer.json()).id;
}"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A town of its own: the chapters enter absences, drafts and holds.

    It knows a sign-in elsewhere, where nobody answers.
    """
    folder = tmp_path_factory.mktemp("pages") / "data"
    with running_demo(folder, RUECKHALT_OIDC_ISSUER="http://127.0.0.1:9/realms/stadt") as demo:
        yield demo


def nothing_more(visitor, town):
    """Pages that are there by themselves."""
    return {}


def a_mail(visitor, town):
    """Somebody was told of a report."""
    town.api("POST", "intake", "/v1/incidents", json=_body(town))
    eventually(town.mails, what="a mail was sent")
    return {}


def a_case(visitor, town):
    """A report that the contact point is asked to take over."""
    body = _body(town) | {"reporter": {"name": "Zora Zeuge", "email": "zora@beispiel.example"}}
    incident = town.api("POST", "intake", "/v1/incidents", json=body).json()["id"]

    def assignment():
        found = town.api("GET", "routing", "/v1/assignments?state=all").json()["items"]
        return next((each["id"] for each in found if each["incident_id"] == incident), None)

    case = eventually(assignment, what="routing has assigned it")
    eventually(
        lambda: visitor.open("/intake/desk") or incident in visitor.page.content(),
        what="it lies on the desk",
    )
    return {"incident": incident, "case": case}


def an_own_report(visitor, town):
    """A report of whoever is signed in."""
    return {"mine": visitor.page.evaluate(_POST, ["/intake/v1/incidents", _body(town)])}


def a_draft(visitor, town):
    """A checked draft of the plan that counts."""
    visitor.open("/routing/plan/drafts")
    visitor.page.fill("#f-name", f"Jede Seite {visitor.way}")
    visitor.page.click("main form button[type=submit]")
    draft = _path(visitor)
    visitor.page.click("text=Entwurf prüfen")
    visitor.open(f"{draft}/times")
    rota = visitor.page.locator("main a[href*='/rotas/']:not([href$='/new'])").first
    return {"draft": draft, "rota": str(rota.get_attribute("href")).rpartition("/")[2]}


def an_absence_and_a_drill(visitor, town):
    """Somebody is away, and a drill has begun."""
    person = {"light": "eva.engel", "without script": "greta.gross"}[visitor.way]
    visitor.open("/routing/duty/absences")
    form = visitor.page.locator("main form.rk-form").first
    form.locator("[name=person]").select_option(person)
    form.locator("[name=from]").fill(f"{_TODAY + timedelta(days=40):%d.%m.%Y}")
    form.locator("[name=until]").fill(f"{_TODAY + timedelta(days=49):%d.%m.%Y}")
    form.get_by_role("button", name="Eintragen", exact=True).click()
    link = visitor.page.locator("main a[href$='/remove']").first.get_attribute("href")
    feed = _a_calendar(visitor, person)
    visitor.open("/routing/drills")
    visitor.page.click("main form button[type=submit]")
    return {"absence": str(link).split("/")[-2], "feed": feed, "drill": _path(visitor)}


def _a_calendar(visitor, person):
    """One to be fetched, which this town will not: it calls nobody outside."""
    visitor.open("/routing/duty/absences/feeds")
    visitor.page.select_option("[name=whose]", f"person:{person}")
    visitor.page.fill("[name=url]", "https://kalender.example/privat.ics")
    visitor.page.get_by_role("button", name="Kalender abrufen lassen").click()
    link = visitor.page.locator("main a[href$='/remove']").first.get_attribute("href")
    return str(link).split("/")[-2]


def an_entry_and_a_person(visitor, town):
    """An own entry of the directory, and somebody with an account."""
    visitor.open(f"/intake/help/entries/{town.ready['municipality']}")
    link = visitor.page.locator("main a[href*='/remove/']").first.get_attribute("href")
    visitor.open("/account/people")
    visitor.page.click("main table a >> nth=0")
    return {"entry": str(link).rpartition("/")[2], "person": _path(visitor)}


def a_hold(visitor, town):
    """The data-protection officer holds a report."""
    incident = town.api("POST", "intake", "/v1/incidents", json=_body(town)).json()["id"]
    visitor.open("/intake/erasures")
    visitor.page.fill("[name=held]", incident)
    visitor.page.check("[name=ground] >> nth=0")
    visitor.page.fill("[name=hold_reason]", "Verfahren läuft")
    visitor.page.click("button[value=hold]")
    visitor.page.click("main a[href*='/holds/'] >> nth=0")
    return {"hold": _path(visitor)}


_SEEDS = (a_mail, a_case, an_own_report, a_draft, an_absence_and_a_drill, an_entry_and_a_person)
SEEDS = {each.__name__: each for each in (nothing_more, *_SEEDS, a_hold)}


def _body(town):
    return _REPORT | {"municipality": town.ready["municipality"]}


def _path(visitor):
    return re.sub(r"[?#].*", "", visitor.page.url.removeprefix(visitor.base))


def _asked(address, number, way):
    """In German; without scripts in another language, by turns."""
    language = "de" if way == "light" else _LANGUAGES[number % len(_LANGUAGES)]
    return f"{address}{'&' if '?' in address else '?'}lang={language}"


@pytest.mark.parametrize("way", EACH)
@pytest.mark.parametrize("name", CHAPTERS)
def test_no_page_has_a_barrier_and_all_of_it_is_there(looking, demo, name, way):
    chapter, visitor = CHAPTERS[name], looking(way)
    if chapter.who:
        visitor.sign_in(chapter.who)
    seeds = SEEDS[chapter.seeds](visitor, demo) | {"town": demo.ready["municipality"]}
    addresses = {rule: address.format(**seeds) for rule, address in chapter.pages.items()}

    found, reached = {}, {}
    for number, (rule, address) in enumerate(addresses.items()):
        found |= visitor.faults(_asked(address, number, way))
        reached[rule] = rule_of(_path(visitor), chapter.pages)

    foreign = [each for each in visitor.asked if not each.startswith((visitor.base, "data:"))]
    assert (found, foreign) == ({}, [])
    assert [rule for rule, there in reached.items() if rule != there] == []


@pytest.mark.walks("/account/provider", "/account/provider/back")
@pytest.mark.parametrize("way", EACH)
def test_a_sign_in_elsewhere_that_does_not_answer_has_no_barrier(looking, way):
    visitor = looking(way)

    away = visitor.faults("/account/provider?lang=de", status=503)
    refused = visitor.faults("/account/provider/back?state=x&lang=de", status=403)

    assert away | refused == {}
