# SPDX-License-Identifier: EUPL-1.2
"""Write down who signed in and who changed rights, in the audit chains of the identity store.

In the transaction of what it tells about: no row, no effect. An account of several municipalities
is told in the chain of each; one without any in the chain of the installation (`*`).
"""

from collections.abc import Iterable

from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction

COMMAND = "command"  # who stands at the command line, or starts the sample installation
_INSTALLATION = "*"


def note(
    tx: Transaction,
    act: str,
    *,
    about: str,
    places: Iterable[str],
    who: str | None = None,
) -> None:
    """`act` in codes (account.closed, session.begun …); `who` acts, by default the account itself.

    `about` is the id of an account or a key; `who` an account's id, or COMMAND.
    """
    actor = about if who is None else who
    told = actor if actor == COMMAND else f"account:{actor}"
    for place in sorted(set(places)) or [_INSTALLATION]:
        done = Act(
            municipality=place, who=told, act=act, fields="account", why="identity", object=about
        )
        record(tx, done)
