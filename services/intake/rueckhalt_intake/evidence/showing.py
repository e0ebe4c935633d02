# SPDX-License-Identifier: EUPL-1.2
"""Files, their custody log and what to save, in the reader's words."""

from base64 import b64encode
from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

from rueckhalt_intake.desk.showing import moment
from rueckhalt_intake.erasure.requests import Request
from rueckhalt_intake.evidence import cleaning, handlers, leafing
from rueckhalt_intake.evidence.domain import (
    IMAGE,
    MAIL,
    PDF,
    REPORTER,
    SCANNER,
    Attachment,
    Touch,
)
from rueckhalt_intake.evidence.sandbox import Sandbox
from rueckhalt_intake.evidence.sealing import Opener
from rueckhalt_intake.guidance import handlers as guidance
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.database import Database
from rueckhalt_shared.identity.showing import role_of, text
from rueckhalt_shared.keys import PEOPLE
from rueckhalt_shared.pages.words import language, words
from rueckhalt_shared.web import database, extension

Row = dict[str, Any]
_KNOWN = (REPORTER, SCANNER, "email", "open311")
_KIBIBYTE = 1024


def opener() -> Opener:
    """Opens files of this app's vault."""
    desk = cast(Reception, extension("reception"))
    return opener_of(desk, database())


def sandbox() -> Sandbox:
    """Where files that could be dangerous are drawn."""
    return cast(Sandbox, extension("sandbox"))


def opener_of(desk: Reception, found: Database) -> Opener:
    """The same outside of a request."""
    return Opener(desk.vault, lambda file, number: found.read(handlers.chunk, file, number))


def rows(files: Iterable[Attachment]) -> list[Row]:
    """Files without their names."""
    can_leaf = leafing.can_leaf(sandbox())
    return [
        {
            "id": each.id,
            "kind": words(f"evidence.kind.{each.kind}"),
            "size": size(each.size),
            "at": moment(each.received_at),
            "state": words(f"evidence.state.{each.state}"),
            "is_settled": each.state == "clean",
            "may_leave": each.may_leave,
            "is_shown": each.is_shown and (each.kind != PDF or can_leaf),
            "is_pdf": each.kind == PDF,
            "is_own": each.source == REPORTER,
        }
        for each in files
    ]


def opened(files: Sequence[Attachment], log: Iterable[Touch], municipality: str) -> list[Row]:
    """The same with names, checksums and who has had to do with them."""
    by_file: dict[str, list[Row]] = {}
    for each in log:
        line = {
            "at": moment(each.at),
            "who": _who(each.who, municipality),
            "act": words(f"evidence.act.{each.act}"),
        }
        by_file.setdefault(each.attachment_id, []).append(line)
    reader = opener()
    asked = database().read(handlers.asked_of, files[0].incident_id) if files else {}
    return [
        row
        | vars(reader.label(each))
        | {"log": by_file.get(each.id, []), "asked": _asked(asked.get(each.id))}
        for row, each in zip(rows(files), files, strict=True)
    ]


def viewed(attachment: Attachment, *, blurred: bool, first: int = 1) -> Row:
    """The cleaned view of a file, of a PDF from page `first` on; raises NotShown, Tampered."""
    reader = opener()
    label, content = reader.label(attachment), reader.content(attachment)
    shown: Row = {"name": label.name, "kind": attachment.kind, "blurred": blurred}
    if attachment.kind == IMAGE:
        drawn = cleaning.picture(content, blurred=blurred)
        return shown | {"picture": f"data:image/jpeg;base64,{b64encode(drawn).decode()}"}
    if attachment.kind == PDF:
        found = leafing.leaves(content, sandbox(), first=first, blurred=blurred)
        return shown | {"leaves": found, "most": leafing.AT_ONCE}
    if attachment.kind == MAIL:
        read = cleaning.mail(content)
        parts = [(name, size(length)) for name, length in read.parts]
        return shown | {
            "mail": read.headers,
            "text": read.text,
            "is_cut": read.is_cut,
            "parts": parts,
        }
    told, is_cut = cleaning.text(content)
    return shown | {"text": told, "is_cut": is_cut}


def lists(incident: Incident) -> list[Row]:
    """What to save of such an incident, from the guidance cards, each list once."""
    coded, spoken = incident.coded, language()
    cards = guidance.cards_for(coded.forms, place=coded.place)
    found = {each.code: each for card in cards for each in card.evidence}
    return [
        {
            "title": each.title[spoken],
            "steps": [
                (step.text[spoken], step.source.title[spoken], moment(step.source.stand))
                for step in each.steps
            ],
        }
        for each in found.values()
    ]


def copied(desk: Reception, found: Database, incident: Incident) -> list[Row]:
    """The files as they stand in the copy of everything; strict ones without their names."""
    reader, is_shut = opener_of(desk, found), desk.vault.is_strict(incident.key_id)
    return [
        {
            "id": each.id,
            "kind": each.kind,
            "size": each.size,
            "received_at": spell_instant(each.received_at),
            "by": "reporter" if each.source == REPORTER else "staff",
            "state": each.state,
        }
        | ({} if is_shut else vars(reader.label(each)))
        for each in found.read(handlers.list_of, incident.id)
    ]


def listed(files: Collection[Attachment]) -> str:
    """One line a file for the paper `beweisliste`: what; when; its checksum."""
    reader = opener()
    lines = []
    for each in files:
        label = reader.label(each)
        name = label.name.replace(";", ",")
        lines.append(f"{name}; {moment(each.received_at)}; {label.sha256}")
    return "\n".join(lines)


def size(length: int) -> str:
    """A size as people read it."""
    kibibytes = length / _KIBIBYTE
    if kibibytes < 1:
        return f"{length} B"
    told = f"{kibibytes:.0f} KB" if kibibytes < _KIBIBYTE else f"{kibibytes / _KIBIBYTE:.1f} MB"
    return told if language() == "en" else told.replace(".", ",")


def _asked(request: Request | None) -> str:
    """How a request to erase a file stands; empty where there is none."""
    if request is None:
        return ""
    told = words(f"erasure.request.{request.state}")
    return f"{told}: {request.answer}" if request.answer else told


def _who(told: str, municipality: str) -> str:
    """A role, or what the installation calls itself; never an account."""
    if told.startswith(PEOPLE):
        return text(f"role.{role_of(told.removeprefix(PEOPLE).partition('/')[0], municipality)}")
    return words(f"evidence.who.{told if told in _KNOWN else 'system'}")
