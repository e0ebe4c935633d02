# SPDX-License-Identifier: EUPL-1.2
"""Every page of the house by its route, and how a test gets there.

`CHAPTERS` are walked by test_every_page.py: who is signed in, and each route with an address in
which the chapter's seeds stand. Pages that need steps first are marked where a test takes them:

    @pytest.mark.walks("/intake/report/receipt")

Whatever is neither stands in `NO_PAGE`, with its reason. tests/rules/test_pages_walked.py compares
all of this with the routes of the apps, so a page that nobody looks at cannot land.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_DESK = "/intake/desk/<uuid:incident_id>"
_MINE = "/intake/mine/<uuid:incident_id>"
_CLOCK = "/<string:deadline>/<string:entitled>/<string:offender>"
_STRAFANTRAG = "/strafantrag/affected/1"
_CASE = "/routing/assignments/<uuid:id>"
_DRAFT = "/routing/plan/drafts/<uuid:draft_id>"
_DUTY = "/routing/duty"
_FEEDS = f"{_DUTY}/absences/feeds"
_ENTRIES = "/intake/help/entries/<string:ars>"
_PLACE = "/intake/help/entries/{town}"


@dataclass(frozen=True)
class Chapter:
    """Pages that one person sees; `seeds` names the fixture that makes what stands in braces."""

    who: str
    pages: Mapping[str, str]
    seeds: str = "nothing_more"


CHAPTERS: dict[str, Chapter] = {
    "demo": Chapter(
        "",
        {
            "/": "/",
            "/mail": "/mail",
            "/mail/<int:mail>": "/mail/1",
            "/gallery": "/gallery",
            "/gallery/confirm": "/gallery/confirm",
            "/gallery/rows": "/gallery/rows?like=1",
        },
        seeds="a_mail",
    ),
    "public": Chapter(
        "",
        {
            "/intake/": "/intake/",
            "/intake/towns": "/intake/towns",
            "/intake/danger": "/intake/danger",
            "/intake/cards": "/intake/cards",
            "/intake/cards/<string:card>": "/intake/cards/06",
            "/intake/help": "/intake/help",
            "/intake/poster": "/intake/poster",
            "/intake/papers": "/intake/papers",
            "/routing/today": "/routing/today",
            "/routing/today/card": "/routing/today/card",
            "/intake/papers/<string:code>": "/intake/papers/strafanzeige",
            "/account/sign-in": "/account/sign-in",
            "/account/signed-out": "/account/signed-out",
            "/account/continue": "/account/continue?next=/intake/desk",
            "/reporting/v1/summaries/<string:ars>/<string:period>.html": (
                "/reporting/v1/summaries/{town}/2026.html"
            ),
        },
    ),
    "desk": Chapter(
        "zustaendig",
        {
            "/intake/desk": "/intake/desk",
            _DESK: "/intake/desk/{incident}",
            f"{_DESK}/close": "/intake/desk/{incident}/close",
            f"{_DESK}/messages": "/intake/desk/{incident}/messages",
            f"{_DESK}/evidence": "/intake/desk/{incident}/evidence",
            f"{_DESK}/deadlines": "/intake/desk/{incident}/deadlines",
            f"{_DESK}/deadlines{_CLOCK}": f"/intake/desk/{{incident}}/deadlines{_STRAFANTRAG}",
            f"{_DESK}/papers": "/intake/desk/{incident}/papers",
            f"{_DESK}/papers/<string:code>": "/intake/desk/{incident}/papers/strafanzeige",
            "/intake/report-by-phone": "/intake/report-by-phone",
            "/intake/set-aside": "/intake/set-aside",
            "/intake/strict/keys": "/intake/strict/keys",
            "/routing/assignments": "/routing/assignments",
            _CASE: "/routing/assignments/{case}",
            f"{_CASE}/why": "/routing/assignments/{case}/why",
            f"{_CASE}/decline": "/routing/assignments/{case}/decline",
        },
        seeds="a_case",
    ),
    "own": Chapter(
        "meldung",
        {
            "/intake/mine": "/intake/mine",
            _MINE: "/intake/mine/{mine}",
            f"{_MINE}/deadlines": "/intake/mine/{mine}/deadlines",
            f"{_MINE}/deadlines{_CLOCK}": f"/intake/mine/{{mine}}/deadlines{_STRAFANTRAG}",
            f"{_MINE}/papers": "/intake/mine/{mine}/papers",
            f"{_MINE}/papers/<string:code>": "/intake/mine/{mine}/papers/strafanzeige",
            "/account": "/account",
            "/account/password": "/account/password",
            "/account/confirm": "/account/confirm",
        },
        seeds="an_own_report",
    ),
    "plan": Chapter(
        "plan",
        {
            "/routing/plan": "/routing/plan",
            "/routing/plan/matrix": "/routing/plan/matrix",
            "/routing/plan/matrix/cell": "/routing/plan/matrix/cell?form=threat&value=u1",
            "/routing/plan/calendar": "/routing/plan/calendar",
            "/routing/plan/certificate": "/routing/plan/certificate",
            "/routing/plan/trial": (
                "/routing/plan/trial?try=1&at=2026-12-24T23:00&form=threat&severity=2"
            ),
            "/routing/plan/gaps": "/routing/plan/gaps",
            "/routing/plan/drafts": "/routing/plan/drafts",
            _DRAFT: "{draft}",
            **{
                f"{_DRAFT}/{each}": f"{{draft}}/{each}"
                for each in (
                    *("matrix", "calendar", "certificate", "replay", "publish", "difference"),
                    *("text", "drop", "rules", "rules/new", "roles", "times", "chains"),
                    *("chains/new", "people", "rotas/new"),
                )
            },
            f"{_DRAFT}/matrix/cell": "{draft}/matrix/cell?form=threat&value=u1",
            f"{_DRAFT}/trial": "{draft}/trial?try=1&at=2026-12-24T23:00&form=threat&severity=2",
            f"{_DRAFT}/rules/<code>": "{draft}/rules/gebaeude",
            f"{_DRAFT}/roles/<code>": "{draft}/roles/hvb",
            f"{_DRAFT}/chains/<code>": "{draft}/chains/bereitschaft",
            f"{_DRAFT}/people/<kind>/new": "{draft}/people/persons/new",
            f"{_DRAFT}/people/<kind>/<key>": "{draft}/people/persons/eva.engel",
        },
        seeds="a_draft",
    ),
    "house": Chapter(
        "plan",
        {
            f"{_DRAFT}/house": "{draft}/house",
            f"{_DRAFT}/promises": "{draft}/promises",
            f"{_DRAFT}/rotas/<code>": "{draft}/rotas/{rota}",
        },
        seeds="a_draft",
    ),
    "duty": Chapter(
        "plan",
        {
            _DUTY: _DUTY,
            f"{_DUTY}/people/<key>/leave": f"{_DUTY}/people/eva.engel/leave",
            f"{_DUTY}/absences/<id>/remove": f"{_DUTY}/absences/{{absence}}/remove",
            f"{_FEEDS}/<id>/remove": f"{_FEEDS}/{{feed}}/remove",
            f"{_FEEDS}/<id>/empty": f"{_FEEDS}/{{feed}}/empty",
            _FEEDS: _FEEDS,
            **{
                f"{_DUTY}/{each}": f"{_DUTY}/{each}"
                for each in (
                    *("card", "rotas", "absences", "absences/import", "swaps", "swaps/set"),
                    *("people", "crisis", "crisis/end", "calendar"),
                )
            },
            "/routing/drills": "/routing/drills",
            "/routing/drills/<uuid:id>": "{drill}",
        },
        seeds="an_absence_and_a_drill",
    ),
    "administration": Chapter(
        "verwaltung",
        {
            _ENTRIES: _PLACE,
            f"{_ENTRIES}/new": f"{_PLACE}/new",
            f"{_ENTRIES}/import": f"{_PLACE}/import",
            f"{_ENTRIES}/edit/<string:entry_id>": f"{_PLACE}/edit/{{entry}}",
            f"{_ENTRIES}/remove/<string:entry_id>": f"{_PLACE}/remove/{{entry}}",
            "/account/people": "/account/people",
            "/account/people/<uuid:account_id>": "{person}",
            "/account/keys": "/account/keys",
        },
        seeds="an_entry_and_a_person",
    ),
    "oversight": Chapter(
        "datenschutz",
        {
            "/account/audit": "/account/audit",
            "/intake/audit": "/intake/audit",
            "/routing/audit": "/routing/audit",
            "/intake/erasures": "/intake/erasures",
            "/intake/erasures/holds/<uuid:hold_id>": "{hold}",
            "/intake/retention": "/intake/retention",
        },
        seeds="a_hold",
    ),
}

_FILE = "a file, no page"
_PROBE = "for machines, no page"

# Routes that answer no page of ours, or another one's, and why nobody looks at them.
NO_PAGE: dict[str, str] = {
    "/mail/messages.json": _FILE,
    "/intake/at/<string:ars>": "sets the town and leads on",
    "/intake/help/entries": "leads on; a page for accounts of several towns, tests/intake",
    "/intake/case/copy.json": _FILE,
    "/intake/case/deadlines/calendar.ics": _FILE,
    f"{_DESK}/deadlines.ics": _FILE,
    f"{_MINE}/copy.json": _FILE,
    f"{_MINE}/deadlines.ics": _FILE,
    f"{_ENTRIES}/export.csv": _FILE,
    f"{_ENTRIES}/poster.pdf": _FILE,
    "/intake/papers/<string:code>.pdf": _FILE,
    "/routing/assignments/of/<uuid:incident_id>": "leads on",
    "/routing/duty/calendar/<token>.ics": _FILE,
    "/routing/plan/certificate-file.json": _FILE,
    "/routing/plan/certificate.json": _FILE,
    "/routing/plan/facts.json": _FILE,
    f"{_DRAFT}/certificate.json": _FILE,
}
# The same of every service: probes, files, the API and its viewer (looked at in test_pages.py).
OF_EVERY_SERVICE: dict[str, str] = {
    "/healthz": _PROBE,
    "/readyz": _PROBE,
    "/version": _PROBE,
    "/metrics": _PROBE,
    "/openapi.json": _FILE,
    "/docs": "the viewer of the API, other people's; test_pages.py looks at its frame",
    "/docs/files/<name>": _FILE,
    "/static/<path:name>": _FILE,
    "/leave": "leads away",
}
