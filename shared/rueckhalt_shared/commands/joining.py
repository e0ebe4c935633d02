# SPDX-License-Identifier: EUPL-1.2
"""Commands of one name that several services bring: parts of one group, or one after another."""

import json
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import click

Brought = Sequence[tuple[str, Mapping[str, click.Command]]]
"""The commands of each service, by name."""


def joined(name: str, brought: Brought) -> click.Command:
    """The one command `rueckhalt` has of that name."""
    found = [(service, commands[name]) for service, commands in brought if name in commands]
    if len(found) == 1:
        return found[0][1]
    groups = [(service, each) for service, each in found if isinstance(each, click.Group)]
    if len(groups) < len(found):
        return _one_after_another(name, found)
    inside = [(service, group.commands) for service, group in groups]
    names = dict.fromkeys(each for _, commands in inside for each in commands)
    commands = {each: joined(each, inside) for each in names}
    return click.Group(name, commands=commands, help=groups[0][1].help)


def _one_after_another(name: str, found: Sequence[tuple[str, click.Command]]) -> click.Command:
    """Ask each service in turn; `--json` is one document with a part for each."""
    parameters = {each.name: each for _, command in found for each in command.params}

    def run(**given: Any) -> None:
        worst, said = 0, {}
        for service, command in found:
            own = {each.name: given[each.name] for each in command.params if each.name in given}
            if given.get("as_json"):
                with redirect_stdout(StringIO()) as told:
                    worst = max(worst, _status(command, own))
                said[service] = json.loads(told.getvalue() or "null")
            else:
                click.echo(f"{service}:")
                worst = max(worst, _status(command, own))
        if given.get("as_json"):
            click.echo(json.dumps(said, ensure_ascii=False))
        if worst:
            raise click.exceptions.Exit(worst)

    return click.Command(
        name, callback=run, params=list(parameters.values()), help=found[0][1].help
    )


def _status(command: click.Command, given: Mapping[str, Any]) -> int:
    try:
        click.get_current_context().invoke(command, **given)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return 0
