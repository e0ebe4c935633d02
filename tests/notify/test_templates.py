# SPDX-License-Identifier: EUPL-1.2
"""Texts: nothing leaves that may not, whatever somebody puts into a value."""

import email
import email.policy
import itertools
import json
import re
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_notify.delivery.letter import compose, mailbox
from rueckhalt_notify.delivery.sender import values
from rueckhalt_notify.notices.domain import SWAPS, template_of
from rueckhalt_notify.templates.domain import BadTemplate, fill, one_line, parse, plain
from rueckhalt_notify.templates.handlers import render
from rueckhalt_notify.templates.store import FOLDER, editions, fingerprint, read_editions
from tests.notify.conftest import LETTERHEAD

CANARIES = {
    "name": "Kanaria-Vogelsang",
    "phone": "+49 151 23456789",
    "address": "kanaria@zuhause.example",
    "form": "Bedrohung-Kanarie",
    "place": "Dienstzimmer-Kanarie",
    "unit": "Ordnungsamt-Kanarie",
    "narrative": "Er sagte Kanarienvogel zu mir",
    "incident": "0198a000-0000-7000-8000-0000000canar",
    "part": "Leitet-Kanarie",
    "take_over_by": "24.12.2026 18:00",
}
LEVEL_1 = {"incident", "part", "take_over_by"}
TELLING_WORDS = re.compile(
    r"droh|ha[s]s|gewalt|beleid|angriff|threat|hate|assault|insult|rassis|racis|polizei|police",
    re.I,
)
ALL = list(itertools.product(("asked", "told", "taken_over", "registered"), ("de", "en"), (0, 1)))


@dataclass
class AskedFor:
    """As much of a notice as its values need."""

    level: int = 0
    doubtful: bool = False
    subject: str = "i"
    part: str = "lead"
    take_over_by_at: datetime | None = datetime(2026, 12, 24, 17, tzinfo=UTC)


