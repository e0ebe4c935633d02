# SPDX-License-Identifier: EUPL-1.2
"""`plan export|import`: a plan as a table, a decision table or a text, and back; no server."""

import json
from pathlib import Path
from typing import Any

import click

from rueckhalt_routing.plan.files import FORMATS, format_of
from rueckhalt_routing.proving.choosing import (
    draft_in,
    file_argument,
    language_option,
    usable,
    write_out,
)
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, tell

_out = click.option(
    "-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Result."
)
_BASE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("export")
@file_argument
@click.option("--to", "kind", type=click.Choice(FORMATS), help="Default: as the result is named.")
@click.option("--without-persons", is_flag=True, help="Rules, chains and times for another town.")
@_out
@language_option
@json_option
@honest
def export_plan(
    *, file: Path, kind: str | None, without_persons: bool, out: Path, lang: str, as_json: bool
) -> None:
    """Write a plan as CSV, XLSX, DMN, YAML or JSON: 0 whole, 1 something stayed behind."""
    from rueckhalt_routing.plan import files  # noqa: PLC0415 - commands start fast

    draft = draft_in(file, lang, as_json=as_json)
    document: dict[str, Any] = json.loads(draft.document)
    changed: tuple[str, ...] = ()
    if without_persons:
        with usable(file, lang, as_json=as_json):
            document, changed = files.without_persons(document)
    kind = kind or format_of(out.name)
    write_out(out, files.write_plan(document, kind))
    told = {"out": str(out), "format": kind, "without_persons": without_persons}
    lines = [f"{out}: {kind}, {len(document['rules'])} {_word(lang, 'Regeln', 'rules')}"]
    if without_persons:
        lines.append(_word(lang, *_READ_TEXTS))
    lines += [f"{_word(lang, *_SHORTER)}: {code}" for code in changed]
    tell(told | {"shortened_chains": list(changed)}, lines, as_json=as_json)
    if changed:
        raise click.exceptions.Exit(FINDINGS)


@click.command("import")
@file_argument
@click.option("--base", type=_BASE, help="A plan that says what the file does not: persons …")
@_out
@language_option
@json_option
@honest
def import_plan(*, file: Path, base: Path | None, out: Path, lang: str, as_json: bool) -> None:
    """Read a plan of any format and write it anew: 0 fine, 1 findings, 2 refused, nothing written.

    With `--base` what is missing in the file comes from there, and the difference is told.
    """
    from rueckhalt_routing.plan.files import write_plan  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.plan.findings import findings  # noqa: PLC0415

    old = draft_in(base, lang, as_json=as_json) if base is not None else None
    below = json.loads(old.document) if old is not None else None
    draft = draft_in(file, lang, as_json=as_json, base=below)
    write_out(out, write_plan(json.loads(draft.document), format_of(out.name)))
    found = findings(draft.plan)
    changes = _changes(old, draft, lang) if old is not None else []
    document: dict[str, Any] = {
        "out": str(out),
        "municipality": draft.plan.municipality,
        "rules": len(draft.plan.rules),
        "findings": [vars(f) | {"told": f.words(lang)} for f in found],
        "changes": changes,
    }
    lines = [each["told"] for each in changes] + [f.words(lang) for f in found]
    lines.append(f"{out}: {len(draft.plan.rules)} {_word(lang, 'Regeln', 'rules')}")
    tell(document, lines, as_json=as_json)
    if found:
        raise click.exceptions.Exit(FINDINGS)


_READ_TEXTS = (
    "Bitte die freien Texte (title, reason, source) vor der Weitergabe lesen.",
    "Please read the free texts (title, reason, source) before passing the file on.",
)
_SHORTER = ("Ohne Personen und Partner kürzer", "Shorter without persons and partners")


def _word(lang: str, german: str, english: str) -> str:
    return german if lang == "de" else english


def _changes(old: Any, new: Any, lang: str) -> list[dict[str, Any]]:
    from rueckhalt_routing.proving.differing import OtherTown, differences  # noqa: PLC0415

    try:
        return [each.as_dict(lang) for each in differences(old.plan, new.plan)]
    except OtherTown as error:
        return [{"code": "other_town", "told": str(error)}]
