# SPDX-License-Identifier: EUPL-1.2
"""What is said about the audit: where a chain stood, signed, and that somebody outside has it."""

from dataclasses import dataclass
from datetime import datetime

from rueckhalt_shared.contracts.event import INTAKE, NOTIFY, Event, PayloadSchema
from rueckhalt_shared.contracts.fields import Count, Hexadecimal, Instant, Name


class AuditHeadStatedSchema(PayloadSchema):
    """The head of one chain and the signature over it."""

    store = Name()
    chain = Name()
    stated_at = Instant()
    rows = Count()
    head = Hexadecimal(64)
    public_key = Hexadecimal(64)
    signature = Hexadecimal(128)


@dataclass(frozen=True, kw_only=True)
class AuditHeadStated(Event):
    """A chain had this many rows and this hash. Kept outside, it betrays what is cut off later.

    `store` is `intake` or `identity` (accounts and keys); `chain` its municipality (a short key is
    a parent), or `installation`.
    """

    type = "de.rueckhalt.audit.head_stated.v1"
    producers = INTAKE
    schema = AuditHeadStatedSchema()

    store: str
    chain: str
    stated_at: datetime
    rows: int
    head: str
    public_key: str
    signature: str


class AuditHeadPostedSchema(PayloadSchema):
    """Which head."""

    store = Name()
    chain = Name()
    stated_at = Instant()
    rows = Count()
    head = Hexadecimal(64)


@dataclass(frozen=True, kw_only=True)
class AuditHeadPosted(Event):
    """A mail server has taken the mail with this head: it lies outside from now on."""

    type = "de.rueckhalt.audit.head_posted.v1"
    producers = NOTIFY
    schema = AuditHeadPostedSchema()

    store: str
    chain: str
    stated_at: datetime
    rows: int
    head: str
