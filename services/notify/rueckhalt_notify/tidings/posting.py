# SPDX-License-Identifier: EUPL-1.2
"""Mails whoever reported that there is something new. No network inside a transaction.

What the mail says fits on a lock screen: no case, no number, no word that tells, no hurry.
"""

from dataclasses import dataclass

from rueckhalt_notify.delivery.domain import Outcome, classify
from rueckhalt_notify.delivery.letter import Letter, compose
from rueckhalt_notify.delivery.mailers import Mailer
from rueckhalt_notify.templates.handlers import Rendered
from rueckhalt_notify.tidings import handlers
from rueckhalt_notify.tidings.store import Addressed
from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.messages import Catalogue

log = get_logger(__name__)
_AT_ONCE = 20
_FOR_GOOD = frozenset({Outcome.CONTACT_DEAD, Outcome.CONTENT})
_texts = Catalogue.of_package("rueckhalt_notify")


@dataclass(frozen=True, kw_only=True)
class Posting:
    """The way of these mails out of the house; `link` is the address of a start page, or none."""

    mailer: Mailer
    sender: str
    domain: str
    link: str = ""

    def run(self, database: Database) -> bool:
        """Send what is due; true when more may be due."""
        waiting = database.read(handlers.due, limit=_AT_ONCE)
        if not waiting:
            self.mailer.rest()
            return False
        if self.mailer.open() is not None:
            log.error("mail relay away")
            return False
        for tiding in waiting:
            addressed = database.run(handlers.begin, tiding)
            if addressed is not None:
                self._post(database, addressed)
        return len(waiting) == _AT_ONCE

    def _post(self, database: Database, addressed: Addressed) -> None:
        outcome = classify(self.mailer.send(self.letter(addressed)))
        if outcome is Outcome.SENT:
            database.run(handlers.end, addressed.tiding)
        else:
            for_good = outcome in _FOR_GOOD
            database.run(handlers.note_failure, addressed.tiding, for_good=for_good)

    def letter(self, addressed: Addressed) -> Letter:
        """Plain text; the same Message-ID on each attempt, and it is not the case's."""
        tiding = addressed.tiding
        told = [
            _texts.text(f"tiding.{part}", tiding.language, link=self.link)
            for part in (("text", "link", "end") if self.link else ("text", "end"))
        ]
        words = Rendered(
            language="de" if tiding.language == "einfach" else tiding.language,
            subject=_texts.text("tiding.subject", tiding.language),
            text="\n\n".join(told) + "\n",
            html="",
        )
        return compose(
            words,
            sender=self.sender,
            to=addressed.address,
            message_id=f"<{tiding.id}@{self.domain}>",
            at=tiding.created_at,
            plain=True,
        )
