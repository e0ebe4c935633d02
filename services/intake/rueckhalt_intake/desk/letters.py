# SPDX-License-Identifier: EUPL-1.2
"""Use cases of the desk with a mailbox: count, read and answer; the last two stand in the audit."""

from rueckhalt_intake.incidents import erasing, handlers
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.mailbox import handlers as mailbox
from rueckhalt_intake.mailbox.domain import Consent, Message
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction


def counted(tx: Transaction, incident_id: str, reach: Reach) -> tuple[Incident, int, bool]:
    """How many messages there are, and whether somebody reads an answer."""
    incident = handlers.show_incident(tx, incident_id, reach)
    return incident, len(mailbox.messages_of(tx, incident.id)), _is_reachable(tx, incident)


def _is_reachable(tx: Transaction, incident: Incident) -> bool:
    """Somebody with a code, or an account, reads answers; a system does not."""
    return mailbox.has_mailbox(tx, incident.id) or incident.sender.startswith("account:")


def read(
    tx: Transaction, incident_id: str, reach: Reach, *, who: str
) -> tuple[Incident, list[Message], list[Consent], bool]:
    """What was written and agreed to, still sealed; who reads it is recorded first."""
    incident = erasing.find_to_open(tx, incident_id, reach)
    _record(tx, incident, "incident.opened", who)
    return (
        incident,
        mailbox.messages_of(tx, incident.id),
        mailbox.consents_of(tx, incident.id),
        _is_reachable(tx, incident),
    )


def answer(tx: Transaction, incident_id: str, reach: Reach, message: Message, *, who: str) -> None:
    """An answer, sealed by whoever calls."""
    incident = erasing.find_to_open(tx, incident_id, reach)
    _record(tx, incident, "message.sent", who)
    mailbox.write(tx, incident, message)


def _record(tx: Transaction, incident: Incident, act: str, who: str) -> None:
    done = Act(
        municipality=incident.municipality,
        who=who,
        act=act,
        fields="messages",
        why="case_work",
        incident=incident.id,
    )
    record(tx, done)
