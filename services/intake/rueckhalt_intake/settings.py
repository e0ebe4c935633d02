# SPDX-License-Identifier: EUPL-1.2
"""What intake needs to know; the README lists every variable."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from rueckhalt_intake.tidings.handing_over import NotifyApi
from rueckhalt_shared.line_addresses import AddressRefused, networks
from rueckhalt_shared.settings import BadSettings, ServiceSettings, secret

_PAIR = re.compile(r"\d{8}=\d{12}", re.ASCII)
_MEBIBYTE = 1024 * 1024
_MOST_EVIDENCE = 100 * _MEBIBYTE  # one file is held in memory while somebody takes it along
_LAST_PORT = 65_535
_FOLDER, _ARS = re.compile(r"[\w-]{1,60}"), re.compile(r"\d{12}", re.ASCII)
_SCANNER = re.compile(r"/\S+|[A-Za-z0-9.-]+:\d{1,5}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """Settings of intake beside those every service has."""

    kek: str = secret("")
    kek_previous: str = secret("")
    keys_url: str = secret("")
    key_pool: int = 64
    strict: Path | None = None
    open311: Path | None = None
    open311_networks: tuple[str, ...] = ()
    units: Path | None = None
    towns: Path | None = None
    known_ags: tuple[str, ...] = ()
    closing_days: tuple[str, ...] = ()
    retention: Path | None = None
    retention_daily: bool = True
    bulk_bytes: int = 64 * _MEBIBYTE
    evidence_bytes: int = 30 * _MEBIBYTE
    scanner: str = ""
    names_shown: bool = False
    notify_url: str = ""
    notify_key: str = secret("")
    notify_networks: tuple[str, ...] = ()
    maildir: Path | None = None
    imap_host: str = ""
    imap_port: int = 993
    imap_security: Literal["tls", "starttls"] = "tls"
    imap_user: str = ""
    imap_password: str = secret("")
    imap_authorities: str = ""
    imap_folder: str = "INBOX"
    mail_done: str = "Rueckhalt"
    mail_municipality: str = ""
    hourly_network: int = 10
    hourly_system: int = 1000

    def __post_init__(self) -> None:
        """Raise BadSettings, with every fault at once."""
        faults = [f"RUECKHALT_INTAKE_{fault}" for fault in _faults(self)]
        if faults:
            raise BadSettings(faults)

    @property
    def kek_path(self) -> Path:
        """Where the master key of an embedded installation lies; later ones lie beside it."""
        return self.data / "intake.kek"

    @property
    def tells_reporters(self) -> bool:
        """Can whoever reported be written to? Only where notify is there, and its key is given."""
        return "notify" in self.services and bool(self.notify_url and self.notify_key)

    @property
    def way_to_notify(self) -> NotifyApi | None:
        """How words reach notify; None where nobody is written to."""
        if not self.tells_reporters:
            return None
        return NotifyApi(self.notify_url, self.notify_key, networks=self.notify_networks)

    @property
    def closed_on(self) -> frozenset[date]:
        """Working days on which the house is shut."""
        return frozenset(date.fromisoformat(each) for each in self.closing_days)

    @property
    def ars_of_ags(self) -> dict[str, str]:
        """The ARS of each configured AGS."""
        return dict(pair.split("=", 1) for pair in self.known_ags)


def _faults(settings: Settings) -> Iterator[str]:
    if not all(_PAIR.fullmatch(pair) for pair in settings.known_ags):
        yield "KNOWN_AGS: must be AGS=ARS, for example 09564000=095640000000"
    if not all(_is_day(each) for each in settings.closing_days):
        yield "CLOSING_DAYS: must be days, for example 2026-12-28, separated by commas"
    if not 1 <= settings.key_pool <= 10_000:
        yield "KEY_POOL: must be 1 to 10000"
    if min(settings.hourly_network, settings.hourly_system) < 1:
        yield "HOURLY_NETWORK, HOURLY_SYSTEM: must be at least 1"
    if settings.bulk_bytes < _MEBIBYTE:
        yield f"BULK_BYTES: must be at least {_MEBIBYTE}"
    if not _MEBIBYTE <= settings.evidence_bytes <= _MOST_EVIDENCE:
        yield f"EVIDENCE_BYTES: must be {_MEBIBYTE} to {_MOST_EVIDENCE}"
    yield from _way_faults(settings)
    yield from _mail_faults(settings)
    if fault := _network_fault(settings.open311_networks):
        yield fault
    if settings.scanner and not _SCANNER.fullmatch(settings.scanner):
        yield "SCANNER: must be the path of clamd's socket (/run/clamav/clamd.ctl) or host:port"


def _way_faults(settings: Settings) -> Iterator[str]:
    if bool(settings.notify_url) != bool(settings.notify_key):
        yield "NOTIFY_URL, NOTIFY_KEY: go together"
    if not settings.notify_url:
        return
    try:
        NotifyApi(settings.notify_url, "", networks=settings.notify_networks)
    except (AddressRefused, ValueError) as error:
        yield f"NOTIFY_URL, NOTIFY_NETWORKS: {error}"


def _mail_faults(settings: Settings) -> Iterator[str]:
    if settings.imap_host and not (settings.imap_user and settings.imap_password):
        yield "IMAP_USER, IMAP_PASSWORD: a mailbox needs both; the password best as …_FILE"
    if settings.imap_host and settings.is_demo:
        yield "IMAP_HOST: the sample installation reads no real mailbox"
    if not 1 <= settings.imap_port <= _LAST_PORT:
        yield f"IMAP_PORT: must be 1 to {_LAST_PORT}"
    if not _FOLDER.fullmatch(settings.mail_done) and (settings.mail_done or settings.maildir):
        yield "MAIL_DONE: must be the name of a folder of letters, digits, - and _"
    if settings.mail_municipality and not _ARS.fullmatch(settings.mail_municipality):
        yield "MAIL_MUNICIPALITY: must be an ARS with 12 digits"


def _network_fault(told: Sequence[str]) -> str:
    try:
        networks(told)
    except AddressRefused as error:
        return f"OPEN311_NETWORKS: {error}"
    return ""


def _is_day(told: str) -> bool:
    try:
        date.fromisoformat(told)
    except ValueError:
        return False
    return True
