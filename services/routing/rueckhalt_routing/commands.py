# SPDX-License-Identifier: EUPL-1.2
"""`plan …` and `assignments list` on the command line; what needs no server is in `proving`."""

from pathlib import Path
from typing import Any

import click

from rueckhalt_routing.absence_feeds.commands import feed
from rueckhalt_routing.certificates.commands import (
    export_certificate,
    export_facts,
    show_key,
)
from rueckhalt_routing.drafts.mending_commands import mend
from rueckhalt_routing.duty.commands import absence, crisis
from rueckhalt_routing.proving.choosing import draft_in, file_argument, language_option
from rueckhalt_routing.proving.commands import check, diff, explain, prove, simulate
from rueckhalt_routing.proving.exchanging import export_plan, import_plan
from rueckhalt_routing.proving.verifying_files import verify
from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.standing import database_of
from rueckhalt_shared.commands.telling import (
    FINDINGS,
    honest,
    json_option,
    table,
    tell,
    unusable,
)

COMMAND_LINE = "command line"


@click.group()
def routing() -> None:
    """Commands of the routing service."""


@routing.group()
def plan() -> None:
    """Who is responsible, by which rule."""


_WITHOUT_A_SERVER = (check, prove, verify, explain, diff, simulate, mend, export_plan, import_plan)
for _command in (*_WITHOUT_A_SERVER, export_certificate, export_facts, show_key):
    plan.add_command(_command)


absence.add_command(feed)
routing.add_command(absence)
routing.add_command(crisis)


@routing.group()
def assignments() -> None:
    """Who is responsible for what."""


@routing.group()
def drill() -> None:
    """Drills: does a message reach somebody, and after how many minutes?"""


@drill.command("start")
@click.option("--severity", type=click.IntRange(0, 3), default=3, show_default=True)
@data_option
@json_option
@honest
def start_drill(*, severity: int, data: Path | None, as_json: bool) -> None:
    """Send a drill along the chain of such a case; real messages go out, marked as a drill."""
    from rueckhalt_routing.drills import handlers  # noqa: PLC0415 - commands start fast

    try:
        id = _drilled(data, handlers.start, severity=severity)
    except handlers.NothingToDrill as error:
        raise unusable(str(handlers.NothingToDrill.__doc__)) from error
    tell({"id": id}, [f"drill {id} has begun"], as_json=as_json)


@drill.command("list")
@data_option
@json_option
@honest
def list_drills(*, data: Path | None, as_json: bool) -> None:
    """List the newest drills with their figures."""
    from rueckhalt_routing.drills import handlers  # noqa: PLC0415 - commands start fast

    found = _drilled(data, handlers.drills)
    head = ("id", "started_at", "chain", "contacts", "reached", "first_minutes", "is_over")
    rows = [[each[name] for name in head] for each in found]
    tell([dict(zip(head, row, strict=True)) for row in rows], table(rows, head), as_json=as_json)


@drill.command("show")
@click.argument("id")
@data_option
@json_option
@honest
def show_drill(*, id: str, data: Path | None, as_json: bool) -> None:
    """Show who was told when, and who confirmed after how many minutes."""
    from rueckhalt_routing.assignments.domain import UnknownAssignment  # noqa: PLC0415
    from rueckhalt_routing.drills import handlers  # noqa: PLC0415

    try:
        found = _drilled(data, lambda tx, town: handlers.result(tx, id, town))
    except UnknownAssignment as error:
        raise unusable(f"there is no drill {id}") from error
    head = ("name", "step", "told_at", "minutes")
    rows = [[each[name] for name in head] for each in found["people"]]
    tell(found, table(rows, head), as_json=as_json)


def _drilled(data: Path | None, act: Any, **how: Any) -> Any:
    from rueckhalt_routing.app import service  # noqa: PLC0415 - commands start fast

    municipality = settings_of(service, data).municipality
    database = database_of(service, data)
    try:
        return database.run(act, municipality, **how)
    finally:
        database.dispose()


