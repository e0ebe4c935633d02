# SPDX-License-Identifier: EUPL-1.2
"""`import FILE`: an old list (CSV, XLSX) becomes historic incidents."""

from pathlib import Path

import click

from rueckhalt_intake.old_lists.mapping import SCHEMES
from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, tell, unusable

_MOST_TOLD = 200


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--municipality", help="ARS with 12 digits, where no column says it.")
@click.option("--scheme", type=click.Choice(SCHEMES), help="Classes in the column of forms.")
@click.option("--dry-run", is_flag=True, help="Only say what would come in.")
@data_option
@json_option
@honest
def import_list(
    *,
    file: Path,
    municipality: str | None,
    scheme: str | None,
    dry_run: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Bring in an old list: historic incidents, closed, without notices. Again: no doubles."""
    from rueckhalt_intake.app import reception_of, service  # noqa: PLC0415 - commands start fast
    from rueckhalt_intake.old_lists.domain import BadList  # noqa: PLC0415
    from rueckhalt_intake.old_lists.importing import OldList  # noqa: PLC0415
    from rueckhalt_intake.old_lists.reading import MOST_BYTES  # noqa: PLC0415

    settings = settings_of(service, data)
    database = service.database(settings)
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        desk = reception_of(settings, database)
        brought = OldList(database=database, reception=desk, ars=municipality, scheme=scheme)
        found = brought.run(content, dry_run=dry_run)
    except BadList as error:
        raise unusable(f"{file.name}: {error}") from None
    finally:
        if "vault" in database.context:
            database.context["vault"].keys.dispose()
        database.dispose()
    faults = [vars(each) for each in found.faults]
    lines = [f"row {e.row}: {e.field}: {e.problem}" for e in found.faults[:_MOST_TOLD]]
    lines += [f"column not used: {each}" for each in found.unknown_columns]
    told = "nothing was brought in" if dry_run or not found.new else f"{found.new} new"
    lines.append(f"{found.rows} rows, {len(faults)} faults, {found.known} known before; {told}")
    tell(vars(found) | {"faults": faults, "dry_run": dry_run}, lines, as_json=as_json)
    if faults:
        raise click.exceptions.Exit(FINDINGS)
