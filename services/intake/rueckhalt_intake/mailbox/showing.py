# SPDX-License-Identifier: EUPL-1.2
"""An incident for whoever reported it: how it stands, what was written, what may be done."""

from collections.abc import Iterable, Sequence
from typing import Any

from rueckhalt_intake.deadlines import handlers as deadlines
from rueckhalt_intake.deadlines.domain import AFFECTED
from rueckhalt_intake.desk.showing import moment
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.mailbox import domain, handlers, visiting, writing
from rueckhalt_intake.mailbox.domain import Consent, Contact, Message
from rueckhalt_intake.report.sending import standing
from rueckhalt_intake.tidings import sealing
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.pages.words import language, words
from rueckhalt_shared.web import database

Row = dict[str, Any]


def case(incident: Incident) -> dict[str, Any]:
    """What the page of one incident shows."""
    vault = visiting.reception().vault
    is_strict = vault.is_strict(incident.key_id)
    messages, consents, contacts, dates = database().read(_kept, incident)
    return {
        **standing(incident),
        "is_strict": is_strict,
        "may_have_mail": sealing.may_want(vault, incident),
        "messages": [] if is_strict else letters(writing.opened(vault, messages), "reporter"),
        "sharing": [(each, words(f"report.sharing.{each}")) for each in domain.SHARINGS],
        "agreed": [each.kind for each in consents if each.withdrawn_at is None],
        "question": _question(contacts),
        "dates": dates,
        "forms_told": _forms(incident),
    }


def letters(read: Iterable[writing.Read], reader: str) -> list[Row]:
    """Messages as both sides see them; `reader`: reporter or staff."""
    return [
        {
            "at": moment(each.sent_at),
            "who": words(f"letters.{reader}.{each.direction}"),
            "kind": words(f"letters.kind.{each.kind}") if each.kind != domain.MESSAGE else "",
            "text": each.text,
        }
        for each in read
    ]


def agreed(consents: Iterable[Consent]) -> list[tuple[str, str]]:
    """Consents as pairs of what and since when, for the desk."""
    return [
        (
            words(f"report.sharing.{each.kind}"),
            words("case.withdrawn", at=moment(each.withdrawn_at))
            if each.withdrawn_at is not None
            else words("case.agreed", at=moment(each.given_at)),
        )
        for each in consents
    ]


def own(found: Sequence[Incident]) -> list[Row]:
    """Somebody's own reports, to choose one."""
    return [
        {"id": each.id, "at": moment(each.registered_at), "forms": _forms(each)} for each in found
    ]


def _kept(
    tx: Transaction, incident: Incident
) -> tuple[list[Message], list[Consent], list[Contact], list[Row]]:
    dates = [
        {
            "what": codes.DEADLINES.label(each.code, language()),
            "until": moment(each.safe_until),
            "source": words("case.date_source", quelle=each.rule.quelle, stand=each.rule.stand),
        }
        for each in deadlines.of_incident(tx, incident)
        if each.entitled == AFFECTED and not each.is_settled and each.rule.quelle
    ]
    number = incident.id
    return (
        handlers.messages_of(tx, number),
        handlers.consents_of(tx, number),
        handlers.aftercare_of(tx, number),
        dates,
    )


def _question(contacts: Iterable[Contact]) -> str:
    """The latest question that is due and has no answer yet; earlier ones are past."""
    due = [each for each in contacts if each.due_at <= database().clock()]
    latest = max(due, key=lambda each: each.due_at, default=None)
    return latest.name if latest is not None and latest.answered_at is None else ""


def _forms(incident: Incident) -> str:
    return ", ".join(codes.FORMS.label(each, language()) for each in incident.coded.forms)
