# SPDX-License-Identifier: EUPL-1.2
"""Drafts outside the transaction: sealed with a key of their own, held by a cookie's token."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from rueckhalt_intake.mailbox.codes import Codes
from rueckhalt_intake.report import handlers
from rueckhalt_intake.report.domain import REPORT, Draft, holder_of, new_token
from rueckhalt_intake.vault.domain import Place
from rueckhalt_intake.vault.sealing import KeyMissing, Vault
from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
_FIELD = "draft"


@dataclass(frozen=True)
class Drafts:
    """Where drafts are kept."""

    database: Database
    vault: Vault
    codes: Codes

    def begin(self, municipality: str, content: Mapping[str, Any], *, kind: str = REPORT) -> str:
        """A new draft; answers the token that holds it."""
        token, key = new_token(), self.vault.new_key()
        number = str(uuid4())
        draft = Draft(
            id=number,
            kind=kind,
            municipality=municipality,
            holder=holder_of(token),
            key_id=key.id,
            version=1,
            changed_at=self.database.clock(),
            content=self.vault.seal(key, _spelled(content), Place(number, _FIELD, 1)),
        )
        self.database.run(handlers.begin, draft)
        return token

    def find(self, token: str) -> Draft:
        """The draft a token holds; raises NoDraft."""
        return self.database.read(handlers.find, holder_of(token))

    def opened(self, draft: Draft) -> dict[str, Any]:
        """What it says; nothing where it was sent or its key is gone."""
        if draft.content is None:
            return {}
        try:
            text = self.vault.open(draft.content, Place(draft.id, _FIELD, 1))
        except KeyMissing:
            return {}
        said: dict[str, Any] = json.loads(text)
        return said

    def keep(self, draft: Draft, content: Mapping[str, Any]) -> None:
        """Seal and keep; raises ChangedElsewhere."""
        key = self.vault.key_of(draft.key_id)
        blob = self.vault.seal(key, _spelled(content), Place(draft.id, _FIELD, 1))
        self.database.run(handlers.keep, draft, blob)

    def words(self, draft: Draft, token: str) -> str:
        """The seven words that lead back to it: made once, then shown again to this browser."""
        if draft.answer is not None:
            return self.receipt(draft, token)
        code, box = self.codes.new()
        self.database.run(handlers.give_words, draft, box, self.sealed_words(code, token))
        return code

    def come_back(self, draft: Draft, code: str) -> str:
        """Somebody typed the words: a fresh token for this browser."""
        token = new_token()
        answer = self.sealed_words(code, token)
        self.database.run(handlers.hand_over, draft, holder_of(token), answer)
        return token

    def sealed_words(self, code: str, token: str) -> bytes:
        """The words, sealed so that only this browser opens them again."""
        return self.vault.seal_answer(code.encode(), key=token, mark=holder_of(token))

    def receipt(self, draft: Draft, token: str) -> str:
        """The words of a draft with an answer; raises Tampered."""
        sealed = draft.answer or b""
        return self.vault.open_answer(sealed, key=token, mark=holder_of(token)).decode()

    def discard(self, draft: Draft) -> None:
        """Drop it, its key first: what lies in backups stays shut."""
        self.vault.shred(draft.key_id)
        self.database.run(handlers.discard, draft)

    def sweep(self, database: Database) -> bool:
        """The worker's round: drafts whose time is over go, their keys first."""
        due = database.read(handlers.over)
        for draft in due:
            if draft.incident_id is None:  # else it is the incident's key now
                self.vault.shred(draft.key_id)
            database.run(handlers.discard, draft)
        if due:
            log.info("drafts dropped", count=len(due))
        return False


def _spelled(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, default=str)