@plan.command("load")
@file_argument
@language_option
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option(
    "--draft", "as_draft", is_flag=True, help="Only as a draft: a second person publishes."
)
@data_option
@json_option
@honest
def load_plan(
    *, file: Path, lang: str, dry_run: bool, as_draft: bool, data: Path | None, as_json: bool
) -> None:
    """Publish a plan as a new version; running incidents keep theirs.

    With `--draft` it is proved and kept as a draft: somebody signed in at `/plan/drafts` publishes.
    """
    from rueckhalt_routing.app import service  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.duty import linting  # noqa: PLC0415

    draft = draft_in(file, lang, as_json=as_json)
    database = database_of(service, data)
    if as_draft:
        _drafted(database, draft, file.stem[:200], as_json=as_json)
        return
    try:
        told = database.run(linting.load, draft, author=COMMAND_LINE, dry_run=dry_run)
    finally:
        database.dispose()
    loaded = told.loaded
    what = "new" if loaded.is_new else "unchanged"
    document: dict[str, Any] = {
        "municipality": loaded.plan.municipality,
        "version": loaded.plan.version,
        "id": loaded.plan.id,
        "result": what,
        "dry_run": dry_run,
        "findings": [vars(f) | {"told": f.words(lang)} for f in told.findings],
    }
    last = f"{loaded.plan.title}: version {loaded.plan.version}, {what}"
    tell(document, [*(f.words(lang) for f in told.findings), last], as_json=as_json)


def _drafted(database: Any, draft: Any, name: str, *, as_json: bool) -> None:
    """Keep a plan as a draft with its proof; whoever publishes it is a second person."""
    from rueckhalt_routing.drafts import loading  # noqa: PLC0415 - commands start fast

    try:
        id, refusals = loading.load_draft(database, draft, name=name, by=COMMAND_LINE)
    finally:
        database.dispose()
    lines = [f"draft {id}: a second person publishes it at /plan/drafts/{id}/publish"]
    document = {"draft": id, "refusals": [each.code for each in refusals]}
    tell(
        document, [*(each.told.get("de", each.code) for each in refusals), *lines], as_json=as_json
    )
    if refusals:
        raise click.exceptions.Exit(FINDINGS)


@plan.command("show")
@click.option("--municipality", default="", help="Regional key; default: the installation's.")
@data_option
@json_option
@honest
def show_plan(*, municipality: str, data: Path | None, as_json: bool) -> None:
    """Print the plan that counts, as it was given."""
    from rueckhalt_routing.app import service  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.plan import handlers  # noqa: PLC0415
    from rueckhalt_routing.plan.missing import no_plan  # noqa: PLC0415

    settings = settings_of(service, data)
    database = database_of(service, data)
    try:
        wanted = municipality or settings.municipality
        found = database.read(handlers.published_with_source, wanted)
        if found is None:
            raise unusable(no_plan(database, wanted))
    finally:
        database.dispose()
    version, source = found
    tell(vars(version) | {"source": source}, source.splitlines(), as_json=as_json)


@assignments.command("list")
@click.option("--state", type=click.Choice(["open", "taken", "closed", "all"]), default="open")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@data_option
@json_option
@honest
def list_assignments(*, state: str, limit: int, data: Path | None, as_json: bool) -> None:
    """List the newest assignments."""
    from rueckhalt_routing.app import service  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.assignments import showing, store  # noqa: PLC0415

    database = database_of(service, data)
    try:
        found = database.read(
            showing.list_assignments,
            state=None if state == "all" else state,
            sight=store.EVERYTHING,
            before=None,
            limit=limit,
        )
    finally:
        database.dispose()
    head = ("id", "incident_id", "state", "urgency", "role", "name", "take_over_by", "red")
    rows = [[each[name] for name in head] for each in found]
    tell([dict(zip(head, row, strict=True)) for row in rows], table(rows, head), as_json=as_json)
