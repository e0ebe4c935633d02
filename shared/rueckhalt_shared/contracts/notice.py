# SPDX-License-Identifier: EUPL-1.2
"""What notify says about notices; the subject is the incident, or the gap of a plan."""

from dataclasses import dataclass, field
from datetime import datetime

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.coded import Coded
from rueckhalt_shared.contracts.event import NOTIFY, ModalEvent, ModalSchema
from rueckhalt_shared.contracts.fields import Count, Flag, Id, Instant, PersonId, Seconds


class NoticeSchema(ModalSchema):
    """Which notice, to whom, on which channel."""

    notice = Id()
    assignment = Id(optional=True)
    person = PersonId(optional=True)
    partner = PersonId(optional=True)
    channel = Coded(codes.NOTICE_CHANNELS)


@dataclass(frozen=True, kw_only=True)
class Notice(ModalEvent):
    """A notice to a person or partner."""

    notice: str
    assignment: str | None = None
    person: str | None = None
    partner: str | None = None
    channel: str


class NoticePassedSchema(NoticeSchema):
    """How long it took since the event that asked for it."""

    level = Count()
    at = Instant()
    seconds = Seconds()


@dataclass(frozen=True, kw_only=True)
class NoticePassed(Notice):
    """A notice that went through; `seconds` since the event that asked for it."""

    level: int
    at: datetime = field()
    seconds: float


@dataclass(frozen=True, kw_only=True)
class NoticeSent(NoticePassed):
    """The next station has accepted a notice (a mail server's 250)."""

    type = "de.rueckhalt.notice.sent.v1"
    producers = NOTIFY
    schema = NoticePassedSchema()


@dataclass(frozen=True, kw_only=True)
class NoticeDelivered(NoticePassed):
    """A receipt says that a notice has arrived."""

    type = "de.rueckhalt.notice.delivered.v1"
    producers = NOTIFY
    schema = NoticePassedSchema()


class NoticeFailedSchema(NoticeSchema):
    """Why, whether for good, and how many contacts are left."""

    failure = Coded(codes.FAILURE_CLASSES, data_key="class")
    final = Flag()
    contacts_left = Count()


@dataclass(frozen=True, kw_only=True)
class NoticeFailed(Notice):
    """A notice did not go through."""

    type = "de.rueckhalt.notice.failed.v1"
    producers = NOTIFY
    schema = NoticeFailedSchema()

    failure: str
    final: bool
    contacts_left: int


class NoticeAnsweredSchema(ModalSchema):
    """Who answered what."""

    notice = Id()
    assignment = Id()
    person = PersonId()
    verb = Coded(codes.VERBS)
    at = Instant()


@dataclass(frozen=True, kw_only=True)
class NoticeAnswered(ModalEvent):
    """Somebody has answered a notice."""

    type = "de.rueckhalt.notice.answered.v1"
    producers = NOTIFY
    schema = NoticeAnsweredSchema()

    notice: str
    assignment: str
    person: str
    verb: str
    at: datetime = field()
