# SPDX-License-Identifier: EUPL-1.2
"""The postboxes of an installation, from its settings."""

from collections.abc import Iterator

from rueckhalt_intake.inbound.fetching import Addressing, Fetching
from rueckhalt_intake.inbound.imap import Imap
from rueckhalt_intake.inbound.keeping import Entrance
from rueckhalt_intake.inbound.postboxes import Maildir, Postbox, PostboxShut
from rueckhalt_intake.settings import Settings
from rueckhalt_intake.towns import Towns
from rueckhalt_shared.worker import Loop

_LOOK = 5.0  # seconds; each postbox has its own pauses


def postbox_loops(settings: Settings, entrance: Entrance, towns: Towns) -> list[Loop]:
    """A round to each postbox that is set."""
    addressing = Addressing(towns, settings.mail_municipality)
    return [
        Loop(box.name, Fetching(box, entrance, addressing).run, every=_LOOK)
        for box in postboxes_of(settings)
    ]


def looked_at(settings: Settings) -> dict[str, dict[str, str]]:
    """Does each postbox open now? For `check`; what still lies there says the worker."""
    return {f"postbox {box.name}": _opens(box) for box in postboxes_of(settings)}


def _opens(box: Postbox) -> dict[str, str]:
    try:
        with box.opened():
            return {"status": "ok"}
    except PostboxShut as shut:
        return {"status": "degraded", "reason": str(shut)}


def postboxes_of(settings: Settings) -> Iterator[Postbox]:
    """The Maildir and the mailbox that are set."""
    if settings.maildir is not None:
        yield Maildir(settings.maildir, settings.mail_done)
    if settings.imap_host:
        yield Imap(
            host=settings.imap_host,
            port=settings.imap_port,
            user=settings.imap_user,
            password=settings.imap_password,
            folder=settings.imap_folder,
            done=settings.mail_done,
            security=settings.imap_security,
            authorities=settings.imap_authorities,
        )
