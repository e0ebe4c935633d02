# SPDX-License-Identifier: EUPL-1.2
"""How commands speak: plain lines, or one JSON document with `--json`; faults end with 2."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
FINDINGS, UNUSABLE = 1, 2

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document instead.")


def tell(document: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """Write the answer to stdout."""
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, default=str))
        return
    for line in lines:
        click.echo(line)


def table(rows: Sequence[Sequence[Any]], head: Sequence[str]) -> list[str]:
    """Columns for people; plain text, so that it reads the same in a file."""
    cells = [tuple(head), *(tuple("" if c is None else str(c) for c in row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    return [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells
    ]


def unusable(reason: str) -> click.exceptions.Exit:
    """Say why nothing can be done; raise what this answers."""
    sys.stderr.write(f"{reason}\n")
    return click.exceptions.Exit(UNUSABLE)


def honest(command: F) -> F:
    """Expected faults become one line and exit 2, never a traceback."""

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        from sqlalchemy.exc import OperationalError, ProgrammingError  # noqa: PLC0415

        from rueckhalt_shared.database import Unavailable  # noqa: PLC0415 - commands start fast
        from rueckhalt_shared.pipe import BusUnavailable, TopologyConflict  # noqa: PLC0415
        from rueckhalt_shared.settings import BadSettings  # noqa: PLC0415

        try:
            return command(*args, **kwargs)
        except (BadSettings, Unavailable, BusUnavailable, TopologyConflict) as error:
            raise unusable(str(error) or type(error).__name__) from None
        except (OperationalError, ProgrammingError):
            told = "the database has no tables yet: `db upgrade` makes them, `--data` names another"
            raise unusable(f"{told} folder (the demo lies in .demo)") from None

    return guarded  # type: ignore[return-value]
