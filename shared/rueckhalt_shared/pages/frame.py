# SPDX-License-Identifier: EUPL-1.2
"""What stands around every page: whose it is, where else one can go, the small print."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, current_app, request

from rueckhalt_shared.messages import PAGE_LANGUAGES
from rueckhalt_shared.pages import switching
from rueckhalt_shared.pages.words import knows, language, tag_of, told

EXIT = "https://www.dwd.de/"  # the weather: harmless to whoever looks over a shoulder


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the navigation; `path` may name {municipality} and {year}.

    With `scopes` only those see it who are signed in and hold one of them somewhere; with
    `by_key` also who is not signed in and may come by a key, as the demo user does.
    """

    service: str
    message: str
    path: str
    scopes: frozenset[str] = frozenset()
    by_key: bool = False

    def is_for(self, who: "Account") -> bool:
        """Would it lead this reader anywhere?"""
        if not self.scopes or (self.by_key and not who.name):
            return True
        return not self.scopes.isdisjoint(who.scopes)


# What a person may open in which service; a service that is not deployed is left out.
ENTRIES: tuple[Entry, ...] = (
    Entry(service="intake", message="nav.doors", path="/"),
    Entry(
        service="intake", message="nav.desk", path="/desk", scopes=frozenset({"incident:assigned"})
    ),
    Entry(
        service="intake",
        message="nav.inbound",
        path="/inbound",
        scopes=frozenset({"incident:assigned"}),
    ),
    Entry(
        service="routing",
        message="nav.duty",
        path="/duty",
        scopes=frozenset({"duty:read", "plan:write"}),
    ),
    Entry(
        service="routing",
        message="nav.cases",
        path="/assignments",
        scopes=frozenset({"assignment:take-over"}),
    ),
    Entry(
        service="routing",
        message="nav.drills",
        path="/drills",
        scopes=frozenset({"plan:write"}),
    ),
    Entry(
        service="routing",
        message="nav.plan",
        path="/plan",
        scopes=frozenset({"plan:write"}),
    ),
    Entry(
        service="reporting",
        message="nav.summaries",
        path="/v1/summaries/{municipality}/{year}.html?view=internal",
        scopes=frozenset({"stats:internal"}),
        by_key=True,
    ),
    Entry(
        service="intake",
        message="nav.mine",
        path="/mine",
        scopes=frozenset({"incident:create"}),
    ),
    Entry(
        service="intake",
        message="nav.help_entries",
        path="/help/entries",
        scopes=frozenset({"help:write"}),
    ),
    Entry(
        service="intake",
        message="nav.old_lists",
        path="/old-lists",
        scopes=frozenset({"old-list:import"}),
    ),
    Entry(
        service="intake",
        message="nav.erasures",
        path="/erasures",
        scopes=frozenset({"erasure:ask", "erasure:decide", "hold:set"}),
    ),
    Entry(
        service="intake",
        message="nav.retention",
        path="/retention",
        scopes=frozenset({"erasure:ask", "erasure:decide", "hold:set", "audit:read"}),
    ),
    Entry(
        service="intake",
        message="nav.audit",
        path="/audit",
        scopes=frozenset({"audit:read"}),
    ),
    Entry(
        service="routing",
        message="nav.audit_routing",
        path="/audit",
        scopes=frozenset({"audit:read"}),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link of the frame: where to, its text, and whether it is this very page."""

    href: str
    text: str
    current: bool = False
    lang: str = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who is signed in, and the addresses to sign in and out; `name` empty: nobody."""

    name: str = ""
    sign_in: str = ""
    sign_out: str = ""
    scopes: frozenset[str] = frozenset()  # what they may do in some municipality
    places: frozenset[str] = frozenset()  # where they may do anything


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What an installation says about itself, the same on each of its pages.

    `beside` names the services of the same process (mounted next to this one), `addresses` those
    elsewhere; `mounted` says that this app itself lies below a start page.
    """

    service: str = ""
    municipality: str = ""
    municipality_key: str = ""
    language: str = "de"
    is_demo: bool = False
    imprint_url: str = ""
    privacy_url: str = ""
    accessibility_url: str = ""
    exit_url: str = EXIT
    beside: frozenset[str] = frozenset()
    addresses: Mapping[str, str] = field(default_factory=dict)
    mounted: bool = False

    @classmethod
    def of(cls, settings: Any) -> "Frame":
        """The frame of a service."""
        start = settings.base_url.removesuffix(f"/{settings.service}")
        near = {
            name
            for name, url in settings.neighbours.items()
            if settings.embedded and url == f"{start}/{name}"
        }
        return cls(
            service=settings.service,
            municipality=settings.municipality_name,
            municipality_key=settings.municipality,
            language=settings.language,
            is_demo=settings.is_demo,
            imprint_url=settings.imprint_url,
            privacy_url=settings.privacy_url,
            accessibility_url=settings.accessibility_url,
            exit_url=settings.exit_url,
            beside=frozenset(near),
            addresses={
                name: url.rstrip("/")
                for name, url in settings.neighbours.items()
                if name not in near
            },
            mounted=settings.embedded,
        )

    @property
    def home(self) -> str:
        """The start page of the process, seen from this request; empty where there is none."""
        return f"{self._mount()}/" if self.mounted or not self.service else ""

    def address(self, service: str) -> str:
        """The address of a service without a slash at its end; empty where it has none."""
        if service == self.service:
            return request.script_root or "/."
        if service in self.beside:
            return f"{self._mount()}/{service}"
        return self.addresses.get(service, "")

    def navigation(self) -> Iterator[Link]:
        """The start page, then what the deployed services offer."""
        if self.home:
            yield self._link(self.home, told("nav.start"))
        year = datetime.now(ZoneInfo("Europe/Berlin")).year
        who = account()
        for entry in ENTRIES:
            if not entry.is_for(who):
                continue
            address = self.address(entry.service)
            if address and (self.municipality_key or "{municipality}" not in entry.path):
                path = entry.path.format(municipality=self.municipality_key, year=year)
                yield self._link(address.removesuffix("/.") + path, told(entry.message))

    def service_name(self) -> str:
        """What this service is called for people; empty where it has no name."""
        message = f"service.{self.service}"
        return told(message) if self.service and knows(message) else ""

    def small_print(self) -> Iterator[Link]:
        """The links the law asks for, as far as the operator has set them."""
        for name in ("imprint", "privacy", "accessibility"):
            if url := getattr(self, f"{name}_url"):
                yield Link(href=url, text=told(f"page.{name}"))

    def languages(self) -> Iterator[Link]:
        """This very page in each language; with a form that was sent, where that form goes."""
        kept = switching.kept_form()
        there = kept.partition("?")[0] or switching.address(self.home or "/")
        for each in PAGE_LANGUAGES:
            arguments = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
            query = urlencode([*(() if there and not kept else arguments), ("lang", each)])
            yield Link(
                href=f"{there}?{query}",
                text=told(f"language.{each}"),
                current=each == language(),
                lang=tag_of(each),
                code=each,
            )

    def _mount(self) -> str:
        root = request.script_root
        return root.rpartition("/")[0] if self.mounted else root

    def _link(self, href: str, text: str) -> Link:
        here = request.script_root + request.path
        return Link(href=href, text=text, current=href.partition("?")[0] == here)


def frame() -> Frame:
    """The frame of the running app."""
    found: Frame = current_app.extensions["rueckhalt_frame"]
    return found


def show_account(app: Flask, reader: Callable[[], Account]) -> None:
    """Let the header say who is signed in: `reader` is asked once a page."""
    app.extensions["rueckhalt_account"] = reader


def account() -> Account:
    """Who is signed in; nobody where no sign-in is installed."""
    reader: Callable[[], Account] | None = current_app.extensions.get("rueckhalt_account")
    return reader() if reader is not None else Account()


def show_alarm(app: Flask, reader: Callable[[], str]) -> None:
    """Let a red mark stand on top of every page of an app: `reader` is asked once a page."""
    app.extensions["rueckhalt_alarm"] = reader


def alarm() -> str:
    """The red mark of this page; empty where nothing is wrong."""
    reader: Callable[[], str] | None = current_app.extensions.get("rueckhalt_alarm")
    return reader() if reader is not None else ""
