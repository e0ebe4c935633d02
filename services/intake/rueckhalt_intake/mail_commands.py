# SPDX-License-Identifier: EUPL-1.2
"""`mail FILE|MAILDIR`: saved mails become arrivals, by hand."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_intake.inbound.keeping import Entrance
    from rueckhalt_intake.inbound.postboxes import Letter


@click.command("mail")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--municipality", required=True, help="ARS with 12 digits.")
@data_option
@json_option
@honest
def bring_mail(*, path: Path, municipality: str, data: Path | None, as_json: bool) -> None:
    """Bring in a saved mail (.eml), or every mail of a Maildir. Again: no doubles.

    The mails stay where they are. Each waits on the page /inbound for a person.
    """
    from rueckhalt_intake.app import entrance_of, service  # noqa: PLC0415 - commands start fast
    from rueckhalt_intake.inbound.postboxes import PostboxShut, letters_at  # noqa: PLC0415
    from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey  # noqa: PLC0415

    try:
        town = RegionKey.parse(municipality)
    except InvalidRegionKey as error:
        raise unusable(f"--municipality: {error}") from None
    if not town.is_municipality:
        raise unusable("--municipality: needs the ARS with 12 digits")
    settings = settings_of(service, data)
    database = service.database(settings)
    try:
        entrance = entrance_of(settings, database)
        found = Counter(_taken(entrance, each, town.ars) for each in letters_at(path))
    except PostboxShut as shut:
        raise unusable(str(shut)) from None
    finally:
        if "vault" in database.context:
            database.context["vault"].keys.dispose()
        database.dispose()
    told = {name: found[name] for name in ("new", "known", "too_large", "unreadable")}
    tell(told, [", ".join(f"{count} {name}" for name, count in told.items())], as_json=as_json)
    if found["too_large"] or found["unreadable"]:
        raise click.exceptions.Exit(FINDINGS)


def _taken(entrance: "Entrance", letter: "Letter", town: str) -> str:
    from rueckhalt_intake.inbound import letters  # noqa: PLC0415 - commands start fast
    from rueckhalt_intake.inbound.postboxes import LetterGone, LetterShut  # noqa: PLC0415

    if letter.size > entrance.most:
        return "too_large"
    try:
        content = letter.whole()
    except (LetterGone, LetterShut):
        return "unreadable"
    if not content:
        return "unreadable"
    at = min(letter.received_at, entrance.database.clock())
    taken = entrance.take(letters.told_of(content, town, received_at=at))
    return "new" if taken.is_new else "known"
