# SPDX-License-Identifier: EUPL-1.2
"""What the commands about plan files have in common: the file, the language, the instant."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.telling import FINDINGS, UNUSABLE, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_routing.duty.fact_files import Known
    from rueckhalt_routing.plan.domain import Plan
    from rueckhalt_routing.plan.handlers import Draft

_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)
_MOST_BYTES = 64 * 1024 * 1024
_MOST_TOLD = 100
file_argument = click.argument("file", type=_PATH)
second_argument = click.argument("other", type=_PATH)
language_option = click.option("--lang", type=click.Choice(["de", "en"]), default="de")


def draft_in(
    file: Path, lang: str, *, as_json: bool, base: Mapping[str, Any] | None = None
) -> "Draft":
    """The plan in the file, of any format; a refused one ends the command with its problems."""
    from rueckhalt_routing.plan import handlers  # noqa: PLC0415 - commands start fast

    with usable(file, lang, as_json=as_json):
        return handlers.draft_of_file(file.name, content_of(file), base=base)


@contextmanager
def usable(file: Path, lang: str, *, as_json: bool) -> Iterator[None]:
    """A refused plan ends the command with its problems."""
    from rueckhalt_routing.plan.reading import PlanRefused  # noqa: PLC0415 - commands start fast

    try:
        yield
    except PlanRefused as error:
        gaps = _gaps(error.with_gaps, lang)
        lines = [f"{file.name}: {each.words(lang)}" for each in error.problems[:_MOST_TOLD]]
        if len(error.problems) > _MOST_TOLD:
            lines.append(f"{file.name}: … {len(error.problems) - _MOST_TOLD} +")
        document = {"usable": False, "problems": error.errors, "gaps": gaps}
        tell(document, [*lines, *(gap["told"] for gap in gaps)], as_json=as_json)
        raise click.exceptions.Exit(UNUSABLE) from None


facts_option = click.option(
    "--facts",
    "facts_file",
    type=_PATH,
    help="What counts beside the plan: absences, swaps, contacts … (`plan export-facts`).",
)


def known_in(file: Path | None, plan: "Plan", lang: str) -> "Known":
    """What a file says about the coming days; a bad one ends the command with its problems."""
    from rueckhalt_routing.duty.fact_files import BadFacts, Known, read_document  # noqa: PLC0415

    if file is None:
        return Known()
    try:
        return read_document(facts_in(file), plan)
    except BadFacts as error:
        said = [f"{file.name}: {each.words(lang)}" for each in error.problems[:_MOST_TOLD]]
        raise unusable("\n".join(said)) from None


def facts_in(file: Path) -> Any:
    """The document of a file of facts, or of a certificate that brings its own; JSON or YAML."""
    from rueckhalt_routing.certificates.filing import is_file  # noqa: PLC0415 - commands start fast

    document = document_in(file)
    return document.get("facts") if is_file(document) else document


def document_in(file: Path) -> Any:
    """A file as plain values; what is neither JSON nor YAML ends the command."""
    import json  # noqa: PLC0415 - commands start fast

    from rueckhalt_routing.plan.matrix import plain  # noqa: PLC0415
    from rueckhalt_routing.plan.reading import PlanRefused  # noqa: PLC0415
    from rueckhalt_routing.plan.yaml_text import read_yaml  # noqa: PLC0415

    text = text_of(file)
    try:
        return json.loads(text) if text.lstrip().startswith("{") else plain(read_yaml(text))
    except (ValueError, RecursionError, PlanRefused):
        raise unusable(f"{file.name}: neither JSON nor YAML") from None


def content_of(file: Path) -> bytes:
    """The content of a plan file; of one that is too large only enough to refuse it."""
    from rueckhalt_routing.plan.files import MOST_BYTES  # noqa: PLC0415 - commands start fast

    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


def _gaps(plan: "Plan | None", lang: str) -> list[dict[str, Any]]:
    """Which cases a plan without a catch-all rule leaves to nobody."""
    if plan is None:
        return []
    from rueckhalt_routing.proof.covering import TooTangled  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.proving.tables import Laid, told_of_gaps  # noqa: PLC0415

    try:
        return [each.as_dict(lang) for each in told_of_gaps(Laid(plan))]
    except TooTangled:
        return []


def text_of(file: Path) -> str:
    """The text of a file; what is none ends the command."""
    if file.stat().st_size > _MOST_BYTES:
        raise unusable(f"{file.name}: > {_MOST_BYTES // 1024 // 1024} MiB")
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise unusable(f"{file.name}: not UTF-8") from None


def write_out(file: Path, content: str | bytes) -> None:
    """Write a file; where that fails the command ends."""
    try:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise unusable(f"{file}: {error.strerror}") from None


def instant_in(text: str | None, plan: "Plan") -> datetime:
    """The wall clock of the plan as an instant; nothing means now, to the minute."""
    from rueckhalt_routing.proving.trying import NotACase, instant_of_words  # noqa: PLC0415

    now = datetime.now(UTC).replace(second=0, microsecond=0)
    try:
        return instant_of_words(text or "", plan, now)
    except NotACase as error:
        raise unusable(str(error)) from None


@contextmanager
def untangled(units: tuple[str, ...], lang: str, *, as_json: bool) -> Iterator[None]:
    """A plan that falls into too many boxes ends the command with the dimension to coarsen."""
    from rueckhalt_routing.plan.vocabulary import dimensions  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.proof.covering import MOST_BOXES, TooTangled  # noqa: PLC0415

    try:
        yield
    except TooTangled as error:
        name = dimensions(units)[error.dimension].name
        said = (
            f"Zu verwickelt für einen Nachweis: {error.boxes} Fallgruppen, höchstens {MOST_BOXES}. "
        )
        said += f"Die Regeln unterscheiden {name} zu fein."
        if lang != "de":
            said = f"Too tangled to certify: {error.boxes} boxes, at most {MOST_BOXES}. "
            said += f"The rules tell too many values of {name} apart."
        found = {"code": "tangled", "told": said, "boxes": error.boxes, "dimension": name}
        tell({"findings": [found], "certificate": None}, [said], as_json=as_json)
        raise click.exceptions.Exit(FINDINGS) from None
