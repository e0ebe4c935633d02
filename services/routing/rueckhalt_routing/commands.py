# SPDX-License-Identifier: EUPL-1.2
"""`plan check|load|show` and `assignments list` on the command line."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.standing import database_of
from rueckhalt_shared.commands.telling import (
    FINDINGS,
    UNUSABLE,
    honest,
    json_option,
    table,
    tell,
    unusable,
)

if TYPE_CHECKING:
    from rueckhalt_routing.plan.handlers import Draft

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_LANGUAGE = click.option("--lang", type=click.Choice(["de", "en"]), default="de")


@click.group()
def routing() -> None:
    """Commands of the routing service."""


@routing.group()
def plan() -> None:
    """Who is responsible, by which rule."""


@routing.group()
def assignments() -> None:
    """Who is responsible for what."""


@plan.command("check")
@_FILE
@_LANGUAGE
@json_option
@honest
def check_plan(*, file: Path, lang: str, as_json: bool) -> None:
    """Check a plan without any server: 0 fine, 1 findings, 2 unusable."""
    from rueckhalt_routing.plan.findings import findings  # noqa: PLC0415 - commands start fast

    draft = _draft(file, lang, as_json=as_json)
    found = findings(draft.plan)
    lines = [finding.words(lang) for finding in found]
    rules, people = len(draft.plan.rules), len(draft.plan.persons)
    document = {
        "usable": True,
        "municipality": draft.plan.municipality,
        "rules": rules,
        "persons": people,
        "findings": [vars(f) | {"told": f.words(lang)} for f in found],
    }
    summary = f"{draft.plan.title}: {rules} rules, {people} persons, {len(found)} findings"
    tell(document, [*lines, summary], as_json=as_json)
    if found:
        raise click.exceptions.Exit(FINDINGS)


@plan.command("load")
@_FILE
@_LANGUAGE
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@data_option
@json_option
@honest
def load_plan(*, file: Path, lang: str, dry_run: bool, data: Path | None, as_json: bool) -> None:
    """Publish a plan as a new version; running incidents keep theirs."""
    from rueckhalt_routing.app import service  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.plan import handlers  # noqa: PLC0415

    draft = _draft(file, lang, as_json=as_json)
    database = database_of(service, data)
    try:
        loaded = database.run(handlers.publish, draft, author="command line", dry_run=dry_run)
    finally:
        database.dispose()
    what = "new" if loaded.is_new else "unchanged"
    document: dict[str, Any] = {
        "municipality": loaded.plan.municipality,
        "version": loaded.plan.version,
        "id": loaded.plan.id,
        "result": what,
        "dry_run": dry_run,
        "findings": [vars(f) | {"told": f.words(lang)} for f in loaded.findings],
    }
    told = f"{loaded.plan.title}: version {loaded.plan.version}, {what}"
    tell(document, [*(f.words(lang) for f in loaded.findings), told], as_json=as_json)


@plan.command("show")
@click.option("--municipality", default="", help="Regional key; default: the installation's.")
@data_option
@json_option
@honest
def show_plan(*, municipality: str, data: Path | None, as_json: bool) -> None:
    """Print the plan that counts, as it was given."""
    from rueckhalt_routing.app import service  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.plan import handlers  # noqa: PLC0415

    settings = settings_of(service, data)
    database = database_of(service, data)
    try:
        wanted = municipality or settings.municipality
        found = database.read(handlers.published_with_source, wanted)
    finally:
        database.dispose()
    if found is None:
        raise unusable(f"no plan counts for {wanted or 'this installation'}")
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


def _draft(file: Path, lang: str, *, as_json: bool) -> "Draft":
    """The plan in the file; a refused one ends the command with its problems."""
    from rueckhalt_routing.plan import handlers  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.plan.reading import PlanRefused  # noqa: PLC0415

    try:
        return handlers.draft_of(file.read_text("utf-8"))
    except UnicodeDecodeError:
        raise unusable(f"{file.name}: not UTF-8") from None
    except PlanRefused as error:
        lines = [f"{file.name}: {problem.words(lang)}" for problem in error.problems]
        tell({"usable": False, "problems": error.errors}, lines, as_json=as_json)
        raise click.exceptions.Exit(UNUSABLE) from None
