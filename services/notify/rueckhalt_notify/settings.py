# SPDX-License-Identifier: EUPL-1.2
"""What an operator can set for notify. A set-up that would send mail unprotected does not start."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rueckhalt_notify.delivery.mailers import is_loopback
from rueckhalt_shared.settings import BadSettings, ServiceSettings, secret


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """The fields, all with a default that works beside a mail server on the same machine."""

    kek: str = secret("")
    kek_previous: str = secret("")
    retention: Path | None = None
    retention_daily: bool = True
    mail_via: Literal["smtp", "console"] = "smtp"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_security: Literal["starttls", "tls", "none"] = "none"
    smtp_user: str = ""
    smtp_password: str = secret("")
    smtp_authorities: str = ""
    smtp_timeout: float = 10.0
    sender: str = "rueckhalt@localhost"
    sender_name: str = "Benachrichtigung"
    incidents_to: tuple[str, ...] = ()
    audit_to: tuple[str, ...] = ()
    tidings_sender: str = ""
    tidings_link: str = ""
    max_level: int = 0

    def __post_init__(self) -> None:
        """Raises BadSettings with every fault."""
        faults = [fault for fault in self._faults() if fault]
        if faults:
            raise BadSettings(faults)

    @property
    def start_page(self) -> str:
        """Where a mail to whoever reported leads; empty where nobody knows."""
        near = self.url_of("intake")
        return self.tidings_link or (f"{near.rstrip('/')}/" if near else "")

    def _faults(self) -> list[str]:
        local = is_loopback(self.smtp_host)
        return [
            ""
            if self.kek or not self.kek_previous
            else "RUECKHALT_NOTIFY_KEK_PREVIOUS: goes with a new RUECKHALT_NOTIFY_KEK only",
            ""
            if local or self.smtp_security != "none"
            else "RUECKHALT_NOTIFY_SMTP_SECURITY: none is for a mail server on this machine only;"
            " use starttls or tls",
            ""
            if local or not self.is_demo
            else "RUECKHALT_NOTIFY_SMTP_HOST: the sample installation sends no real mail",
            "" if self.max_level in (0, 1) else "RUECKHALT_NOTIFY_MAX_LEVEL: must be 0 or 1",
            ""
            if 1 <= self.smtp_timeout <= 20
            else "RUECKHALT_NOTIFY_SMTP_TIMEOUT: must be between 1 and 20 seconds",
            ""
            if self.sender.isascii() and self.sender.count("@") == 1 and "\n" not in self.sender
            else "RUECKHALT_NOTIFY_SENDER: must be a mail address",
            ""
            if not self.tidings_sender or _is_address(self.tidings_sender)
            else "RUECKHALT_NOTIFY_TIDINGS_SENDER: must be a mail address",
            ""
            if not self.tidings_link or self.tidings_link.startswith(("https://", "http://"))
            else "RUECKHALT_NOTIFY_TIDINGS_LINK: must be an address that begins with https://",
            ""
            if all(each.isascii() and each.count("@") == 1 for each in self.audit_to)
            else "RUECKHALT_NOTIFY_AUDIT_TO: must be mail addresses",
        ]


def _is_address(told: str) -> bool:
    return told.isascii() and told.count("@") == 1 and not any(each.isspace() for each in told)
