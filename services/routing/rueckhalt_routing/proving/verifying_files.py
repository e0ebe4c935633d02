# SPDX-License-Identifier: EUPL-1.2
"""`plan verify`: a certificate held against its plan, from one file or from several; no server."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rueckhalt_routing.proving.choosing import (
    document_in,
    draft_in,
    facts_option,
    file_argument,
    instant_in,
    known_in,
    language_option,
    usable,
)
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_routing.proving.verifying import Claim

_CERTIFICATE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@file_argument
@click.argument("other", type=_CERTIFICATE, required=False, metavar="[CERTIFICATE]")
@facts_option
@click.option("--at", help="Wall clock at which it shall hold; default: now.")
@click.option("--key", help="Public key (hex) it has to be signed with; default: any or none.")
@language_option
@json_option
@honest
def verify(
    *,
    file: Path,
    other: Path | None,
    facts_file: Path | None,
    at: str | None,
    key: str | None,
    lang: str,
    as_json: bool,
) -> None:
    """Hold a certificate against a plan, without believing the prover; 0 holds, 1 does not.

    FILE is what `plan export-certificate` has written, or a plan with its CERTIFICATE behind it
    and, where it was made with absences and the like, `--facts`.
    """
    from rueckhalt_routing.proving.verifying import verified  # noqa: PLC0415 - commands start fast

    with usable(file, lang, as_json=as_json):
        claim = _whole(file) if other is None else _parts(file, other, facts_file, lang)
    now = instant_in(at, claim.draft.plan)
    faults, told = verified(claim, now, lang, key=key)
    tell({"valid": not faults, "faults": faults}, told, as_json=as_json)
    if faults:
        raise click.exceptions.Exit(FINDINGS)


def _whole(file: Path) -> "Claim":
    from rueckhalt_routing.certificates.filing import (  # noqa: PLC0415 - commands start fast
        NotAFile,
        is_file,
        read_file,
    )
    from rueckhalt_routing.plan.handlers import draft_of_document  # noqa: PLC0415
    from rueckhalt_routing.proving.verifying import Claim  # noqa: PLC0415

    document = document_in(file)
    if not is_file(document):
        told = "not of `plan export-certificate`; give the certificate as second file"
        raise unusable(f"{file.name}: {told}")
    try:
        filed = read_file(document)
    except NotAFile as error:
        raise unusable(f"{file.name}: {error}") from None
    draft = draft_of_document(filed.plan)
    return Claim(draft=draft, certificate=filed.certificate, facts=filed.facts, must_be_signed=True)


def _parts(file: Path, other: Path, facts_file: Path | None, lang: str) -> "Claim":
    from rueckhalt_routing.duty.fact_files import document_of  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.proving.verifying import Claim  # noqa: PLC0415

    draft = draft_in(file, lang, as_json=False)
    certificate = document_in(other)
    if not isinstance(certificate, dict):
        raise unusable(f"{other.name}: not a certificate")
    facts = None
    if facts_file is not None:
        facts = document_of(draft.plan, known_in(facts_file, draft.plan, lang).facts)
    return Claim(draft=draft, certificate=certificate, facts=facts)
