# SPDX-License-Identifier: EUPL-1.2
"""What notify says about contacts and channels: whether they work, never an address."""

from dataclasses import dataclass, field
from datetime import datetime

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.coded import Coded
from rueckhalt_shared.contracts.event import NOTIFY, Event, PayloadSchema
from rueckhalt_shared.contracts.fields import Count, Instant, Name, PersonId


class ContactReachabilityChangedSchema(PayloadSchema):
    """The full state of the contact, not a difference."""

    person = PersonId(optional=True)
    partner = PersonId(optional=True)
    channel = Coded(codes.NOTICE_CHANNELS)
    state = Coded(codes.CONTACT_STATES)
    verified_until = Instant(optional=True)
    key_valid_to = Instant(optional=True)
    max_level = Count()
    window = Name()


@dataclass(frozen=True, kw_only=True)
class ContactReachabilityChanged(Event):
    """A contact is as described here now; `window` is a name of routing's calendar."""

    type = "de.rueckhalt.contact.reachability_changed.v1"
    producers = NOTIFY
    schema = ContactReachabilityChangedSchema()

    person: str | None = None
    partner: str | None = None
    channel: str
    state: str
    verified_until: datetime | None = None
    key_valid_to: datetime | None = None
    max_level: int = 0
    window: str = "always"


class HealthSchema(PayloadSchema):
    """How a service or channel is."""

    state = Coded(codes.HEALTH_STATES)
    at = Instant()


@dataclass(frozen=True, kw_only=True)
class Health(Event):
    """A service or channel at an instant."""

    state: str
    at: datetime = field()


@dataclass(frozen=True, kw_only=True)
class ReachabilityConfirmed(Health):
    """Notify is alive and knows its contacts; the subject is the service."""

    type = "de.rueckhalt.reachability.confirmed.v1"
    producers = NOTIFY
    schema = HealthSchema()


@dataclass(frozen=True, kw_only=True)
class ChannelChanged(Health):
    """A channel went down or came back; the subject is the channel."""

    type = "de.rueckhalt.channel.changed.v1"
    producers = NOTIFY
    schema = HealthSchema()
