# SPDX-License-Identifier: EUPL-1.2
"""Mails signed heads to the addresses the operator has set. No network inside a transaction.

Killed in between, a mail goes out twice with one Message-ID, as every mail of the house may.
"""

import json
from dataclasses import dataclass

from rueckhalt_notify.delivery.domain import Outcome, classify
from rueckhalt_notify.delivery.letter import Letter, compose
from rueckhalt_notify.delivery.mailers import Mailer
from rueckhalt_notify.heads import handlers
from rueckhalt_notify.heads.store import AuditLetter
from rueckhalt_notify.templates.handlers import Rendered
from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.messages import Catalogue

log = get_logger(__name__)
_AT_ONCE = 20
_texts = Catalogue.of_package("rueckhalt_notify")


@dataclass(frozen=True, kw_only=True)
class Posting:
    """The way of heads out of the house; `sender` is a header, `domain` ends the Message-ID."""

    mailer: Mailer
    to: tuple[str, ...]
    sender: str
    domain: str
    language: str = "de"

    def run(self, database: Database) -> bool:
        """Send what is due; without an address everything waits. True when more may be due."""
        waiting = database.read(handlers.due, limit=_AT_ONCE) if self.to else []
        if not waiting:
            self.mailer.rest()
            return False
        if self.mailer.open() is not None:
            log.error("mail relay away")
            return False
        for letter in waiting:
            if database.run(handlers.begin, letter) and self._sent(letter):
                database.run(handlers.end, letter)
        return len(waiting) == _AT_ONCE

    def _sent(self, letter: AuditLetter) -> bool:
        """True when at least one of the addresses got it."""
        outcomes = [classify(self.mailer.send(each)) for each in self.letters(letter)]
        if not all(outcome is Outcome.SENT for outcome in outcomes):
            log.error("audit head not sent to everybody", object=letter.id)
        return Outcome.SENT in outcomes

    def letters(self, letter: AuditLetter) -> list[Letter]:
        """One mail per address: plain text, that `rueckhalt audit verify --head` reads."""
        told = json.dumps(letter.document, indent=1)
        words = Rendered(
            language=self.language,
            subject=_texts.text("audit_letter.subject", self.language),
            text=f"{_texts.text('audit_letter.text', self.language)}\n\n{told}\n",
            html="",
        )
        return [
            compose(
                words,
                sender=self.sender,
                to=address,
                message_id=f"<{letter.id}.{number}@{self.domain}>",
                at=letter.created_at,
                plain=True,
            )
            for number, address in enumerate(self.to)
        ]