def decoded(content: bytes) -> str:
    """Everything a mail says: headers, and every part after decoding."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    said = [f"{name}: {value}" for name, value in mail.items()]
    for part in mail.walk():
        said += [f"{name}: {value}" for name, value in part.items()]
        if not part.is_multipart():
            said.append(part.get_content())
            said.append(part.get_filename() or "")
    return "\n".join(said)


def mail(code: str, language: str, level: int, given_values: dict[str, str]) -> bytes:
    words = render(code, language=language, level=level, values=given_values)
    return compose(
        words,
        sender=LETTERHEAD.sender,
        to="amt@musterstadt.example",
        message_id="<0123456789@musterstadt.example>",
        at=datetime(2026, 11, 20, tzinfo=UTC),
    ).content


@pytest.mark.parametrize(("code", "language", "level"), ALL)
@pytest.mark.parametrize("repeat", ["", "1"])
def test_no_canary_sings_where_it_may_not(code, language, level, repeat):
    said = decoded(
        mail(code, language, level, CANARIES | {"link": "https://x/n/t", "repeat": repeat})
    )

    heard = {name for name, canary in CANARIES.items() if canary in said}

    assert heard <= (LEVEL_1 if level else set())


@pytest.mark.parametrize(("code", "language", "level"), ALL)
def test_no_wording_tells_what_it_is_about(code, language, level):
    assert not TELLING_WORDS.search(decoded(mail(code, language, level, {})))


@pytest.mark.parametrize(("code", "language", "level"), ALL)
def test_html_loads_nothing_from_elsewhere(code, language, level):
    html = render(code, language=language, level=level, values={"link": "https://x/n/t"}).html

    assert not re.search(r"<(img|script|link|iframe|object|style)|src=|url\(", html, re.I)
    assert re.findall(r'href="([^"]*)"', html) == (["https://x/n/t"] if code == "asked" else [])


def test_level_1_shows_number_part_and_time():
    said = decoded(mail("asked", "de", 1, CANARIES))

    assert all(CANARIES[name] in said for name in LEVEL_1)


def test_every_purpose_has_a_template():
    purposes = ("ask", "offer", "tell", "remind", "taken_over", "handed_over", "announce", "drill")
    purposes = (*purposes, "plan_gap", "deadline", "message", *SWAPS.values())
    used = {template_of(p, kind) for p in purposes for kind in ("person", "partner", "office")}

    assert used == set(editions())


def test_a_level_0_notice_is_not_even_given_richer_values():
    notice = AskedFor()

    assert set(values(notice, "t", LETTERHEAD, "de")) == {"link", "repeat"}
    assert set(values(replace(notice, level=1), None, LETTERHEAD, "de")) == {
        "link", "repeat", "incident", "part", "take_over_by"
    }  # fmt: skip


# ------------------------------------------------------------------------------- hostility

HOSTILE = [
    "x\r\nBcc: alle@example.org",
    "x\nSubject: anders",
    "x\r\n\r\n<script>alert(1)</script>",
    "x\r\n.\r\nMAIL FROM:<a@b>",
    "\x00\x1b[2J",
    "\u202egnp.exe\u2028Bcc: a@b",
    '"><img src=x onerror=alert(1)>',
    "((link))((narrative))",
    "=?utf-8?q?Bcc:_a=40b?=",
    "Fotze 卐 \U0001f44b" * 10,
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_a_value(value):
    hostile = dict.fromkeys(("link", "incident", "part", "take_over_by"), value)
    parsed = email.message_from_bytes(mail("asked", "de", 1, hostile), policy=email.policy.default)

    assert parsed["Bcc"] is None
    assert parsed["Subject"] == "Es liegt etwas vor"
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert "<script" not in parsed.get_body(("html",)).get_content()
    assert "<img" not in parsed.get_body(("html",)).get_content()


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_recipient_or_sender_starts_no_header(value):
    words = render("told", language="de", level=0, values={})
    content = compose(
        words,
        sender=mailbox(value, "r@musterstadt.example"),
        to=one_line(value).encode("ascii", "replace").decode(),
        message_id="<1@musterstadt.example>",
        at=datetime(2026, 11, 20, tzinfo=UTC),
    ).content
    names = [line.split(b":")[0] for line in content.split(b"\r\n\r\n")[0].split(b"\r\n")]

    assert b"Bcc" not in names
    assert names.count(b"Subject") == 1


@given(st.text())
def test_a_value_is_one_line_without_control_characters(value):
    line = one_line(value)

    assert len(line.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f]", line)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_the_mail(value):
    content = mail("asked", "de", 1, {"part": value, "incident": "i"})
    parsed = email.message_from_bytes(content, policy=email.policy.default)

    assert plain(value) in parsed.get_body(("plain",)).get_content()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


# -------------------------------------------------------------------------------- language


def test_conditions_show_fixed_words_only_where_a_value_is():
    template = parse("Hallo((link?? hier)): ((link))", level=0)

    assert fill(template, {"link": "x"}, escape=plain) == "Hallo hier: x"
    assert fill(template, {}, escape=plain) == "Hallo: "


@pytest.mark.parametrize(
    "source",
    ["((narrative))", "((incident))", "((link", "((link.real))", "((link??a(b)))", "((__class__))"],
)
def test_a_template_that_wants_too_much_is_refused_when_it_is_read(source):
    with pytest.raises(BadTemplate):
        parse(source, level=0)


@given(st.text(alphabet="(){}%$?link_\n "))
def test_a_template_never_runs_anything(source):
    try:
        template = parse(source, level=0)
    except BadTemplate:
        return

    assert "((" not in fill(template, {"link": "", "repeat": ""}, escape=plain)


def test_a_changed_text_without_a_new_version_does_not_load(tmp_path: Path):
    copy = tmp_path / "templates"
    shutil.copytree(str(FOLDER), copy)
    (copy / "asked" / "de" / "text").write_text("anders", "utf-8")

    with pytest.raises(BadTemplate):
        read_editions(copy)


def test_published_versions_are_frozen():
    frozen = json.loads((FOLDER / "versions.json").read_text("utf-8"))

    assert {code: fingerprint(FOLDER / code) for code in frozen} == {
        code: each["sha256"] for code, each in frozen.items()
    }
