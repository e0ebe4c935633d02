# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt simulate`: replay published figures through the API of a running installation."""

import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option
from rueckhalt_shared.commands.telling import FINDINGS, json_option, tell, unusable
from rueckhalt_shared.simulate.figures import Figures, expected, load, names
from rueckhalt_shared.simulate.reports import reports

if TYPE_CHECKING:
    from rueckhalt_shared.simulate.sending import Outcome

_SHOWN = 5  # refusals that are told in full


@click.command()
@click.option(
    "--figures", "name", type=click.Choice(names()), default="hamburg-2017", show_default=True
)
@click.option("--url", default="http://127.0.0.1:8080/intake", show_default=True, help="intake.")
@click.option("--key", help="Key with incident:import (default: that of the data folder).")
@click.option(
    "--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its file."
)
@click.option("--municipality", help="ARS (default: that of the data folder, else the published).")
@click.option("--rate", type=click.FloatRange(min=0.1), help="Reports a second (default: all).")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other days.")
@click.option("--bulk", is_flag=True, help="Many in one request.")
@data_option
@json_option
def simulate(
    *,
    name: str,
    url: str,
    key: str | None,
    key_file: Path | None,
    municipality: str | None,
    rate: float | None,
    seed: int,
    bulk: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Replay published figures; 1 when a report was refused, 2 when nothing can be sent.

    The reports are historic imports marked as demo data: nobody is told. Sending them again
    with the same seed creates nothing.
    """
    from rueckhalt_shared.database import utcnow  # noqa: PLC0415 - commands start fast
    from rueckhalt_shared.simulate.sending import (  # noqa: PLC0415
        IntakeAway,
        IntakeRefused,
        Sender,
    )

    figures = load(name, today=utcnow().date())
    found_key, town = _known(data)
    key = key or (key_file.read_text("utf-8").strip() if key_file else found_key)
    if not key:
        raise unusable("no key: give --key or --key-file, or --data of a demo installation")
    town = municipality or town or figures.region
    started = time.monotonic()
    try:
        with _progress(figures, quiet=as_json) as told:
            outcome = Sender(url=url, key=key, rate=rate).send(
                reports(figures, municipality=town, seed=seed), bulk=bulk, told=told
            )
    except (IntakeAway, IntakeRefused) as error:
        raise unusable(str(error)) from None
    document = _document(figures, outcome, town, time.monotonic() - started)
    tell(document, _lines(figures, document), as_json=as_json)
    if outcome.refused:
        raise click.exceptions.Exit(FINDINGS)


def _known(data: Path | None) -> tuple[str, str]:
    """Key and municipality that an embedded installation remembers, a demo first."""
    from rueckhalt_shared.folder import installation_in  # noqa: PLC0415

    named = os.environ.get("RUECKHALT_DATA")
    folders = (
        [data] if data else [Path(named)] if named else [Path(".demo"), Path("rueckhalt-data")]
    )
    for folder in folders:
        known = installation_in(folder)
        if known is not None and known.api_key:
            return known.api_key, known.municipality
    return "", ""


class _progress:  # noqa: N801 - used like a function
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, figures: Figures, *, quiet: bool) -> None:
        self._figures = figures
        self._quiet = quiet or not sys.stderr.isatty()

    def __enter__(self) -> Any:
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import Progress  # noqa: PLC0415

        self._bar = Progress(console=Console(stderr=True), disable=self._quiet)
        self._bar.start()
        task = self._bar.add_task(self._figures.name, total=self._figures.total)
        return lambda count: self._bar.advance(task, count)

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _document(figures: Figures, outcome: "Outcome", town: str, seconds: float) -> dict[str, Any]:
    sent = outcome.accepted + len(outcome.refused)
    return {
        "figures": figures.name,
        "source": figures.source,
        "municipality": town,
        "year": figures.year,
        "accepted": outcome.accepted,
        "refused": outcome.refused,
        "repeated": outcome.repeated,
        "seconds": round(seconds, 2),
        "per_second": round(sent / seconds, 1) if seconds else None,
        "expected": asdict(expected(figures)),
    }


def _lines(figures: Figures, document: dict[str, Any]) -> list[str]:
    refused = document["refused"]
    lines = [
        f"{figures.title}: {document['accepted']} of {figures.total} accepted",
        f"{document['seconds']} s, {document['per_second']} a second",
        f"source: {figures.source}",
        f"now compare: /reporting/v1/summaries/{document['municipality']}/{figures.year}",
    ]
    lines += [
        f"refused {each['reference']}: {each['status']} {each['problem'].get('detail', '')}"
        for each in refused[:_SHOWN]
    ]
    if len(refused) > _SHOWN:
        lines.append(f"… and {len(refused) - _SHOWN} more (--json tells all)")
    return lines
