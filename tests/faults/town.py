# SPDX-License-Identifier: EUPL-1.2
"""An installation whose processes come from the nursery."""

import uuid
from dataclasses import dataclass
from typing import Any

from tests.faults.nursery import Child, Nursery
from tests.flows.system import Installation


@dataclass
class Town(Installation):
    """Starts and runs every command line through the nursery."""

    nursery: Nursery | None = None

    def run(self, service: str, *arguments: str, expected: int = 0) -> str:
        """Run one command of a service to its end, with the status it should end with."""
        log = self.folder / "logs" / f"run-{uuid.uuid4().hex}.log"
        child = self._child(service, arguments, self.env(service), str(log))
        status, said = child.wait(60), log.read_text()
        assert status == expected, f"{arguments}: {said}"
        return said

    def start(self, service: str, role: str, **extra: str) -> Any:
        """Start `web` or `worker`; extra variables for this process only (crash points).

        `saboteur=` names a function of `saboteurs` that is let in before.
        """
        saboteur = extra.pop("saboteur", "")
        log = self.folder / "logs" / f"{service}-{role}.log"
        child = self._child(service, [role], self.env(service) | extra, str(log), saboteur)
        self.processes[(service, role)] = child  # type: ignore[assignment]
        return child

    def _child(
        self, service: str, arguments: Any, env: dict[str, str], log: str, saboteur: str = ""
    ) -> Child:
        assert self.nursery is not None
        return Child(
            self.nursery,
            service=service,
            arguments=list(arguments),
            env=env,
            log=log,
            saboteur=saboteur,
        )
